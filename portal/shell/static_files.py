"""Files that never change under their URL: the hash of the content is in the name, so browsers keep them for a year.

Brotli at its best quality takes seconds for the script bundle. It is done once per content, in the background, and kept
on disk; until then a quick compression is served.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import tempfile
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import brotli
from flask import Request, Response

YEAR_SECONDS = 31_536_000
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")


@dataclass(frozen=True)
class StaticFile:
    """One file under its final URL. ``integrity`` is the SRI value (sha384)."""

    name: str
    url: str
    data: bytes
    mimetype: str
    brotli: bytes | None = None

    @cached_property
    def integrity(self) -> str:
        return sri(self.data)

    @cached_property
    def etag(self) -> str:
        return hashlib.sha256(self.data).hexdigest()[:32]

    @property
    def compressible(self) -> bool:
        return self.mimetype.startswith(COMPRESSIBLE)

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.data, 9, mtime=0)

    @cached_property
    def quick_brotli(self) -> bytes:
        return bytes(brotli.compress(self.data, quality=5))


def sri(data: bytes) -> str:
    """The value of an ``integrity`` attribute for these bytes."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


class StaticFiles:
    """The files of one application, by name and by URL."""

    def __init__(self, prefix: str, cache: Path) -> None:
        """``prefix`` is the URL folder, ending in a slash; ``cache`` the folder for compressed copies."""
        self.prefix = prefix
        self._cache = cache
        self._by_name: dict[str, StaticFile] = {}
        self._by_url: dict[str, StaticFile] = {}
        self._best: dict[str, bytes] = {}
        self._started = threading.Lock()

    def add(self, name: str, data: bytes, mimetype: str, *, precompressed: bytes | None = None) -> StaticFile:
        """Give a file its URL. ``precompressed`` is its brotli form where that was made beforehand."""
        path = PurePosixPath(name)
        fingerprint = hashlib.sha256(data).hexdigest()[:16]
        url = f"{self.prefix}{path.stem}.{fingerprint}{path.suffix}"
        file = StaticFile(name, url, data, mimetype, precompressed)
        self._by_name[name] = self._by_url[url] = file
        if precompressed is not None:
            self._best[url] = precompressed
        return file

    def __getitem__(self, name: str) -> StaticFile:
        return self._by_name[name]

    def url(self, name: str) -> str:
        return self._by_name[name].url

    def find(self, url: str) -> StaticFile | None:
        return self._by_url.get(url)

    def respond(self, file: StaticFile, request: Request) -> Response:
        """The file in the best encoding that the browser takes, or 304."""
        response = Response(mimetype=file.mimetype)
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        response.set_etag(file.etag)
        if file.compressible:
            response.headers["Vary"] = "Accept-Encoding"
            accepted = request.accept_encodings
            if accepted.quality("br") > 0:
                response.headers["Content-Encoding"] = "br"
                response.set_data(self._best_known(file) or file.quick_brotli)
            elif accepted.quality("gzip") > 0:
                response.headers["Content-Encoding"] = "gzip"
                response.set_data(file.gzipped)
            else:
                response.set_data(file.data)
        else:
            response.set_data(file.data)
        response.make_conditional(request)
        return response

    def compress_in_background(self) -> None:
        """Start making the best compression of what has none yet; returns at once, does nothing the second time."""
        if self._started.acquire(blocking=False):
            threading.Thread(target=self.compress_now, name="compress-assets", daemon=True).start()

    def compress_now(self) -> None:
        """Make the best compression of everything that has none yet (seconds, the first time on a machine)."""
        for file in list(self._by_name.values()):
            if file.compressible and self._best_known(file) is None:
                self._store(file, bytes(brotli.compress(file.data, quality=11)))

    def _best_known(self, file: StaticFile) -> bytes | None:
        known = self._best.get(file.url)
        if known is None:
            try:
                known = self._cached_path(file).read_bytes()
            except OSError:
                return None
            self._best[file.url] = known
        return known

    def _cached_path(self, file: StaticFile) -> Path:
        return self._cache / f"{file.etag}.br"

    def _store(self, file: StaticFile, compressed: bytes) -> None:
        self._best[file.url] = compressed
        try:  # another worker may be doing the same: the last complete file wins, and both are equal
            self._cache.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._cache, delete=False) as partial:
                partial.write(compressed)
            os.replace(partial.name, self._cached_path(file))
        except OSError:
            return  # a folder that cannot be written only costs the same work at the next start
