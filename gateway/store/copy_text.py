"""Rows in the text that COPY reads: https://www.postgresql.org/docs/18/sql-copy.html, "Text Format".

The driver looks up anew for each value how its type is written. Here are millions of rows of five types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from types import NoneType
from typing import Any
from uuid import UUID

_ROWS = 500
"""Some hundred kilobytes: what is handed over at once."""


def blocks(rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    """The rows' text, some hundreds at a time. Raises KeyError for a value of another type than those known here."""
    writers, left = _WRITERS, iter(rows)
    while some := list(islice(left, _ROWS)):
        lines = ["\t".join([writers[type(value)](value) for value in row]) for row in some]
        yield ("\n".join(lines) + "\n").encode()


def _text(value: str) -> str:
    if value.isalnum():
        return value
    # Several times as quick as translate().
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


_WRITERS: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "\\N",
    str: _text,
    UUID: lambda value: f"{value.int:032x}",
    datetime: datetime.isoformat,
    int: int.__repr__,
    Decimal: Decimal.__str__,
}
