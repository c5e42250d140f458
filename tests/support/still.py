"""Still parts (``portal/shell/still.py``) as the components of Dash that they were written from."""

from __future__ import annotations

from typing import Any


def restored(value: Any) -> Any:
    """A layout or an answer, read from its JSON, in which every component stands for itself again."""
    if isinstance(value, list):
        return [each for one in value for each in (_parts(one) if _is_still(one) else [restored(one)])]
    if not isinstance(value, dict):
        return value
    if _is_still(value):
        (only,) = _parts(value)
        return only
    return {name: restored(one) for name, one in value.items()}


def listed(value: Any) -> Any:
    """The same with the children of every component as a list without gaps, however they were written."""
    if isinstance(value, list):
        return [listed(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "namespace" not in value:
        return {name: listed(one) for name, one in value.items()}
    props = dict(value["props"])
    children = props.pop("children", None)
    found = [one for one in (children if isinstance(children, list) else [children]) if one is not None]
    return {**value, "props": {**listed(props), "children": listed(found)}}


def _is_still(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("namespace"), value.get("type")) == ("portal", "Still")


def _parts(still: dict[str, Any]) -> list[Any]:
    held = [restored(one) for one in still["props"].get("children", [])]
    return [_component(part, held) for part in still["props"]["parts"]]


def _component(part: Any, held: list[Any]) -> Any:
    if not isinstance(part, list):
        return part
    if len(part) == 1:
        return held[part[0]]
    kind, props, *children = part
    namespace = "dash_core_components" if kind == "Link" else "dash_html_components"
    return {
        "type": kind,
        "namespace": namespace,
        "props": {**props, "children": [_component(child, held) for child in children]},
    }
