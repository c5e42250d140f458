"""What the dashboard and the analytics page share: which chart answers which question, and how a page stays live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from dash import ALL, dcc, html
from dash.development.base_component import Component

from components.charts import Chart
from components.charts.card import CardIds, Values, build_card, card_values
from components.charts.costs import operator_costs_chart, sender_costs_chart
from components.charts.delivery_rate import delivery_rate_chart
from components.charts.latency import latency_chart
from components.charts.operators import operators_chart
from components.charts.ranking import destinations_chart, errors_chart, senders_chart
from components.charts.spend import spend_chart
from components.charts.volume import volume_chart
from components.charts.when import when_chart
from portal.domain.analytics import Breakdown, Heatmap, Summary, TimeSeries, Top
from portal.domain.errors import PortalError
from portal.domain.query import AnalyticsQuery
from portal.i18n import Locale, fmt, locale, t

LIVE_SECONDS: Final = 15


class Part(Protocol):
    """One answer, or why there is none; both when the answer is an older one."""

    @property
    def value(self) -> Any: ...
    @property
    def error(self) -> PortalError | None: ...


class Answers(Protocol):
    """What the analytics service found out; parts that were not asked for are empty."""

    @property
    def as_of(self) -> dt.datetime: ...
    @property
    def older_as_of(self) -> dt.datetime | None: ...
    @property
    def revision(self) -> int | None: ...


Found = tuple[Chart | None, PortalError | None]


def _part(answers: Answers, name: str) -> tuple[Any, PortalError | None]:
    part: Part = getattr(answers, name)
    return part.value, part.error


def _summary(answers: Answers) -> Summary | None:
    found: Summary | None = _part(answers, "summary")[0]
    return found


def _volume(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "volume")
    return volume_chart(data, query, _summary(answers)) if data else None, error


def _rate(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "rate")
    previous: TimeSeries | None = _part(answers, "previous_rate")[0]
    return delivery_rate_chart(data, query, _summary(answers), previous) if data else None, error


def _latency(answers: Answers, query: AnalyticsQuery) -> Found:
    p50, p50_error = _part(answers, "latency_p50")
    p95, p95_error = _part(answers, "latency_p95")
    return latency_chart(p50, p95, query, _summary(answers)) if p50 and p95 else None, p50_error or p95_error


def _spend(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "spend")
    return spend_chart(data, query, _summary(answers)) if data else None, error


def _operator_costs(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "operators")
    return operator_costs_chart(data, query, _summary(answers)) if data else None, error


def _sender_costs(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "senders")
    return sender_costs_chart(data, query, _summary(answers)) if data else None, error


def _operators(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "operators")
    breakdown: Breakdown | None = data
    return operators_chart(breakdown, query) if breakdown else None, error


def _when(answers: Answers, query: AnalyticsQuery) -> Found:
    data, error = _part(answers, "heatmap")
    heatmap: Heatmap | None = data
    return when_chart(heatmap, query) if heatmap else None, error


def _ranking(name: str, build: Callable[[Top, AnalyticsQuery], Chart]) -> Callable[[Answers, AnalyticsQuery], Found]:
    def found(answers: Answers, query: AnalyticsQuery) -> Found:
        data, error = _part(answers, name)
        return build(data, query) if data else None, error

    return found


#: Chart → how it is found in the answers; the names are also those of the ``chart.<name>.question`` texts.
CHARTS: Final[dict[str, Callable[[Answers, AnalyticsQuery], Found]]] = {
    "volume": _volume,
    "rate": _rate,
    "operators": _operators,
    "errors": _ranking("errors", errors_chart),
    "latency": _latency,
    "when": _when,
    "senders": _ranking("senders", senders_chart),
    "destinations": _ranking("destinations", destinations_chart),
    "spend": _spend,
    "operator_costs": _operator_costs,
    "sender_costs": _sender_costs,
}
#: Charts along a time axis, whose labels thin out where there is little room.
_OVER_TIME: Final = frozenset({"volume", "rate", "latency", "when", "spend"})
#: Emptiness that needs no remedy.
_GOOD_WHEN_EMPTY: Final = {"errors": "card.empty.good"}


#: Of how many answers the charts are remembered. What is made of them is kept as it is sent, which takes less room than
#: the trees of figures and pictures; they are there for the other forms of a page that somebody has just opened.
CHARTS_OF: Final = 8
_charts: WeakKeyDictionary[Answers, dict[tuple[str, AnalyticsQuery, Locale], Found]] = WeakKeyDictionary()
_charts_lock = Lock()


def _found(name: str, answers: Answers, query: AnalyticsQuery) -> Found:
    """A chart of these very answers, built once for each language: they are looked at more often than they change."""
    with _charts_lock:
        oldest = next(iter(_charts), None) if answers not in _charts and len(_charts) >= CHARTS_OF else None
        if oldest is not None:
            _charts.pop(oldest, None)
        kept = _charts.setdefault(answers, {})
    key = (name, query, locale())
    found = kept.get(key)
    if found is None:
        found = kept[key] = CHARTS[name](answers, query)
    return found


class PageIds:
    """The ids of one page's shared parts."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.live = f"{page}-live"
        self.revision = f"{page}-revision"
        self.updated = f"{page}-updated"
        self.opened = f"{page}-opened"
        self.kept = f"{page}-kept"
        self.retries = {**CardIds(page, "").retry, "card": ALL}

    def card(self, chart: str) -> CardIds:
        return CardIds(self.page, chart)

    def outputs(self, charts: Iterable[str]) -> list[tuple[Any, str]]:
        """What :func:`page_values` sets, in a fixed order."""
        cards = [output for chart in charts for output in self.card(chart).outputs()]
        return [*cards, (self.revision, "data"), (self.updated, "children")]


