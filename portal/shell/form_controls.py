"""Controls as they look before they work: in their place and their state, and not to be typed into yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.shell.elements import Draw, Element, Props, element, suffixed

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


def _select(props: Props) -> Element:
    chosen = [str(value) for value in _chosen(props)]
    options = [
        Element("option", {"value": value, "selected": str(value) in chosen}, label) for value, label in _options(props)
    ]
    if not chosen and props.get("placeholder"):
        options.insert(0, Element("option", {"value": "", "selected": True}, props["placeholder"]))
    size = suffixed("form-select", props.get("size"))
    return element("select", props, "form-select", size, disabled=True, children=options)


def _input(props: Props) -> Element:
    more = {name: props.get(name) for name in _INPUT_ATTRIBUTES}
    size = suffixed("form-control", props.get("size"))
    return element("input", props, "form-control", size, readonly=True, **more)


def _textarea(props: Props) -> Element:
    more = {"rows": props.get("rows"), "readonly": True, "children": props.get("value") or ""}
    return element("textarea", props, "form-control", **more)


def _choices(kind: str) -> Draw:
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


def _single_choice(switch: bool) -> Draw:
    def draw(props: Props) -> Element:
        state = {"type": "checkbox", "checked": bool(props.get("value")), "disabled": True}
        box = Element("input", {"className": "form-check-input", **state})
        label = Element("label", {"className": "form-check-label"}, props.get("label"))
        return element("div", props, "form-check", "form-switch" if switch else None, children=[box, label])

    return draw


DRAWN: dict[str, Draw] = {
    "Label": lambda props: element("label", props, "form-label", htmlFor=props.get("html_for")),
    "Input": _input,
    "Textarea": _textarea,
    "Select": _select,
    "RadioItems": _choices("radio"),
    "Checklist": _choices("checkbox"),
    "Checkbox": _single_choice(switch=False),
    "Switch": _single_choice(switch=True),
}
"""Components of dash-bootstrap-components, by name."""
