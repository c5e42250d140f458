"""A Dash component tree as plain HTML: what is seen before, and without, any script.

The elements and classes are those that React will make of the same tree, so nothing moves when it takes over. Controls
stand in their place but do nothing yet. Everything from the tree is escaped; URLs keep only harmless schemes; a
``style`` property becomes a class of the page's one ``<style>`` element, which carries the nonce: the policy allows no
style attribute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape
from typing import Any

from dash.development.base_component import Component

from portal.shell import dash_internals
from portal.shell.controls import CONTROLS
from portal.shell.elements import Element, Nothing, Props, element
from portal.shell.first_data import Filled
from portal.shell.pieces import Drawn, Piece

_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "source", "track", "wbr"})
# Elements that run or load something of their own have no place in a tree that holds people's data.
_FORBIDDEN = frozenset(
    {"script", "iframe", "embed", "object", "base", "link", "meta", "frame", "frameset", "template", "style"}
)
_RENAMED = {
    "className": "class",
    "htmlFor": "for",
    "acceptCharset": "accept-charset",
    "httpEquiv": "http-equiv",
    "tabIndex": "tabindex",
}
_URLS = frozenset({"href", "src", "action", "formaction", "poster", "cite"})
_HARMLESS_URL = re.compile(
    r"^(?:https?:|mailto:|tel:|data:image/(?:png|jpeg|gif|webp|svg\+xml)[;,]|[^:]*(?:[/?#]|$))", re.IGNORECASE
)
_ATTRIBUTE_NAME = re.compile(r"^[a-zA-Z][a-zA-Z0-9-]*$")
# Properties that configure Dash and have no attribute in HTML.
_DASH_ONLY = frozenset(
    {
        "children", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "key", "loading_state", "persistence",
        "persisted_props", "persistence_type", "style", "className", "dangerouslySetInnerHTML", "contextMenu",
    }
)  # fmt: skip
_TAGS = {"MapEl": "map", "ObjectEl": "object"}
_CSS_NAME = re.compile(r"^-{0,2}[a-z][a-z0-9-]*$")
_CSS_VALUE = re.compile(r"^[\w\s.,%#()/+*-]+$")
_CSS_UNITLESS = frozenset(
    {"flex", "flex-grow", "flex-shrink", "font-weight", "line-height", "opacity", "order", "z-index"}
)


class Styles:
    """``style`` properties met while rendering, as rules of a class each."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._classes: dict[str, str] = {}
        self._drawn: list[str] = []

    def class_for(self, style: Mapping[str, object]) -> str | None:
        """The class that says the same as a style property; declarations that are not plain CSS are left out."""
        declarations = ";".join(self._declarations(style))
        if not declarations:
            return None
        return self._classes.setdefault(declarations, f"{self._prefix}-{len(self._classes)}")

    def css(self) -> str:
        return "".join(self._drawn) + "".join(f".{name}{{{said}}}" for said, name in self._classes.items())

    def add(self, css: str) -> None:
        """Take in the rules of a part that was drawn before."""
        if css:
            self._drawn.append(css)

    @staticmethod
    def _declarations(style: Mapping[str, object]) -> Iterable[str]:
        for prop, value in style.items():
            name = prop if prop.startswith("--") else re.sub(r"([A-Z])", r"-\1", prop).lower()
            text = (
                f"{value}px" if isinstance(value, (int, float)) and name not in _CSS_UNITLESS and value else str(value)
            )
            if _CSS_NAME.match(name) and _CSS_VALUE.match(text) and "url(" not in text.lower():
                yield f"{name}:{text}"