def build_cards(ids: PageIds, columns: Sequence[tuple[str, str]]) -> Component:
    """A row of cards; each column is a chart with its Bootstrap column classes."""
    return html.Div(
        [html.Div(_card(ids.card(chart), chart, locale()), className=width) for chart, width in columns],
        className="row g-3",
    )


@lru_cache(maxsize=128)
def _card(ids: CardIds, chart: str, _reader: Locale) -> Component:
    """A card before its data, built once for each kind of reader; filling a page copies what it changes."""
    return build_card(ids, t(f"chart.{chart}.question"), thinning=chart in _OVER_TIME, over_values=chart == "operators")


def build_live_parts(ids: PageIds) -> list[Component]:
    """What keeps a page up to date and opens the log from a chart; nothing of it is seen."""
    return [
        html.Div(id=ids.kept, **{"data-live": ids.live}),
        dcc.Interval(id=ids.live, interval=LIVE_SECONDS * 1000),
        dcc.Store(id=ids.revision),
        dcc.Location(id=ids.opened, refresh="callback-nav"),
    ]


def build_updated(ids: PageIds) -> Component:
    return html.P(id=ids.updated, className="page-updated")


def page_values(
    ids: PageIds, charts: Iterable[str], answers: Answers, query: AnalyticsQuery, now: dt.datetime
) -> Values:
    """Everything the cards of a page show, and the revision it shows."""
    values: Values = {}
    older = answers.older_as_of
    age = t("card.stale", ago=fmt.relative(older, now)) if older else ""
    for name in charts:
        chart, error = _found(name, answers, query)
        advice = t(_GOOD_WHEN_EMPTY[name]) if name in _GOOD_WHEN_EMPTY else ""
        values |= card_values(ids.card(name), chart, error, advice=advice, age=age)
    values[ids.revision, "data"] = answers.revision
    values[ids.updated, "children"] = t("dashboard.updated", time=fmt.time(answers.as_of, seconds=True))
    return values
