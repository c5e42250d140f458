"""What a card or a page shows when there is nothing to show: still loading, empty, failed, not allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.icons import MIRRORED
from portal.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    PortalError,
    PreviewIsReadOnly,
    RateLimited,
    UpstreamUnavailable,
)
from portal.i18n import ltr, t


def build_icon(name: str, *, className: str = "") -> Component:
    """A decorative icon (assets/vendor/icons), turned round in right-to-left pages where that is its nature."""
    classes = f"icon icon-{name}{' icon-flip' if name in MIRRORED else ''} {className}".strip()
    return html.Span(className=classes, **attributes(aria_hidden="true"))


def explain(error: PortalError) -> str:
    """What went wrong, for the person who wanted it."""
    if isinstance(error, RateLimited):
        return t("state.limited", count=max(1, round(error.retry_after or 1)))
    if isinstance(error, PreviewIsReadOnly):
        return t("state.preview")
    if isinstance(error, Forbidden):
        return t("state.forbidden")
    if isinstance(error, NotFound):
        return t("state.not_found")
    if isinstance(error, InvalidInput):
        return t("state.invalid")
    if isinstance(error, UpstreamUnavailable):
        return t("state.unavailable")
    return t("state.refused")


def build_error(error: PortalError, *, retry: Component | None = None, request_id: str = "") -> Component:
    """An anticipated failure in place of what it kept from being shown. ``retry`` is whatever asks again."""
    reference = error.request_id or request_id
    return html.Div(
        [
            build_icon(
                "shield-lock" if isinstance(error, Forbidden) else "exclamation-triangle", className="state-icon"
            ),
            html.Div(
                [
                    html.P(explain(error), className="state-title"),
                    html.P(t("state.request", id=ltr(reference)), className="state-note") if reference else None,
                ]
            ),
            None if isinstance(error, (Forbidden, NotFound)) else retry,
        ],
        className="state state-error",
        role="alert",
    )


def build_empty(title: str, advice: str, *, icon: str = "inbox", actions: Sequence[Component] = ()) -> Component:
    """Nothing there, and what to do about it."""
    return html.Div(
        [
            build_icon(icon, className="state-icon"),
            html.P(title, className="state-title"),
            html.P(advice, className="state-note"),
            html.Div(list(actions), className="state-actions") if actions else None,
        ],
        className="state state-empty",
    )


def build_skeleton(lines: int = 3, *, className: str = "") -> Component:
    """Grey bars where lines of text will be; hidden from screen readers, which hear the region's busy state."""
    bars: list[Any] = [html.Span(className=f"skeleton-line skeleton-line-{index % 3}") for index in range(lines)]
    return html.Div(bars, className=f"skeleton {className}".strip(), **attributes(aria_hidden="true"))
