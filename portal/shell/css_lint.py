"""Stylesheets of our own know start and end, never left and right: so one sheet serves both directions.

Whatever has a side by nature (a turned shape, a gradient from one side to the other, a corner) needs its other form
under ``[dir="rtl"]`` in the same file, or a comment ``/* sides: why it is the same in both directions */`` on its own
line or the one above. A reason that excuses nothing is found as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Finding = tuple[Path, int, str]

_COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_REASON = re.compile(r"^\s*sides:\s*(.*?)\s*$", re.DOTALL)
_SHORTEST_REASON = 12
_SIDES = r"(?:left|right)"
_PHYSICAL = re.compile(
    rf"(?:{_SIDES}|top|bottom|(?:min-|max-)?(?:width|height)"
    rf"|(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-[a-z]+)?"
    rf"|border-(?:top|bottom)-{_SIDES}-radius|contain-intrinsic-(?:width|height))"
)
# Values that are a side where start or end is meant.
_SIDED_VALUES = {
    "text-align", "text-align-last", "float", "clear", "caption-side", "justify-content", "justify-items",
    "justify-self", "place-content", "place-items", "place-self", "resize", "page-break-before", "break-before",
}  # fmt: skip
_BOXES = {
    "margin", "padding", "inset", "border-width", "border-style", "border-color", "scroll-margin", "scroll-padding",
}  # fmt: skip
_PLACED = {
    "background-position", "background", "mask-position", "mask", "object-position", "transform-origin",
    "perspective-origin", "offset-position",
}  # fmt: skip
_TURNED = re.compile(r"\b(?:translate(?:X|3d)?|scaleX|rotateY|rotateZ?|skewX?|matrix(?:3d)?)\(([^)]*)\)")
_STRAIGHT = re.compile(r"(?:180|360|540|720|0)(?:deg)?|[01]?(?:\.0+|\.5)?turn|0")
_GRADIENT = re.compile(r"(?:linear|conic)-gradient\(\s*([^,()]*)")
_RTL = re.compile(r"\[dir=[\"']?(?:rtl|ltr)[\"']?\]|:dir\(")
_ADDRESS = re.compile(r"url\([^)]*\)")
_TOP_TO_BOTTOM = re.compile(r"to (?:top|bottom)|(?:0|180|360)deg|")


@dataclass
class _Declaration:
    selector: str
    name: str
    value: str
    line: int


@dataclass
class _Sheet:
    """Declarations in their order, and the reasons given in comments: line of the comment's end → reason."""

    declarations: list[_Declaration] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)


def _parts(value: str) -> list[str]:
    """The value's parts between spaces, with brackets kept whole."""
    parts, depth, last = [""], 0, ""
    for letter in value.strip():
        depth += (letter == "(") - (letter == ")")
        if letter.isspace() and not depth:
            if not last.isspace():
                parts.append("")
        else:
            parts[-1] += letter
        last = letter
    return [part for part in parts if part]


def _read(source: str) -> _Sheet:
    sheet = _Sheet()

    def blank(comment: re.Match[str]) -> str:
        if reason := _REASON.match(comment[1]):
            line = source.count("\n", 0, comment.end()) + 1
            sheet.reasons[line] = reason[1]
        return "\n" * comment[0].count("\n")

    selectors: list[str] = []
    text, start, line, quote = "", 1, 1, ""
    for letter in _COMMENT.sub(blank, source) + "\n":
        if letter == "\n":
            line += 1
        if quote:
            quote = "" if letter == quote else quote
            text += letter
        elif letter in "\"'":
            quote, text = letter, text + letter
        elif letter == "{":
            selectors.append(text.strip())
            text = ""
        elif letter in ";}" and "(" in text and text.count("(") > text.count(")"):
            text += letter  # inside url(data:…;…)
        elif letter in ";}":
            name, colon, value = text.partition(":")
            if colon and selectors:
                sheet.declarations.append(_Declaration(selectors[-1], name.strip().lower(), value.strip(), start))
            text = ""
            if letter == "}" and selectors:
                selectors.pop()
        else:
            if not text.strip():
                start, text = line, ""
            text += letter
    return sheet


def _is_zero(part: str) -> bool:
    return bool(re.fullmatch(r"[-+]?0(?:\.0+)?(?:[a-z]+|%)?", part))


