"""Time ends also for who sends a byte now and then: plain and inside TLS, in the head of an answer and in its body."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from portal.clients import budget
from portal.clients.circuit import Circuit
from portal.clients.upstream import Upstream, open_session
from portal.domain.actor import Actor
from portal.domain.errors import UpstreamUnavailable
from tests.support.certificates import self_signed

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
ANSWER = HEAD + b'{"a":"b"}'
SOMEBODY = cast(Actor, SimpleNamespace(token="t", preview_role=None))


class Dripping:
    """Answers ``at_once`` bytes at once and the others one by one, until it is told to stop."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.at_once = len(ANSWER)
        self.stop = threading.Event()
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        try:
            spoken: Any = self._context.wrap_socket(client, server_side=True) if self._context else client
            with spoken:
                spoken.recv(65536)
                spoken.sendall(ANSWER[: self.at_once])
                for byte in ANSWER[self.at_once :]:
                    if self.stop.wait(0.05):
                        return
                    spoken.sendall(bytes([byte]))
        except OSError:
            return


@pytest.fixture(params=["plain", "tls"])
def dripping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Dripping, Upstream]]:
    context, trusted = self_signed(tmp_path, "localhost") if request.param == "tls" else (None, None)
    server = Dripping(context)
    session = open_session()
    if trusted:
        session.verify = str(trusted)
    url = f"https://localhost:{server.port}" if trusted else f"http://127.0.0.1:{server.port}"
    yield server, Upstream(url, session, Circuit("test"))
    server.close()
    session.close()


def test_answer_is_read(dripping: tuple[Dripping, Upstream]) -> None:
    assert dripping[1].get("/x", actor=SOMEBODY) == {"a": "b"}


@pytest.mark.parametrize("at_once", [0, 10, len(HEAD), len(HEAD) + 3])
def test_answer_byte_by_byte_is_given_up_when_time_is_up(dripping: tuple[Dripping, Upstream], at_once: int) -> None:
    """At a byte every 0.05 s the shortest of these would take longer, and each byte alone comes in good time."""
    server, upstream = dripping
    server.at_once = at_once
    with budget.limited_to(0.15), pytest.raises(UpstreamUnavailable, match="too slow"):
        upstream.get("/x", actor=SOMEBODY)


def test_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path, "localhost")
    server = Dripping(context)
    try:
        with pytest.raises(UpstreamUnavailable, match="SSLError"):
            Upstream(f"https://localhost:{server.port}", open_session(), Circuit("test")).get("/x", actor=SOMEBODY)
    finally:
        server.close()
