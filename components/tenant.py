"""One account at a glance: every card on one screen, each with its own state."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Final, Protocol

from dash import dcc, html
from dash.development.base_component import Component

from components.charts.card import Values
from components.key_figures import balance_figure, rate_figure, spend_figure, volume_figure
from components.kpi import build_tile, kpi_id, tile_failure, tile_value
from components.notes import NotesIds, build_notes, build_notes_card
from components.notes import build_failure as build_notes_failure
from components.page import page_header
from components.portfolio import LOOK_AS_PATH, REVIEW_PATH, TENANT_PATH, tenant_address
from components.portfolio import PATH as ACCOUNTS_PATH
from components.states import build_error, build_icon, build_skeleton
from components.tenant_cards import build_health_card, build_holds_card, build_incidents_card, build_invoices_card
from components.tickets import TicketsIds, build_tickets
from components.traffic import Answers, PageIds, Part, build_cards, build_updated, page_values
from portal.domain.errors import PortalError
from portal.domain.query import AnalyticsQuery
from portal.i18n import t

IDS: Final = PageIds("tenant")
TILES: Final = ("volume", "rate", "spend", "balance")
FIGURES: Final = {"volume": volume_figure, "rate": rate_figure, "spend": spend_figure}
CHARTS: Final = ("operators",)
PATH: Final = TENANT_PATH


class TenantIds(StrEnum):
    """``ADDRESS`` is a store with the address's query, which says whose page it is."""

    ADDRESS = "tenant-address"
    WAYS = "tenant-ways"
    HEALTH = "tenant-health"
    INCIDENTS = "tenant-incidents"
    HOLDS = "tenant-holds"
    INVOICES = "tenant-invoices"
    TICKETS = "tenant-tickets"


#: The panels in the order in which they stand, with their width.
PANELS: Final = {
    TenantIds.HEALTH: "col-12 col-xl-7",
    TenantIds.INCIDENTS: "col-12 col-xl-5",
    TenantIds.HOLDS: "col-12 col-xl-5",
    TenantIds.INVOICES: "col-12 col-xl-5",
    TenantIds.TICKETS: "col-12 col-xl-7",
}
_WAYS: Final = (
    ("dashboard", "/dashboard", "speedometer2"),
    ("analytics", "/analytics", "graph-up"),
    ("log", "/messages", "chat-left-text"),
    ("review", REVIEW_PATH, "journal-text"),
    ("look_as", LOOK_AS_PATH, "eye"),
)


class View(Protocol):
    """What the service found out."""

    @property
    def overview(self) -> Any: ...
    @property
    def traffic(self) -> Answers: ...
    @property
    def balance(self) -> Any: ...
    @property
    def invoices(self) -> Any: ...
    @property
    def tickets(self) -> Any: ...
    @property
    def notes(self) -> Any: ...


def build_tenant(query: AnalyticsQuery) -> Component:
    """The page without its data; everything has its final size."""
    back = html.A([build_icon("arrow-left"), t("health.back")], href=ACCOUNTS_PATH, className="back-link")
    tiles = [html.Div(build_tile(IDS.page, name), className="col-12 col-sm-6 col-xl-3") for name in TILES]
    return html.Div(
        [
            page_header(t("tenant.title"), t("tenant.lead"), actions=[_build_ways(query)], before=back),
            html.Div([_panel(TenantIds.HEALTH), _panel(TenantIds.INCIDENTS)], className="row g-3"),
            html.Div(tiles, className="row g-3"),
            html.Div(
                [
                    html.Div(build_cards(IDS, (("operators", "col-12"),)), className="col-12 col-xl-7"),
                    _panel(TenantIds.HOLDS),
                ],
                className="row g-3",
            ),
            html.Div([_panel(TenantIds.TICKETS), _panel(TenantIds.INVOICES)], className="row g-3"),
            build_notes_card(),
            build_updated(IDS),
            html.Div(id=IDS.kept),
            dcc.Store(id=IDS.revision),
            dcc.Location(id=IDS.opened, refresh="callback-nav"),
            dcc.Store(id=TenantIds.ADDRESS, data=f"?tenantId={query.tenant_id}" if query.tenant_id else ""),
        ],
        className="page vstack gap-3 tenant-page",
    )


