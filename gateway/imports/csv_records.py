"""CSV records of a file that may be damaged (RFC 4180, UTF-8; comma, semicolon or tab).

A quoted field may hold line ends. In a damaged file a quote that is never closed would swallow everything after it;
so when a record that spans lines does not come out right, only its first line is rejected and reading goes on with
the second.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from gateway.imports.items import Item
from gateway.imports.lines import Line, SourceFile
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Submission
from gateway.imports.tabular import ColumnsError, RowReader, column_positions

_MAX_LINES = 100
_MAX_BYTES = 1 << 16
_DELIMITERS = (",", ";", "\t")
_QUOTE = 0x22

csv.field_size_limit(1 << 21)


def read_header(source: SourceFile) -> tuple[dict[str, int], int, str, Line]:
    """Positions of the known columns, the number of columns, the delimiter, and the header's line.

    Raises `ColumnsError` when the file has no usable header.
    """
    line = next(source.lines(), None)
    if line is None:
        raise ColumnsError("the file is empty")
    try:
        text = line.data.decode()
    except UnicodeDecodeError as error:
        raise ColumnsError("the header is not UTF-8") from error
    if line.flaw is not None:
        raise ColumnsError("the header cannot be read")
    faults: list[str] = []
    for delimiter in _DELIMITERS:
        try:
            names = _fields(text, delimiter)
            return column_positions(names), len(names), delimiter, line
        except (ColumnsError, Rejected) as error:
            faults.append(str(error) if isinstance(error, ColumnsError) else error.sentence)
    raise ColumnsError(faults[0])


def csv_items(source: SourceFile, reader: RowReader, offset: int, number: int) -> Iterator[Item]:
    """Every record after the header, from `offset` (0 is the beginning of the file)."""
    positions, width, delimiter, header = read_header(source)
    if offset == 0:
        offset, number = header.end, 2
    lines = _Lines(source.lines(offset, number))
    while (line := lines.take()) is not None:
        record: Submission | Rejected
        taken = [line]
        try:
            raw = _whole(line, lines, taken, delimiter)
            record = reader.read(_row(raw, positions, width, delimiter))
        except Rejected as rejected:
            record = rejected
            structural = rejected.reason in (Reason.UNCLOSED_QUOTE, Reason.BAD_QUOTING, Reason.WRONG_COLUMNS)
            if structural and len(taken) > 1:
                lines.give_back(taken[1:])
                del taken[1:]
            raw = b"\n".join(each.data for each in taken)
        last = taken[-1]
        yield Item(line.number, last.end, last.number + 1, raw, last.end - line.start, record)


class _Lines:
    """A line iterator that takes lines back."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._returned: deque[Line] = deque()

    def take(self) -> Line | None:
        return self._returned.popleft() if self._returned else next(self._source, None)

    def give_back(self, lines: list[Line]) -> None:
        self._returned.extendleft(reversed(lines))


def _whole(line: Line, lines: _Lines, taken: list[Line], delimiter: str) -> bytes:
    """The bytes of the record that begins on `line`, taking further lines while a quote is open."""
    if line.flaw is not None:
        raise Rejected(line.flaw)
    if not line.data.strip():
        raise Rejected(Reason.EMPTY_LINE)
    if _QUOTE not in line.data:
        return line.data
    parts = [line.data]
    size = len(line.data)
    open_quote = _leaves_open(line.data, delimiter.encode(), inside=False)
    while open_quote:
        more = lines.take()
        if more is None or more.flaw is not None or len(taken) >= _MAX_LINES or size > _MAX_BYTES:
            if more is not None:
                lines.give_back([more])
            raise Rejected(Reason.UNCLOSED_QUOTE if line.ended else Reason.TRUNCATED)
        carriage_return = taken[-1].end - taken[-1].start - len(taken[-1].data) == 2
        parts.append((b"\r\n" if carriage_return else b"\n") + more.data)
        taken.append(more)
        size += len(more.data)
        open_quote = _leaves_open(more.data, delimiter.encode(), inside=True)
    return b"".join(parts)


def _leaves_open(data: bytes, delimiter: bytes, *, inside: bool) -> bool:
    """Whether a quoted field is still open at the end of the line. Raises `Rejected` on text after a closing quote."""
    position = 0
    while True:
        if not inside:
            if data[position : position + 1] != b'"':
                position = data.find(delimiter, position) + 1
                if position == 0:
                    return False
                continue
            position += 1
        inside = False
        closing = data.find(b'"', position)
        if closing < 0:
            return True
        position = closing + 1
        if position == len(data):
            return False
        following = data[position : position + 1]
        if following == b'"':
            position += 1
            inside = True
        elif following == delimiter:
            position += 1
        else:
            raise Rejected(Reason.BAD_QUOTING)


def _row(raw: bytes, positions: dict[str, int], width: int, delimiter: str) -> dict[str, object]:
    if b"\0" in raw:
        raise Rejected(Reason.NUL_BYTE)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Rejected(Reason.BAD_ENCODING) from error
    fields = _fields(text, delimiter)
    if len(fields) != width:
        raise Rejected(Reason.WRONG_COLUMNS, f"{len(fields)} instead of {width}")
    return {name: fields[position] for name, position in positions.items()}


def _fields(text: str, delimiter: str) -> list[str]:
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(iter(csv.reader([text], delimiter=delimiter, strict=True)), [])
    except csv.Error as error:
        raise Rejected(Reason.BAD_QUOTING) from error
