"""An account's support tickets: how they stand, how old they are, and where they are worked on."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.forms import build_field, build_form, field_id
from components.sheets import Column, build_sheet
from components.states import build_empty, build_icon
from portal.domain.tickets import Ticket, TicketPriority, Tickets, TicketsProblem, TicketsState, TicketStatus
from portal.i18n import fmt, t
from portal.i18n.bidi import isolate, ltr

_NAMES = {"zendesk": ltr("Zendesk"), "help_scout": ltr("Help Scout")}


class TicketsIds(StrEnum):
    """``LINK`` is the room of the form by which platform admins say which organisation an account is."""

    LINK = "tickets-link"
    FORM = "tickets-link-form"


LINK_FIELDS: Final = ("organisation",)
#: Names of support systems are proper names, the same in every language.
SYSTEMS: Final = {"zendesk": "Zendesk", "helpscout": "Help Scout"}
STATUS_ICONS: Final = {
    TicketStatus.NEW: "bell",
    TicketStatus.OPEN: "chat-left-dots",
    TicketStatus.PENDING: "hourglass-split",
    TicketStatus.ON_HOLD: "pause-circle",
    TicketStatus.SOLVED: "check-circle",
    TicketStatus.CLOSED: "archive",
    TicketStatus.UNKNOWN: "question-circle",
}
PRIORITY_ICONS: Final = {
    TicketPriority.URGENT: "exclamation-triangle",
    TicketPriority.HIGH: "exclamation-circle",
    TicketPriority.NORMAL: "info-circle",
    TicketPriority.LOW: "chevron-down",
}


def build_tickets(found: Tickets, now: dt.datetime) -> Component:
    """The tickets, or why there are none; a quiet notice above those that are not of now."""
    if found.state is TicketsState.NOT_CONFIGURED:
        return build_empty(t("tickets.not_configured.title"), t("tickets.not_configured.advice", **_NAMES), icon="plug")
    if found.state is TicketsState.NOT_LINKED:
        return build_empty(t("tickets.not_linked.title"), t("tickets.not_linked.advice"), icon="link-45deg")
    notices = _notices(found, now)
    if not found.items:
        if found.state is TicketsState.UNAVAILABLE:
            return html.Div(notices, className="tickets")
        return build_empty(t("tickets.none.title"), t("tickets.none.advice"), icon="check-circle")
    return html.Div([*notices, _build_list(found.items, now)], className="tickets")


def _notices(found: Tickets, now: dt.datetime) -> list[Component]:
    if found.source == "demo":
        return [_notice("info-circle", t("tickets.demo"))]
    if found.state is not TicketsState.UNAVAILABLE:
        return []
    system = SYSTEMS.get(found.source or "", t("tickets.system"))
    problem = found.problem or TicketsProblem.OTHER
    if problem is TicketsProblem.UNKNOWN_ORGANISATION:
        said = t("tickets.problem.unknown_organisation", system=system, name=isolate(found.organisation or ""))
    else:
        said = t(f"tickets.problem.{problem}", system=system)
    age = t("tickets.as_of", ago=fmt.relative(found.as_of, now)) if found.as_of else t("tickets.never")
    return [_notice("wifi-off", said, age)]


def _notice(icon: str, *words: str) -> Component:
    spans = [html.Span([word, " "]) for word in words]
    return html.P([build_icon(icon), *spans], className="health-note tickets-notice", role="status")


def _build_list(tickets: tuple[Ticket, ...], now: dt.datetime) -> Component:
    columns = [Column(t(f"tickets.column.{name}")) for name in ("subject", "status", "priority", "opened")]
    rows: list[list[Any]] = [
        [_build_subject(each), _build_status(each.status), _build_priority(each.priority), _build_age(each, now)]
        for each in tickets
    ]
    return build_sheet(t("tickets.caption"), columns, rows)


def _build_subject(ticket: Ticket) -> Component:
    subject = html.Bdi(ticket.subject or t("tickets.no_subject", number=ticket.ticket_id))
    if ticket.url is None:
        return subject
    said = html.Span(t("tickets.opens"), className="visually-hidden")
    return html.A(
        [subject, build_icon("box-arrow-up-right"), said],
        href=ticket.url,
        target="_blank",
        rel="noopener noreferrer",
        className="sheet-link ticket-link",
    )


def _build_status(status: TicketStatus) -> Component:
    return html.Span(
        [build_icon(STATUS_ICONS[status]), t(f"tickets.status.{status}")], className=f"status ticket-{status.value}"
    )


def _build_priority(priority: TicketPriority | None) -> Component | str:
    if priority is None:
        return "–"
    return html.Span(
        [build_icon(PRIORITY_ICONS[priority]), t(f"tickets.priority.{priority}")],
        className=f"priority priority-{priority.value}",
    )


def _build_age(ticket: Ticket, now: dt.datetime) -> Component:
    return html.Time(
        fmt.relative(ticket.opened_at, now), dateTime=ticket.opened_at.isoformat(), title=fmt.datetime(ticket.opened_at)
    )


def build_link(found: Tickets | None, *, may_link: bool) -> Component | None:
    """Which organisation the account is, to be changed; nothing where there is no system, or nobody may say."""
    if not may_link or found is None or found.source in (None, "demo"):
        return None
    form = TicketsIds.FORM
    control = dbc.Input(
        id=field_id(form, "organisation"),
        type="text",
        value=found.organisation or "",
        maxLength=200,
        autoComplete="off",
    )
    field = build_field(form, "organisation", t("tickets.link.field"), control, help=t("tickets.link.help", **_NAMES))
    return html.Details(
        [html.Summary(t("tickets.link.title")), build_form(form, [field], t("tickets.link.submit"))],
        className="tickets-link",
        open=found.state is TicketsState.NOT_LINKED,
    )
