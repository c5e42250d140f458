"""The HTML document: policy-conform tags, the page as HTML, and the same page as inert JSON for the renderer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from portal.shell import dash_internals
from portal.shell.pieces import Piece
from portal.shell.scripts import Assets, first_script_tag, later_tag, stylesheet_tag

FIRST_PAINT_ID = "portal-first-paint"
# Until React has put its own page in place; assets/js/first_paint.js takes the drawn one away in that moment. A rule
# that waited for it with ``:has()`` had the browser look at the whole page's styles with every element that was added.
_HAND_OVER = "#react-entry-point>._dash-loading{display:none}"


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


def opening(assets: Assets, reader: Reader, *, nonce: str, title: str, scripts: bool) -> str:
    """How a page begins, which is all that the browser needs to know to fetch what the page is seen with.

    Without ``scripts`` the page is HTML alone.
    """
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title, quote=False)}</title>",
        stylesheet_tag(assets.styles[reader.direction], nonce),
    ]
    if reader.direction == "rtl":  # before the guard, which takes it up
        head.append(
            f'<link rel="preload" as="font" type="font/woff2" href="{assets.font.url}" crossorigin="anonymous">'
        )
    head += [first_script_tag(assets.guard, nonce), '<link rel="icon" href="data:,">']
    if scripts:
        head.append(later_tag(assets.bundle, nonce, "portal-bundle"))
    theme = f' data-bs-theme="{escape(reader.theme)}"' if reader.theme else ""
    return (
        f'<!DOCTYPE html><html lang="{escape(reader.lang)}" dir="{escape(reader.direction)}"{theme}>'
        f"<head>{''.join(head)}"
    )


def remainder(
    *, nonce: str, content: Sequence[Piece], styles: str, no_script: str = "", start: StartUp | None = None
) -> list[Piece]:
    """What follows the opening. Without ``start`` there is no script, so no hand-over."""
    rules = styles if start is None else _HAND_OVER + styles
    style = f'<style nonce="{nonce}">{rules}</style>' if rules else ""
    body: list[Piece] = [f'{style}</head><body><div id="{FIRST_PAINT_ID}">', *content, "</div>"]
    if start is not None:
        body.append('<div id="react-entry-point"><div class="_dash-loading"></div></div>')
        if no_script:
            body.append(f'<noscript><p class="portal-no-script">{escape(no_script, quote=False)}</p></noscript>')
        body += _inert("_dash-config", start.config)
        body += _inert("portal-start-layout", start.layout)
        body += _inert("portal-texts", start.texts)
    return [*body, "</body></html>"]


def _inert(element_id: str, value: object) -> list[Piece]:
    begin = f'<script id="{element_id}" type="application/json">'
    return [begin, *dash_internals.to_script_pieces(value), "</script>"]
