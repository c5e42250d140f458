"""Read lines from a plain or gzip-compressed file of any size at constant memory.

A line is what ends with LF; a CR before it belongs to the line end. The last line may lack its LF. Offsets count
uncompressed bytes, so that a run can be taken up again in a compressed file too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from gateway.imports.gunzip import DamagedArchive, GunzipStream
from gateway.imports.reasons import Reason

MAX_LINE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 20
_KEPT_BYTES = 4096
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Line:
    """One line: its number (from 1), where it starts and ends in bytes, its bytes without the line end.

    `flaw` is set when the bytes are not the whole line; then `data` is only its beginning, for the rejects file.
    """

    number: int
    start: int
    end: int
    data: bytes
    flaw: Reason | None = None
    ended: bool = True


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, /) -> object: ...
    def close(self) -> None: ...


class SourceFile:
    """A file to import. `position` is how many bytes of the file on disk were read, for the progress bar."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw: IO[bytes] = path.open("rb")
        self.size = path.stat().st_size
        magic = self._raw.read(2)
        self._raw.seek(0)
        self.compressed = magic == _GZIP_MAGIC
        self._stream: _Stream = GunzipStream(self._raw) if self.compressed else self._raw

    def __enter__(self) -> SourceFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """Bytes of the file on disk that were consumed."""
        return self._raw.tell()

    def beginning(self, length: int) -> bytes:
        """The first `length` uncompressed bytes; leaves the position at the start."""
        try:
            data = self._stream.read(length)
        except DamagedArchive:
            data = b""
        self._stream.seek(0)
        return data

    def before(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes that lie just before `offset`; empty when the file ends earlier."""
        start = max(0, offset - length)
        try:
            self._stream.seek(start)
            return self._stream.read(offset - start)
        except DamagedArchive:
            return b""

    def lines(self, offset: int = 0, number: int = 1) -> Iterator[Line]:
        """Every line from `offset`, the first of which has the given number."""
        self._stream.seek(offset)
        held = b""
        start = offset
        too_long: Line | None = None
        while True:
            flaw: Reason | None = None
            try:
                block = self._stream.read(_BLOCK_BYTES)
            except DamagedArchive:
                block, flaw = b"", Reason.DAMAGED_ARCHIVE
            if not block:
                if too_long is not None:
                    too_long.ended = False
                    yield too_long
                    number += 1
                elif held:
                    yield Line(number, start, start + len(held), _strip(held, start), ended=False)
                    start += len(held)
                    number += 1
                if flaw is not None:
                    yield Line(number, start, start, b"", flaw, ended=False)
                return
            held += block
            if too_long is not None:
                cut = held.find(b"\n")
                too_long.end += len(held) if cut < 0 else cut + 1
                start = too_long.end
                if cut < 0:
                    held = b""
                    continue
                held = held[cut + 1 :]
                yield too_long
                too_long = None
                number += 1
            pieces = held.split(b"\n")
            held = pieces.pop()
            for piece in pieces:
                end = start + len(piece) + 1
                if len(piece) > MAX_LINE_BYTES:
                    yield Line(number, start, end, piece[:_KEPT_BYTES], Reason.LINE_TOO_LONG)
                else:
                    yield Line(number, start, end, _strip(piece, start))
                number += 1
                start = end
            if len(held) > MAX_LINE_BYTES:
                too_long = Line(number, start, start + len(held), held[:_KEPT_BYTES], Reason.LINE_TOO_LONG)
                start += len(held)
                held = b""


def _strip(piece: bytes, start: int) -> bytes:
    if piece.endswith(b"\r"):
        piece = piece[:-1]
    if start == 0 and piece.startswith(_BOM):
        piece = piece[3:]
    return piece
