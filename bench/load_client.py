"""A browser's requests without the browser: one connection that is kept, answers read and counted but not looked into.

The generator shares its two processors with what it measures, so it does as little as HTTP/1.1 allows.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WAIT_SECONDS = 30.0


@dataclass
class Browser:
    """A signed-in session on its own connection. ``cookie`` is the whole header, ``csrf`` what proves a change."""

    url: str
    cookie: str
    csrf: str
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, repr=False)

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, int]:
        """(status, bytes of the body as sent). Raises OSError and TimeoutError."""
        async with asyncio.timeout(WAIT_SECONDS):
            kept = self._streams is not None
            try:
                return await self._exchange(method, path, body)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if not kept:
                    raise
                # The server had closed what was kept, as it may at any time (RFC 9112 §9.3.1): browsers try again too.
                return await self._exchange(method, path, body)

    async def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, int]:
        reader, writer = self._streams or await self._connect()
        writer.write(self._head(method, path, len(body)) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split(" ", 2)[1])
        size = 0
        if headers.get("transfer-encoding") == "chunked":
            while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                await reader.readexactly(length + 2)
                size += length
            await reader.readuntil(b"\r\n")
        elif status not in (204, 304):
            size = int(headers.get("content-length", 0))
            await reader.readexactly(size)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, size

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        place = urlsplit(self.url)
        self._streams = await asyncio.open_connection(place.hostname, place.port, limit=4 * 1024 * 1024)
        return self._streams

    def _head(self, method: str, path: str, length: int) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {urlsplit(self.url).netloc}",
            f"Cookie: {self.cookie}",
            "Accept-Encoding: gzip, deflate, br, zstd",
            "Accept-Language: en",
            "Sec-Fetch-Site: same-origin",
        ]
        if method == "POST":
            lines += ["Content-Type: application/json", f"X-CSRF-Token: {self.csrf}", f"Content-Length: {length}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