def _panel(name: TenantIds) -> Component:
    heading = f"{name}-heading"
    return html.Div(
        html.Section(
            [
                html.H2(t(f"tenant.{name.value.removeprefix('tenant-')}.title"), className="sheet-title", id=heading),
                html.Div(build_skeleton(5, className="sheet-waiting"), id=name),
                html.Div(id=TicketsIds.LINK) if name is TenantIds.TICKETS else None,
            ],
            className="panel panel-flush sheet-panel tenant-panel",
            **{"aria-labelledby": heading},
        ),
        className=PANELS[name],
    )


def _build_ways(query: AnalyticsQuery) -> Component:
    """The pages with this account's traffic, which internal users can look at and not change."""
    return html.Div(
        [
            dcc.Link(
                [build_icon(icon), t(f"tenant.way.{name}")],
                href=tenant_address(path, query.tenant_id or ""),
                className="btn btn-outline-secondary",
            )
            for name, path, icon in _WAYS
        ],
        id=TenantIds.WAYS,
        className="tenant-ways",
    )


def tenant_outputs() -> list[tuple[Any, str]]:
    """What :func:`tenant_values` sets, in a fixed order."""
    return [
        *((name, "children") for name in PANELS),
        (NotesIds.LIST, "children"),
        *((kpi_id(IDS.page, name), "children") for name in TILES),
        *IDS.outputs(CHARTS),
    ]


def tenant_values(found: View, query: AnalyticsQuery, now: dt.datetime, request_id: str = "") -> Values:
    """Everything the page shows, for its first data and when a card's button is pressed alike."""
    traffic, overview = found.traffic, found.overview
    values = page_values(IDS, CHARTS, traffic, query, now)
    summary: Part = traffic.summary  # type: ignore[attr-defined]
    operators: Part = traffic.operators  # type: ignore[attr-defined]
    for name, build in FIGURES.items():
        missing = summary.value is None
        body = _tile_failure(name, summary.error) if missing else tile_value(build(traffic, query))
        values[kpi_id(IDS.page, name), "children"] = body
    left = found.balance.value
    body = _tile_failure("balance", found.balance.error) if left is None else tile_value(balance_figure(left))
    values[kpi_id(IDS.page, "balance"), "children"] = body

    def card(name: TenantIds, part: Part, build: Any) -> None:
        failed = build_error(part.error or PortalError(), retry=_retry(name), request_id=request_id)
        values[name, "children"] = failed if part.value is None else build(part.value)

    card(TenantIds.HEALTH, overview, build_health_card)
    card(TenantIds.INCIDENTS, overview, lambda told: build_incidents_card(told, operators.value, left, query, now))
    held = overview.value.held_now if overview.value is not None else None
    card(TenantIds.HOLDS, summary, lambda told: build_holds_card(told, held, query))
    card(TenantIds.TICKETS, found.tickets, lambda told: build_tickets(told, now))
    arrears = overview.value.arrears if overview.value is not None else None
    card(TenantIds.INVOICES, found.invoices, lambda page: build_invoices_card(page, arrears, query))
    notes: Part = found.notes
    if notes.value is None:
        failed = build_notes_failure(notes.error or PortalError(), _retry("notes"), request_id)
    values[NotesIds.LIST, "children"] = failed if notes.value is None else build_notes(notes.value)
    return values


def _tile_failure(name: str, error: PortalError | None) -> list[Component]:
    return [*tile_failure(error or PortalError()), _retry(name)]


def _retry(name: str) -> Component:
    return html.Button(
        t("card.retry"), id=IDS.card(name).retry, type="button", className="btn btn-sm btn-outline-secondary"
    )
