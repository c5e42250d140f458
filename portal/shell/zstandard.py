"""Zstandard, which the standard library has from Python 3.14 on and a package gives to older ones."""

from __future__ import annotations

import sys
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Fast enough for what is made for one reader, and small enough for what is kept.
LEVEL: Final = 4
KEPT_LEVEL: Final = 12


def compress(data: bytes, level: int = LEVEL) -> bytes:
    """One frame. Its window is below the 8 MB that browsers take (RFC 9659)."""
    return bytes(zstd.compress(data, level))


def decompress(frame: bytes) -> bytes:
    """What was compressed here."""
    return bytes(zstd.decompress(frame))
