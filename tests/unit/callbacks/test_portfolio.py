"""What the portfolio does when its controls are used, and what the page of a score says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dash import no_update
from dash._callback_context import context_value
from dash._utils import AttributeDict
from dash.exceptions import PreventUpdate

from callbacks import portfolio
from callbacks.health_score import load_health
from components.charts import Chart
from components.health_score import CHARTS, IDS, HealthIds
from components.portfolio import CARD, PortfolioIds
from portal import context
from portal.domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated, UpstreamUnavailable
from portal.i18n import SUPPORTED, use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_portfolio import EFFECTS, FakePortfolio, tenant_id
from tests.support.trees import links, nodes, text

TAM = actor(None, roles=("tam",))
CONTENT = (PortfolioIds.CONTENT, "children")
FIGURE = (CARD.graph, "figure")
RETRY = json.dumps({"card": "health", "page": "portfolio", "type": "card-retry"}, separators=(",", ":"))


@contextmanager
def port(who: Any = TAM, **settings: Any) -> Iterator[FakePortfolio]:
    fake = FakePortfolio(**settings)
    with context.use(actor=who, services=fake_services(portfolio=fake)):
        yield fake


@contextmanager
def triggered(name: str) -> Iterator[None]:
    token = context_value.set(AttributeDict(triggered_inputs=[{"prop_id": name, "value": 1}]))
    try:
        yield
    finally:
        context_value.reset(token)


def rows(tree: Any) -> list[Any]:
    return [node for node in nodes(tree) if type(node).__name__ == "Tr"]


def test_first_data_has_rows_counts_and_the_picture() -> None:
    with port() as fake:
        values = portfolio.load_portfolio({"band": "at_risk"})
    assert len(rows(values[CONTENT])) == 1 + 19
    assert "19" in text(values[PortfolioIds.BANDS, "children"])
    assert isinstance(values[FIGURE], Chart)
    assert fake.asked[0][0].to_query_string() == "band=at_risk"


def test_row_leads_to_all_of_it_what_explains_its_score_the_dashboard_and_the_review() -> None:
    with port():
        found = links(rows(portfolio.load_portfolio({})[CONTENT])[1])
    here = f"?tenantId={tenant_id(0)}"
    ways = [f"/dashboard{here}", f"/qbr{here}"]
    assert found == [f"/tenant{here}", f"/health-score{here}", f"/tenant{here}#tenant-tickets", *ways]


def test_score_is_a_number_and_a_word_and_none_is_said_in_words() -> None:
    with port():
        shown = rows(portfolio.load_portfolio({})[CONTENT])
    assert "21.5At risk" in text(shown[1]).replace(" ", "").replace("Atrisk", "At risk")
    assert "No score" in text(shown[8])
    assert "Before" not in text(shown[8])


def test_failing_picture_leaves_the_rows_and_failing_rows_the_picture() -> None:
    with port(no_dots=UpstreamUnavailable(request_id="up-1")):
        values = portfolio.load_portfolio({})
    assert len(rows(values[CONTENT])) == 51
    assert "up-1" in text(values[CARD.state, "children"])
    with port(error=UpstreamUnavailable(request_id="up-2")):
        values = portfolio.load_portfolio({"band": "watch"})
    assert "up-2" in text(values[CONTENT])
    assert links(values[CONTENT]) == ["/portfolio?band=watch"]


def test_nobody_to_look_after_is_told_apart_from_a_filter_without_a_match() -> None:
    with port(count=0):
        assert "assigned" in text(portfolio.load_portfolio({})[CONTENT])
        narrowed = portfolio.load_portfolio({"q": "x", "sort": "name"})[CONTENT]
    assert links(narrowed) == ["/portfolio?sort=name"]


def test_customer_is_asked_about_nothing() -> None:
    with port(actor()) as fake:
        values = portfolio.load_portfolio({})
        with pytest.raises(Forbidden):
            context.services().portfolio.list_page(portfolio.PortfolioFilter(), actor=actor())
    assert fake.asked == []
    assert rows(values[CONTENT]) == []
    assert not isinstance(values[FIGURE], Chart)


@pytest.mark.parametrize(
    "call",
    [lambda: portfolio.load_portfolio({}), lambda: portfolio.append_rows(1, "50", "50-60", ""), lambda: load_health({"tenantId": tenant_id()})],
    ids=["first", "more", "health"],
)  # fmt: skip
def test_refused_token_passes_through_to_sign_in(call: Any) -> None:
    with port(error=Unauthenticated()), pytest.raises(Unauthenticated):
        call()


def follow(search: str, by: str, *, text: str = "", drivers: tuple[str, ...] = (), sort: str = "score", order: str = "asc") -> Any:  # fmt: skip
    with triggered(f"{by}.value"):
        return portfolio.follow_controls(text, list(drivers), sort, order, search)


def test_controls_write_what_they_say_and_keep_the_band() -> None:
    query = follow("band=watch", PortfolioIds.SEARCH, text="bank", drivers=("nps",))
    assert query == "q=bank&band=watch&driver=nps"


def test_another_sort_begins_as_people_want_it_first() -> None:
    assert follow("", PortfolioIds.SORT, sort="messages") == "sort=messages&order=desc"
    assert follow("sort=messages&order=desc", PortfolioIds.ORDER, sort="messages") == "sort=messages"


def test_controls_that_follow_the_address_change_nothing() -> None:
    assert follow("sort=messages", PortfolioIds.SORT, sort="messages") is no_update
    assert follow("", PortfolioIds.SORT, sort="height") is no_update


def test_button_that_has_only_been_drawn_asks_nothing_and_a_pressed_one_does() -> None:
    with port() as fake, triggered(f"{RETRY}.n_clicks"):
        with pytest.raises(PreventUpdate):
            portfolio.show_address("", [None])
        assert fake.asked == []
        values = dict(zip(portfolio.SHOWN, portfolio.show_address("", [1]), strict=True))
    assert values[FIGURE]["layout"]["meta"]["chart"] == "portfolio"


def test_further_rows_go_on_where_the_button_says() -> None:
    with port() as fake:
        more, foot = portfolio.append_rows(1, "50", "50-60", "sort=name")
    assert len(more) == 10
    assert "60 of 60" in text(foot)
    assert fake.asked == [(portfolio.PortfolioFilter.from_search("sort=name"), "50")]


def test_further_rows_that_cannot_be_had_leave_a_button_with_the_same_place() -> None:
    with port(error_after=UpstreamUnavailable(request_id="up-3")):
        more, foot = portfolio.append_rows(1, "50", "50-60", "")
    assert more is no_update
    assert "up-3" in text(foot)
    button = next(node for node in nodes(foot) if getattr(node, "id", "") == PortfolioIds.MORE)
    assert (button.value, button.name) == ("50", "50-60")


@pytest.mark.parametrize("counts", ["", "x", "5", "5-", "-5", "5-x", "۵-۶", "1" * 40 + "-1"])
def test_counts_that_nobody_wrote_do_no_harm(counts: str) -> None:
    with port():
        more, _ = portfolio.append_rows(1, "50", counts, "")
    assert len(more) == 10


def test_long_page_goes_on_as_a_new_one_where_it_ends() -> None:
    with port(count=1_300) as fake:
        _, foot = portfolio.append_rows(1, "950", "950-1300", "sort=name")
        assert links(foot) == ["/portfolio?sort=name&after=1000&skipped=1000"]
        assert "1,000 of 1,300" in text(foot)
        fake.asked.clear()
        values = portfolio.load_portfolio({"sort": "name", "after": "1000", "skipped": "1000"})
        assert "1,050 of 1,300" in text(values[CONTENT])
        assert fake.asked[0][1] == "1000"
        assert links(values[PortfolioIds.BANDS, "children"])[1] == "/portfolio?band=at_risk&sort=name", "from the top"
        assert (
            follow("sort=name&after=1000&skipped=1000", PortfolioIds.SEARCH, text="x", sort="name") == "q=x&sort=name"
        )


def test_place_that_is_none_leads_back_to_the_top() -> None:
    with port(error=InvalidInput(fields={"cursor": "x"})):
        values = portfolio.load_portfolio({"band": "watch", "after": "x"})
    assert links(values[CONTENT]) == ["/portfolio?band=watch"]


def test_picture_says_how_many_of_how_many_it_shows_and_which() -> None:
    with port(count=700):
        chart = portfolio.load_portfolio({})[FIGURE]
    assert len(chart.x.keys) == 300
    assert "300 of 497 accounts: those at risk first" in " ".join(chart.notes)


# ------------------------------------------------------------------------------------------------------- one account


def test_score_is_taken_apart_and_leads_to_the_pages_that_show_why() -> None:
    with port():
        values = load_health({"tenantId": tenant_id()})
    chart = values[IDS.card("health").graph, "figure"]
    assert chart.x.keys == ("ideal", "delivery", "holds", "payments", "nps", "score"), "what is not known takes nothing"
    inputs = values[HealthIds.INPUTS, "children"]
    assert len(rows(inputs)) == 1 + len(EFFECTS)
    assert links(inputs) == [
        f"/analytics?from=2026-10-21&to=2026-11-19&tenantId={tenant_id()}",
        f"/messages?startDate=2026-10-21&endDate=2026-11-19&status=held&status=blocked&tenantId={tenant_id()}",
        f"/billing/invoices?tenantId={tenant_id()}",
        "#health-answers",
    ]
    head = text(values[HealthIds.HEAD, "children"])
    assert "Not known: Support tickets" in head
    assert "version 3" in head


def test_account_before_its_first_night_says_so_everywhere() -> None:
    with port():
        values = load_health({"tenantId": tenant_id(7)})
    assert "No score" in text(values[HealthIds.HEAD, "children"])
    for name in CHARTS:
        assert not isinstance(values[IDS.card(name).graph, "figure"], Chart)
        assert text(values[IDS.card(name).state, "children"])


@pytest.mark.parametrize("params", [{}, {"tenantId": "x"}, {"tenantId": tenant_id(900)}])
def test_account_that_is_not_theirs_is_no_page(params: dict[str, str]) -> None:
    with port(), pytest.raises(NotFound):
        load_health(params)


def test_score_that_cannot_be_had_is_asked_for_again_by_a_link() -> None:
    with port(error=UpstreamUnavailable(request_id="up-4")):
        values = load_health({"tenantId": tenant_id()})
    assert "up-4" in text(values[HealthIds.HEAD, "children"])
    again = f"/health-score?tenantId={tenant_id()}"
    assert links(values[HealthIds.HEAD, "children"]) == [again]
    for name in CHARTS:
        assert links(values[IDS.card(name).state, "children"]) == [again]


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_pages_speak_every_language(tag: str) -> None:
    with port(), use(SUPPORTED[tag]):
        portfolio.load_portfolio({})
        for number in (0, 7, 8):
            load_health({"tenantId": tenant_id(number)})
