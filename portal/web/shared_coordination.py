"""What portals on several machines agree on by a Redis: the same as those of one machine do by files.

Files go on being written and looked at, so a Redis that is away takes nothing from the processes of one machine; the
machines then rely on the issuer, as they do without one. Nothing readable lies there either: names are hashes, and a
refresh's result is sealed with a key derived from the old refresh token.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from portal.web.coordination import (
    POLL_SECONDS,
    PROLONGED_SECONDS,
    SUCCESSOR_SECONDS,
    HostCoordination,
    StillBusy,
    digest,
    seal,
    unseal,
)

REDIS_SECONDS = 0.25
LEASE_SECONDS = 4.0
"""How long a machine that died keeps the others from refreshing: less than the issuer's leeway (10 s), within which it
gives the same successor once more. After that, asking with the spent token would end the session."""

_RESTS_SECONDS = 1.0
_PREFIX = "portal-session"
# Only who holds the lease gives it back: it may have run out, and be another's by now.
_GIVE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
_log = structlog.get_logger("portal.coordination")


class SharedCoordination(HostCoordination):
    """Shared by every portal that has the same Redis, and by those of one folder when it is away."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        remember_seconds: float,
        wait_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Here and not above: nobody else needs the package.
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError
        from redis.retry import Retry

        super().__init__(folder, remember_seconds=remember_seconds, wait_seconds=wait_seconds, clock=clock)
        self._errors: type[Exception] = RedisError
        self._redis: Any = Redis.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._asks_again_at = 0.0

    def mark_ended(self, *names: str) -> None:
        super().mark_ended(*names)

        def mark(redis: Any) -> None:
            with redis.pipeline() as together:
                for name in names:
                    together.set(_key("ended", name), repr(self._clock()), ex=int(self._remember_seconds) + 1)
                together.execute()

        self._ask(mark, None)

    def ended(self, names: Sequence[str]) -> list[float | None]:
        here = super().ended(names)
        kept: list[bytes | None] = self._ask(
            lambda redis: redis.mget([_key("ended", name) for name in names]), [None] * len(names)
        )
        return [
            max((moment for moment in (ours, float(theirs) if theirs else None) if moment is not None), default=None)
            for ours, theirs in zip(here, kept, strict=True)
        ]

    def first_sight(self, name: str) -> bool:
        seconds = int(self._remember_seconds) + 1
        first = self._ask(lambda redis: bool(redis.set(_key("seen", name), b"1", nx=True, ex=seconds)), True)
        return super().first_sight(name) and first

    def prolong(self, secret: str) -> None:
        super().prolong(secret)
        self._ask(lambda redis: redis.expire(_key("refresh", secret), int(PROLONGED_SECONDS)), None)

    def _across_processes(self, name: str, secret: str, act: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        kept, lease, mine = _key("refresh", secret), _key("lease", secret), os.urandom(16)
        end = time.monotonic() + self._wait_seconds
        while True:
            found = self._ask(lambda redis: redis.get(kept), None)
            known = unseal(secret, found) if found else None
            if known is not None:
                return known
            # True also when nobody answers: then it is the files' and the issuer's to decide.
            if self._ask(lambda redis: bool(redis.set(lease, mine, nx=True, px=int(LEASE_SECONDS * 1000))), True):
                break
            if time.monotonic() > end:
                raise StillBusy
            time.sleep(POLL_SECONDS)
        try:
            result = super()._across_processes(name, secret, act)
            self._ask(lambda redis: redis.set(kept, seal(secret, result), ex=int(SUCCESSOR_SECONDS)), None)
            return result
        finally:
            self._ask(lambda redis: redis.eval(_GIVE_BACK, 1, lease, mine), None)

    def _ask(self, question: Callable[[Any], Any], otherwise: Any) -> Any:
        """The Redis's answer; `otherwise` when there is none. One that does not answer is left alone for a second."""
        if time.monotonic() < self._asks_again_at:
            return otherwise
        try:
            return question(self._redis)
        except self._errors as error:
            self._asks_again_at = time.monotonic() + _RESTS_SECONDS
            _log.warning("coordination_away", error=type(error).__name__)
            return otherwise


def _key(kind: str, name: str) -> str:
    return f"{_PREFIX}:{kind}:{digest(name)}"
