"""How the components of dcc and dash-bootstrap-components look in HTML: their own elements and classes, standing still.

Only what this product uses, or may soon, is drawn; a component that shows nothing until it is asked to (a dialog, a
tooltip, a store) is :class:`Nothing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Props = Mapping[str, Any]


@dataclass(frozen=True)
class Element:
    """An element to draw; ``tag`` None draws the children alone. Attributes bear Dash's names (``className`` …)."""

    tag: str | None
    attributes: Props = field(default_factory=dict)
    children: Any = None


class Nothing:
    """Draws nothing."""


Draw = Callable[[Props], Element | Nothing]


def _shared(props: Props, *classes: object, **more: Any) -> dict[str, Any]:
    """Attributes that every component passes on, with its classes first and those of the tree after."""
    names = " ".join(str(name) for name in (*classes, props.get("className") or props.get("class_name")) if name)
    kept = {
        name: value
        for name, value in props.items()
        if name.startswith(("data-", "aria-")) or name in ("id", "style", "title")
    }
    return {**kept, "className": names or None, **more}


def _nothing(_props: Props) -> Nothing:
    return Nothing()


def _children_only(props: Props) -> Element:
    return Element(None, {}, props.get("children"))


def _plain(tag: str, *classes: str) -> Draw:
    return lambda props: Element(tag, _shared(props, *classes), props.get("children"))


# ------------------------------------------------------------------------------------------------------------- links
def _link(props: Props) -> Element:
    return Element(
        "a",
        _shared(props, href=props.get("href"), target=props.get("target")),
        props.get("children") or props.get("href"),
    )


def _nav_link(props: Props) -> Element:
    active = "active" if props.get("active") is True else None
    disabled = "disabled" if props.get("disabled") else None
    return Element(
        "a",
        _shared(props, "nav-link", active, disabled, href=props.get("href"), target=props.get("target")),
        props.get("children"),
    )


def _navbar_brand(props: Props) -> Element:
    tag = "a" if props.get("href") else "span"
    return Element(tag, _shared(props, "navbar-brand", href=props.get("href")), props.get("children"))


def _button(props: Props) -> Element:
    colour = f"btn-{'outline-' if props.get('outline') else ''}{props.get('color') or 'primary'}"
    size = f"btn-{props['size']}" if props.get("size") else None
    active = "active" if props.get("active") else None
    if props.get("href"):
        return Element(
            "a", _shared(props, "btn", colour, size, active, href=props["href"], role="button"), props.get("children")
        )
    more = {"type": props.get("type") or "button", "disabled": bool(props.get("disabled"))}
    return Element("button", _shared(props, "btn", colour, size, active, **more), props.get("children"))


# ------------------------------------------------------------------------------------------------------ arrangement
def _container(props: Props) -> Element:
    fluid = props.get("fluid")
    return Element(
        "div",
        _shared(props, "container-fluid" if fluid is True else f"container-{fluid}" if fluid else "container"),
        props.get("children"),
    )


def _row(props: Props) -> Element:
    gutter = f"g-{props['gutter']}" if props.get("gutter") else None
    justify = f"justify-content-{props['justify']}" if props.get("justify") else None
    align = f"align-items-{props['align']}" if props.get("align") else None
    return Element("div", _shared(props, "row", gutter, justify, align), props.get("children"))


def _col(props: Props) -> Element:
    classes = [
        name
        for size in ("xs", "sm", "md", "lg", "xl", "xxl")
        for name in _spans(size, props.get("width" if size == "xs" else size))
    ]
    return Element("div", _shared(props, *(classes or ["col"])), props.get("children"))


def _spans(size: str, span: Any) -> list[str]:
    infix = "" if size == "xs" else f"-{size}"
    if span is None or span is False:
        return []
    if isinstance(span, Mapping):
        classes = _spans(size, span.get("size"))
        classes += [f"order{infix}-{span['order']}"] if span.get("order") is not None else []
        classes += [f"offset{infix}-{span['offset']}"] if span.get("offset") is not None else []
        return classes
    return [f"col{infix}"] if span is True or span == "" else [f"col{infix}-{span}"]


def _stack(props: Props) -> Element:
    direction = "hstack" if props.get("direction") == "horizontal" else "vstack"
    return Element(
        "div",
        _shared(props, direction, f"gap-{props['gap']}" if props.get("gap") is not None else None),
        props.get("children"),
    )


