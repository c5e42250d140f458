"""Calls that the platform refused: what programs tried, and why it did not work."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.messages import PATH as MESSAGES
from components.messages import build_code, build_time
from components.states import build_empty, build_error, build_icon
from portal.domain.errors import PortalError
from portal.domain.params import to_search
from portal.domain.refused_calls import RefusedCall, RefusedCallPage
from portal.i18n import has, t
from portal.i18n.bidi import ltr


class RefusedCallsIds(StrEnum):
    LIST = "refused-calls-list"


PATH = "/refused-calls"
COLUMNS = ("at", "call", "why", "key", "request")


def address(tenant_id: str | None = None, cursor: str = "") -> str:
    query = to_search([("tenantId", tenant_id or ""), ("cursor", cursor)])
    return f"{PATH}?{query}" if query else PATH


def build_link(tenant_id: str | None = None) -> Component:
    """The way here from the message log: what was refused never became a message."""
    return dcc.Link(
        [build_icon("slash-circle"), html.Span(t("refused.title"))],
        href=address(tenant_id),
        className="btn btn-outline-secondary",
    )


def build_back(tenant_id: str | None = None) -> Component:
    query = to_search([("tenantId", tenant_id or "")])
    return dcc.Link(
        [build_icon("arrow-left"), t("message.back")],
        href=f"{MESSAGES}?{query}" if query else MESSAGES,
        className="back-link",
    )


def build_list(page: RefusedCallPage, tenant_id: str | None = None, *, first: bool = True) -> Component:
    """One page of calls, newest first. Links to other pages are whole page loads: the list has no other state."""
    if not page.items:
        return build_empty(t("refused.none.title"), t("refused.none.advice"), icon="shield-check")
    heads = [html.Th(t(f"refused.column.{column}"), scope="col") for column in COLUMNS]
    newest, older = t("webhooks.newest"), t("webhooks.older")
    look = "btn btn-outline-secondary btn-sm"
    pages = [
        None if first else html.A(newest, href=address(tenant_id), className=look),
        html.A(older, href=address(tenant_id, page.next_cursor), className=look) if page.next_cursor else None,
    ]
    return html.Div(
        [
            html.Table(
                [
                    html.Caption(t("refused.caption"), className="visually-hidden"),
                    html.Thead(html.Tr(heads)),
                    html.Tbody([_build_row(each) for each in page.items]),
                ],
                className="log refused",
            ),
            html.Div(
                [
                    html.P(t("refused.shown", count=len(page.items)), className="log-count", role="status"),
                    html.Div(pages, className="hook-pages"),
                ],
                className="log-foot",
            ),
        ]
    )


def why(code: str) -> str:
    """Why a call was refused, in words where there are some."""
    return t(f"refused.code.{code}") if has(f"refused.code.{code}") else ltr(code)


def _build_row(each: RefusedCall) -> Component:
    cells: dict[str, Any] = {
        "at": build_time(each.at, seconds=True),
        "call": build_code(f"{each.method} {each.route}"),
        "why": html.Span([build_code(str(each.status)), " ", why(each.code)]),
        "key": html.Bdi(each.key_name),
        "request": build_code(each.request_id, "code-wrap"),
    }
    return html.Tr(
        [
            html.Td(
                cells[column],
                className=f"cell-refused-{column}",
                **attributes(data_label=t(f"refused.column.{column}")),
            )
            for column in COLUMNS
        ]
    )


def build_failure(error: PortalError, tenant_id: str | None, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href=address(tenant_id), className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)
