"""Notes that appear in a corner and go away: something was done, or could not be.

A callback says ``set_props(ToastsIds.LATEST, toast("…"))``, beside whatever else it answers; assets/js/toasts.js shows
it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal
from uuid import uuid4

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import explain
from portal.domain.errors import PortalError
from portal.i18n import ltr, t

Tone = Literal["done", "failed", "news"]


class ToastsIds(StrEnum):
    """``LATEST`` is a store: what was said last."""

    LATEST = "toasts-latest"
    LIST = "toasts-list"


def build_toasts() -> Component:
    """The corner, for the frame. It is a live region, so screen readers hear what appears."""
    return html.Div(
        [
            dcc.Store(id=ToastsIds.LATEST),
            html.Div(
                id=ToastsIds.LIST,
                className="toasts",
                role="status",
                **attributes(aria_live="polite", data_close=t("dialog.close")),
            ),
        ]
    )


def toast(text: str, tone: Tone = "done", *, href: str = "", link: str = "") -> dict[str, Any]:
    """What ``set_props`` puts into the store. ``href`` and ``link`` add a way to what it is about."""
    return {"data": {"id": uuid4().hex, "tone": tone, "text": text, "href": href, "link": link}}


def failure_toast(error: PortalError, request_id: str = "") -> dict[str, Any]:
    """The same for something that could not be done, with the id to ask about."""
    reference = error.request_id or request_id
    text = explain(error)
    return toast(f"{text} {t('state.request', id=ltr(reference))}" if reference else text, "failed")
