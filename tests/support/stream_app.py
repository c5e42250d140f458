"""A small application with streams, for a real gunicorn: what event_streams does, without portal or gateway around it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from event_streams import Stream, StreamLoop, can_hand_over, event, hand_over
from event_streams.framing import MEDIA_TYPE

StartResponse = Callable[..., Any]
_streams: set[Stream] = set()
_loop = StreamLoop(
    farewell=lambda: event("end", "", retry_ms=1000),
    heartbeat=(0.1, 0.2),
    stalled_seconds=float(os.environ.get("STALLED_SECONDS", "30")),
)


class _Body:
    def __init__(self, parts: Iterable[bytes], closed: Callable[[], None]) -> None:
        self._parts = parts
        self.close = closed

    def __iter__(self) -> Any:
        return iter(self._parts)


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/stream" and can_hand_over(environ):
        headers = [("Content-Type", MEDIA_TYPE), ("X-Own", "kept")]
        start_response("200 OK", headers)
        query = dict(part.partition("=")[::2] for part in environ["QUERY_STRING"].split("&"))
        seconds, keeps = float(query.get("seconds", "600")), int(query.get("keeps", "0"))

        def adopt(connection: socket.socket, chunked: bool) -> None:
            stream = Stream(connection, chunked, time.monotonic() + seconds, _streams.discard, keeps=keeps)
            _streams.add(stream)
            _loop.adopt(stream, lambda: event("hello", "a\nb"))

        return _Body(*hand_over(environ, lambda: headers, event("open", ""), adopt))
    if path == "/tell":
        size = int(environ["QUERY_STRING"] or "1")
        _loop.send(_streams, event("told", "x" * size))
    elif path == "/end":
        _loop.end(_streams)
    elif path == "/stream":
        start_response("503 Not now", [])
        return [b""]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(_loop)).encode()]
