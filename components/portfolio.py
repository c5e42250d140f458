"""The accounts an internal user looks after: their rows, which become cards on narrow screens, and what is below."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.portfolio import BAND_ROLES
from components.charts.sparkline import HEIGHT, WIDTH, sparkline
from components.charts.waterfall import input_name
from components.health import build_change, build_score, signed
from components.markdown import plain_text
from components.states import build_empty, build_error, build_icon, build_skeleton
from components.traffic import PageIds
from portal.domain.errors import InvalidInput, PortalError
from portal.domain.health import Band
from portal.domain.notes import LastNote
from portal.domain.params import to_search
from portal.domain.portfolio import LatestHealth, PortfolioFilter, Sort, Tenant, TenantPage
from portal.i18n import fmt, locale, t
from portal.i18n.bidi import isolate


class PortfolioIds(StrEnum):
    """``ADDRESS`` is a store that mirrors the address's query; see assets/js/address.js."""

    CONTENT = "portfolio-content"
    TABLE = "portfolio-rows"
    LATER = "portfolio-later"
    PAGE = "portfolio-page"
    FOOT = "portfolio-foot"
    MORE = "portfolio-more"
    ADDRESS = "portfolio-address"
    BANDS = "portfolio-bands"
    SHOWN = "portfolio-shown"
    SEARCH = "portfolio-search"
    DRIVERS = "portfolio-drivers"
    SORT = "portfolio-sort"
    ORDER = "portfolio-order"


PATH: Final = "/portfolio"
REVIEW_PATH: Final = "/qbr"
HEALTH_PATH: Final = "/health-score"
LOOK_AS_PATH: Final = "/look-as"
TENANT_PATH: Final = "/tenant"
IDS: Final = PageIds("portfolio")
CARD: Final = IDS.card("health")
MOST_ROWS: Final = 1_000
LONGEST_BEGINNING: Final = 120
#: Column → by what a press on its name sorts.
COLUMNS: Final[dict[str, Sort | None]] = {
    "name": Sort.NAME,
    "score": Sort.SCORE,
    "course": None,
    "driver": None,
    "change7d": Sort.CHANGE_7D,
    "change30d": Sort.CHANGE_30D,
    "messages": Sort.MESSAGES,
    "deliveryRate": Sort.RATE,
    "spend": Sort.SPEND,
    "openTickets": Sort.TICKETS,
    "open": None,
}
_NUMBERS: Final = frozenset({"change7d", "change30d", "messages", "deliveryRate", "spend", "openTickets"})


def address_of(wanted: PortfolioFilter) -> str:
    """The portfolio with a filter."""
    query = wanted.to_query_string()
    return f"{PATH}?{query}" if query else PATH


def tenant_address(path: str, tenant_id: str) -> str:
    """A page about one of the accounts."""
    return f"{path}?{to_search([('tenantId', tenant_id)])}"


def build_portfolio(page: TenantPage, wanted: PortfolioFilter) -> Component:
    """The first accounts of a filter."""
    if not page.items:
        return _build_nothing(wanted)
    heads = [_build_head(column, sort, wanted) for column, sort in COLUMNS.items()]
    return html.Div(
        [
            html.Div(
                html.Table(
                    [
                        html.Caption(t("portfolio.caption"), className="visually-hidden"),
                        html.Thead(html.Tr(heads)),
                        html.Tbody(build_rows(page)),
                        # Filled by assets/js/log_rows.js; the key makes another answer's body another element.
                        html.Tbody(id=PortfolioIds.LATER, key=uuid4().hex),
                    ],
                    id=PortfolioIds.TABLE,
                    className="log portfolio",
                ),
                className="portfolio-scroll",
            ),
            dcc.Store(id=PortfolioIds.PAGE),
            html.Div(
                build_foot(page.next_cursor, wanted.skipped + len(page.items), total_of(page, wanted), wanted=wanted),
                id=PortfolioIds.FOOT,
                className="log-foot",
            ),
        ]
    )


