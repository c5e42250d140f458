"""Where a person is signed in, and the questions before a session is ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.dialogs import build_confirmation, build_dialog
from components.forms import field_id
from components.profile import ProfileIds
from portal.domain.account import SignedInSession
from portal.i18n import fmt, ltr, t

END_TYPE, END_OTHERS_TYPE = "session-end", "session-end-others"
SESSION_FIELD = "sessionId"
_COLUMNS = ("device", "ip", "since", "seen", "act")


def build_session_dialogs() -> Component:
    """The dialogs, closed, and the store that says that sessions ended."""
    return html.Div(
        [
            build_dialog(ProfileIds.END_SESSION, t("profile.sessions.end.title")),
            build_dialog(ProfileIds.END_OTHERS, t("profile.sessions.end_others.title")),
            dcc.Store(id=ProfileIds.CHANGED),
        ]
    )


def build_sessions(found: Sequence[SignedInSession], now: dt.datetime) -> Component:
    """A row for each session, this one first, and the button that ends all the others."""
    rows = sorted(found, key=lambda each: not each.current)
    others = sum(not each.current for each in found)
    heads = [html.Th(t(f"profile.sessions.column.{name}"), scope="col") for name in _COLUMNS[:-1]]
    more = html.Th(html.Span(t("profile.sessions.column.act"), className="visually-hidden"), scope="col")
    table = html.Table(
        [
            html.Caption(t("profile.sessions.caption"), className="visually-hidden"),
            html.Thead(html.Tr([*heads, more])),
            html.Tbody([_build_row(each, now) for each in rows]),
        ],
        className="log sessions",
    )
    end_others = html.Button(
        t("profile.sessions.end_others"),
        id={"type": END_OTHERS_TYPE, "place": "list"},
        type="button",
        className="btn btn-outline-danger",
    )
    foot = end_others if others else html.P(t("profile.sessions.only"), className="panel-note")
    return html.Div([table, html.Div(foot, className="sessions-foot")])


def _build_row(each: SignedInSession, now: dt.datetime) -> Component:
    mark = html.Span(t("profile.sessions.this"), className="tag") if each.current else None
    end = html.Button(
        t("profile.sessions.end"),
        id={"type": END_TYPE, "session": each.session_id},
        type="button",
        className="btn btn-sm btn-outline-secondary",
        **attributes(aria_label=t("profile.sessions.end.of", device=device_of(each))),
    )
    cells: dict[str, Any] = {
        "device": [html.Span(device_of(each)), mark],
        "ip": html.Bdi(each.ip, dir="ltr") if each.ip else t("profile.sessions.unknown_ip"),
        "since": fmt.datetime(each.created_at),
        "seen": t("profile.sessions.now") if each.current else fmt.relative(each.last_seen_at, now),
        "act": None if each.current else end,
    }
    return html.Tr(
        [
            html.Td(content, className=f"cell-{name}", **attributes(data_label=t(f"profile.sessions.column.{name}")))
            for name, content in cells.items()
        ]
    )


def device_of(each: SignedInSession) -> str:
    """Browser and system in words."""
    if each.browser and each.system:
        return t("profile.sessions.device", browser=ltr(each.browser), system=ltr(each.system))
    known = each.browser or each.system
    return ltr(known) if known else t("profile.sessions.unknown_device")


def build_end_session(each: SignedInSession) -> Component:
    """The question before one session is ended."""
    form = ProfileIds.END_SESSION_FORM
    consequence = [
        html.P(t("profile.sessions.end.text", device=device_of(each), since=fmt.datetime(each.created_at))),
        dbc.Input(id=field_id(form, SESSION_FIELD), type="hidden", value=each.session_id),
    ]
    return build_confirmation(ProfileIds.END_SESSION, form, consequence, t("profile.sessions.end.submit"))


def build_end_others(count: int) -> Component:
    """The question before all other sessions are ended."""
    consequence = html.P(t("profile.sessions.end_others.text", count=count))
    submit = t("profile.sessions.end_others.submit", count=count)
    return build_confirmation(ProfileIds.END_OTHERS, ProfileIds.END_OTHERS_FORM, consequence, submit)