def _written(each: _Declaration) -> str | None:
    """What has to be written otherwise, since there is a form without sides; None when nothing has."""
    parts = _parts(each.value.replace("!important", ""))
    if each.name.startswith("--"):
        return None
    if _PHYSICAL.fullmatch(each.name):
        return "physical property: write its logical form (margin-inline-start, inset-inline-end, inline-size …)"
    if each.name in _SIDED_VALUES and {"left", "right"} & set(parts):
        return f"{each.name} with a side: write start or end"
    if each.name in _BOXES and len(parts) == 4 and parts[1] != parts[3]:
        return f"{each.name} with another right than left: write its logical forms"
    return None


def _at_one_side(each: _Declaration, parts: list[str]) -> bool:
    if each.name in _PLACED and {"left", "right"} & set(re.split(r"[\s,/()]+", _ADDRESS.sub("", each.value))):
        return True
    along = parts[0] if each.name == "background-position" and parts else "center"
    return not (_is_zero(along) or along in ("center", "50%"))


def _sided(each: _Declaration) -> str | None:
    """What has a side by nature; None when it looks the same from both."""
    parts = _parts(each.value.replace("!important", ""))
    told = None
    if each.name == "border-radius" and len(parts) > 1:
        corners = (parts * 4)[:4] if len(parts) != 3 else [parts[0], parts[1], parts[2], parts[1]]
        if corners[0] != corners[1] or corners[2] != corners[3]:
            told = "corners"
    elif each.name in ("box-shadow", "text-shadow"):
        for shadow in re.split(r",(?![^(]*\))", each.value):
            lengths = [part for part in _parts(shadow) if re.match(r"[-+]?[.\d]|calc\(", part)]
            if lengths and not _is_zero(lengths[0]):
                told = "a shadow to one side"
    elif each.name in ("transform", "translate", "rotate", "scale"):
        turns = [found[1] for found in _TURNED.finditer(each.value) if each.name == "transform"]
        turns += [" ".join(parts)] if each.name in ("translate", "rotate") and parts != ["none"] else []
        if any(not _STRAIGHT.fullmatch(re.split(r"[,\s]", turn.strip())[0]) for turn in turns):
            told = "a turn or a move to one side"
    elif each.name == "direction":
        told = "a direction"
    elif each.name == "cursor" and re.fullmatch(r"(?:[ns]?[ew]{1,2}|nesw|nwse)-resize", each.value):
        told = "a pointer to one side"
    elif _at_one_side(each, parts):
        told = "a place at one side"
    if told is None and "gradient" in each.value:
        for found in _GRADIENT.finditer(each.value):
            heading = found[1].strip()
            named = heading.startswith("to ") or re.match(r"[-+]?[.\d]+(?:deg|turn|rad|grad)", heading)
            if named and not _TOP_TO_BOTTOM.fullmatch(heading):
                told = "a gradient to one side"
    return told


def _other_form(each: _Declaration, sheet: _Sheet) -> bool:
    """Whether the same file says it for the other direction too: the same property under the same selectors."""
    for selector in (one.strip() for one in each.selector.split(",")):
        if not any(
            other.name in (each.name, f"{each.name}-image")
            and any(
                _RTL.search(one) and _RTL.sub("", one).strip().split() == selector.split()
                for one in (part.strip() for part in other.selector.split(","))
            )
            for other in sheet.declarations
        ):
            return False
    return True


def check(path: Path, source: str) -> Iterator[Finding]:
    """Left and right where start and end are meant, what is not turned round, and reasons for nothing."""
    sheet = _read(source)
    used: set[int] = set()
    for each in sheet.declarations:
        told = _written(each)
        if told is None:
            side = _sided(each)
            if side is None or _RTL.search(each.selector) or _other_form(each, sheet):
                continue
            told = f'{side}: give [dir="rtl"] its own form, or say /* sides: why it is the same in both */'
        reason = next((line for line in (each.line, each.line - 1) if line in sheet.reasons), None)
        if reason is not None:
            used.add(reason)
        else:
            yield path, each.line, told
    for line, reason_text in sheet.reasons.items():
        if len(reason_text) < _SHORTEST_REASON:
            yield path, line, "sides: without a reason"
        elif line not in used:
            yield path, line, "sides: a reason for nothing that has a side"
