"""What an endpoint was told: filters that live in the address, and a table that becomes cards on narrow screens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.controls import build_chip, build_menu
from components.messages import build_code, build_time
from components.states import build_empty, build_icon
from components.webhooks import address, short_error
from portal.domain.delivery_filter import SPANS, STATUS_CLASSES, DeliveryFilter, hours_ago
from portal.domain.params import to_search
from portal.domain.webhooks import Delivery, DeliveryPage, DeliveryStatus
from portal.i18n import fmt, ltr, t

COLUMNS = ("event", "status", "answer", "attempts", "created", "next")
STATUS_ICONS = {
    DeliveryStatus.SUCCEEDED: "check-circle",
    DeliveryStatus.PENDING: "hourglass-split",
    DeliveryStatus.FAILED: "x-circle",
}


def delivery_address(endpoint_id: str, delivery_id: str, tenant_id: str | None = None, back: str = "") -> str:
    """A delivery's page, which knows the way back to the same filter."""
    query = to_search([("tenantId", tenant_id or ""), ("back", back)])
    return address(f"{endpoint_id}/deliveries/{delivery_id}", tenant_id, query)


def build_delivery_status(status: DeliveryStatus) -> Component:
    return html.Span(
        [build_icon(STATUS_ICONS[status]), t(f"webhooks.delivery.{status}")], className=f"status delivery-{status}"
    )


def build_answer(http_status: int | None, error_kind: str | None) -> Component:
    """What the receiver answered, or why it did not."""
    if http_status is not None:
        return build_code(str(http_status), f"http http-{http_status // 100}")
    if error_kind is not None:
        return html.Span(short_error(error_kind))
    return html.Span("–", className="text-quiet")


def build_filters(
    endpoint_id: str,
    wanted: DeliveryFilter,
    events: Sequence[str],
    tenant_id: str | None,
    now: dt.datetime,
) -> Component:
    """Statuses side by side, the rest in menus, and what is in force; all of it links."""

    def href(**changes: object) -> str:
        return address(endpoint_id, tenant_id, wanted.choosing(**changes).to_query_string(tenant_id))

    statuses = [
        _segment(t(f"webhooks.delivery.{status or 'all'}"), href(status=status), wanted.status == status)
        for status in ("", *DeliveryStatus)
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.Div(
                        statuses, className="segments", role="group", **attributes(aria_label=t("filters.status"))
                    ),
                    _menu(
                        "webhooks.filter.event",
                        [("", t("webhooks.filter.any")), *((name, ltr(name)) for name in events)],
                        wanted.event_type,
                        lambda value: href(event_type=value),
                    ),
                    _menu(
                        "webhooks.filter.answer",
                        [("", t("webhooks.filter.any")), *((name, _class_words(name)) for name in STATUS_CLASSES)],
                        wanted.http_status,
                        lambda value: href(http_status=value),
                    ),
                    _spans_menu(wanted, now, href),
                ],
                className="filter-row",
            ),
            _build_chips(wanted, href),
        ],
        className="filter-bar hook-filters",
    )


def _segment(text: str, href: str, active: bool) -> Component:
    mark = html.Span(t("filters.selected"), className="visually-hidden") if active else None
    return dcc.Link([text, mark], href=href, className=f"segment{' active' if active else ''}")


def _menu(label: str, options: Sequence[tuple[str, str]], chosen: str, href: Any) -> Component:
    links = [_menu_link(text, href(value), value == chosen) for value, text in options]
    return build_menu([html.Span(t(label))], [html.Div(links, className="menu-links")])


def _menu_link(text: str, href: str, active: bool) -> Component:
    mark = html.Span(t("filters.selected"), className="visually-hidden") if active else None
    return dcc.Link([text, mark], href=href, className=f"menu-link{' active' if active else ''}")


def _spans_menu(wanted: DeliveryFilter, now: dt.datetime, href: Any) -> Component:
    links = [_menu_link(t("messages.any_time"), href(since=None), wanted.since is None)]
    for hours in SPANS:
        since = hours_ago(now, hours)
        links.append(_menu_link(t("webhooks.filter.hours", count=hours), href(since=since), wanted.since == since))
    return build_menu(
        [build_icon("calendar3"), html.Span(t("webhooks.filter.time"))], [html.Div(links, className="menu-links")]
    )


