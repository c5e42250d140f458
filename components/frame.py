"""What surrounds every page: navigation, top bar, banners, and the places where notes and dialogs appear."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import dash
import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.controls import build_menu
from components.navigation import build_navigation, navigation_of
from components.palette import build_palette, build_palette_button
from components.roles import role_name, role_names
from components.states import build_icon
from components.toasts import build_toasts
from portal.domain.account import Account
from portal.domain.actor import Actor
from portal.domain.permissions import Act, may
from portal.i18n import locale, offered, t
from portal.i18n.bidi import isolate


class FrameIds(StrEnum):
    NAVIGATION = "frame-navigation"
    MARKER = "frame-marker"


@dataclass(frozen=True, slots=True)
class FrameView:
    """What the frame has to know. ``account`` None: an internal user's own pages, or it could not be had just now.

    ``path`` and ``search`` are the address being shown; forms lead back to it.
    """

    actor: Actor
    account: Account | None = None
    path: str = "/"
    search: str = ""


Keep: TypeAlias = Callable[[Hashable, Callable[[], Component]], Any]
"""Gives a part for a key that names everything the part depends on, and builds it where it is not known yet."""


def build_anew(_key: Hashable, build: Callable[[], Component]) -> Any:
    """The :data:`Keep` that keeps nothing."""
    return build()


def build_frame(view: FrameView, keep: Keep = build_anew) -> Component:
    """The whole layout around ``dash.page_container``."""
    finds_messages = may(view.actor, Act.READ_MESSAGES)
    internal = view.actor.internal
    return html.Div(
        [
            html.A(t("frame.skip"), href="#main", className="skip-link"),
            html.Div(id=FrameIds.MARKER, hidden=True),
            _build_banners(view),
            html.Div(
                [
                    keep(_kind_of_side(view), lambda: _build_side(view)),
                    html.Div(className="portal-shade", **attributes(data_drawer_close="")),
                    html.Div(
                        [
                            _build_top(view, keep),
                            html.Main(dash.page_container, id="main", className="portal-main", tabIndex="-1"),
                        ],
                        className="portal-column",
                    ),
                ],
                className="portal-body",
            ),
            keep(("palette", finds_messages), lambda: build_palette(finds_messages=finds_messages)),
            keep("toasts", build_toasts),
        ],
        className="portal",
        **attributes(data_audience="internal" if internal else "customer", data_reader=view.actor.user_id),
    )


def _build_banners(view: FrameView) -> Component | None:
    banners: list[Component] = []
    if view.actor.preview_role:
        banners.append(_build_preview(view))
    if view.actor.internal:
        text = t("frame.internal.tenant", tenant=isolate(view.account.name)) if view.account else t("frame.internal")
        banners.append(html.Div([build_icon("shield-lock"), html.Span(text)], className="banner banner-internal"))
    if view.account is not None and view.account.is_demo:
        banners.append(
            html.Div([build_icon("info-circle"), html.Span(t("frame.demo.banner"))], className="banner banner-demo")
        )
    return html.Div(banners, className="banners", role="note") if banners else None


def _build_preview(view: FrameView) -> Component:
    """Whose eyes one looks through, and the way back: on every page, above everything."""
    said = t(
        "preview.banner",
        role=role_name(view.actor.preview_role or ""),
        tenant=isolate(view.account.name) if view.account else t("preview.account"),
    )
    leave = html.Button(t("preview.leave"), type="submit", className="banner-leave")
    form = html.Form([leave], method="post", action="/preview/leave")
    return html.Div([build_icon("eye"), html.Span(said), form], className="banner banner-preview")


def _kind_of_side(view: FrameView) -> Hashable:
    """What the navigation depends on: whose pages these are, where one is, and whom internal people look at."""
    actor = view.actor
    place = navigation_of(view.path, view.search, internal=actor.internal)
    return "side", actor.user_type, actor.roles, actor.preview_role, place


def _build_side(view: FrameView) -> Component:
    close = html.Button(
        [build_icon("x-lg"), html.Span(t("frame.menu.close"), className="visually-hidden")],
        type="button",
        className="icon-button drawer-only",
        **attributes(data_drawer_close=""),
    )
    brand = html.Div(
        [html.Span(className="brand-mark", **attributes(aria_hidden="true")), html.Span(t("frame.product")), close],
        className="brand",
    )
    return html.Nav(
        [brand, build_navigation(view.path, view.search, actor=view.actor)],
        id=FrameIds.NAVIGATION,
        className="portal-nav",
        **attributes(aria_label=t("frame.navigation")),
    )


def _build_top(view: FrameView, keep: Keep) -> Component:
    opener = html.Button(
        [build_icon("list"), html.Span(t("frame.menu.open"), className="visually-hidden")],
        type="button",
        className="icon-button drawer-only",
        **attributes(data_drawer_open=FrameIds.NAVIGATION.value, aria_expanded="false"),
    )
    name = view.account.name if view.account else t("frame.internal.short") if view.actor.internal else ""
    return html.Header(
        [
            opener,
            html.Div([build_icon("building"), html.Bdi(name, title=name)], className="tenant")
            if name
            else html.Div(className="tenant"),
            keep("palette button", build_palette_button),
            _build_languages(view),
            keep("theme", _build_theme),
            _build_account(view),
        ],
        className="portal-top",
    )


def _form(action: str, view: FrameView, content: list[Any]) -> Component:
    """A form that works without a script; scripts keep ``next`` up to date while pages change."""
    address = view.path + (f"?{view.search.lstrip('?')}" if view.search else "")
    return html.Form(
        [
            dbc.Input(type="hidden", name="next", value=address),
            *content,
        ],
        method="post",
        action=action,
        **attributes(data_way_back=""),
    )


def _build_languages(view: FrameView) -> Component:
    now = locale().tag
    buttons = [
        html.Button(
            [html.Span(entry.name, lang=tag, dir=entry.dir), build_icon("check-lg") if tag == now else None],
            type="submit",
            name="locale",
            value=tag,
            className=f"menu-link{' active' if tag == now else ''}",
            **(attributes(aria_current="true") if tag == now else {}),
        )
        for tag, entry in offered().items()
    ]
    label = [
        build_icon("translate"),
        html.Span(t("frame.language"), className="visually-hidden"),
        html.Span(locale().name, className="wide-only"),
    ]
    # Shown by assets/js/file_fields.js while a file is chosen.
    files = html.P(t("frame.language.file"), className="language-file", hidden=True)
    return build_menu(label, [_form("/preferences/locale", view, [html.Div(buttons, className="menu-links"), files])])


def _build_theme() -> Component:
    return html.Button(
        [
            build_icon("moon-stars", className="in-light"),
            build_icon("sun", className="in-dark"),
            html.Span(t("frame.theme"), className="visually-hidden"),
        ],
        type="button",
        className="icon-button",
        title=t("frame.theme"),
        **attributes(data_theme_toggle=""),
    )


def _build_account(view: FrameView) -> Component:
    actor = view.actor
    # "customer" only says what the rest of the portal shows anyway.
    roles = role_names(sorted(actor.roles - {"customer"}))
    leave = html.Button([build_icon("box-arrow-right"), t("frame.sign_out")], type="submit", className="menu-link")
    return build_menu(
        [
            build_icon("person-circle"),
            html.Span(t("frame.account"), className="visually-hidden"),
            html.Bdi(actor.name or actor.email, className="wide-only account-name"),
        ],
        [
            html.Div(
                [
                    html.Bdi(actor.name, className="account-person"),
                    html.Bdi(actor.email, dir="ltr", className="account-mail"),
                    html.Span(roles, className="account-roles") if roles else None,
                ],
                className="account-card",
            ),
            # Without the tenant an internal user is looking at: it is about themselves.
            html.A([build_icon("person-circle"), t("frame.profile")], href="/profile", className="menu-link"),
            html.A([build_icon("shield-check"), t("frame.verify")], href="/verify", className="menu-link"),
            _form("/auth/logout", view, [leave]),
        ],
    )
