"""Decompress a gzip file as far as it is whole.

The standard reader gives up a whole block when the end of it is damaged. Here everything that can be decompressed is
handed out first, to the byte, and only then the damage is reported.
"""

from __future__ import annotations

import zlib
from typing import IO

_PIECE_BYTES = 1 << 16
_GZIP = 31  # zlib's window size, with a gzip header


class DamagedArchive(Exception):
    """The compressed file ends too early or is damaged; all before that was handed out."""


class GunzipStream:
    """The contents of a gzip file, possibly of several members; can be set to any place, from the beginning."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._rewind()

    def _rewind(self) -> None:
        self._file.seek(0)
        self._member = zlib.decompressobj(_GZIP)
        self._ready = bytearray()
        self._rest = b""
        self._damaged = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end. Raises `DamagedArchive` instead, if the end is a damaged one."""
        while not self._ready:
            if self._damaged:
                raise DamagedArchive
            piece = self._rest or self._file.read(_PIECE_BYTES)
            self._rest = b""
            if not piece:
                self._damaged = not self._member.eof
                if self._damaged:
                    continue
                return b""
            self._decompress(piece)
        part = bytes(self._ready[:size])
        del self._ready[:size]
        return part

    def _decompress(self, piece: bytes) -> None:
        if self._member.eof:
            if not piece.strip(b"\0"):
                return  # padding, as tapes and some tools leave it
            self._member = zlib.decompressobj(_GZIP)
        before = self._member.copy()
        try:
            self._ready += self._member.decompress(piece)
            self._rest = self._member.unused_data
        except zlib.error:
            self._damaged = True
            for position in range(len(piece)):
                try:
                    self._ready += before.decompress(piece[position : position + 1])
                except zlib.error:
                    return

    def seek(self, offset: int) -> None:
        """Set to the uncompressed byte `offset`, or to the end if there are fewer."""
        self._rewind()
        while offset > 0:
            part = self.read(min(offset, _PIECE_BYTES))
            if not part:
                return
            offset -= len(part)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
