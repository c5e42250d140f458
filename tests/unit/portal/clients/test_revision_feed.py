"""The listener to the platform: what it believes, and when it waits, tries again or gives up for now."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from event_streams import event
from portal.clients.oidc_errors import GrantRefused, IssuerUnavailable, OidcError
from portal.clients.revision_feed import PATH, RevisionFeed
from tests.support.served import HOST, free_port, served

WAIT_SECONDS = 20


class Told:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self._said: queue.Queue[Any] = queue.Queue()

    def connected(self) -> None:
        self._said.put("connected")

    def told(self, tenant_id: str, revision: int) -> None:
        self._said.put((tenant_id, revision))

    def lost(self) -> None:
        self._said.put("lost")

    def absent(self) -> None:
        self._said.put("absent")

    def next(self) -> Any:
        return self._said.get(timeout=WAIT_SECONDS)


@contextmanager
def platform(*answers: tuple[str, str, Iterable[bytes]], token: Callable[[], str] = lambda: "own") -> Iterator[Told]:
    """A platform that gives these answers one after the other, the last one for ever, and a feed that listens."""
    given, port, told = list(answers), free_port(), Told()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        assert environ["PATH_INFO"] == PATH
        assert environ["HTTP_AUTHORIZATION"] == "Bearer own"
        status, kind, body = given.pop(0) if len(given) > 1 else given[0]
        start_response(status, [("Content-Type", kind)])
        return body

    with served(application, port):
        feed = RevisionFeed(f"http://{HOST}:{port}/", token, told, first_wait=0.01, absent_seconds=0.01)
        feed.start()
        try:
            yield told
        finally:
            feed.stop()


STREAM = "text/event-stream; charset=utf-8"
READY = event("ready", "")


def test_stream_is_heard_until_its_end_and_listened_to_again() -> None:
    first = [READY, b": \n\n", event("revisions", '{"a": 3, "b": 4}'), event("other", "x")]
    with platform(("200 OK", STREAM, first), ("200 OK", STREAM, [READY])) as told:
        assert [told.next() for _ in range(5)] == ["connected", ("a", 3), ("b", 4), "lost", "connected"]


@pytest.mark.parametrize("status", ["404 Not Found", "401 No", "403 No", "405 No", "501 No"])
def test_platform_that_has_no_stream_for_us_is_asked_again_later(status: str) -> None:
    with platform((status, "text/html", []), ("200 OK", STREAM, [READY])) as told:
        assert [told.next(), told.next()] == ["absent", "connected"]


@pytest.mark.parametrize("status", ["503 Later", "500 Broken", "302 Elsewhere", "429 Slowly"])
def test_platform_that_cannot_now_is_asked_again_soon(status: str) -> None:
    with platform((status, "text/html", []), ("200 OK", STREAM, [READY])) as told:
        assert [told.next(), told.next()] == ["lost", "connected"]


@pytest.mark.parametrize("data", ["[]", '{"a": "3"}', '{"a": true}', "{", '{"a": null}'])
def test_what_is_not_revisions_ends_the_stream(data: str) -> None:
    with platform(("200 OK", STREAM, [READY, event("revisions", data)]), ("200 OK", STREAM, [READY])) as told:
        assert [told.next() for _ in range(3)] == ["connected", "lost", "connected"]


def test_page_that_is_no_stream_is_not_believed() -> None:
    with platform(("200 OK", "text/html", [READY]), ("200 OK", STREAM, [READY])) as told:
        assert [told.next(), told.next()] == ["lost", "connected"]


@pytest.mark.parametrize(
    ("error", "then"),
    [(IssuerUnavailable(), "lost"), (OidcError("unauthorized_client"), "absent"), (GrantRefused(), "absent"),
     (RuntimeError("a mistake of ours"), "lost")],
)  # fmt: skip
def test_token_that_is_not_to_be_had(error: Exception, then: str) -> None:
    errors = [error]

    def token() -> str:
        if errors:
            raise errors.pop()
        return "own"

    with platform(("200 OK", STREAM, [READY]), token=token) as told:
        assert [told.next(), told.next()] == [then, "connected"]