def _build_head(column: str, sort: Sort | None, wanted: PortfolioFilter) -> Component:
    name = t(f"portfolio.column.{column}")
    look = "cell-number" if column in _NUMBERS else ""
    if sort is None:
        hidden = "visually-hidden" if column == "open" else ""
        return html.Th(html.Span(name, className=hidden), scope="col", className=look)
    sorted_by = sort is wanted.sort
    arrow = html.Span("▼" if wanted.descending else "▲", className="sort-arrow", **attributes(aria_hidden="true"))
    link = dcc.Link([name, arrow if sorted_by else None], href=address_of(wanted.turned(sort)), className="sort-link")
    says = attributes(aria_sort="descending" if wanted.descending else "ascending") if sorted_by else {}
    return html.Th(link, scope="col", className=look, **says)


def build_rows(page: TenantPage) -> list[Component]:
    return [_build_row(tenant) for tenant in page.items]


def _build_way(tenant: Tenant, icon: str, said: str, path: str) -> Component:
    return html.A(
        [build_icon(icon), html.Span(said, className="visually-hidden")],
        href=tenant_address(path, tenant.tenant_id),
        title=said,
        className="icon-button row-action",
    )


def _build_row(tenant: Tenant) -> Component:
    """One account; the link in its first cell, to all of it at a glance, covers the whole row but for other links."""
    health = tenant.health
    # Whole page loads, so that the frame says whose numbers these are.
    name = html.A(html.Bdi(tenant.name), href=tenant_address(TENANT_PATH, tenant.tenant_id), className="row-link")
    ways = [
        _build_way(tenant, "speedometer2", t("portfolio.open", name=isolate(tenant.name)), "/dashboard"),
        _build_way(tenant, "journal-text", t("portfolio.review", name=isolate(tenant.name)), REVIEW_PATH),
    ]
    trend = None if tenant.spend_change is None else fmt.signed_percent(tenant.spend_change, 0)
    tickets = "–" if tenant.open_tickets is None else _build_tickets(tenant, tenant.open_tickets)
    cells: dict[str, Any] = {
        "name": [
            name,
            html.Span(t("frame.demo"), className="tag") if tenant.is_demo else None,
            _last_note(tenant.last_note) if tenant.last_note else None,
        ],
        "score": _build_why(tenant),
        "course": build_course(health) if health else "–",
        "driver": _driver(health) if health else "–",
        "change7d": build_change(health.change_7d if health else None),
        "change30d": build_change(health.change_30d if health else None),
        "messages": html.Span(fmt.compact(tenant.messages), title=fmt.number(tenant.messages)),
        "deliveryRate": fmt.percent(tenant.delivery_rate),
        "spend": html.Div(
            [
                html.Div(fmt.money(tenant.spend, digits=0)),
                html.Div(trend, className="cell-trend", title=t("portfolio.trend")) if trend else None,
            ]
        ),
        "openTickets": tickets,
        "open": ways,
    }
    return html.Tr(
        [
            html.Td(
                cells[column],
                className=f"cell-{column}{' cell-number' if column in _NUMBERS else ''}",
                **attributes(data_label=t(f"portfolio.column.{column}")),
            )
            for column in COLUMNS
        ]
    )


def tickets_address(tenant_id: str) -> str:
    """The account's tickets, on the page that has all of it at a glance."""
    return f"{tenant_address(TENANT_PATH, tenant_id)}#tenant-tickets"


def _build_tickets(tenant: Tenant, count: int) -> Component:
    said = html.Span(t("portfolio.tickets", name=isolate(tenant.name)), className="visually-hidden")
    return html.A([fmt.number(count), said], href=tickets_address(tenant.tenant_id), className="row-tickets")


def _last_note(note: LastNote) -> Component:
    """How the newest note begins, when it was written and by whom."""
    day = html.Time(fmt.date(fmt.in_zone(note.at)), dateTime=note.at.isoformat(), title=fmt.datetime(note.at))
    said = html.Span(t("portfolio.note"), className="visually-hidden")
    return html.Div(
        [
            html.Div(
                [said, " ", plain_text(note.beginning, LONGEST_BEGINNING)],
                className="last-note",
                dir="auto",
                **attributes(data_shortened=""),
            ),
            html.Div([html.Bdi(note.author_name), " · ", day], className="cell-trend"),
        ],
        className="last-note-room",
    )


