"""Compression of what is made anew for each reader: pages and callback answers.

The pages hold no secret beside what a reader typed (the session is in cookies that other sites cannot make the browser
send), so compressing them gives a guesser nothing to measure.
"""

from __future__ import annotations

import gzip
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

import brotli
from flask import Request, Response

from portal.shell import zstandard
from portal.shell.drawn_pages import Room
from portal.shell.pieces import Kept, Pieces

_TYPES = ("text/html", "application/json", "text/csv", "image/svg+xml")
_SMALLEST = 600
_QUALITY = 5
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31


#: Bytes of bodies that are kept compressed, and how many others are known by their digest.
_LARGEST: Final = 2 * 1024 * 1024
_MOST_MET: Final = 4096


class Repeated:
    """Whole bodies as Zstandard. One that comes a second time is compressed well and kept: it is known by its digest
    alone, so whoever is sent it is sent just what was made for them. Safe for threads."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._kept: Room[Kept] = Room(largest)
        self._met: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def compress(self, body: bytes) -> bytes:
        digest = blake2b(body, digest_size=32).digest()
        kept = self._kept.get((digest,))
        if kept is None:
            with self._lock:
                again = digest in self._met
                self._met[digest] = None
                while len(self._met) > _MOST_MET:
                    self._met.popitem(last=False)
            if not again:
                return zstandard.compress(body)
            kept = Kept(body)
            self._kept.put((digest,), kept)
        return kept.frame


_repeated = Repeated()


def compress(response: Response, request: Request) -> Response:
    """The response in an encoding that the browser takes. Small and already encoded ones stay as they are, and so does
    what is streamed, except pages: each of their parts can be read as soon as it arrives."""
    streamed = response.is_streamed
    if (
        response.mimetype not in _TYPES
        or (streamed and response.mimetype != "text/html")
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not request.headers.get("Accept-Encoding")
        or (not streamed and len(response.get_data()) < _SMALLEST)
    ):
        return response
    accepted = request.accept_encodings
    encoding = next((name for name in ("zstd", "br", "gzip") if accepted.quality(name) > 0), None)
    if encoding is None:
        return response
    if isinstance(response.response, Pieces) and encoding == "zstd":
        response.response = response.response.frames()
    elif streamed:
        response.response = _encoded(response.iter_encoded(), encoding)
    elif encoding == "zstd":
        response.set_data(_repeated.compress(response.get_data()))
    elif encoding == "br":
        response.set_data(brotli.compress(response.get_data(), quality=_QUALITY))
    else:
        response.set_data(gzip.compress(response.get_data(), _GZIP_LEVEL, mtime=0))
    response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    return response


def _encoded(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Each part complete in itself as far as the reader is concerned, all of them one compressed body."""
    if encoding == "zstd":
        yield from (zstandard.compress(part) for part in parts)
        return
    if encoding == "br":
        better = brotli.Compressor(quality=_QUALITY)
        for part in parts:
            yield better.process(part) + better.flush()
        yield better.finish()
        return
    older = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WINDOW)
    for part in parts:
        yield older.compress(part) + older.flush(zlib.Z_SYNC_FLUSH)
    yield older.flush()