def _class_words(name: str) -> str:
    return t("webhooks.filter.no_answer") if name == "none" else ltr(name)


def _build_chips(wanted: DeliveryFilter, href: Any) -> Component | None:
    named = [
        ("event_type", "webhooks.filter.event", ltr(wanted.event_type) if wanted.event_type else ""),
        ("http_status", "webhooks.filter.answer", _class_words(wanted.http_status) if wanted.http_status else ""),
        ("message_id", "messages.column.id", ltr(wanted.message_id) if wanted.message_id else ""),
    ]
    texts = [(name, t("filters.chip", name=t(label), value=text)) for name, label, text in named if text]
    if wanted.since is not None:
        texts.append(("since", t("messages.since", moment=fmt.datetime(wanted.since))))
    if not texts:
        return None
    chips = [
        build_chip(text, href(**{name: None if name == "since" else ""}), t("filters.remove", filter=text))
        for name, text in texts
    ]
    return html.Ul(chips, className="chips", **attributes(aria_label=t("filters.active")))


def build_deliveries(
    endpoint_id: str, page: DeliveryPage, wanted: DeliveryFilter, tenant_id: str | None = None
) -> Component:
    """One page of deliveries, newest first; an empty one says what to do next."""
    if not page.items:
        return _build_nothing(endpoint_id, wanted, tenant_id)
    back = wanted.to_query_string()
    heads = [html.Th(t(f"webhooks.delivery.column.{column}"), scope="col") for column in COLUMNS]
    older = None
    if page.next_cursor:
        query = wanted.after(page.next_cursor).to_query_string(tenant_id)
        older = dcc.Link(
            [t("webhooks.older"), build_icon("chevron-right")],
            href=address(endpoint_id, tenant_id, query),
            className="btn btn-outline-secondary btn-sm",
        )
    newest = None
    if wanted.cursor:
        newest = dcc.Link(
            [build_icon("chevron-left"), t("webhooks.newest")],
            href=address(endpoint_id, tenant_id, wanted.after("").to_query_string(tenant_id)),
            className="btn btn-outline-secondary btn-sm",
        )
    return html.Div(
        [
            html.Table(
                [
                    html.Caption(t("webhooks.deliveries.caption"), className="visually-hidden"),
                    html.Thead(html.Tr(heads)),
                    html.Tbody([_build_row(endpoint_id, each, tenant_id, back) for each in page.items]),
                ],
                className="log deliveries",
            ),
            html.Div(
                [
                    html.P(t("webhooks.deliveries.shown", count=len(page.items)), className="log-count", role="status"),
                    html.Div([newest, older], className="hook-pages"),
                ],
                className="log-foot",
            ),
        ]
    )


def _build_row(endpoint_id: str, each: Delivery, tenant_id: str | None, back: str) -> Component:
    link = dcc.Link(
        build_code(each.event_type),
        href=delivery_address(endpoint_id, each.delivery_id, tenant_id, back),
        className="row-link",
    )
    test = html.Span(t("webhooks.test.tag"), className="tag") if each.is_test else None
    cells: dict[str, Any] = {
        "event": [link, test],
        "status": build_delivery_status(each.status),
        "answer": build_answer(each.http_status, each.error_kind),
        "attempts": fmt.number(each.attempts),
        "created": build_time(each.created_at, seconds=True),
        "next": build_time(each.next_attempt_at),
    }
    return html.Tr(
        [
            html.Td(
                cells[column],
                className=f"cell-delivery-{column}"
                + (" cell-empty" if column == "next" and not each.next_attempt_at else ""),
                **attributes(data_label=t(f"webhooks.delivery.column.{column}")),
            )
            for column in COLUMNS
        ]
    )


def _build_nothing(endpoint_id: str, wanted: DeliveryFilter, tenant_id: str | None) -> Component:
    if not wanted.narrowed and not wanted.cursor:
        return build_empty(t("webhooks.deliveries.none.title"), t("webhooks.deliveries.none.advice"), icon="send")
    clear = dcc.Link(t("filters.clear"), href=address(endpoint_id, tenant_id), className="btn btn-outline-secondary")
    return build_empty(
        t("webhooks.deliveries.no_match.title"), t("messages.no_match.advice"), icon="search", actions=[clear]
    )
