"""Markdown that somebody wrote, as components: no HTML is ever made of it, so none can be smuggled in.

The parser's tokens become elements of ours, one kind each. What is not known becomes text; a link leads to ``http``,
``https`` and ``mailto`` alone; pictures are their description, since a picture tells its server who looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from dash import html
from dash.development.base_component import Component
from markdown_it import MarkdownIt
from markdown_it.token import Token

from components.attributes import attributes

SCHEMES: Final = frozenset({"http", "https", "mailto"})
_PARSER: Final = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
#: Texts of several scripts stand beside each other: each block has the direction of its own first letter.
_AUTO: Final = {"dir": "auto"}
_BLOCKS: Final[dict[str, Callable[[list[Any]], Component]]] = {
    "paragraph": lambda inner: html.P(inner, **_AUTO),
    # Below the heading of the card, whatever the writer thought of its rank.
    "heading": lambda inner: html.H3(inner, className="markdown-heading", **_AUTO),
    "blockquote": lambda inner: html.Blockquote(inner),
    "bullet_list": lambda inner: html.Ul(inner),
    "list_item": lambda inner: html.Li(inner, **_AUTO),
    "thead": lambda inner: html.Thead(inner),
    "tbody": lambda inner: html.Tbody(inner),
    "tr": lambda inner: html.Tr(inner),
    "th": lambda inner: html.Th(inner, scope="col", **_AUTO),
    "td": lambda inner: html.Td(inner, **_AUTO),
    "strong": lambda inner: html.Strong(inner),
    "em": lambda inner: html.Em(inner),
    "s": lambda inner: html.Del(inner),
}


def build_markdown(text: str) -> Component:
    """``text`` as it is meant to look."""
    return html.Div(_build(iter(_PARSER.parse(text))), className="markdown")


def plain_text(text: str, longest: int = 160) -> str:
    """The words of ``text`` alone, on one line; three dots where it was longer."""
    words = " ".join(" ".join(_words(_PARSER.parse(text))).split())
    return words if len(words) <= longest else f"{words[:longest].rstrip()}…"


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield "".join(" " if each.type in {"softbreak", "hardbreak"} else _text(each) for each in token.children)
        elif token.content:
            yield token.content


def _build(tokens: Iterator[Token]) -> list[Any]:
    """Everything up to the end of the block that is open."""
    built: list[Any] = []
    for token in tokens:
        if token.nesting < 0:
            break
        built += _one(token, tokens)
    return built


def _one(token: Token, tokens: Iterator[Token]) -> list[Any]:
    name = token.type.removesuffix("_open")
    if token.nesting > 0:
        inner = _build(tokens)
        if token.hidden:  # a paragraph of a list whose items follow closely
            return inner
        if name == "link":
            return _link(str(token.attrs.get("href", "")), inner)
        if name == "ordered_list":
            start = token.attrs.get("start")
            return [html.Ol(inner, **({"start": str(start)} if start is not None else {}))]
        if name == "table":
            scrolls = attributes(role="group")
            return [
                html.Div(
                    html.Table(inner, className="markdown-table"), className="markdown-wide", tabIndex="0", **scrolls
                )
            ]
        return [_BLOCKS[name](inner)] if name in _BLOCKS else inner
    if token.children is not None and token.type == "inline":
        return _build(iter(token.children))
    if token.type in {"fence", "code_block"}:
        return [html.Pre(html.Code(token.content, dir="ltr"), className="markdown-wide", tabIndex="0")]
    if token.type in {"softbreak", "hardbreak"}:
        return [html.Br()]
    if token.type == "hr":
        return [html.Hr()]
    if token.type == "code_inline":
        return [html.Code(token.content, dir="auto")]
    return [_text(token)]


def _text(token: Token) -> str:
    """What a token says; a picture says what it would show."""
    if token.type == "image":
        return "".join(_text(each) for each in token.children or ())
    return token.content


def _link(href: str, inner: list[Any]) -> list[Any]:
    """A link that leads outside, or its text where it leads to what nobody should be led to."""
    if not is_safe(href):
        return inner
    return [html.A(inner, href=href, target="_blank", rel="noopener noreferrer nofollow")]


def is_safe(href: str) -> bool:
    """Whether an address may be a link: absolute, of a scheme that runs nothing, nothing in it skipped."""
    if any(ord(char) <= 32 or char == "\\" for char in href):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.netloc if parts.scheme != "mailto" else parts.path)