def _card(props: Props) -> Element:
    body = "card-body" if props.get("body") else None
    colour = f"{'border' if props.get('outline') else 'bg'}-{props['color']}" if props.get("color") else None
    return Element("div", _shared(props, "card", body, colour), props.get("children"))


def _nav(props: Props) -> Element:
    flags = {"pills": "nav-pills", "fill": "nav-fill", "justified": "nav-justified"}
    vertical = (
        "flex-column"
        if props.get("vertical") is True
        else f"flex-{props['vertical']}-column"
        if props.get("vertical")
        else None
    )
    bar = "navbar-nav" if props.get("navbar") else "nav"
    return Element(
        "ul",
        _shared(props, bar, vertical, *(name for flag, name in flags.items() if props.get(flag))),
        props.get("children"),
    )


def _collapse(props: Props) -> Element | Nothing:
    if not props.get("is_open") and not props.get("navbar"):
        return Nothing()
    return Element(
        "div",
        _shared(
            props,
            "collapse",
            "show" if props.get("is_open") else None,
            "navbar-collapse" if props.get("navbar") else None,
        ),
        props.get("children"),
    )


def _tabs(props: Props) -> Element:
    """The tab strip and the panel of the active tab, or of the first where none is named."""
    tabs = [tab for tab in _as_list(props.get("children")) if tab is not None]
    names = [getattr(tab, "tab_id", None) or f"tab-{at}" for at, tab in enumerate(tabs)]
    active = props.get("active_tab") or (names[0] if names else None)
    strip = [
        Element(
            "li",
            {"className": "nav-item"},
            Element(
                "a",
                {"className": f"nav-link{' active' if name == active else ''}", "role": "tab"},
                getattr(tab, "label", None),
            ),
        )
        for tab, name in zip(tabs, names, strict=True)
    ]
    panel = [getattr(tab, "children", None) for tab, name in zip(tabs, names, strict=True) if name == active]
    return Element(
        None,
        {},
        [
            Element("ul", _shared(props, "nav", "nav-tabs", role="tablist"), strip),
            Element("div", {"className": "tab-content"}, panel),
        ],
    )


# ------------------------------------------------------------------------------------------------------------ small
def _badge(props: Props) -> Element:
    tag = "a" if props.get("href") else "span"
    pill = "rounded-pill" if props.get("pill") else None
    text = f"text-{props['text_color']}" if props.get("text_color") else None
    return Element(
        tag,
        _shared(props, "badge", pill, f"bg-{props.get('color') or 'secondary'}", text, href=props.get("href")),
        props.get("children"),
    )


def _alert(props: Props) -> Element | Nothing:
    if props.get("is_open") is False:
        return Nothing()
    return Element(
        "div", _shared(props, "alert", f"alert-{props.get('color') or 'success'}", role="alert"), props.get("children")
    )


def _spinner(props: Props) -> Element:
    if props.get("children") is not None:
        return Element(None, {}, props["children"])
    return Element(
        "div", _shared(props, "spinner-border", f"text-{props['color']}" if props.get("color") else None, role="status")
    )


def _placeholder(props: Props) -> Element:
    width = f"col-{props['xs']}" if props.get("xs") else None
    return Element("span", _shared(props, "placeholder", width), props.get("children"))


def _table(props: Props) -> Element:
    flags = {
        "bordered": "table-bordered",
        "borderless": "table-borderless",
        "striped": "table-striped",
        "hover": "table-hover",
    }
    size = f"table-{props['size']}" if props.get("size") else None
    table = Element(
        "table",
        _shared(props, "table", size, *(name for flag, name in flags.items() if props.get(flag))),
        props.get("children"),
    )
    return Element("div", {"className": "table-responsive"}, table) if props.get("responsive") else table


def _list_group(props: Props) -> Element:
    return Element(
        "ul", _shared(props, "list-group", "list-group-flush" if props.get("flush") else None), props.get("children")
    )


def _list_group_item(props: Props) -> Element:
    tag = "a" if props.get("href") else "li"
    action = "list-group-item-action" if props.get("action") or props.get("href") else None
    return Element(
        tag,
        _shared(props, "list-group-item", action, "active" if props.get("active") else None, href=props.get("href")),
        props.get("children"),
    )


def _progress(props: Props) -> Element:
    return Element("div", _shared(props, "progress"), None)


# --------------------------------------------------------------------------------------------------------- controls
def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _options(props: Props) -> list[tuple[Any, Any]]:
    """(value, label) of each option in any of the forms that Dash takes."""
    options = props.get("options") or []
    if isinstance(options, Mapping):
        return list(options.items())
    return [(o.get("value"), o.get("label", o.get("value"))) if isinstance(o, Mapping) else (o, o) for o in options]