class Renderer:
    """Renders one page. ``styles.css()`` is complete once ``html`` has been called."""

    def __init__(
        self,
        svg: Callable[[Any], str] | None = None,
        *,
        form_fields: Mapping[str, str] | None = None,
        style_prefix: str = "first-style",
    ) -> None:
        """``form_fields``: names and values that every form brings which the browser posts by itself.
        ``style_prefix``: how its classes begin; parts of one document that are drawn apart need different ones."""
        self.styles = Styles(style_prefix)
        #: Whether there was such a form: what is drawn is then for this reader alone.
        self.met_form = False
        self._svg = svg
        self._form_fields = form_fields or {}
        self._charts: Mapping[str, Any] = {}

    def html(self, filled: Filled) -> str:
        return "".join(part if isinstance(part, str) else part.data.decode() for part in self.pieces(filled))

    def pieces(self, filled: Filled) -> list[Piece]:
        """The HTML, in which what was drawn before stays apart."""
        self._charts = filled.charts
        out: list[Piece] = []
        self._node(filled.tree, out)
        return out

    def _node(self, node: Any, out: list[Piece]) -> None:
        if isinstance(node, str):
            out.append(escape(node))
        elif isinstance(node, Drawn):
            out.append(node.html)
            self.styles.add(node.styles)
        elif dash_internals.is_component(node):
            self._component(node, out)
        elif isinstance(node, (list, tuple)):
            for child in node:
                self._node(child, out)
        elif node is not None and not isinstance(node, bool):
            out.append(escape(str(node)))

    def _component(self, component: Component, out: list[Piece]) -> None:
        namespace, kind = dash_internals.kind_of(component)
        props = dash_internals.props_of(component)
        if namespace == "dash_html_components":
            tag = _TAGS.get(kind) or kind.lower()
            if tag not in _FORBIDDEN:
                self._tag(tag, props, props.get("children"), self._node, out)
        elif kind == "Graph":
            self._graph(props, out)
        else:
            drawn = CONTROLS.get((namespace, kind), _unknown)(props)
            if not isinstance(drawn, Nothing):
                self._element(drawn, out)

    def _tag(
        self, tag: str, props: Props, children: Any, draw: Callable[[Any, list[Piece]], None], out: list[Piece]
    ) -> None:
        out.append(f"<{tag}{self._attributes(props)}>")
        if tag in _VOID:
            return
        if tag == "form" and str(props.get("method")).lower() == "post":
            self.met_form = True
            for name, value in self._form_fields.items():
                out.append(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">')
        draw(children, out)
        out.append(f"</{tag}>")

    def _element(self, drawn: Element, out: list[Piece]) -> None:
        if drawn.tag is None:
            self._children(drawn.children, out)
        else:
            self._tag(drawn.tag, drawn.attributes, drawn.children, self._children, out)

    def _children(self, children: Any, out: list[Piece]) -> None:
        if isinstance(children, Element):
            self._element(children, out)
        elif isinstance(children, (list, tuple)):
            for child in children:
                self._children(child, out)
        else:
            self._node(children, out)

    def _graph(self, props: Mapping[str, Any], out: list[Piece]) -> None:
        """The box of a graph, holding the chart as SVG; near_charts.js keeps that until a reader comes near it."""
        component_id = props.get("id")
        name = dash_internals.dom_id(component_id) if component_id is not None else ""
        classes = f"dash-graph {props.get('className') or ''}".strip()
        out.append(f"<div{self._attributes({'id': component_id, 'className': classes, 'style': props.get('style')})}>")
        if self._svg is not None and name in self._charts:
            out.append(self._svg(self._charts[name]))
        out.append("</div>")

    def _attributes(self, props: Mapping[str, Any]) -> str:
        out: list[str] = []
        classes = str(props.get("className") or "")
        style = props.get("style")
        if isinstance(style, Mapping) and (generated := self.styles.class_for(style)):
            classes = f"{classes} {generated}".lstrip()
        if classes:
            out.append(f' class="{escape(classes)}"')
        for prop in sorted(props):  # Dash keeps them in no fixed order
            value = props[prop]
            name = _attribute_name(prop)
            if name is None or value is None or value is False:
                continue
            if prop == "id":
                value = dash_internals.dom_id(value)
            if name in _URLS and not _HARMLESS_URL.match(str(value).strip()):
                continue
            out.append(f" {name}" if value is True else f' {name}="{escape(str(value))}"')
        return "".join(out)


@cache
def _attribute_name(prop: str) -> str | None:
    """A property's attribute in HTML; None for what configures Dash, and for what would run or style."""
    if prop in _DASH_ONLY:
        return None
    name = _RENAMED.get(prop, prop if "-" in prop else prop.lower())
    if not _ATTRIBUTE_NAME.match(name) or name.startswith("on") or name in ("style", "srcdoc"):
        return None
    return name


def _unknown(props: Props) -> Element:
    return element("div", props)
