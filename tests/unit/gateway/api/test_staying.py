"""When a thread answers a connection's next request itself, and when it gives the connection back."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from gateway.api.staying import MOST_REQUESTS, StayingWorker


@dataclass
class Scene:
    """A worker whose requests are single bytes, and a client of it."""

    worker: Any
    connection: Any
    client: socket.socket
    answered: list[bytes] = field(default_factory=list)
    results: dict[bytes, object] = field(default_factory=dict)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    client, server = socket.socketpair()
    with client, server:
        worker: Any = object.__new__(StayingWorker)
        worker.alive, worker.tpool = True, SimpleNamespace(_work_queue=SimpleQueue())
        unreader = SimpleNamespace(buf=io.BytesIO())
        connection = SimpleNamespace(sock=server, parser=SimpleNamespace(unreader=unreader))
        on = Scene(worker, connection, client)

        def answer(_: object, conn: Any) -> object:
            request = conn.sock.recv(1)
            on.answered.append(request)
            return on.results.get(request, True)

        monkeypatch.setattr(ThreadWorker, "handle", answer)
        yield on


def test_requests_that_follow_at_once_are_answered_by_the_same_thread(scene: Scene) -> None:
    scene.client.sendall(b"abc")
    assert scene.worker.handle(scene.connection) is True
    assert scene.answered == [b"a", b"b", b"c"]


@pytest.mark.parametrize("result", [False, object()], ids=["closed", "given back for another reason"])
def test_connection_that_is_not_kept_is_given_back_as_it_is(scene: Scene, result: object) -> None:
    scene.client.sendall(b"abc")
    scene.results[b"b"] = result
    assert scene.worker.handle(scene.connection) is result
    assert scene.answered == [b"a", b"b"]


def test_somebody_who_waits_for_a_thread_has_it_next(scene: Scene) -> None:
    scene.client.sendall(b"abc")
    scene.worker.tpool._work_queue.put("another connection")
    assert scene.worker.handle(scene.connection) is True
    assert scene.answered == [b"a"]


def test_server_that_stops_takes_no_further_request_of_the_connection(scene: Scene) -> None:
    scene.client.sendall(b"abc")
    scene.worker.alive = False
    assert scene.worker.handle(scene.connection) is True
    assert scene.answered == [b"a"]


def test_what_was_read_ahead_is_left_to_the_loop(scene: Scene) -> None:
    scene.client.sendall(b"abc")
    scene.connection.parser.unreader.buf.write(b"POST /")
    assert scene.worker.handle(scene.connection) is True
    assert scene.answered == [b"a"]


def test_one_client_has_a_thread_for_so_many_requests_at_most(scene: Scene) -> None:
    scene.client.sendall(b"x" * (MOST_REQUESTS + 7))
    assert scene.worker.handle(scene.connection) is True
    assert len(scene.answered) == MOST_REQUESTS