def _chosen(props: Props) -> list[Any]:
    value = props.get("value")
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _dropdown(props: Props) -> Element:
    """dcc.Dropdown in the size and look of the closed control."""
    chosen = _chosen(props)
    labels = [label for value, label in _options(props) if value in chosen]
    text = [part for label in labels for part in (label, ", ")][:-1] or props.get("placeholder")
    value = Element("span", {"className": "dash-dropdown-value" if labels else "dash-dropdown-placeholder"}, text)
    return Element(
        "button",
        _shared(props, "dash-dropdown", type="button", disabled=True),
        Element("div", {"className": "dash-dropdown-trigger"}, value),
    )


def _native_select(props: Props) -> Element:
    chosen = [str(value) for value in _chosen(props)]
    options = [
        Element("option", {"value": value, "selected": str(value) in chosen}, label) for value, label in _options(props)
    ]
    if not chosen and props.get("placeholder"):
        options.insert(0, Element("option", {"value": "", "selected": True}, props["placeholder"]))
    return Element(
        "select",
        _shared(props, "form-select", f"form-select-{props['size']}" if props.get("size") else None, disabled=True),
        options,
    )


def _input(*classes: str) -> Draw:
    def draw(props: Props) -> Element:
        names = ("type", "name", "value", "placeholder", "min", "max", "step", "inputMode", "autoComplete", "maxLength")
        more = {name: props.get(name) for name in names}
        size = f"form-control-{props['size']}" if classes and props.get("size") else None
        return Element("input", _shared(props, *classes, size, readonly=True, **more))

    return draw


def _textarea(*classes: str) -> Draw:
    return lambda props: Element(
        "textarea", _shared(props, *classes, rows=props.get("rows"), readonly=True), props.get("value")
    )


def _choices(kind: str, *, bootstrap: bool) -> Draw:
    """RadioItems and Checklist: the list with its labels, each input already in its state."""

    def draw(props: Props) -> Element:
        chosen = _chosen(props)
        inline = bool(props.get("inline"))
        rows = [
            _choice(kind, props, value, label, value in chosen, bootstrap=bootstrap) for value, label in _options(props)
        ]
        if bootstrap:
            return Element("div", _shared(props), rows)
        return Element("div", _shared(props, "dash-options-list", "dash-options-list-inline" if inline else None), rows)

    return draw


def _choice(kind: str, props: Props, value: Any, label: Any, checked: bool, *, bootstrap: bool) -> Element:
    classes = props.get("input_class_name") or props.get("inputClassName")
    label_classes = props.get("label_class_name") or props.get("labelClassName") or ""
    if checked:
        label_classes = (
            f"{label_classes} {props.get('label_checked_class_name') or props.get('labelCheckedClassName') or ''}"
        )
    state = {"type": kind, "checked": checked, "disabled": True, "value": value}
    if bootstrap:
        box = Element("input", {"className": classes or "form-check-input", **state})
        row = f"form-check{' form-check-inline' if props.get('inline') else ''}{' form-switch' if props.get('switch') else ''}"
        return Element(
            "div",
            {"className": row},
            [box, Element("label", {"className": f"form-check-label {label_classes}".strip()}, label)],
        )
    box = Element("input", {"className": f"dash-options-list-option-checkbox {classes or ''}".strip(), **state})
    wrapped = Element("span", {"className": "dash-options-list-option-wrapper"}, box)
    text = Element("span", {"className": "dash-options-list-option-text"}, label)
    return Element("label", {"className": f"dash-options-list-option {label_classes}".strip()}, [wrapped, text])


def _single_choice(kind: str, switch: bool = False) -> Draw:
    def draw(props: Props) -> Element:
        box = Element(
            "input",
            {"type": kind, "className": "form-check-input", "checked": bool(props.get("value")), "disabled": True},
        )
        label = Element("label", {"className": "form-check-label"}, props.get("label"))
        return Element("div", _shared(props, "form-check", "form-switch" if switch else None), [box, label])

    return draw


