"""A key figure in its tile: the value, how it changed and whether that is good, its course, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from dash import dcc, html
from dash.development.base_component import Component

from components.charts.palette import Role
from components.charts.sparkline import HEIGHT, WIDTH, sparkline
from components.states import explain
from portal.domain.errors import PortalError
from portal.i18n import locale, t

Meaning = Literal["good", "bad", "neutral"]
_ARROWS = {"up": "▲", "down": "▼", "": ""}
_COLOURS = {"good": "text-success-emphasis", "bad": "text-danger-emphasis", "neutral": "text-body-secondary"}


@dataclass(frozen=True, slots=True)
class Kpi:
    """``change`` is said in words, ``meaning`` is whether it is welcome; ``course`` are the values of the thumbnail."""

    value: str
    href: str | None = None
    change: str = ""
    direction: Literal["up", "down", ""] = ""
    meaning: Meaning = "neutral"
    course: tuple[float | None, ...] = ()
    role: Role = Role.ACCENT


def kpi_id(page: str, name: str) -> str:
    return f"{page}-kpi-{name}"


def build_tile(page: str, name: str) -> Component:
    """The tile before its data. ``name`` is the last part of the ``kpi.`` texts."""
    label = t(f"kpi.{name}")
    return html.Div(
        [
            html.Div(
                [
                    html.H2(label, className="kpi-label", id=f"{kpi_id(page, name)}-label"),
                    html.Details(
                        [
                            html.Summary("?", **{"aria-label": t("kpi.definition.of", name=label)}),
                            html.P(t(f"kpi.{name}.definition"), className="kpi-definition-text"),
                        ],
                        className="kpi-definition",
                    ),
                ],
                className="kpi-head",
            ),
            html.Div(html.Div("\u00a0", className="kpi-value"), id=kpi_id(page, name), className="kpi-body"),
        ],
        className="card kpi-tile",
        role="group",
        **{"aria-labelledby": f"{kpi_id(page, name)}-label"},
    )


def tile_value(kpi: Kpi) -> list[Component]:
    """The children of a tile's body."""
    shown: Any = dcc.Link(kpi.value, href=kpi.href, className="kpi-link") if kpi.href else kpi.value
    picture = sparkline(kpi.course, kpi.role, rtl=locale().rtl)
    return [
        html.Div(
            [
                html.Div(shown, className="kpi-value"),
                html.Img(src=picture, alt="", width=str(WIDTH), height=str(HEIGHT), className="kpi-course")
                if picture
                else html.Span(className="kpi-course"),
            ],
            className="kpi-line",
        ),
        html.Div(
            [html.Span(_ARROWS[kpi.direction], className="me-1", **{"aria-hidden": "true"}), kpi.change]
            if kpi.direction
            else kpi.change,
            className=f"kpi-change {_COLOURS[kpi.meaning]}",
        ),
    ]


def tile_failure(error: PortalError) -> list[Component]:
    """A tile whose figure could not be had; trying again belongs to the cards and to the live refresh."""
    return [
        html.Div("–", className="kpi-value"),
        html.Div(explain(error), className="kpi-change text-body-secondary", role="status"),
    ]
