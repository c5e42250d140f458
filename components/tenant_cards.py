"""What the cards of an account at a glance say: its health, what went wrong, what is held, what is to be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components.billing_tabs import TABS, address
from components.charts.operators import operator_name
from components.charts.waterfall import input_name
from components.health import build_change, build_score, signed
from components.invoices import build_standing
from components.portfolio import HEALTH_PATH, build_course, tenant_address
from components.states import build_empty, build_icon
from portal.domain.account import Balance
from portal.domain.analytics import Breakdown, Summary, Totals
from portal.domain.billing import InvoicePage, InvoiceStatus
from portal.domain.health import Band
from portal.domain.params import to_search
from portal.domain.query import AnalyticsQuery
from portal.domain.statuses import MessageStatus
from portal.domain.tenants import Arrears, IncidentKind, TenantIncident, TenantOverview
from portal.i18n import fmt, has, ltr, spans, t
from portal.i18n.bidi import isolate

#: How many invoices are shown beside those that are overdue.
LATEST: Final = 3
WITHHELD: Final = (MessageStatus.HELD, MessageStatus.BLOCKED)
_ICONS: Final = {
    IncidentKind.PLATFORM: "broadcast",
    IncidentKind.WEBHOOK_DISABLED: "plug",
    IncidentKind.INVOICES_OVERDUE: "receipt",
    IncidentKind.BALANCE_LOW: "wallet2",
    IncidentKind.KEY_REVOKED: "key",
}


def build_health_card(told: TenantOverview) -> Component:
    """The score, what takes most of it, how it moved, its course, and the way to all of its parts."""
    health, tenant_id = told.listed.health, told.listed.tenant_id
    why = dcc.Link(
        [t("tenant.health.why"), build_icon("arrow-right")],
        href=tenant_address(HEALTH_PATH, tenant_id),
        className="sheet-link",
    )
    name = html.Div(
        [html.Bdi(told.listed.name), html.Span(t("frame.demo"), className="tag") if told.listed.is_demo else None],
        className="health-name",
    )
    if health is None:
        return html.Div(
            [name, build_score(None, Band.UNKNOWN), html.P(t("health.none.advice"), className="health-note")],
            className="tenant-body",
        )
    driver = (
        t("tenant.health.driver", input=input_name(health.driver), points=signed(health.driver_effect))
        if health.driver is not None
        else t("tenant.health.no_driver")
    )
    moved: list[Any] = []
    for days, change in (("change7d", health.change_7d), ("change30d", health.change_30d)):
        moved += [html.Dt(t(f"portfolio.column.{days}")), html.Dd(build_change(change))]
    return html.Div(
        [
            html.Div([name, build_score(health.score, health.band)], className="health-who"),
            html.P(driver, className="tenant-line"),
            html.Div([html.Dl(moved, className="facts tenant-moved"), build_course(health)], className="tenant-course"),
            html.P(why, className="tenant-line"),
        ],
        className="tenant-body",
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """Something that went wrong, in words, with the page that shows it. ``at`` None: it is of the whole period."""

    icon: str
    words: str
    href: str
    at: dt.datetime | None = None
    until: dt.datetime | None = None


def build_incidents_card(
    told: TenantOverview, operators: Breakdown | None, balance: Balance | None, query: AnalyticsQuery, now: dt.datetime
) -> Component:
    """Unusual delivery rates first, then what the platform wrote down, the latest first.

    Without ``operators`` nothing is said of rates, and that this is so.
    """
    lines = [*_unusual(operators, query), *(_line(each, told, balance) for each in told.incidents)]
    unknown = html.P(t("tenant.incidents.rates_unknown"), className="health-note") if operators is None else None
    if not lines:
        quiet = build_empty(t("tenant.incidents.none.title"), t("tenant.incidents.none.advice"), icon="check-circle")
        return html.Div([quiet, unknown], className="tenant-body")
    return html.Div(
        [html.Ul([_build_line(line, now) for line in lines], className="tenant-incidents"), unknown],
        className="tenant-body",
    )


def _unusual(operators: Breakdown | None, query: AnalyticsQuery) -> Iterator[_Line]:
    for item in operators.items if operators is not None else ():
        if item.anomaly is None:
            continue
        words = t(
            "chart.operators.anomaly",
            operator=isolate(operator_name(item.key)),
            rate=fmt.percent(item.delivery_rate),
            expected=fmt.percent(item.anomaly.expected),
        )
        href = to_search([("operator", item.key), ("tenantId", query.tenant_id or "")])
        yield _Line("graph-up", words, f"/analytics?{href}")


def _line(incident: TenantIncident, told: TenantOverview, balance: Balance | None) -> _Line:
    words, path = _words(incident, told, balance), _path(incident)
    return _Line(
        _ICONS[incident.kind], words, address(path, told.listed.tenant_id), incident.starts_at, incident.ends_at
    )


def _words(incident: TenantIncident, told: TenantOverview, balance: Balance | None) -> str:
    if incident.kind is IncidentKind.PLATFORM:
        key = incident.reason or ""
        title = t(key) if key.startswith("incident.") and has(key) else t("chart.incident.untitled")
        return t("chart.named", name=isolate(incident.about), value=title) if incident.about else title
    if incident.kind is IncidentKind.WEBHOOK_DISABLED:
        reason = "gone" if incident.reason == "gone" else "failing"
        return t(f"tenant.incident.webhook.{reason}", url=ltr(incident.about or ""))
    if incident.kind is IncidentKind.KEY_REVOKED:
        return t("tenant.incident.key", name=isolate(incident.about or ""))
    if incident.kind is IncidentKind.INVOICES_OVERDUE:
        arrears = told.arrears
        if arrears is None:
            return t("tenant.incident.overdue.unknown")
        return t("tenant.incident.overdue", count=arrears.invoices, amount=fmt.money(arrears.due))
    if balance is not None and balance.warns_below is not None:
        return t("tenant.incident.balance.below", amount=fmt.money(balance.warns_below))
    return t("tenant.incident.balance")


def _path(incident: TenantIncident) -> str:
    return {
        IncidentKind.PLATFORM: "/analytics",
        IncidentKind.WEBHOOK_DISABLED: f"/webhooks/{incident.about_id}" if incident.about_id else "/webhooks",
        IncidentKind.KEY_REVOKED: "/api-keys",
        IncidentKind.INVOICES_OVERDUE: TABS["invoices"],
        IncidentKind.BALANCE_LOW: TABS["overview"],
    }[incident.kind]


def _build_line(line: _Line, now: dt.datetime) -> Component:
    when: Any = t("tenant.incidents.period")
    if line.at is not None:
        when = html.Time(
            fmt.relative(line.at, now)
            if line.until is None
            else spans.days(_day(line.at), _day(line.until), years=False),
            dateTime=line.at.isoformat(),
            title=fmt.datetime(line.at),
        )
    return html.Li(
        [
            build_icon(line.icon),
            html.Div(
                [dcc.Link(line.words, href=line.href, className="sheet-link"), html.Div(when, className="sheet-note")]
            ),
        ]
    )


def _day(moment: dt.datetime) -> dt.date:
    return fmt.in_zone(moment).date()


def build_holds_card(told: Summary, held_now: int | None, query: AnalyticsQuery) -> Component:
    """What compliance kept back in the period, against the one before, and what waits now; each opens its messages."""
    totals, before = told.totals, told.previous
    withheld = _count(totals, WITHHELD)
    share = fmt.percent(withheld / totals.messages if totals.messages else None, 2)
    notes = [t("tenant.holds.share", share=share)]
    if before is not None:
        notes.append(t("tenant.holds.before", count=_count(before, WITHHELD)))
    here = [("tenantId", query.tenant_id or "")]
    blocked = (MessageStatus.BLOCKED,)
    waiting = t("health.value.unknown") if held_now is None else _messages(held_now, _log(here, (MessageStatus.HELD,)))
    rows = (
        ("withheld", _messages(withheld, _log(query.log_params(), WITHHELD)), notes),
        ("blocked", _messages(_count(totals, blocked), _log(query.log_params(), blocked)), []),
        ("now", waiting, []),
    )
    listed: list[Any] = []
    for name, value, said in rows:
        words = [html.Div(note, className="sheet-note") for note in said]
        listed += [html.Dt(t(f"tenant.holds.{name}")), html.Dd([value, *words])]
    return html.Div(html.Dl(listed, className="facts"), className="tenant-body")


def _messages(count: int, href: str) -> Any:
    words = t("chart.messages", count=count)
    return dcc.Link(words, href=href, className="sheet-link") if count else words


def _count(totals: Totals, statuses: tuple[MessageStatus, ...]) -> int:
    return sum(totals.by_status.get(status, 0) for status in statuses)


def _log(params: list[tuple[str, str]], statuses: tuple[MessageStatus, ...]) -> str:
    return f"/messages?{to_search([*params, *(('status', status.value) for status in statuses)])}"


def build_invoices_card(page: InvoicePage, arrears: Arrears | None, query: AnalyticsQuery) -> Component:
    """What is overdue first, then the latest; all that is overdue together as the platform counts it."""
    if not page.items:
        return build_empty(t("tenant.invoices.none.title"), t("tenant.invoices.none.advice"), icon="receipt")
    overdue = [each for each in page.items if each.status is InvoiceStatus.OVERDUE]
    latest = [each for each in page.items if each.status is not InvoiceStatus.OVERDUE][:LATEST]
    said = None
    if arrears is not None:
        words = t("tenant.incident.overdue", count=arrears.invoices, amount=fmt.money(arrears.due))
        said = html.P(
            [build_icon("exclamation-triangle"), html.Span(words)], className="low-balance low-balance-now tenant-owed"
        )
    more = dcc.Link(t("tenant.invoices.all"), href=address(TABS["invoices"], query.tenant_id), className="sheet-link")
    return html.Div(
        [
            said,
            build_standing([*overdue, *latest], query.period.end, query.tenant_id),
            html.P(more, className="tenant-foot"),
        ]
    )
