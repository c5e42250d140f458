"""How often somebody may ask: each stranger's address, each person, each account, and who reports violations.

Counted for all workers together (portal/web/limit_store.py). Who somebody is comes from the sealed session, which
nobody can make up; a stranger's address from the connection, or from as many proxies as are trusted. Where nothing can
be counted everybody is let through, and a metric says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import Storage
from limits.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.domain.actor import Actor
from portal.settings import PortalSettings
from portal.web.limit_store import open_store

WINDOW_SECONDS = 60
REST_SECONDS = 5.0
REPORTS_A_MINUTE = 300
REPORTS_A_MINUTE_FROM_ONE_ADDRESS = 60
_LONGEST_NAME = 64

LIMITED = Counter("customer_portal_limited_total", "Requests that were too many, by the limit they met.", ["limit"])
UNCOUNTED = Counter(
    "customer_portal_limits_uncounted_total", "Requests let through because the store of the limits did not answer."
)
_log = structlog.get_logger("portal.limits")


@dataclass(frozen=True)
class TooMany:
    """A request that is not to be answered now: which limit it met, and in how many seconds it may come again."""

    limit: str
    a_minute: int
    seconds: int

    def mark(self, response: Response) -> Response:
        """Say so in the headers: ``Retry-After`` (RFC 9110 §10.2.3) and the draft of the ``RateLimit`` fields."""
        response.headers["Retry-After"] = str(self.seconds)
        response.headers["RateLimit-Policy"] = f'"{self.limit}";q={self.a_minute};w={WINDOW_SECONDS}'
        response.headers["RateLimit"] = f'"{self.limit}";r=0;t={self.seconds}'
        return response


class Limits:
    """Counts requests. The first limit that is met ends the counting: what one person may not is not the account's."""

    def __init__(self, store: Storage, settings: PortalSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(store)
        self._of_address = settings.limit_sign_in
        self._of_user = settings.limit_user
        self._of_tenant = settings.limit_tenant
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def of_stranger(self, address: str) -> TooMany | None:
        """Count a request by nobody known, from ``address``."""
        return self._count(("address", self._of_address, network_of(address)))

    def of_person(self, actor: Actor) -> TooMany | None:
        """Count a request by ``actor``, for them and for their account."""
        return self._count(("user", self._of_user, actor.user_id), ("tenant", self._of_tenant, actor.tenant_id))

    def of_report(self, address: str) -> TooMany | None:
        """Count a report of violations: they are logged, so there is an end to those of all senders together."""
        return self._count(
            ("report", REPORTS_A_MINUTE_FROM_ONE_ADDRESS, network_of(address)), ("reports", REPORTS_A_MINUTE, "all")
        )

    def _count(self, *asked: tuple[str, int, str | None]) -> TooMany | None:
        """Count for each (limit, how often a minute, whom): the first that is met, or None. 0 a minute is no limit."""
        for limit, a_minute, whom in asked:
            if not a_minute or whom is None:
                continue
            seconds = self._wait(RateLimitItemPerMinute(a_minute), limit, whom)
            if seconds is not None:
                LIMITED.labels(limit).inc()
                return TooMany(limit, a_minute, seconds)
        return None

    def _wait(self, item: RateLimitItemPerMinute, *names: str) -> int | None:
        """The seconds until one more would be let through, None if this one is."""
        if not self._asks():
            UNCOUNTED.inc()
            return None
        try:
            if self._strategy.hit(item, *names):
                found = None
            else:
                found = self._strategy.get_window_stats(item, *names).reset_time - time.time()
        except StorageError as error:
            UNCOUNTED.inc()
            self._rest(error)
            return None
        if self._rests_until:
            self._go_on()
        return None if found is None else max(1, min(ceil(found), WINDOW_SECONDS))

    def _asks(self) -> bool:
        """Whether the store is asked. For a while after a failure it is not, and then by one request alone: waiting for
        it each time would be the outage that a limit must never be."""
        if not self._rests_until:
            return True
        with self._lock:
            if self._rests_until and self._clock() < self._rests_until:
                return False
            if self._rests_until:
                self._rests_until = self._clock() + REST_SECONDS
            return True

    def _rest(self, error: StorageError) -> None:
        with self._lock:
            news, self._rests_until = not self._rests_until, self._clock() + REST_SECONDS
        if news:
            why = error.storage_error
            _log.error("limits_not_counted", error=type(why).__name__, detail=str(why))

    def _go_on(self) -> None:
        with self._lock:
            news, self._rests_until = bool(self._rests_until), 0.0
        if news:
            _log.info("limits_counted_again")


def network_of(address: str) -> str:
    """Whom an address stands for: itself, but the whole /64 of an IPv6 one, which is what a single line is given.

    Some proxies name a port with it.
    """
    try:
        found = ip_address(address)
    except ValueError:
        try:
            found = ip_address(urlsplit(f"//{address}").hostname or "")
        except ValueError:
            return address[:_LONGEST_NAME]
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def register(server: Flask, settings: PortalSettings) -> Limits:
    """Have ``request.remote_addr`` be what the trusted proxies say, and give what counts by it."""
    if settings.trusted_proxies:
        # The last of so many entries was written by the outermost of them; what stands before it, by anybody.
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    return Limits(open_store(settings.limit_store, settings.data_dir), settings)