def _build_why(tenant: Tenant) -> Component:
    """The score, which leads to what it is made of."""
    health = tenant.health
    score = build_score(health.score, health.band) if health else build_score(None, Band.UNKNOWN)
    said = html.Span(t("portfolio.why", name=isolate(tenant.name)), className="visually-hidden")
    return html.A([score, said], href=tenant_address(HEALTH_PATH, tenant.tenant_id), className="row-score")


def build_course(health: LatestHealth) -> Component | str:
    """All thumbnails have one scale, so that rows can be compared."""
    known = [score for score in health.series if score is not None]
    picture = sparkline(health.series, BAND_ROLES[health.band], rtl=locale().rtl, scale=(0, 100))
    if not picture:
        return "–"
    said = t("portfolio.course", low=fmt.number(min(known), 1), high=fmt.number(max(known), 1))
    return html.Img(src=picture, alt=said, width=str(WIDTH), height=str(HEIGHT), className="course")


def _driver(health: LatestHealth) -> Component | str:
    if health.driver is None:
        return "–"
    return html.Div(
        [html.Div(input_name(health.driver)), html.Div(signed(health.driver_effect), className="cell-trend")]
    )


def total_of(page: TenantPage, wanted: PortfolioFilter) -> int:
    """How many accounts fit the filter."""
    return sum(count for band, count in page.bands.items() if not wanted.bands or band in wanted.bands)


def build_foot(
    cursor: str | None, shown: int, total: int, error: PortalError | None = None, *, wanted: PortfolioFilter
) -> list[Component]:
    """Below the rows: how far down the list one is, and the way to more. The button carries the cursor and both counts.
    A page that has grown long goes on as a new one, so that none gets slow."""
    count = html.P(t("portfolio.shown", count=max(shown, total), shown=shown), className="log-count", role="status")
    if cursor is None:
        return [count, _build_more("", shown, total, hidden=True)]
    if shown - wanted.skipped >= MOST_ROWS:
        on = address_of(wanted.going_on(cursor, shown))
        further = html.A(t("portfolio.go_on"), href=on, className="btn btn-outline-secondary btn-sm")
        return [count, further, _build_more("", shown, total, hidden=True)]
    label = t("messages.more") if error is None else t("state.retry")
    failed = [build_error(error)] if error is not None else []
    return [count, *failed, _build_more(cursor, shown, total, label)]


def _build_more(cursor: str, shown: int, total: int, label: str = "", *, hidden: bool = False) -> Component:
    return html.Button(
        label,
        id=PortfolioIds.MORE,
        value=cursor,
        name=f"{shown}-{total}",
        type="button",
        hidden=hidden,
        className="btn btn-outline-secondary btn-sm",
    )


def read_counts(name: str | None) -> tuple[int, int]:
    """What the button below the rows carries: how many are shown, and how many there are."""
    shown, _, total = (name or "").partition("-")
    if not (shown.isascii() and shown.isdigit() and total.isascii() and total.isdigit()):
        return 0, 0
    return int(shown[:9]), int(total[:9])


def _build_nothing(wanted: PortfolioFilter) -> Component:
    if not wanted.narrowed:
        return build_empty(t("portfolio.none.title"), t("portfolio.none.advice"), icon="people")
    clear = dcc.Link(t("filters.clear"), href=address_of(wanted.cleared()), className="btn btn-outline-secondary")
    return build_empty(t("portfolio.no_match.title"), t("portfolio.no_match.advice"), icon="search", actions=[clear])


def build_portfolio_failure(error: PortalError, wanted: PortfolioFilter, request_id: str = "") -> Component:
    """The accounts could not be had; the link asks again for the same."""
    # A place that is none (any more) is not asked for again: the list begins at its top.
    again = wanted.from_top() if isinstance(error, InvalidInput) else wanted
    retry = html.A(t("state.retry"), href=address_of(again), className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_portfolio_waiting() -> Component:
    return build_skeleton(8, className="log-waiting")
