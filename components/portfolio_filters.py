"""The bar above the portfolio: bands with their counts, what one types, ticks and sorts by, and chips of all that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.waterfall import input_name
from components.controls import build_chip, build_choice_menu
from components.health import BAND_ICONS
from components.portfolio import PATH, PortfolioIds, address_of
from components.states import build_icon
from portal.domain.health import Band, HealthInput
from portal.domain.portfolio import PortfolioFilter, Sort
from portal.i18n import fmt, t
from portal.i18n.bidi import isolate

# Which control shows which parameter, for a change of address that came from elsewhere (a link, the back button).
CONTROLS = json.dumps(
    {
        PortfolioIds.SEARCH: {"name": "q", "otherwise": ""},
        PortfolioIds.DRIVERS: {"names": ["driver"]},
        PortfolioIds.SORT: {"name": "sort", "otherwise": Sort.SCORE},
        PortfolioIds.ORDER: {"name": "order", "otherwise": "asc"},
    }
)


def build_portfolio_filters(wanted: PortfolioFilter) -> Component:
    """The bar, showing ``wanted``; how many accounts there are in each band comes later."""
    search = dbc.Input(
        id=PortfolioIds.SEARCH,
        type="search",
        value=wanted.text,
        placeholder=t("portfolio.search.placeholder"),
        debounce=True,
        size="sm",
        maxlength=100,
    )
    sorts = [{"value": sort.value, "label": t(f"portfolio.column.{sort.value}")} for sort in Sort]
    orders = [{"value": order, "label": t(f"portfolio.order.{order}")} for order in ("asc", "desc")]
    drivers = [{"value": name.value, "label": input_name(name)} for name in HealthInput]
    return html.Section(
        [
            dcc.Store(id=PortfolioIds.ADDRESS, data=wanted.to_query_string()),
            html.Div(
                [
                    html.Div(
                        build_bands(wanted, None),
                        id=PortfolioIds.BANDS,
                        className="segments",
                        role="group",
                        **attributes(aria_label=t("portfolio.bands")),
                    ),
                    html.Label(
                        [html.Span(t("messages.search"), className="visually-hidden"), search],
                        className="filter-search",
                        title=t("portfolio.search.placeholder"),
                    ),
                    build_choice_menu(PortfolioIds.DRIVERS, t("portfolio.column.driver"), drivers, wanted.drivers),
                    _build_select(PortfolioIds.SORT, t("portfolio.sort"), sorts, wanted.sort.value),
                    _build_select(PortfolioIds.ORDER, t("portfolio.order"), orders, wanted.order),
                ],
                className="filter-row",
            ),
            html.Div(build_chips(wanted), id=PortfolioIds.SHOWN, className="filter-shown"),
        ],
        className="filter-bar",
        **attributes(
            aria_label=t("portfolio.filters"),
            data_address=PortfolioIds.ADDRESS.value,
            data_path=PATH,
            data_controls=CONTROLS,
        ),
    )


def _build_select(component_id: str, label: str, options: list[dict[str, str]], value: str) -> Component:
    select = dbc.Select(id=component_id, options=options, value=value, size="sm", class_name="filter-select")
    return html.Label([html.Span(label, className="visually-hidden"), select])


def build_bands(wanted: PortfolioFilter, counts: Mapping[Band, int] | None) -> list[Component]:
    """All accounts, and those of each band, as links; with how many each has where that is known."""
    links = [_build_band(t("portfolio.band.all"), None, wanted, sum(counts.values()) if counts else None)]
    for band in Band:
        links.append(_build_band(t(f"health.band.{band}"), band, wanted, counts[band] if counts else None))
    return links


def _build_band(name: str, band: Band | None, wanted: PortfolioFilter, count: int | None) -> Component:
    active = band in wanted.bands if band is not None else not wanted.bands
    icon = None if band is None else build_icon(BAND_ICONS[band], className=f"segment-icon band-{band.value}")
    content: list[Any] = [icon, name]
    if count is not None:
        content.append(html.Span(fmt.number(count), className="segment-count"))
    if active:
        content.append(html.Span(t("filters.selected"), className="visually-hidden"))
    href = address_of(wanted.within(*([band] if band is not None else [])))
    return dcc.Link(content, href=href, className=f"segment{' active' if active else ''}")


def build_chips(wanted: PortfolioFilter) -> list[Component]:
    """What narrows the portfolio, each with a link that takes it back. Bands are seen in their own links."""
    chips = []
    if wanted.text:
        chips.append(
            _chip(t("messages.search"), isolate(wanted.text), wanted.choosing(text="", drivers=wanted.drivers))
        )
    for name in wanted.drivers:
        left = [other for other in wanted.drivers if other is not name]
        rest = wanted.choosing(text=wanted.text, drivers=left)
        chips.append(_chip(t("portfolio.column.driver"), input_name(name), rest))
    if not chips:
        return []
    chips.append(html.Li(dcc.Link(t("filters.clear"), href=address_of(wanted.cleared()), className="chips-clear")))
    return [html.Ul(chips, className="chips", **attributes(aria_label=t("filters.active")))]


def _chip(name: str, value: str, rest: PortfolioFilter) -> Component:
    text = t("filters.chip", name=name, value=value)
    return build_chip(text, address_of(rest), t("filters.remove", filter=text))
