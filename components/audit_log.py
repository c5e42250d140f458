"""An account's audit log in words: who changed what, and who of the platform's own people looked at it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.controls import build_chip
from components.messages import build_code, build_time
from components.roles import role_name
from components.sheets import Column, build_sheet
from components.states import build_empty, build_error, build_icon
from portal.domain.audit import ActorKind, AuditEntry, AuditFilter, AuditPage, What
from portal.domain.errors import PortalError
from portal.i18n import fmt, has, t
from portal.i18n.bidi import isolate, ltr

PATH: Final = "/audit-log"
#: What of a line's details is worth telling, in the order of telling; the first that is there is told.
NAMING: Final = ("name", "url", "label", "period", "email", "field", "eventType", "event_type", "format")
_ICONS: Final = {
    ActorKind.PERSON: "person-circle",
    ActorKind.API_KEY: "key",
    ActorKind.INTERNAL: "building",
    ActorKind.PLATFORM: "gear",
}


class AuditLogIds(StrEnum):
    LIST = "audit-log-list"


def address_of(wanted: AuditFilter) -> str:
    """The page with a filter."""
    query = wanted.to_query_string()
    return f"{PATH}?{query}" if query else PATH


def build_audit_log(page: AuditPage, wanted: AuditFilter) -> Component:
    """One page of lines, newest first. Other pages and filters are addresses."""
    bar = _build_bar(page, wanted)
    if not page.items:
        which = "reads" if wanted.what is What.READS else "other"
        empty = build_empty(t(f"audit.none.{which}.title"), t(f"audit.none.{which}.advice"), icon="shield-check")
        return html.Div([bar, empty])
    columns = [Column(t(f"audit.column.{name}")) for name in ("at", "who", "what")]
    rows = [[_when(each), _who(each, wanted), _what(each)] for each in page.items]
    return html.Div([bar, build_sheet(t("audit.caption"), columns, rows), _build_foot(page, wanted)])


def build_failure(error: PortalError, wanted: AuditFilter, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href=address_of(wanted), className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def action_words(entry: AuditEntry) -> str:
    """What was done, in words where there are some, and by its code where there are none."""
    key = f"audit.action.{entry.action}"
    return t(key) if has(key) else ltr(entry.action)


def _build_bar(page: AuditPage, wanted: AuditFilter) -> Component:
    links = []
    for what in What:
        chosen = what is wanted.what
        name = t(f"audit.show.{what.value or 'all'}")
        link = dcc.Link(name, href=address_of(wanted.about(what)), className=f"segment{' active' if chosen else ''}")
        links.append(html.Div(link, role="listitem", **(attributes(aria_current="true") if chosen else {})))
    parts: list[Component] = [
        html.Div(links, className="segments", role="list", **attributes(aria_label=t("audit.show")))
    ]
    if wanted.actor_id is not None:
        name = next((_name(each) for each in page.items if each.actor_id == wanted.actor_id), t("audit.one_person"))
        words = t("filters.chip", name=t("audit.column.who"), value=name)
        chip = build_chip(words, address_of(wanted.by(None)), t("filters.remove", filter=words))
        parts.append(html.Ul([chip], className="chips", **attributes(aria_label=t("filters.active"))))
    return html.Div(parts, className="sheet-bar")


def _when(each: AuditEntry) -> list[Any]:
    """When it was; of several looks, until when."""
    if each.last_at is None or each.last_at == each.at:
        return [build_time(each.at)]
    return [build_time(each.at), html.Div(t("audit.until", time=fmt.time(each.last_at)), className="sheet-note")]


def _name(each: AuditEntry) -> str:
    if each.actor_name:
        return isolate(each.actor_name)
    return t("audit.platform") if each.actor_kind is ActorKind.PLATFORM else t("audit.gone")


def _who(each: AuditEntry, wanted: AuditFilter) -> list[Any]:
    """Who did it, which leads to all they did; the platform's own people are told from the account's."""
    icon = build_icon(_ICONS[each.actor_kind])
    if each.actor_id is None or each.actor_id == wanted.actor_id:
        name: Component = html.Span(_name(each))
    else:
        said = html.Span(t("audit.all_of", name=_name(each)), className="visually-hidden")
        name = dcc.Link([html.Span(_name(each)), said], href=address_of(wanted.by(each.actor_id)))
    kind = html.Span(t(f"audit.kind.{each.actor_kind}"), className="tag")
    return [icon, " ", name, " ", kind if each.actor_kind in (ActorKind.INTERNAL, ActorKind.API_KEY) else None]


def _what(each: AuditEntry) -> list[Any]:
    told: list[Any] = [action_words(each)]
    if each.reads is not None and each.reads > 1:
        told.append(html.Div(t("audit.reads", count=each.reads), className="sheet-note"))
    told += [html.Div(words, className="sheet-note") for words in _details(each)]
    return told


def _details(each: AuditEntry) -> list[Any]:
    """What it was done to, as far as that has a name."""
    found: list[Any] = []
    for name in ("added", "removed"):
        people = _texts(each.details.get(name))
        if people:
            found.append(
                t(f"audit.{name}", names=t("exports.list_separator").join(map(isolate, people)), count=len(people))
            )
    role = each.details.get("role")
    if isinstance(role, str) and role:
        found.append(html.Bdi(role_name(role)))
    for name in NAMING:
        value = each.details.get(name)
        if isinstance(value, str) and value:
            found.append(build_code(value, "code-wrap") if name == "url" else html.Bdi(value))
            break
    return found


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _build_foot(page: AuditPage, wanted: AuditFilter) -> Component:
    look = "btn btn-outline-secondary btn-sm"
    ways = [
        dcc.Link(t("billing.newest"), href=address_of(wanted.after(None)), className=look) if wanted.cursor else None,
        dcc.Link(t("billing.older"), href=address_of(wanted.after(page.next_cursor)), className=look)
        if page.next_cursor
        else None,
    ]
    count = html.P(t("audit.shown", count=len(page.items)), className="log-count", role="status")
    return html.Div([count, html.Div(ways, className="sheet-ways")], className="log-foot")
