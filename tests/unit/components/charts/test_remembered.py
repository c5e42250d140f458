from __future__ import annotations

import gc

from components.charts import figure, svg
from components.charts.remembered import once
from components.traffic import PageIds, page_values
from portal.i18n import SUPPORTED, use
from portal.services.analytics import AnalyticsService
from tests.support.fakes_analytics import AS_OF, FakeAccount, FakeAnalytics, actor
from tests.unit.components.charts.drawings import QUERY, all_charts

IDS = PageIds("page")


class Thing:
    """Equal to every other thing, and yet not the same."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return 1


def test_drawing_is_made_once_for_a_thing_and_forgotten_with_it() -> None:
    made: list[int] = []

    @once
    def draw(thing: Thing) -> str:
        made.append(1)
        return "drawing"

    thing, other = Thing(), Thing()
    assert draw(thing) == draw(thing) == draw(other) == "drawing"
    assert len(made) == 2
    del thing
    gc.collect()
    draw(Thing())
    assert len(made) == 3


def test_charts_with_the_same_numbers_are_drawn_apart() -> None:
    one, other = all_charts()["volume"], all_charts()["volume"]
    assert figure(one) is figure(one)
    assert figure(one) is not figure(other)
    assert svg(one) == svg(other)


def test_chart_of_the_same_answers_is_built_once_for_each_language() -> None:
    service = AnalyticsService(FakeAnalytics(), FakeAccount())
    answers = service.dashboard(QUERY, actor=actor())

    def shown(tag: str) -> object:
        with use(SUPPORTED[tag]):
            return page_values(IDS, ("volume",), answers, QUERY, AS_OF)[IDS.card("volume").graph, "figure"]

    assert shown("en") is shown("en")
    assert shown("en") is not shown("fa-AF")
    assert shown("fa-AF").direction == "rtl"  # type: ignore[attr-defined]


def test_chart_of_other_answers_is_another_chart() -> None:
    charts = []
    for tenant in ("tenant-1", "tenant-2"):
        service = AnalyticsService(FakeAnalytics(), FakeAccount())
        answers = service.dashboard(QUERY, actor=actor(tenant))
        charts.append(page_values(IDS, ("volume",), answers, QUERY, AS_OF)[IDS.card("volume").graph, "figure"])
    assert charts[0] is not charts[1]
