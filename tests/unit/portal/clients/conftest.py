"""A real HTTP server on a free port that answers what a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from portal.clients.circuit import Circuit
from portal.clients.upstream import Upstream, open_session

Answer = Callable[[BaseHTTPRequestHandler], None]


def reply(status: int = 200, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Answer:
    """An ordinary answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        for name, value in given.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class Platform:
    """``answers`` are given in turn, the last one for ever; ``seen`` are (method, path with query, headers, body)."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [reply()])
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def upstream(self, **changes: Any) -> Upstream:
        session = open_session()
        circuit = changes.pop("circuit", None) or Circuit("test", failures=100)
        return Upstream(self.url, session, circuit, **changes)


@pytest.fixture
def platform() -> Iterator[Platform]:
    state = Platform()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            state.seen.append((self.command, self.path, dict(self.headers.items()), self.rfile.read(length)))
            answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            answer(self)

        do_GET = do_PATCH = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()
