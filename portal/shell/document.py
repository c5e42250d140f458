"""The HTML document: policy-conform tags, the page as HTML, and the same page as inert JSON for the renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from portal.shell import dash_internals
from portal.shell.scripts import Assets, first_script_tag, later_tag, stylesheet_tag

FIRST_PAINT_ID = "portal-first-paint"
# The page drawn by the server is seen until React has put its own in place, which is the moment this rule matches.
_HAND_OVER = (
    "#react-entry-point>._dash-loading{display:none}"
    f"body:has(#react-entry-point>:not(._dash-loading))>#{FIRST_PAINT_ID}{{display:none}}"
)


@dataclass(frozen=True)
class Reader:
    """Who the page is written for: language, direction, and the theme if they chose one (else the system's)."""

    lang: str
    direction: str
    theme: str | None


@dataclass(frozen=True)
class StartUp:
    """What the renderer would ask for at start; the graph of callbacks, the same for all, is in the bundle."""

    config: Mapping[str, Any]
    layout: Any
    texts: Mapping[str, str]


def opening(assets: Assets, reader: Reader, *, nonce: str, title: str, scripts: bool, charts: bool = False) -> str:
    """How a page begins, which is all that the browser needs to know to fetch what the page is seen with.

    Without ``scripts`` the page is HTML alone; with ``charts`` Plotly comes after it.
    """
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title, quote=False)}</title>",
        stylesheet_tag(assets.styles[reader.direction], nonce),
        first_script_tag(assets.guard, nonce),
        '<link rel="icon" href="data:,">',
    ]
    if reader.direction == "rtl":
        head.append(
            f'<link rel="preload" as="font" type="font/woff2" href="{assets.font.url}" crossorigin="anonymous">'
        )
    if scripts:
        head.append(later_tag(assets.bundle, nonce, "portal-bundle"))
        if charts:
            head.append(later_tag(assets.plotly, nonce, "portal-plotly"))
    theme = f' data-bs-theme="{escape(reader.theme)}"' if reader.theme else ""
    return (
        f'<!DOCTYPE html><html lang="{escape(reader.lang)}" dir="{escape(reader.direction)}"{theme}>'
        f"<head>{''.join(head)}"
    )


def remainder(*, nonce: str, content: str, styles: str, no_script: str = "", start: StartUp | None = None) -> str:
    """What follows the opening. Without ``start`` there is no script, so no hand-over."""
    body = f'<div id="{FIRST_PAINT_ID}">{content}</div>'
    if start is not None:
        styles = _HAND_OVER + styles
        body += (
            '<div id="react-entry-point"><div class="_dash-loading"></div></div>'
            + (
                f'<noscript><p class="portal-no-script">{escape(no_script, quote=False)}</p></noscript>'
                if no_script
                else ""
            )
            + _inert("_dash-config", start.config)
            + _inert("portal-start-layout", start.layout)
            + _inert("portal-texts", start.texts)
        )
    style = f'<style nonce="{nonce}">{styles}</style>' if styles else ""
    return f"{style}</head><body>{body}</body></html>"


def _inert(element_id: str, value: object) -> str:
    return f'<script id="{element_id}" type="application/json">{dash_internals.to_script_json(value)}</script>'
