"""Webhooks: the table of endpoints, which becomes cards on narrow screens, and what other pages show of one."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.outcome_bars import outcome_bars
from components.messages import build_code, build_time
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.errors import PortalError
from portal.domain.params import to_search
from portal.domain.webhooks import Endpoint, EndpointPage, EndpointStatus
from portal.i18n import fmt, has, locale, t


class WebhooksIds(StrEnum):
    """``CHANGED`` is a store that is written whenever the list has to be asked for anew."""

    LIST = "webhooks-list"
    ACTIONS = "webhooks-actions"
    NEW = "webhooks-new"
    CHANGED = "webhooks-changed"
    CREATE = "webhooks-create"
    CREATE_FORM = "webhooks-create-form"
    SECRET = "webhooks-secret"  # noqa: S105 — a dialog's id


PATH = "/webhooks"
COLUMNS = ("endpoint", "status", "events", "health", "last")
EVENTS_SHOWN = 3
STATUS_ICONS = {
    EndpointStatus.ENABLED: "check-circle",
    EndpointStatus.DISABLED: "pause-circle",
    EndpointStatus.AUTO_DISABLED: "x-circle",
}


def address(endpoint_id: str = "", tenant_id: str | None = None, query: str = "") -> str:
    """The list's page, or an endpoint's; ``query`` is an encoded one that already names the tenant."""
    path = f"{PATH}/{endpoint_id}" if endpoint_id else PATH
    query = query or to_search([("tenantId", tenant_id or "")])
    return f"{path}?{query}" if query else path


def build_new_button() -> Component:
    return html.Button(
        [build_icon("plus-lg"), html.Span(t("webhooks.new"))],
        id=WebhooksIds.NEW,
        type="button",
        className="btn btn-primary",
    )


def build_list(page: EndpointPage, tenant_id: str | None = None) -> Component:
    """All endpoints, newest first; an empty list says what to do next."""
    if not page.items:
        return build_empty(t("webhooks.none.title"), t("webhooks.none.advice"), icon="broadcast")
    heads = [html.Th(t(f"webhooks.column.{column}"), scope="col") for column in COLUMNS]
    shown = html.P(t("webhooks.shown", count=len(page.items)), className="log-count", role="status")
    more = html.P(t("webhooks.more"), className="log-count") if page.next_cursor else None
    return html.Div(
        [
            html.Table(
                [
                    html.Caption(t("webhooks.caption"), className="visually-hidden"),
                    html.Thead(html.Tr(heads)),
                    html.Tbody([_build_row(each, tenant_id) for each in page.items]),
                ],
                className="log hooks",
            ),
            html.Div([shown, more], className="log-foot"),
        ]
    )


def _build_row(endpoint: Endpoint, tenant_id: str | None) -> Component:
    link = dcc.Link(
        build_code(endpoint.url, "hook-url"), href=address(endpoint.endpoint_id, tenant_id), className="row-link"
    )
    cells: dict[str, Any] = {
        "endpoint": [link, html.Div(html.Bdi(endpoint.description), className="hook-note")],
        "status": [build_endpoint_status(endpoint), build_budget(endpoint)],
        "events": build_events(endpoint.events, EVENTS_SHOWN),
        "health": build_health(endpoint),
        "last": build_last(endpoint),
    }
    return html.Tr(
        [
            html.Td(
                html.Div(cells[column]),
                className=f"cell-hook-{column}",
                **attributes(data_label=t(f"webhooks.column.{column}")),
            )
            for column in COLUMNS
        ]
    )


def build_endpoint_status(endpoint: Endpoint) -> Component:
    """A status by colour, icon and word; an enabled endpoint that fails is told from one that does not."""
    if endpoint.enabled and endpoint.failing_since is not None:
        icon, name = "exclamation-triangle", "failing"
    else:
        icon, name = STATUS_ICONS[endpoint.status], str(endpoint.status)
    return html.Span([build_icon(icon), t(f"webhooks.status.{name}")], className=f"status hook-{name}")


def build_budget(endpoint: Endpoint) -> Component | None:
    """How close a failing endpoint is to being disabled."""
    if not endpoint.enabled or not endpoint.warning_level:
        return None
    return html.Div(
        t("webhooks.budget.short", used=fmt.percent(endpoint.failure_budget_used, 0)),
        className="hook-note hook-caution",
    )


def build_events(events: tuple[str, ...], most: int = 0) -> Component:
    """Names of event types, ``most`` of them and how many more there are; 0 for all."""
    shown = events[:most] if most and len(events) > most + 1 else events
    items: list[Component] = [html.Li(build_code(name)) for name in shown]
    if len(shown) < len(events):
        items.append(html.Li(t("webhooks.events.more", count=len(events) - len(shown)), className="hook-note"))
    return html.Ul(items, className="hook-events")


def build_health(endpoint: Endpoint, *, large: bool = False) -> list[Any]:
    """The last 24 hours of attempts: a picture, and the same in words."""
    if endpoint.success_rate is None:
        return [html.Div(t("webhooks.health.none"), className="hook-note")]
    hours = [(each.succeeded, each.failed) for each in endpoint.hours]
    source = outcome_bars(hours, rtl=locale().rtl)
    look = "hook-bars hook-bars-large" if large else "hook-bars"
    words = t(
        "webhooks.health.rate",
        rate=fmt.percent(endpoint.success_rate),
        count=endpoint.succeeded + endpoint.failed,
    )
    return [
        html.Img(src=source, alt="", className=look),
        html.Div(words, className="hook-rate"),
    ]


def build_last(endpoint: Endpoint) -> list[Any]:
    """When it last went well, and ill."""
    if endpoint.last_success_at is None and endpoint.last_failure_at is None:
        return [html.Span(t("webhooks.never"), className="text-quiet")]
    parts: list[Any] = []
    for icon, moment in (("check-circle", endpoint.last_success_at), ("x-circle", endpoint.last_failure_at)):
        if moment is not None:
            word = html.Span(t(f"webhooks.last.{icon.replace('-', '_')}"), className="visually-hidden")
            parts.append(html.Div([build_icon(icon), word, build_time(moment)], className=f"hook-last hook-{icon}"))
    return parts


def error_words(kind: str) -> str:
    """Why an attempt failed, in words where there are some."""
    return t(f"webhooks.error.{kind}") if has(f"webhooks.error.{kind}") else kind


def short_error(kind: str) -> str:
    """The same in a few words, for tables."""
    return t(f"webhooks.error.{kind}.short") if has(f"webhooks.error.{kind}.short") else kind


def latency(milliseconds: int) -> str:
    """How long an answer took."""
    if milliseconds < 1_000:
        return t("webhooks.milliseconds", value=fmt.number(milliseconds))
    return fmt.duration(milliseconds / 1_000)


def build_failure(error: PortalError, href: str, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href=href, className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_waiting(lines: int = 8) -> Component:
    return html.Div(
        [build_skeleton(lines), html.Span(t("state.loading"), className="visually-hidden", role="status")],
        className="log-waiting",
    )
