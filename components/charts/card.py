"""A chart in its card: the finding, the picture, its table and downloads, and every state it can be in.

The shell is built without data and has its final size; :func:`card_values` gives what to put into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.charts.palette import SHAPES, Role
from components.charts.pictured import pictured
from components.charts.plotly_locale import graph_config
from components.charts.remembered import once
from components.charts.spec import Chart, Kind, Series
from components.states import build_empty, build_error
from portal.domain.errors import PortalError
from portal.i18n import fmt, t

Values = dict[tuple[Any, str], Any]

#: Shown under an overlay; without axes, so that nothing looks like data.
BLANK: dict[str, Any] = {
    "data": [],
    "layout": {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    },
}


@dataclass(frozen=True, slots=True)
class CardIds:
    """The ids of one card on one page."""

    page: str
    chart: str

    def _part(self, name: str) -> str:
        return f"{self.page}-{self.chart}-{name}"

    @property
    def card(self) -> str:
        return self._part("card")

    @property
    def title(self) -> str:
        return self._part("title")

    @property
    def heading(self) -> str:
        """The question and, once known, the finding."""
        return self._part("heading")

    @property
    def graph(self) -> str:
        return self._part("graph")

    @property
    def rows(self) -> str:
        """The table behind the graph, which ``assets/js/chart_tables.js`` makes when it is opened or saved as CSV."""
        return f"{self.graph}-rows"

    @property
    def words(self) -> str:
        """Legend, notes and the summary."""
        return self._part("words")

    @property
    def state(self) -> str:
        """What lies over the picture when there is none, or when it is old."""
        return self._part("state")

    @property
    def retry(self) -> dict[str, str]:
        return {"type": "card-retry", "page": self.page, "card": self.chart}

    def outputs(self) -> list[tuple[Any, str]]:
        """Everything :func:`card_values` sets, in a fixed order."""
        return [
            (self.card, "className"),
            (self.title, "children"),
            (self.graph, "figure"),
            (self.words, "children"),
            (self.state, "children"),
        ]


def build_card(ids: CardIds, question: str, *, thinning: bool = False, over_values: bool = False) -> Component:
    """The card before its data, in its final size. Labels under the chart may thin out where they are of moments
    or powers of ten (``thinning``), and go where they are of values that stand by the bars too (``over_values``)."""
    return html.Section(
        html.Div(
            [
                html.Div(
                    [
                        html.H2(
                            [
                                html.Span(question, className="chart-question"),
                                html.Span("\u00a0", id=ids.title, className="chart-title"),
                            ],
                            id=ids.heading,
                            className="chart-heading",
                        ),
                        _downloads(ids, question),
                    ],
                    className="chart-head",
                ),
                html.Div(id=ids.words, className="chart-words"),
                html.Div(
                    [
                        html.Div(
                            dcc.Graph(id=ids.graph, figure=BLANK, config=graph_config(), className="chart-graph"),
                            className="chart-box" + " chart-box-thin" * thinning + " chart-box-values" * over_values,
                            **{"aria-hidden": "true"},
                        ),
                        html.Div(id=ids.state, className="chart-state", **{"aria-live": "polite"}),
                    ],
                    className="chart-stage",
                ),
                html.Details(
                    [
                        html.Summary(
                            t("card.table"),
                            className="chart-action",
                            **{"aria-label": t("card.table.of", chart=question)},
                        ),
                        html.Div(
                            className="chart-table table-responsive",
                            tabIndex="0",
                            role="group",
                            **{"aria-label": t("card.table.of", chart=question), "data-chart-table": ids.graph},
                        ),
                    ],
                    className="chart-details",
                ),
            ],
            className="card-body",
        ),
        id=ids.card,
        className="card chart-card is-loading",
        **{"aria-labelledby": ids.heading},
    )


def _downloads(ids: CardIds, question: str) -> Component:
    name = f"{ids.page}-{ids.chart}"
    return html.Div(
        [
            html.Button(
                t("card.csv"),
                type="button",
                className="btn btn-sm chart-action",
                **{
                    "aria-label": t("card.csv.of", chart=question),
                    "data-table-csv": ids.rows,
                    "data-file-name": name,
                },
            ),
            html.Button(
                t("card.png"),
                type="button",
                className="btn btn-sm chart-action",
                **{
                    "aria-label": t("card.png.of", chart=question),
                    "data-chart-png": ids.graph,
                    "data-file-name": name,
                },
            ),
        ],
        className="chart-downloads",
    )


def card_values(
    ids: CardIds,
    chart: Chart | None,
    error: PortalError | None = None,
    *,
    advice: str = "",
    age: str = "",
    retry: Component | None = None,
) -> Values:
    """What a card shows: a chart, a failure, or that there is nothing yet.

    A chart *and* an error mean that the newest numbers could not be had: the chart stays, marked with its ``age``.
    ``advice`` is what an empty card suggests to do next. ``retry`` is what asks again on a page that has no answer to
    the card's own button.
    """
    if chart is None:
        state: Any = build_error(error or PortalError(), retry=retry or _retry(ids))
        return _values(ids, "is-blank", "", [], state)
    if chart.empty:
        state = build_empty(t("card.empty.title"), advice or t("card.empty.advice"))
        return _values(ids, "is-blank", chart.title, [], state)
    state = _stale(ids, age) if error is not None else []
    return _values(ids, "", chart.title, build_words(chart), state, chart)


def _retry(ids: CardIds) -> Component:
    return html.Button(t("card.retry"), id=ids.retry, type="button", className="btn btn-sm btn-outline-secondary")


def _stale(ids: CardIds, age: str) -> Component:
    """Over a picture whose newest numbers could not be had."""
    return html.Div([html.Span(age), _retry(ids)], className="chart-stale", role="status")


def _values(ids: CardIds, look: str, title: str, words: Any, state: Any, picture: Any = BLANK) -> Values:
    shown = (f"card chart-card {look}".strip(), title, picture, words, state)
    return dict(zip(ids.outputs(), shown, strict=True))


def drawn(values: Values) -> Values:
    """The values for a callback's answer: charts as figures with their pictures (first data takes them undrawn)."""
    return {key: pictured(value) if isinstance(value, Chart) else value for key, value in values.items()}


