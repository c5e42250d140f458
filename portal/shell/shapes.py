"""Whether a request to the callback route has the shape that some callback has. Dash itself trusts the renderer.

Names of outputs that do not exist, inputs and states that were not asked for and ids of another pattern are refused
before anything runs. Values are not looked at, nor whether a component was ever drawn: that is for services to judge.
Only what no browser's script can write as a value is refused as well (:class:`Bodies`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask.json.provider import DefaultJSONProvider

Pattern = str | dict[str, Any]

#: Whole numbers beyond it fit no column and no counter of a component.
LARGEST: Final = 2**63 - 1


class Bodies(DefaultJSONProvider):
    """What JSON is sent, without numbers that would fail wherever they are counted or kept: those are no JSON here."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """:raises ValueError: for broken JSON, a whole number of more than 63 bits, ``NaN`` and ``Infinity``."""
        return super().loads(s, parse_int=_whole, parse_constant=_refuse, **kwargs)


def _whole(digits: str) -> int:
    number = int(digits)
    if not -LARGEST <= number <= LARGEST:
        _refuse(digits)
    return number


def _refuse(value: str) -> None:
    raise ValueError(f"not a number that is taken here: {value[:20]}")


class Shapes:
    """The shapes of an application's callbacks. ``callbacks`` is its graph, as ``dash_internals.callbacks`` has it."""

    def __init__(self, callbacks: Sequence[Mapping[str, Any]]) -> None:
        self._known = {
            str(each["output"]): {
                part: [(_pattern(one["id"]), str(one["property"])) for one in each[part]] for part in _PARTS
            }
            for each in callbacks
        }

    def fits(self, body: object) -> bool:
        """Whether ``body`` could be what the renderer sends for one of them."""
        if not isinstance(body, dict) or not isinstance(body.get("output"), str):
            return False
        known = self._known.get(body["output"])
        if known is None or not _are_outputs(body):
            return False
        return all(_are(body.get(part, []), known[part]) for part in _PARTS)


_PARTS = ("inputs", "state")


def _pattern(component_id: str) -> Pattern:
    found: Pattern = json.loads(component_id) if component_id.startswith("{") else component_id
    return found


def _are_outputs(body: Mapping[str, Any]) -> bool:
    several = body["output"].startswith("..")
    outputs = body.get("outputs")
    if several is not isinstance(outputs, list):
        return False
    listed = outputs if isinstance(outputs, list) else [outputs]
    count = len(body["output"].strip(".").split("...")) if several else 1
    # For a pattern of many components an output is itself a list of them.
    parts = [part for entry in listed for part in (entry if isinstance(entry, list) else [entry])]
    named = all(isinstance(part, dict) and isinstance(part.get("id"), str | dict) for part in parts)
    return named and len(listed) == count


def _are(sent: object, asked: Sequence[tuple[Pattern, str]]) -> bool:
    if not isinstance(sent, list) or len(sent) != len(asked):
        return False
    return all(_is(entry, pattern, prop) for entry, (pattern, prop) in zip(sent, asked, strict=True))


def _is(sent: object, pattern: Pattern, prop: str) -> bool:
    many = isinstance(pattern, dict) and any(value in (["ALL"], ["ALLSMALLER"]) for value in pattern.values())
    if many is not isinstance(sent, list):
        return False
    entries = sent if isinstance(sent, list) else [sent]
    return all(
        isinstance(entry, dict) and entry.get("property") == prop and _is_id(entry.get("id"), pattern)
        for entry in entries
    )


def _is_id(sent: object, pattern: Pattern) -> bool:
    if isinstance(pattern, str) or not isinstance(sent, dict):
        return sent == pattern
    return sent.keys() == pattern.keys() and all(
        isinstance(sent[key], str | int | float) if isinstance(value, list) else sent[key] == value
        for key, value in pattern.items()
    )
