"""What the billing pages share: the ways between them, and the shell of those that are one list."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.page import page_header
from components.states import build_skeleton
from portal.domain.actor import Actor
from portal.domain.params import to_search
from portal.domain.permissions import may_open
from portal.i18n import t

TABS: Final = {
    "overview": "/billing",
    "invoices": "/billing/invoices",
    "ledger": "/billing/ledger",
    "payments": "/billing/payments",
    "prices": "/billing/prices",
}


class TabsIds(StrEnum):
    TABS = "billing-tabs"


def build_list_shell(
    title: Any,
    content_id: str,
    *,
    before: Component | None = None,
    actions: Sequence[Component] = (),
    plain: bool = False,
) -> Component:
    """A page that is one list, before its data. ``plain``: what comes brings its own panels."""
    waiting = build_skeleton(12, className="sheet-waiting")
    return html.Div(
        [
            page_header(title, actions=actions, before=before),
            build_tabs_room(),
            html.Div(waiting, id=content_id, className="" if plain else "panel panel-flush sheet-panel"),
        ],
        className="page",
    )


def build_tabs_room() -> Component:
    """Where the tabs come: which there are depends on who asks."""
    return html.Div(id=TabsIds.TABS, className="tabs-room")


def build_tabs(current: str, tenant_id: str | None, *, actor: Actor) -> Component:
    """Links to the pages this person may open."""
    shown = [name for name, path in TABS.items() if may_open(actor, path)]
    return html.Nav(
        html.Ul([_build_tab(name, current, tenant_id) for name in shown], className="tabs"),
        **attributes(aria_label=t("billing.tabs")),
    )


def _build_tab(name: str, current: str, tenant_id: str | None) -> Component:
    here = name == current
    link = dcc.Link(
        t(f"billing.tab.{name}"), href=address(TABS[name], tenant_id), className="tab current" if here else "tab"
    )
    # dcc.Link takes no aria attributes, so the item says it.
    return html.Li(link, **(attributes(aria_current="page") if here else {}))


def address(path: str, tenant_id: str | None, *more: tuple[str, str]) -> str:
    """A billing page of the same tenant."""
    query = to_search([("tenantId", tenant_id or ""), *more])
    return f"{path}?{query}" if query else path
