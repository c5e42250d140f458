"""API keys: the table, which becomes cards on narrow screens. What is done with keys: components/api_keys_forms.py."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.sparkline import HEIGHT, WIDTH, sparkline
from components.messages import build_code, build_time
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.api_keys import ApiKey, KeyPage, KeyStatus, KeyWarning
from portal.domain.errors import PortalError
from portal.i18n import fmt, locale, t
from portal.i18n.bidi import isolate


class ApiKeysIds(StrEnum):
    """``CHANGED`` is a store that is written whenever the list has to be asked for anew."""

    LIST = "api-keys-list"
    ACTIONS = "api-keys-actions"
    NEW = "api-keys-new"
    CHANGED = "api-keys-changed"
    CREATE = "api-keys-create"
    CREATE_FORM = "api-keys-create-form"
    RAW_KEY = "api-keys-raw-key"
    ROTATE = "api-keys-rotate"
    ROTATE_FORM = "api-keys-rotate-form"
    REVOKE = "api-keys-revoke"
    REVOKE_FORM = "api-keys-revoke-form"


PATH = "/api-keys"
STALE_DAYS = 90
ROTATE_TYPE, REVOKE_TYPE = "api-key-rotate", "api-key-revoke"
COLUMNS = ("name", "scopes", "status", "used", "created", "calls")
STATUS_ICONS = {
    KeyStatus.ACTIVE: "check-circle",
    KeyStatus.EXPIRING: "hourglass-split",
    KeyStatus.GRACE: "arrow-repeat",
    KeyStatus.EXPIRED: "stopwatch",
    KeyStatus.REVOKED: "slash-circle",
}


def act_id(kind: str, key_id: str) -> dict[str, str]:
    """The id of a key's own button."""
    return {"type": kind, "key": key_id}


def build_new_button() -> Component:
    return html.Button(
        [build_icon("plus-lg"), html.Span(t("api_keys.new"))],
        id=ApiKeysIds.NEW,
        type="button",
        className="btn btn-primary",
    )


def build_list(page: KeyPage, *, may_change: bool) -> Component:
    """All keys, newest first; an empty list says what to do next."""
    if not page.items:
        return build_empty(t("api_keys.none.title"), t("api_keys.none.advice"), icon="key")
    columns = (*COLUMNS, "actions") if may_change else COLUMNS
    heads = [html.Th(t(f"api_keys.column.{column}"), scope="col") for column in columns]
    shown = html.P(t("api_keys.shown", count=len(page.items)), className="log-count", role="status")
    more = html.P(t("api_keys.more"), className="log-count") if page.next_cursor else None
    examples = dcc.Link(t("api_keys.examples"), href="/send-test") if may_change else None
    return html.Div(
        [
            html.Table(
                [
                    html.Caption(t("api_keys.caption"), className="visually-hidden"),
                    html.Thead(html.Tr(heads)),
                    html.Tbody([_build_row(key, columns) for key in page.items]),
                ],
                className="log keys",
            ),
            html.Div([shown, more, examples], className="log-foot"),
        ]
    )


def _build_row(key: ApiKey, columns: tuple[str, ...]) -> Component:
    cells: dict[str, Any] = {
        "name": _name(key),
        "scopes": [
            html.Ul([html.Li(build_code(scope)) for scope in key.scopes], className="key-scopes"),
            _networks(key),
        ],
        "status": _status(key),
        "used": build_time(key.last_used_at) if key.last_used_at else html.Span(t("api_keys.used.never")),
        "created": [_day(key.created_at), _note(html.Bdi(key.created_by)) if key.created_by else None],
        "calls": _calls(key),
        "actions": _actions(key),
    }
    return html.Tr(
        [
            html.Td(
                html.Div(cells[column]),
                className=f"cell-key-{column}",
                **attributes(data_label=t(f"api_keys.column.{column}")),
            )
            for column in columns
        ],
        className="key-ended" if key.status.ended else "",
    )


def _name(key: ApiKey) -> list[Any]:
    tag = html.Span(t("api_keys.mode.test"), className="tag") if key.mode == "test" else None
    name = html.Div([html.Bdi(key.name, className="key-name"), tag])
    return [name, html.Div(build_code(key.shown)), *(_warning(each) for each in key.warnings)]


def _day(moment: dt.datetime) -> Component:
    return html.Time(fmt.date(fmt.in_zone(moment), "short"), dateTime=moment.isoformat(), title=fmt.datetime(moment))


def _warning(warning: KeyWarning) -> Component:
    return html.Div(
        [build_icon("exclamation-triangle"), html.Span(t(f"api_keys.warning.{warning}", days=STALE_DAYS))],
        className="key-warning",
    )


def _networks(key: ApiKey) -> Component | None:
    if not key.allowed_ips:
        return None
    # Written beside its width only where it is a network: /32 says nothing to most people.
    shown = [text.removesuffix("/32").removesuffix("/128") for text in key.allowed_ips]
    return html.Div(
        [html.Span(t("api_keys.only_from")), html.Ul([html.Li(build_code(text)) for text in shown])],
        className="key-note key-networks",
    )


def _status(key: ApiKey) -> list[Any]:
    badge = html.Span(
        [build_icon(STATUS_ICONS[key.status]), t(f"api_keys.status.{key.status}")],
        className=f"status key-{key.status}",
    )
    if key.status is KeyStatus.GRACE and key.works_until:
        return [badge, _note(t("api_keys.until", date=fmt.datetime(key.works_until)))]
    if key.status.ended or key.expires_at is None:
        return [badge]
    return [badge, _note(t("api_keys.until", date=fmt.date(fmt.in_zone(key.expires_at), "short")))]


def _note(content: Any) -> Component:
    return html.Div(content, className="key-note")


def _calls(key: ApiKey) -> list[Any]:
    total = sum(key.calls)
    source = sparkline(key.calls, rtl=locale().rtl) if total else ""
    course = html.Img(src=source, alt="", width=str(WIDTH), height=str(HEIGHT), className="key-course")
    return [
        course if source else None,
        _note(t("api_keys.calls", count=total, days=len(key.calls))),
        _note(t("api_keys.refused", count=key.refused)) if key.refused else None,
    ]


def _actions(key: ApiKey) -> list[Any]:
    rotate = _act(ROTATE_TYPE, key, "arrow-repeat", "rotate") if key.status.rotatable else None
    revoke = _act(REVOKE_TYPE, key, "slash-circle", "revoke") if not key.status.ended else None
    return [rotate, revoke]


def _act(kind: str, key: ApiKey, icon: str, name: str) -> Component:
    return html.Button(
        [build_icon(icon), html.Span(t(f"api_keys.{name}"))],
        id=act_id(kind, key.key_id),
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **attributes(aria_label=t(f"api_keys.{name}.of", name=isolate(key.name))),
    )


def build_failure(error: PortalError, request_id: str = "", search: str = "") -> Component:
    address = f"{PATH}?{search}" if search else PATH
    retry = html.A(t("state.retry"), href=address, className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_waiting() -> Component:
    return html.Div(
        [build_skeleton(8), html.Span(t("state.loading"), className="visually-hidden", role="status")],
        className="log-waiting",
    )
