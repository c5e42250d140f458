"""Telling clients that a session ended (OpenID Connect Back-Channel Logout 1.0).

Notices are rows, written in the transaction that ends the session. They are delivered at once, on threads that the user
does not wait for longer than a moment, and again later by whoever calls ``deliver_due`` (the worker, periodically).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID, uuid4

import requests

from gateway.identity.keys import KeyRing
from gateway.identity.policy import IdentityPolicy
from gateway.store.connections import Engine
from gateway.store.identity import sessions
from gateway.store.identity.sessions import LogoutNotice

LOGOUT_TOKEN_TYPE = "logout+jwt"  # noqa: S105 — Back-Channel Logout 1.0 §2.4
EVENT = "http://schemas.openid.net/event/backchannel-logout"
RETRY_SECONDS = (10, 30, 120, 600, 3600, 3600)
"""Seconds until the attempt after the first, second, …; given up after the last."""

_TOKEN_SECONDS = 120
_TIMEOUT = (2.0, 3.0)  # connect, read
_BATCH = 50
log = logging.getLogger(__name__)


class LogoutDelivery:
    """Delivers logout notices. ``engine`` has the role ``gateway_identity``."""

    def __init__(self, engine: Engine, policy: IdentityPolicy, keys: KeyRing) -> None:
        self._engine = engine
        self._policy = policy
        self._keys = keys
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def send_now(self, session_ids: Sequence[UUID]) -> None:
        """Deliver what these sessions' end queued; returns after ``logout_wait_seconds`` at the latest."""
        if session_ids:
            job = self._threads().submit(self._deliver_quietly, list(session_ids))
            wait([job], timeout=self._policy.logout_wait_seconds)

    def deliver_due(self, session_ids: Sequence[UUID] | None = None) -> int:
        """Deliver due notices (of these sessions, or any); returns how many were accepted."""
        with self._engine.begin() as conn:
            notices = sessions.claim_logout_notices(
                conn, limit=_BATCH, retry_seconds=RETRY_SECONDS, session_ids=session_ids
            )
        return sum(self._deliver(notice) for notice in notices)

    def close(self) -> None:
        """Wait for what is being sent and end the threads."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)

    def _deliver(self, notice: LogoutNotice) -> bool:
        problem = self._post(notice)
        with self._engine.begin() as conn:
            sessions.settle_logout_notice(conn, notice.notice_id, problem=problem)
        if problem:
            log.warning(
                "logout notice not delivered",
                extra={"client_id": notice.client_id, "attempt": notice.attempt, "problem": problem},
            )
        return problem is None

    def _post(self, notice: LogoutNotice) -> str | None:
        """Why the client did not accept the notice, None when it did."""
        try:
            # Redirects are not followed: the registered address is the only one that may see the token.
            answer = requests.post(
                notice.uri,
                data={"logout_token": self._logout_token(notice)},
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                return None if answer.status_code in (200, 204) else f"status {answer.status_code}"
        except requests.RequestException as error:
            return type(error).__name__

    def _logout_token(self, notice: LogoutNotice) -> str:
        now = int(time.time())
        return self._keys.sign(
            {
                "iss": self._policy.issuer,
                "aud": notice.client_id,
                "sub": str(notice.user_id),
                "sid": str(notice.session_id),
                "iat": now,
                "exp": now + _TOKEN_SECONDS,
                # New for each attempt: a client whose answer to the first was lost may refuse a repeated one.
                "jti": uuid4().hex,
                "events": {EVENT: {}},
            },
            LOGOUT_TOKEN_TYPE,
        )

    def _deliver_quietly(self, session_ids: Sequence[UUID]) -> None:
        try:
            self.deliver_due(session_ids)
        except Exception:
            # The notices stay due; the worker takes over.
            log.exception("logout notices could not be sent")

    def _threads(self) -> ThreadPoolExecutor:
        # Made at first use, so that a server which forks its workers does not inherit threads that do not run.
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="logout")
            return self._pool


def deliver_due(engine: Engine, policy: IdentityPolicy) -> int:
    """Deliver every due logout notice once; for the worker, every few seconds. Returns how many were accepted."""
    return LogoutDelivery(engine, policy, KeyRing(engine, policy)).deliver_due()
