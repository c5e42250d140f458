"""The files an import can read, behind one face: lines from any offset, and a name for their contents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from gateway.imports.csv_records import csv_items, read_header
from gateway.imports.items import Item, kannel_items
from gateway.imports.kannel import Clock, KannelParser, parse_default
from gateway.imports.kannel_format import compile_format
from gateway.imports.lines import SourceFile
from gateway.imports.tabular import RowReader

FORMATS = ("kannel-access-log", "csv", "parquet")
_IDENTIFYING_BYTES = 1 << 16
_TAIL_BYTES = 256


@dataclass(frozen=True)
class Options:
    """How files are read. `zone` is that of times that state none; `log_format` is Kannel's access-log-format."""

    file_format: str
    services: tuple[str, ...] = ()
    log_format: str | None = None
    zone: tzinfo = UTC

    @property
    def signature(self) -> str:
        """What makes two readings of the same file different."""
        return repr((self.file_format, sorted(self.services), self.log_format, str(self.zone)))


class Source(Protocol):
    """An open file. Offsets are bytes (rows in Parquet) and mean nothing outside."""

    name: str
    total: int
    unit: str

    @property
    def position(self) -> int:
        """How much of `total` was read."""

    def fingerprint(self) -> str:
        """A name for the contents, from their beginning: a log that grows keeps it."""

    def tail(self, item: Item) -> str:
        """How an item ends: what `continues` will want to see before the place where reading goes on."""

    def continues(self, offset: int, tail: str) -> bool:
        """Whether the file is still the same up to `offset`. Moves the position."""

    def items(self, offset: int, number: int) -> Iterator[Item]:
        """The lines from `offset`, the first being number `number`."""

    def close(self) -> None:
        """Close the file."""


def open_source(path: Path, options: Options) -> Source:
    """Open a file. Raises OSError, `ColumnsError` or `FormatError` when nothing of it can be read."""
    if options.file_format == "parquet":
        from gateway.imports.parquet_rows import ParquetSource

        return _Parquet(path, ParquetSource(path), options)
    file = SourceFile(path)
    try:
        return _Text(path, file, options)
    except BaseException:
        file.close()
        raise


class _Text:
    unit = "B"

    def __init__(self, path: Path, file: SourceFile, options: Options) -> None:
        self.name = path.name
        self._file = file
        self._options = options
        self.total = file.size
        if options.file_format == "csv":
            read_header(file)
        self._layout = compile_format(options.log_format) if options.log_format else parse_default

    @property
    def position(self) -> int:
        return self._file.position

    def fingerprint(self) -> str:
        beginning = self._file.beginning(_IDENTIFYING_BYTES)
        return _hash(self._options.signature.encode(), beginning)

    def tail(self, item: Item) -> str:
        if item.size > len(item.raw) + 5:
            return ""  # the item does not hold its whole line
        return item.raw.rpartition(b"\n")[2][-_TAIL_BYTES:].rstrip(b"\r").hex()

    def continues(self, offset: int, tail: str) -> bool:
        return self._file.before(offset, _TAIL_BYTES + 2).rstrip(b"\r\n").endswith(bytes.fromhex(tail))

    def items(self, offset: int, number: int) -> Iterator[Item]:
        if self._options.file_format == "csv":
            return csv_items(self._file, RowReader(self._options.zone), offset, number)
        parser = KannelParser(Clock(self._options.zone), self._options.services, self._layout)
        return kannel_items(self._file, parser, offset, number)

    def close(self) -> None:
        self._file.close()


class _Parquet:
    unit = " rows"

    def __init__(self, path: Path, rows: object, options: Options) -> None:
        from gateway.imports.parquet_rows import ParquetSource

        assert isinstance(rows, ParquetSource)  # noqa: S101 - the import of pyarrow is kept out of this module's top
        self.name = path.name
        self._path = path
        self._rows = rows
        self._options = options
        self.total = rows.rows
        self._read = 0

    @property
    def position(self) -> int:
        return self._read

    def fingerprint(self) -> str:
        with self._path.open("rb") as file:
            beginning = file.read(_IDENTIFYING_BYTES)
            file.seek(max(0, self._path.stat().st_size - _IDENTIFYING_BYTES))
            return _hash(self._options.signature.encode(), beginning, file.read())

    def tail(self, item: Item) -> str:
        return ""

    def continues(self, offset: int, tail: str) -> bool:
        return offset <= self.total

    def items(self, offset: int, number: int) -> Iterator[Item]:
        for item in self._rows.items(RowReader(self._options.zone), offset):
            self._read = item.offset
            yield item

    def close(self) -> None:
        self._rows.close()


def _hash(*parts: bytes) -> str:
    digest = blake2b(digest_size=20)
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()
