"""A portal that comes while the first notice is told hears `ready` once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from event_streams import Parser
from gateway.api import revision_streams
from gateway.api.revision_streams import RevisionStreams
from gateway.store.connections import Engine

WAIT_SECONDS = 30


class Notices:
    """The database, which says something when it is let."""

    def __init__(self) -> None:
        self.let, self.said, self.over = threading.Event(), threading.Event(), threading.Event()

    def listen(self, _engine: Engine) -> Iterator[dict[str, int]]:
        assert self.let.wait(WAIT_SECONDS)
        yield {}
        yield {"bank": 7}
        self.said.set()
        assert self.over.wait(WAIT_SECONDS)


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notices]:
    found = Notices()
    monkeypatch.setattr(revision_streams, "listen", found.listen)
    yield found
    found.over.set()


def test_who_comes_with_the_first_notice_is_greeted_once(notices: Notices) -> None:
    streams = RevisionStreams(cast(Engine, None))
    busy = threading.Event()
    streams._loop.call(lambda: busy.wait(WAIT_SECONDS))
    client, ours = socket.socketpair()
    client.settimeout(WAIT_SECONDS)
    streams.join(ours, False)
    notices.let.set()
    assert notices.said.wait(WAIT_SECONDS)
    busy.set()
    parser, heard = Parser(), list[tuple[str, str]]()
    while not any(name == "revisions" for name, _ in heard):
        heard += [(event.name, event.data) for event in parser.feed(client.recv(4096))]
    client.close()
    assert heard == [("ready", ""), ("revisions", '{"bank":7}')]