@once
def build_words(chart: Chart) -> list[Component]:
    """The legend, each entry a link to its messages, what is marked in the picture, and the summary for readers."""
    entries: list[Component] = []
    if len(chart.drawn()) > 1 and chart.kind is not Kind.HEATMAP:
        entries = [_legend_entry(chart, index, series) for index, series in enumerate(chart.drawn())]
    if chart.kind is Kind.HEATMAP:
        entries = [_scale_entry(chart)]
    if chart.cloud is not None:
        entries = [_shape_entry(role, name) for role, name in chart.cloud.legend]
    marked = "chart-swatch chart-swatch-band" if chart.bands else ""
    for note in chart.notes:
        lead = html.Span(className=marked, **{"aria-hidden": "true"}) if marked else None
        if chart.marks:
            lead = html.Span("▲", className="chart-mark", **{"aria-hidden": "true"})
        entries.append(html.Li(note if lead is None else [lead, note], className="chart-note"))
    legend = html.Ul(entries, className="chart-legend") if entries else html.Div(className="chart-legend")
    return [legend, html.P(chart.summary, className="visually-hidden")]


def _legend_entry(chart: Chart, index: int, series: Series) -> Component:
    line = chart.kind is Kind.LINE or series is chart.comparison
    swatch = html.Span(
        className=f"chart-swatch chart-{'line' if line else 'fill'}-{series.role.value}", **{"aria-hidden": "true"}
    )
    href = chart.href(index, None) if index < len(chart.series) and chart.kind is not Kind.LINE else None
    return html.Li(dcc.Link([swatch, series.name], href=href) if href else html.Span([swatch, series.name]))


def _scale_entry(chart: Chart) -> Component:
    """A heatmap's shades, from none to most."""
    ends = (fmt.number(chart.y.low), t("chart.messages", count=int(chart.y.high)))
    ramp = html.Span(className="chart-ramp", **{"aria-hidden": "true"})
    return html.Li([html.Span(ends[0]), ramp, html.Span(ends[1])], className="chart-note")


def _shape_entry(role: Role, name: str) -> Component:
    mark = html.Span(SHAPES[role][1], className=f"chart-shape chart-shape-{role.value}", **{"aria-hidden": "true"})
    return html.Li(html.Span([mark, name]))


__all__ = ["BLANK", "CardIds", "Values", "build_card", "card_values", "drawn"]
