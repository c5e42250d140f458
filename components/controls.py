"""Controls that filter bars are made of: menus of choices, the button that has a span taken, removable chips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_icon
from portal.i18n import t


def build_choice_menu(
    component_id: str, label: str, options: Sequence[Mapping[str, str]], chosen: Sequence[str]
) -> Component:
    """A button that opens a list to tick. Plain ``details``, so it works by keyboard; CSS marks it while some are."""
    return html.Details(
        [
            html.Summary([label, build_icon("chevron-down", className="menu-caret")], className="menu-button"),
            html.Div(
                [
                    dbc.Checklist(
                        id=component_id,
                        options=list(options),
                        value=list(chosen),
                        class_name="menu-choices",
                    ),
                ],
                className="menu-panel",
                role="group",
                **attributes(aria_label=label),
            ),
        ],
        className="menu",
        **attributes(data_menu=""),
    )


def build_menu(label: Sequence[Any], content: Sequence[Component | None]) -> Component:
    """A button, showing ``label``, that opens a panel."""
    return html.Details(
        [
            html.Summary([*label, build_icon("chevron-down", className="menu-caret")], className="menu-button"),
            html.Div(list(content), className="menu-panel"),
        ],
        className="menu",
        **attributes(data_menu=""),
    )


def build_apply(component_id: str) -> Component:
    """The button below date fields: a date is taken when it is finished, not while it is being typed."""
    return html.Button(t("filters.apply"), id=component_id, type="button", className="btn btn-primary btn-sm")


def build_chip(text: str, href: str, remove_label: str) -> Component:
    """Something that is filtered by, with a way to take it back: a link, since the address is the state."""
    return html.Li(
        [
            html.Span(text, className="chip-text", dir="auto"),
            dcc.Link(
                [build_icon("x-lg"), html.Span(remove_label, className="visually-hidden")],
                href=href,
                className="chip-remove",
            ),
        ],
        className="chip",
    )
