"""How every page begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component


def page_header(
    title: Any, lead: Any = None, actions: Sequence[Component] = (), before: Component | None = None
) -> Component:
    """The page's one ``h1``, which takes the focus after in-app navigation, with a sentence and actions beside it."""
    return html.Header(
        [
            before,
            html.Div(
                [
                    html.Div(
                        [
                            html.H1(title, id="page-title", className="page-title", tabIndex="-1"),
                            html.P(lead, className="page-lead") if lead else None,
                        ]
                    ),
                    html.Div(list(actions), className="page-actions") if actions else None,
                ],
                className="page-heading",
            ),
        ],
        className="page-header",
    )
