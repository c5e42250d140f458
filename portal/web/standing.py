"""Whether a session still stands: asked of those who would know, believed for a few seconds.

A cookie copied before sign-out is still sealed and its token not yet expired, so nothing inside it tells that the
session is over. On one machine the ended sessions are remembered; everywhere else the platform (which refuses tokens of
ended sessions) and the issuer (where it offers introspection) are asked.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from portal.clients.oidc_errors import OidcError
from portal.domain.account import Profile
from portal.domain.actor import Actor
from portal.domain.errors import PortalError, Unauthenticated
from portal.presets import Reading
from portal.web.session import Session

UNKNOWN_SECONDS = 2.0  # how soon to ask again after no answer
_MOST_KEPT = 10_000


@dataclass(frozen=True)
class Standing:
    """``stands`` is None when nobody could be asked; ``profile`` is what the platform said about the person."""

    stands: bool | None
    profile: Profile | None = None


class StandingCheck:
    """Asks at most once per session and period, even with many requests at the same time."""

    def __init__(
        self,
        *,
        ask_platform: Callable[[Actor], Profile] | None,
        ask_issuer: Callable[[str], bool | None] | None,
        reading: Reading,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask_platform = ask_platform
        self._ask_issuer = ask_issuer
        self._reading = reading
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Lock] = {}
        self._known: dict[str, tuple[float, Standing, str]] = {}

    def of(self, session: Session, mark: str = "") -> Standing:
        """The standing of ``session``. Another ``mark`` than last time says that something about the person changed,
        perhaps by way of another process: then what is known is asked anew."""
        key = _name_of(session)
        found = self._fresh(key, mark)
        if found is not None:
            return found
        with self._lock:
            mine = self._asking.setdefault(key, threading.Lock())
        with mine:
            found = self._fresh(key, mark)
            if found is None:
                found = self._ask(session)
                seconds = UNKNOWN_SECONDS if found.stands is None else self._seconds
                with self._lock:
                    if len(self._known) >= _MOST_KEPT:
                        self._known.clear()
                    self._known[key] = (self._clock() + seconds, found, mark)
                    self._asking.pop(key, None)
        return found

    def last_known(self, session: Session) -> Profile | None:
        """What the platform said about the person when it was last asked, however long ago. Nobody is asked now."""
        with self._lock:
            known = self._known.get(_name_of(session))
        return None if known is None else known[1].profile

    def forget(self, session: Session) -> None:
        """Ask anew next time: something about the person changed."""
        with self._lock:
            self._known.pop(_name_of(session), None)

    def _fresh(self, key: str, mark: str) -> Standing | None:
        with self._lock:
            until, found, marked = self._known.get(key, (0.0, None, ""))
        return found if found is not None and self._clock() < until and marked == mark else None

    def _ask(self, session: Session) -> Standing:
        platform = self._platform_says(session)
        if platform.stands is False or self._ask_issuer is None or session.refresh_token is None:
            return platform
        try:
            active = self._ask_issuer(session.refresh_token)
        except OidcError:
            return platform
        return Standing(False) if active is False else platform

    def _platform_says(self, session: Session) -> Standing:
        if self._ask_platform is None:
            return Standing(None)
        try:
            return Standing(True, self._ask_platform(session.actor(self._reading)))
        except Unauthenticated:
            return Standing(False)
        except PortalError:
            return Standing(None)


def _name_of(session: Session) -> str:
    return hashlib.sha256(session.access_token.encode()).hexdigest()
