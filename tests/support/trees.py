"""Looking into component trees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def nodes(tree: Any) -> Iterator[Component]:
    """Every component of a tree, depth first, also those in properties other than ``children``."""
    if isinstance(tree, Component):
        yield tree
        for name in tree._prop_names:
            yield from nodes(getattr(tree, name, None))
    elif isinstance(tree, (list, tuple)):
        for part in tree:
            yield from nodes(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from nodes(part)


def text(tree: Any) -> str:
    """What can be read of a tree, without the marks that isolate directions."""
    words: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, Component):
            walk(getattr(part, "children", None))
        elif isinstance(part, (list, tuple)):
            for one in part:
                walk(one)
        elif part is not None and not isinstance(part, bool):
            words.append(str(part))

    walk(tree)
    joined = " ".join(words)
    return "".join(char for char in joined if char not in "\u2066\u2067\u2068\u2069")


def links(tree: Any) -> list[str]:
    """Addresses of all links."""
    return [node.href for node in nodes(tree) if getattr(node, "href", None)]


def ids(tree: Any) -> set[str]:
    """Ids of all components; dict ids as JSON with sorted keys."""
    found = (getattr(node, "id", None) for node in nodes(tree))
    return {json.dumps(one, sort_keys=True) if isinstance(one, dict) else str(one) for one in found if one is not None}


def nested_lists(tree: Any) -> list[str]:
    """Places where a list stands inside a list of children, which kills a page in the browser."""
    return [
        type(node).__name__
        for node in nodes(tree)
        if isinstance(getattr(node, "children", None), (list, tuple))
        and any(isinstance(child, (list, tuple)) for child in node.children)
    ]
