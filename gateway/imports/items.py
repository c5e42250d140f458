"""The stream between a parser and the importer: one item for every line of the source, used or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.imports.kannel import KannelParser
from gateway.imports.lines import SourceFile
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Record


@dataclass(slots=True)
class Item:
    """One line (or CSV record, or Parquet row).

    `number` counts from 1; `offset` and `next_number` are where reading goes on after it (bytes; rows in Parquet).
    `record` is what it says, or why it cannot be used. `raw` is for the rejects file; `size` is its length in bytes.
    """

    number: int
    offset: int
    next_number: int
    raw: bytes
    size: int
    record: Record | Rejected


def kannel_items(source: SourceFile, parser: KannelParser, offset: int, number: int) -> Iterator[Item]:
    """Every line of an access log from `offset`."""
    for line in source.lines(offset, number):
        record: Record | Rejected
        if line.flaw is not None:
            record = Rejected(line.flaw)
        else:
            try:
                record = parser.parse(line.data)
            except Rejected as rejected:
                if not line.ended and rejected.reason is Reason.UNREADABLE:
                    rejected = Rejected(Reason.TRUNCATED)
                record = rejected
        yield Item(line.number, line.end, line.number + 1, line.data, line.end - line.start, record)
