"""Whether a session still stands is asked of those who know, and no more often than needed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.clients.oidc_errors import IssuerUnavailable
from portal.domain.account import Profile
from portal.domain.errors import Unauthenticated, UpstreamUnavailable
from portal.presets import Reading
from portal.web.session import Session
from portal.web.standing import UNKNOWN_SECONDS, StandingCheck


def session() -> Session:
    return Session("id", 0, None, "a.b.c", {"sub": "u", "exp": 0, "roles": ["owner"]}, "r", None, "N", "n@x")


class World:
    def __init__(self, platform: Any = None, issuer: Any = None, seconds: float = 15) -> None:
        self.now, self.asked = 0.0, 0
        self.platform, self.issuer = platform or Profile(), issuer
        self.check = StandingCheck(
            ask_platform=self._platform, ask_issuer=self._issuer, reading=Reading("portal"), seconds=seconds,
            clock=lambda: self.now,
        )  # fmt: skip

    def _platform(self, _actor: Any) -> Profile:
        self.asked += 1
        if isinstance(self.platform, Exception):
            raise self.platform
        return self.platform  # type: ignore[no-any-return]

    def _issuer(self, _token: str) -> bool | None:
        if isinstance(self.issuer, Exception):
            raise self.issuer
        return self.issuer  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("platform", "issuer", "stands"),
    [
        (Profile(), None, True),
        (Profile(), True, True),
        (Profile(), False, False),
        (Profile(), IssuerUnavailable(), True),
        (Unauthenticated(), True, False),
        (UpstreamUnavailable(), None, None),
        (UpstreamUnavailable(), False, False),
        (UpstreamUnavailable(), IssuerUnavailable(), None),
    ],
)
def test_standing_follows_from_what_both_say(platform: Any, issuer: Any, stands: bool | None) -> None:
    assert World(platform, issuer).check.of(session()).stands is stands


def test_answer_is_believed_for_a_while_and_no_answer_only_briefly() -> None:
    world = World()
    world.check.of(session())
    world.now = 14
    world.check.of(session())
    assert world.asked == 1
    world.now, world.platform = 16, UpstreamUnavailable()
    world.check.of(session())
    world.now += UNKNOWN_SECONDS + 0.1
    world.check.of(session())
    assert world.asked == 3


def test_forgotten_standing_is_asked_anew() -> None:
    world = World()
    world.check.of(session())
    world.platform = Unauthenticated()
    world.check.forget(session())
    assert world.check.of(session()).stands is False


def test_many_requests_of_one_session_ask_once() -> None:
    world, ready = World(), threading.Barrier(8)

    def ask(_: int) -> bool | None:
        ready.wait()
        return world.check.of(session()).stands

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [True] * 8
    assert world.asked == 1
