"""The side navigation, made of what pages say of themselves when they register.

A page that is to be found here registers with ``nav`` (the key of its name), ``icon``, ``order`` and ``audience``:
``tenant`` for pages about one account's traffic, ``internal`` for the platform's own people. Who finds it there is said
in ``portal.domain.permissions``. A page without an entry that is not below one by its path either says with ``under``
whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import dash
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_icon
from portal.domain.actor import Actor
from portal.domain.params import from_search, one, to_search
from portal.domain.permissions import may_open
from portal.i18n import t

Audience = Literal["tenant", "internal"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the navigation."""

    path: str
    name: str
    icon: str
    audience: Audience
    order: int


def entries(registry: Iterable[Mapping[str, Any]] | None = None) -> list[Entry]:
    """Pages that have a place in the navigation, in their order."""
    pages = dash.page_registry.values() if registry is None else registry
    found = [
        Entry(
            page["path"],
            t(page["nav"]),
            page.get("icon", "grid"),
            page.get("audience", "tenant"),
            page.get("order") or 0,
        )
        for page in pages
        if page.get("nav")
    ]
    return sorted(found, key=lambda entry: (entry.order, entry.path))


def build_navigation(path: str, search: str, *, actor: Actor) -> Component:
    """Links this person may follow; on pages about a tenant an internal user keeps that tenant."""
    internal = actor.internal
    tenant = one(from_search(search), "tenantId") if internal else ""
    shown = [entry for entry in entries() if may_open(actor, entry.path)]
    if internal:
        shown.sort(key=lambda entry: entry.audience != "internal")
    places = places_under()
    return html.Ul(
        [_build_entry(entry, places.get(path, path), tenant, internal=internal) for entry in shown],
        className="nav-list",
        role="list",
        # For assets/js/frame.js, which marks the current entry on later pages.
        **attributes(data_under=json.dumps(places)),
    )


def navigation_of(path: str, search: str, *, internal: bool) -> tuple[Any, ...]:
    """What of an address the navigation depends on: the entry that is current, and whom internal people look at."""
    place = places_under().get(path, path)
    pages = [page["path"] for page in dash.page_registry.values() if page.get("nav")]
    return *(page for page in pages if is_current(page, place)), one(
        from_search(search), "tenantId"
    ) if internal else ""


def places_under() -> dict[str, str]:
    """Page → the one whose entry it has, for pages whose address does not say it."""
    return {page["path"]: page["under"] for page in dash.page_registry.values() if page.get("under")}


def is_current(entry_path: str, path: str) -> bool:
    """Whether ``path`` is a page's own or one below it (a message below the log)."""
    return (
        path == entry_path
        or path.startswith(f"{entry_path.rstrip('/')}/")
        or (path == "/" and entry_path == "/dashboard")
    )


def _build_entry(entry: Entry, path: str, tenant: str, *, internal: bool) -> Component:
    of_tenant = entry.audience == "tenant"
    current = is_current(entry.path, path)
    hidden = internal and of_tenant and not tenant
    classes = "nav-entry" + (" current" if current else "") + (" nav-hidden" if hidden else "")
    href = f"{entry.path}?{to_search([('tenantId', tenant)])}" if of_tenant and tenant else entry.path
    marks = attributes(aria_current="page") if current else {}
    # Opened inside the application by assets/js/frame.js. The others are whole page loads: the frame around an internal
    # page names no tenant.
    inside = attributes(data_page=entry.path) if of_tenant else {}
    return html.Li(
        html.A([build_icon(entry.icon), html.Span(entry.name)], href=href, className=classes, **marks, **inside)
    )
