"""A customer's server for tests: real sockets, behaviour by path, and everything it was sent."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def say(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer like that; underscores in header names are hyphens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class Receiver:
    """`behave` maps a path to how it answers; other paths answer 204. `until(n)` waits for n requests."""

    url: str = ""
    behave: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers only when the test ends."""
        self.let_go.wait(120)

    def add(self, received: Received) -> None:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()

    def until(self, count: int, path: str | None = None, seconds: float = 60) -> list[Received]:
        """The requests (to `path`) once there are `count` of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.at(path)) >= count, seconds), self.at(path)
        return self.at(path)

    def at(self, path: str | None) -> list[Received]:
        return [each for each in self.received if path is None or each.path == path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that break off, or refuse our certificate, are what some tests are about."""


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of the loopback interface."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            receiver.add(Received(self.path, dict(self.headers), body))
            receiver.behave.get(self.path, say(204))(self)

        do_GET = do_POST

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "http" if tls is None else "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
