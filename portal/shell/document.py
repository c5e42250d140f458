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
    charts: bool


def compose(
    assets: Assets,
    reader: Reader,
    *,
    nonce: str,
    title: str,
    content: str,
    styles: str,
    no_script: str = "",
    start: StartUp | None,
) -> str:
    """One page. Without ``start`` it is HTML alone: no script, so no hand-over."""
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
    if start is not None:
        head.append(later_tag(assets.bundle, nonce, "portal-bundle"))
        if start.charts:
            head.append(later_tag(assets.plotly, nonce, "portal-plotly"))
        styles = _HAND_OVER + styles
    if styles:
        head.append(f'<style nonce="{nonce}">{styles}</style>')
    theme = f' data-bs-theme="{escape(reader.theme)}"' if reader.theme else ""
    body = f'<div id="{FIRST_PAINT_ID}">{content}</div>'
    if start is not None:
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
    return (
        f'<!DOCTYPE html><html lang="{escape(reader.lang)}" dir="{escape(reader.direction)}"{theme}>'
        f"<head>{''.join(head)}</head><body>{body}</body></html>"
    )


def _inert(element_id: str, value: object) -> str:
    return f'<script id="{element_id}" type="application/json">{dash_internals.to_script_json(value)}</script>'
