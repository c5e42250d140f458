"""The analytics page: every question about traffic in sections, each answered by charts that lead to the messages."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components.charts.card import Values
from components.filters import build_filter_bar
from components.page import page_header
from components.traffic import Answers, PageIds, build_cards, build_live_parts, build_updated, page_values
from portal.domain.query import AnalyticsQuery
from portal.i18n import t

PATH: Final = "/analytics"
IDS: Final = PageIds("analytics")
#: Section → its charts with their column classes.
SECTIONS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "delivery": (("volume", "col-12 col-xl-6"), ("rate", "col-12 col-xl-6")),
    "operators": (("operators", "col-12 col-xl-6"), ("errors", "col-12 col-xl-6")),
    "latency": (("latency", "col-12 col-xl-6"), ("when", "col-12 col-xl-6")),
    "senders": (("senders", "col-12 col-xl-6"), ("destinations", "col-12 col-xl-6")),
    "spend": (("spend", "col-12"),),
}
CHARTS: Final = tuple(chart for charts in SECTIONS.values() for chart, _ in charts)


def build_analytics(query: AnalyticsQuery) -> Component:
    """The page without its data; everything has its final size."""
    return html.Div(
        [
            page_header(t("analytics.title"), t("analytics.lead"), actions=[build_updated(IDS)]),
            build_filter_bar(query, PATH),
            html.Nav(
                [
                    html.A(t(f"analytics.section.{name}"), href=f"#{section_id(name)}", className="section-link")
                    for name in SECTIONS
                ],
                className="section-links",
                **{"aria-label": t("analytics.sections")},
            ),
            *(
                html.Section(
                    [
                        html.H2(t(f"analytics.section.{name}"), className="section-title", id=section_id(name)),
                        build_cards(IDS, charts),
                    ],
                    className="mb-4",
                    **{"aria-labelledby": section_id(name)},
                )
                for name, charts in SECTIONS.items()
            ),
            *build_live_parts(IDS),
        ],
        className="page",
    )


def section_id(name: str) -> str:
    return f"analytics-section-{name}"


def analytics_outputs() -> list[tuple[Any, str]]:
    """What :func:`analytics_values` sets, in a fixed order."""
    return IDS.outputs(CHARTS)


def analytics_values(answers: Answers, query: AnalyticsQuery, now: dt.datetime) -> Values:
    """Everything the page shows, for its first data and for every renewal alike."""
    return page_values(IDS, CHARTS, answers, query, now)
