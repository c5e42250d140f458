"""Kannel's `access-log-format`: a layout of the operator's own, compiled to a reader of its lines.

The codes of Kannel's user guide: `%t` time (always GMT), `%T` Unix time, `%l` event, `%i` SMSC, `%n` service,
`%A` account, `%B` billing, `%F` the message centre's id, `%I` Kannel's id, `%D` meta-data, `%p` sender, `%P` recipient,
`%m` `%c` `%M` `%C` `%d` the five flags, `%L` `%b` length and text, `%U` `%u` length and user data header.

A text is taken by its length when the format states it before the text. Everything else ends where the next literal
of the format begins: a format whose separator also occurs inside a sender is ambiguous by nature.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

from gateway.imports.kannel import Clock, LogLine, plausible
from gateway.imports.reasons import Reason, Rejected

_CODES = frozenset("tTlinABFIDpPmcMCdLbUu")
_NEEDED = {"l": "event", "i": "SMSC", "F": "id of the message centre", "p": "sender", "P": "recipient"}
_CLEAN_PREFIX = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
_STAMP = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NUMBER = re.compile(rb"-?\d{1,18}")
_LOG_MARKERS = re.compile(rb"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?Log (?:begins|ends)")


class FormatError(ValueError):
    """The access-log-format cannot be used; the message says why."""


def compile_format(log_format: str) -> Callable[[bytes, Clock], LogLine]:
    """A reader for lines written with this `access-log-format`. Raises `FormatError`.

    Lines may also carry the time that Kannel puts before them when `access-log-clean` is off.
    """
    parts = _split(log_format)
    codes = [code for code, _ in parts if code]
    missing = [name for code, name in _NEEDED.items() if code not in codes]
    if missing:
        raise FormatError(f"the format has no {', '.join(missing)}")
    if "d" not in codes:
        raise FormatError("the format has no type of receipt (%d)")

    starts_with_time = parts[0] == ("t", b"")

    def read(line: bytes, clock: Clock) -> LogLine:
        values: dict[str, bytes] = {}
        if _LOG_MARKERS.fullmatch(line):
            raise Rejected(Reason.LOG_MARKER)
        prefix = _CLEAN_PREFIX.match(line)
        begin = prefix.end() if prefix is not None else 0
        if begin and starts_with_time and _CLEAN_PREFIX.match(line, begin) is None:
            begin = 0  # the time that begins the line is the format's own
        _scan(line, begin, parts, values)
        return _log_line(line, values, clock, line[:19] if begin else None)

    return read


def _split(log_format: str) -> list[tuple[str, bytes]]:
    """The format as (code, literal before it), ended by ("", literal after the last code)."""
    parts: list[tuple[str, bytes]] = []
    literal = ""
    position = 0
    while position < len(log_format):
        if log_format[position] == "%" and position + 1 < len(log_format):
            code = log_format[position + 1]
            position += 2
            if code == "%":
                literal += "%"
            elif code in _CODES:
                if parts and not literal:
                    raise FormatError(f"nothing separates %{parts[-1][0]} from %{code}")
                parts.append((code, literal.encode()))
                literal = ""
            else:
                raise FormatError(f"%{code} is not a code of access-log-format")
        else:
            literal += log_format[position]
            position += 1
    if not parts:
        raise FormatError("the format has no codes")
    parts.append(("", literal.encode()))
    return parts


def _scan(line: bytes, begin: int, parts: list[tuple[str, bytes]], values: dict[str, bytes]) -> None:
    position = begin
    if not line.startswith(parts[0][1], position):
        raise Rejected(Reason.UNREADABLE)
    position += len(parts[0][1])
    for (code, _), (_, following) in pairwise(parts):
        end = _measured(line, position, code, following, values) if code in "bu" else -1
        if end < 0:
            end = line.find(following, position) if following else len(line)
        if end < 0:
            raise Rejected(Reason.TRUNCATED)
        values[code] = line[position:end]
        position = end + len(following)
    if position != len(line):
        raise Rejected(Reason.UNREADABLE, f"column {position + 1}")


def _measured(line: bytes, position: int, code: str, following: bytes, values: dict[str, bytes]) -> int:
    stated = values.get("L" if code == "b" else "U")
    if stated is None:
        return -1
    length = _number(stated, "length")
    for shown in (length, 2 * length):
        end = position + shown
        if end <= len(line) and line.startswith(following, end) and (following or end == len(line)):
            return end
    raise Rejected(Reason.TRUNCATED if position + length > len(line) else Reason.LENGTH_MISMATCH)


def _log_line(line: bytes, values: dict[str, bytes], clock: Clock, prefix: bytes | None) -> LogLine:
    if values["l"].startswith(b"FAILED") and values["l"].endswith(b"DLR"):
        raise Rejected(Reason.ORPHAN_RECEIPT)  # Kannel knows neither its message nor its time, and writes -1
    if "T" in values:
        try:
            at = plausible(datetime.fromtimestamp(_number(values["T"], "time"), UTC))
        except (ValueError, OverflowError, OSError) as error:
            raise Rejected(Reason.BAD_TIME, values["T"].decode("ascii", "replace")) from error
    elif "t" in values:
        if _STAMP.fullmatch(values["t"]) is None:
            raise Rejected(Reason.BAD_TIME, values["t"][:40].decode("ascii", "replace"))
        at = Clock.moment(values["t"], UTC)
    elif prefix is not None:
        at = clock.read(prefix)
    else:
        raise Rejected(Reason.BAD_TIME, "the line has none")
    text = values.get("b", b"")
    return LogLine(
        at=at,
        event=values["l"],
        smsc=values["i"],
        service=values.get("n", b""),
        account=values.get("A", b""),
        foreign_id=values["F"],
        sender=values["p"],
        recipient=values["P"],
        coding=_number(values.get("c", b"-1"), "coding"),
        receipt_type=_number(values["d"], "type of receipt"),
        length=_number(values["L"], "length") if "L" in values else -1,
        text=text,
        udh=values.get("u", b""),
    )


def _number(value: bytes, name: str) -> int:
    if _NUMBER.fullmatch(value) is None:
        raise Rejected(Reason.BAD_NUMBER, name)
    return int(value)