def _dropdown_menu(props: Props) -> Element:
    """The closed menu: its toggle."""
    toggle = f"dropdown-toggle btn btn-{props.get('color') or 'primary'}{' btn-' + props['size'] if props.get('size') else ''}"
    if props.get("nav"):
        toggle = "dropdown-toggle nav-link"
    if props.get("caret") is False:
        toggle = toggle.replace("dropdown-toggle ", "")
    names = f"{toggle} {props.get('toggle_class_name') or props.get('toggleClassName') or ''}".strip()
    button = Element("button", {"type": "button", "className": names, "aria-expanded": "false"}, props.get("label"))
    return Element(
        "li" if props.get("nav") else "div",
        _shared(props, "dropdown", "nav-item" if props.get("nav") else None),
        button,
    )


_DCC = "dash_core_components"
_DBC = "dash_bootstrap_components"

CONTROLS: dict[tuple[str, str], Draw] = {
    **{
        (_DCC, kind): _nothing
        for kind in ("Store", "Location", "Interval", "Download", "Geolocation", "Tooltip", "ConfirmDialog")
    },
    **{(_DBC, kind): _nothing for kind in ("Modal", "Offcanvas", "Tooltip", "Popover", "Toast", "Fade")},
    (_DCC, "Link"): _link,
    (_DCC, "Loading"): lambda props: Element(
        "div", {"className": props.get("parent_className")}, props.get("children")
    ),
    (_DCC, "Dropdown"): _dropdown,
    (_DCC, "Input"): _input("dash-input-element"),
    (_DCC, "Textarea"): _textarea("dash-textarea"),
    (_DCC, "RadioItems"): _choices("radio", bootstrap=False),
    (_DCC, "Checklist"): _choices("checkbox", bootstrap=False),
    (_DCC, "Clipboard"): _plain("div"),
    (_DCC, "Button"): lambda props: Element(
        "button", _shared(props, "dash-button", type="button"), props.get("children")
    ),
    (_DBC, "Container"): _container,
    (_DBC, "Row"): _row,
    (_DBC, "Col"): _col,
    (_DBC, "Stack"): _stack,
    (_DBC, "Card"): _card,
    (_DBC, "CardBody"): _plain("div", "card-body"),
    (_DBC, "CardHeader"): _plain("div", "card-header"),
    (_DBC, "CardFooter"): _plain("div", "card-footer"),
    (_DBC, "CardGroup"): _plain("div", "card-group"),
    (_DBC, "CardLink"): _link,
    (_DBC, "Button"): _button,
    (_DBC, "ButtonGroup"): lambda props: Element(
        "div",
        _shared(props, "btn-group-vertical" if props.get("vertical") else "btn-group", role="group"),
        props.get("children"),
    ),
    (_DBC, "Badge"): _badge,
    (_DBC, "Alert"): _alert,
    (_DBC, "Spinner"): _spinner,
    (_DBC, "Placeholder"): _placeholder,
    (_DBC, "Progress"): _progress,
    (_DBC, "Nav"): _nav,
    (_DBC, "NavItem"): _plain("li", "nav-item"),
    (_DBC, "NavLink"): _nav_link,
    (_DBC, "Navbar"): _plain("nav", "navbar"),
    (_DBC, "NavbarBrand"): _navbar_brand,
    (_DBC, "NavbarToggler"): lambda props: Element(
        "button",
        _shared(props, "navbar-toggler", type="button"),
        props.get("children") or Element("span", {"className": "navbar-toggler-icon"}),
    ),
    (_DBC, "Collapse"): _collapse,
    (_DBC, "Tabs"): _tabs,
    (_DBC, "Table"): _table,
    (_DBC, "ListGroup"): _list_group,
    (_DBC, "ListGroupItem"): _list_group_item,
    (_DBC, "DropdownMenu"): _dropdown_menu,
    (_DBC, "Label"): lambda props: Element(
        "label", _shared(props, "form-label", htmlFor=props.get("html_for")), props.get("children")
    ),
    (_DBC, "FormText"): _plain("small", "form-text"),
    (_DBC, "Form"): _plain("form"),
    (_DBC, "InputGroup"): lambda props: Element(
        "div",
        _shared(props, "input-group", f"input-group-{props['size']}" if props.get("size") else None),
        props.get("children"),
    ),
    (_DBC, "InputGroupText"): _plain("span", "input-group-text"),
    (_DBC, "Input"): _input("form-control"),
    (_DBC, "Textarea"): _textarea("form-control"),
    (_DBC, "Select"): _native_select,
    (_DBC, "RadioItems"): _choices("radio", bootstrap=True),
    (_DBC, "Checklist"): _choices("checkbox", bootstrap=True),
    (_DBC, "Checkbox"): _single_choice("checkbox"),
    (_DBC, "Switch"): _single_choice("checkbox", switch=True),
}
