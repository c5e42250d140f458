"""Controls as they look before they work: in their place and their state, and not to be typed into yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.shell.elements import Draw, Element, Props, element, plain, suffixed

_INPUT_ATTRIBUTES = (
    "type", "name", "value", "placeholder", "min", "max", "step", "inputMode", "autoComplete", "maxLength",
)  # fmt: skip


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
    """dcc.Dropdown, closed."""
    chosen = _chosen(props)
    labels = [label for value, label in _options(props) if value in chosen]
    text = [part for label in labels for part in (label, ", ")][:-1] or props.get("placeholder")
    value = Element("span", {"className": "dash-dropdown-value" if labels else "dash-dropdown-placeholder"}, text)
    trigger = Element("div", {"className": "dash-dropdown-trigger"}, value)
    return element("button", props, "dash-dropdown", type="button", disabled=True, children=trigger)


def _select(props: Props) -> Element:
    chosen = [str(value) for value in _chosen(props)]
    options = [
        Element("option", {"value": value, "selected": str(value) in chosen}, label) for value, label in _options(props)
    ]
    if not chosen and props.get("placeholder"):
        options.insert(0, Element("option", {"value": "", "selected": True}, props["placeholder"]))
    size = suffixed("form-select", props.get("size"))
    return element("select", props, "form-select", size, disabled=True, children=options)


def _bootstrap_input(props: Props) -> Element:
    more = {name: props.get(name) for name in _INPUT_ATTRIBUTES}
    size = suffixed("form-control", props.get("size"))
    return element("input", props, "form-control", size, readonly=True, **more)


def _dash_input(props: Props) -> Element:
    """dcc.Input: the field in its container, which has the classes and the style."""
    classes = " ".join(filter(None, ("dash-input-container dash-input", props.get("className"))))
    more = {name: props.get(name) for name in ("id", *_INPUT_ATTRIBUTES)}
    field = Element("input", {"className": "dash-input-element", "readonly": True, **more})
    return Element("div", {"className": classes, "style": props.get("style")}, field)


def _textarea(*classes: str) -> Draw:
    return lambda props: element(
        "textarea", props, *classes, rows=props.get("rows"), readonly=True, children=props.get("value") or ""
    )


def _bootstrap_choices(kind: str) -> Draw:
    def draw(props: Props) -> Element:
        chosen = _chosen(props)
        inline = "form-check-inline" if props.get("inline") else ""
        switch = "form-switch" if props.get("switch") else ""
        rows = []
        for value, label in _options(props):
            state = {"type": kind, "value": value, "checked": value in chosen, "disabled": True}
            checked = props.get("label_checked_class_name") if value in chosen else None
            names = ("form-check-label", props.get("label_class_name"), checked)
            rows.append(
                Element(
                    "div",
                    {"className": " ".join(filter(None, ("form-check", inline, switch)))},
                    [
                        Element("input", {"className": props.get("input_class_name") or "form-check-input", **state}),
                        Element("label", {"className": " ".join(filter(None, names))}, label),
                    ],
                )
            )
        return element("div", props, children=rows)

    return draw


def _dash_choices(kind: str) -> Draw:
    def draw(props: Props) -> Element:
        chosen = _chosen(props)
        rows = []
        for value, label in _options(props):
            state = {"type": kind, "value": value, "checked": value in chosen, "disabled": True}
            box = Element("input", {"className": "dash-options-list-option-checkbox", **state})
            wrapped = Element("span", {"className": "dash-options-list-option-wrapper"}, box)
            text = Element("span", {"className": "dash-options-list-option-text"}, label)
            names = ("dash-options-list-option", props.get("labelClassName"))
            rows.append(Element("label", {"className": " ".join(filter(None, names))}, [wrapped, text]))
        inline = "dash-options-list-inline" if props.get("inline") else None
        return element("div", props, "dash-options-list", inline, children=rows)

    return draw


def _single_choice(switch: bool) -> Draw:
    def draw(props: Props) -> Element:
        state = {"type": "checkbox", "checked": bool(props.get("value")), "disabled": True}
        box = Element("input", {"className": "form-check-input", **state})
        label = Element("label", {"className": "form-check-label"}, props.get("label"))
        return element("div", props, "form-check", "form-switch" if switch else None, children=[box, label])

    return draw


DCC: dict[str, Draw] = {
    "Dropdown": _dropdown,
    "Input": _dash_input,
    "Textarea": _textarea("dash-textarea"),
    "RadioItems": _dash_choices("radio"),
    "Checklist": _dash_choices("checkbox"),
    "Button": lambda props: element("button", props, "dash-button", type="button"),
    "Clipboard": plain("div"),
}

DBC: dict[str, Draw] = {
    "Label": lambda props: element("label", props, "form-label", htmlFor=props.get("html_for")),
    "FormText": plain("small", "form-text"),
    "Form": plain("form"),
    "InputGroup": lambda props: element("div", props, "input-group", suffixed("input-group", props.get("size"))),
    "InputGroupText": plain("span", "input-group-text"),
    "Input": _bootstrap_input,
    "Textarea": _textarea("form-control"),
    "Select": _select,
    "RadioItems": _bootstrap_choices("radio"),
    "Checklist": _bootstrap_choices("checkbox"),
    "Checkbox": _single_choice(switch=False),
    "Switch": _single_choice(switch=True),
}
