"""How the components of dcc and dash-bootstrap-components look in HTML: their own elements and classes, standing still.

Drawn is what this product uses or may soon; a component that is not here keeps its children in sight, in a ``div``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.shell import form_controls
from portal.shell.elements import Draw, Element, Nothing, Props, element, nothing, plain, suffixed

_SIZES = ("xs", "sm", "md", "lg", "xl", "xxl")


def _children_only(props: Props) -> Element:
    return Element(None, {}, props.get("children"))


# ------------------------------------------------------------------------------------------------------------- links
def _link(props: Props) -> Element:
    text = props.get("children")
    return element(
        "a",
        props,
        href=props.get("href"),
        target=props.get("target"),
        children=props.get("href") if text is None else text,
    )


def _nav_link(props: Props) -> Element:
    state = ("active" if props.get("active") is True else None, "disabled" if props.get("disabled") else None)
    return element("a", props, "nav-link", *state, href=props.get("href"), target=props.get("target"))


def _navbar_brand(props: Props) -> Element:
    return element("a" if props.get("href") else "span", props, "navbar-brand", href=props.get("href"))


def _button(props: Props) -> Element:
    colour = f"btn-{'outline-' if props.get('outline') else ''}{props.get('color') or 'primary'}"
    classes = ("btn", colour, suffixed("btn", props.get("size")), "active" if props.get("active") else None)
    if props.get("href"):
        return element("a", props, *classes, href=props["href"], role="button")
    return element("button", props, *classes, type=props.get("type") or "button", disabled=bool(props.get("disabled")))


# ------------------------------------------------------------------------------------------------------- arrangement
def _container(props: Props) -> Element:
    fluid = props.get("fluid")
    name = "container-fluid" if fluid is True else f"container-{fluid}" if fluid else "container"
    return element("div", props, name)


def _row(props: Props) -> Element:
    justify = suffixed("justify-content", props.get("justify"))
    return element("div", props, "row", suffixed("g", props.get("gutter")), justify, _aligned(props))


def _aligned(props: Props) -> str | None:
    return suffixed("align-items", props.get("align"))


def _col(props: Props) -> Element:
    asked = ((size, props.get("width") if size == "xs" else props.get(size)) for size in _SIZES)
    return element("div", props, *([name for size, span in asked for name in _span(size, span)] or ["col"]))


def _span(size: str, span: Any) -> list[str]:
    infix = "" if size == "xs" else f"-{size}"
    if span is None or span is False:
        return []
    if isinstance(span, Mapping):
        places = [suffixed(f"{name}{infix}", span.get(name)) for name in ("order", "offset")]
        return [*_span(size, span.get("size")), *(place for place in places if place)]
    return [f"col{infix}"] if span is True or span == "" else [f"col{infix}-{span}"]


def _stack(props: Props) -> Element:
    direction = "hstack" if props.get("direction") == "horizontal" else "vstack"
    return element("div", props, direction, suffixed("gap", props.get("gap")))


def _card(props: Props) -> Element:
    colour = suffixed("border" if props.get("outline") else "bg", props.get("color"))
    return element("div", props, "card", "card-body" if props.get("body") else None, colour)


def _nav(props: Props) -> Element:
    vertical = props.get("vertical")
    column = "flex-column" if vertical is True else f"flex-{vertical}-column" if vertical else None
    styles = [f"nav-{style}" for style in ("pills", "fill", "justified") if props.get(style)]
    return element("ul", props, "navbar-nav" if props.get("navbar") else "nav", column, *styles)


def _collapse(props: Props) -> Element | Nothing:
    if not props.get("is_open") and not props.get("navbar"):
        return Nothing()
    bar = "navbar-collapse" if props.get("navbar") else None
    return element("div", props, "collapse", "show" if props.get("is_open") else None, bar)


def _tabs(props: Props) -> Element:
    """The strip and the panel of the active tab, or of the first where none is named."""
    children = props.get("children")
    tabs: Sequence[Any] = children if isinstance(children, (list, tuple)) else [] if children is None else [children]
    names = [getattr(tab, "tab_id", None) or f"tab-{at}" for at, tab in enumerate(tabs)]
    active = props.get("active_tab") or (names[0] if names else None)
    strip = []
    for tab, name in zip(tabs, names, strict=True):
        look = f"nav-link{' active' if name == active else ''}"
        link = Element("a", {"className": look, "role": "tab"}, getattr(tab, "label", None))
        strip.append(Element("li", {"className": "nav-item"}, link))
    panel = [getattr(tab, "children", None) for tab, name in zip(tabs, names, strict=True) if name == active]
    return Element(
        None,
        {},
        [
            element("ul", props, "nav", "nav-tabs", role="tablist", children=strip),
            Element("div", {"className": "tab-content"}, panel),
        ],
    )


def _dropdown_menu(props: Props) -> Element:
    """The closed menu: its toggle."""
    nav = bool(props.get("nav"))
    button = (
        ("nav-link",) if nav else ("btn", f"btn-{props.get('color') or 'primary'}", suffixed("btn", props.get("size")))
    )
    caret = None if props.get("caret") is False else "dropdown-toggle"
    names = (caret, *button, props.get("toggle_class_name") or props.get("toggleClassName"))
    look = {"type": "button", "className": " ".join(filter(None, names)), "aria-expanded": "false"}
    toggle = Element("button", look, props.get("label"))
    return element("li" if nav else "div", props, "dropdown", "nav-item" if nav else None, children=toggle)


# ------------------------------------------------------------------------------------------------------ what is shown
def _badge(props: Props) -> Element:
    look = ("rounded-pill" if props.get("pill") else None, f"bg-{props.get('color') or 'secondary'}")
    text = suffixed("text", props.get("text_color"))
    return element("a" if props.get("href") else "span", props, "badge", *look, text, href=props.get("href"))


def _alert(props: Props) -> Element | Nothing:
    if props.get("is_open") is False:
        return Nothing()
    return element("div", props, "alert", f"alert-{props.get('color') or 'success'}", role="alert")


def _spinner(props: Props) -> Element:
    if props.get("children") is not None:
        return _children_only(props)
    return element("div", props, "spinner-border", suffixed("text", props.get("color")), role="status")


def _table(props: Props) -> Element:
    looks = [f"table-{look}" for look in ("bordered", "borderless", "striped", "hover") if props.get(look)]
    table = element("table", props, "table", suffixed("table", props.get("size")), *looks)
    return Element("div", {"className": "table-responsive"}, table) if props.get("responsive") else table


def _list_group_item(props: Props) -> Element:
    href = props.get("href")
    action = "list-group-item-action" if props.get("action") or href else None
    active = "active" if props.get("active") else None
    return element("a" if href else "li", props, "list-group-item", action, active, href=href)


def _toggler(props: Props) -> Element:
    icon = props.get("children") or Element("span", {"className": "navbar-toggler-icon"})
    return element("button", props, "navbar-toggler", type="button", children=icon)


_DCC: dict[str, Draw] = {
    **dict.fromkeys(("Store", "Location", "Interval", "Download", "Geolocation", "Tooltip", "ConfirmDialog"), nothing),
    **form_controls.DCC,
    "Link": _link,
    "Loading": lambda props: Element("div", {"className": props.get("parent_className")}, props.get("children")),
}

_DBC: dict[str, Draw] = {
    **dict.fromkeys(("Modal", "Offcanvas", "Tooltip", "Popover", "Toast"), nothing),
    **form_controls.DBC,
    "Alert": _alert,
    "Badge": _badge,
    "Button": _button,
    "ButtonGroup": lambda props: element(
        "div", props, "btn-group-vertical" if props.get("vertical") else "btn-group", role="group"
    ),
    "Card": _card,
    "CardBody": plain("div", "card-body"),
    "CardFooter": plain("div", "card-footer"),
    "CardGroup": plain("div", "card-group"),
    "CardHeader": plain("div", "card-header"),
    "CardLink": _link,
    "Col": _col,
    "Collapse": _collapse,
    "Container": _container,
    "DropdownMenu": _dropdown_menu,
    "ListGroup": lambda props: element("ul", props, "list-group", "list-group-flush" if props.get("flush") else None),
    "ListGroupItem": _list_group_item,
    "Nav": _nav,
    "NavItem": plain("li", "nav-item"),
    "NavLink": _nav_link,
    "Navbar": plain("nav", "navbar"),
    "NavbarBrand": _navbar_brand,
    "NavbarToggler": _toggler,
    "Placeholder": lambda props: element("span", props, "placeholder", suffixed("col", props.get("xs"))),
    "Progress": lambda props: element("div", props, "progress", children=[]),
    "Row": _row,
    "Spinner": _spinner,
    "Stack": _stack,
    "Table": _table,
    "Tabs": _tabs,
}

CONTROLS: dict[tuple[str, str], Draw] = {
    **{("dash_core_components", kind): draw for kind, draw in _DCC.items()},
    **{("dash_bootstrap_components", kind): draw for kind, draw in _DBC.items()},
}
"""(namespace, component) → how to draw it."""
