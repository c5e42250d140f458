"""Ctrl-K: go to a page, open a message by its id, find a number, without leaving the keyboard.

The dialog is filled by ``assets/js/palette.js`` from the navigation's own links; its words are data attributes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_icon
from portal.i18n import t


class PaletteIds(StrEnum):
    DIALOG = "palette"
    INPUT = "palette-input"
    RESULTS = "palette-results"


def build_palette_button() -> Component:
    return html.Button(
        [
            build_icon("search"),
            html.Span(t("palette.open"), className="palette-hint"),
            html.Kbd(t("palette.shortcut"), className="wide-only", dir="ltr"),
        ],
        type="button",
        className="palette-button",
        # On narrow screens only the magnifier is seen, so the name is said outright.
        **attributes(data_palette_open="", aria_label=t("palette.open")),
    )


def build_palette(*, finds_messages: bool = True) -> Component:
    """The dialog; ``finds_messages``: whether this person may see any."""
    finding: Any = {}
    if finds_messages:
        finding = attributes(
            data_open_message=t("palette.open_message", id="{q}"),
            data_search_messages=t("palette.search_messages", text="{q}"),
        )
    field = dbc.Input(
        id=PaletteIds.INPUT,
        type="search",
        placeholder=t("palette.placeholder"),
        autocomplete="off",
        maxlength=80,
        class_name="palette-field",
    )
    return html.Dialog(
        [
            html.Label([html.Span(t("palette.open"), className="visually-hidden"), field], className="palette-label"),
            html.Ul(
                [],
                id=PaletteIds.RESULTS,
                className="palette-results",
                role="listbox",
                **attributes(aria_label=t("palette.results")),
            ),
            html.P(t("palette.keys"), className="palette-keys"),
        ],
        id=PaletteIds.DIALOG,
        className="palette",
        **finding,
        **attributes(
            aria_label=t("palette.open"),
            data_nothing=t("palette.nothing"),
        ),
    )
