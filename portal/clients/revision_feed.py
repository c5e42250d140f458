"""Listens to the platform's stream of revisions: one connection per process, whoever many browsers look on.

It says of tenants that something changed, and nothing of what; a token of the portal itself opens it, which opens
nothing else. A platform without it is asked again now and then.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Callable
from typing import Any, Protocol

import requests
from urllib3.exceptions import HTTPError

from event_streams import Parser, ServerEvent
from portal.clients.oidc_errors import GrantRefused, IssuerUnavailable, OidcError, RateLimited

PATH = "/v1/internal/revisions"
SCOPE = "revisions:read"
TIMEOUT = (2.0, 60.0)
"""Connect, silence: the platform says something every 25 seconds at the latest."""
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
ABSENT_SECONDS = 600.0
_CHUNK = 64 * 1024
_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told."""

    def connected(self) -> None: ...
    def told(self, tenant_id: str, revision: int) -> None: ...
    def lost(self) -> None: ...
    def absent(self) -> None: ...


class _Absent(Exception):
    """The platform has no such stream, or not for us."""


class RevisionFeed:
    """A thread of its own from the first ``start`` on, after a fork and not before."""

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str],
        listener: Listener,
        *,
        first_wait: float = FIRST_WAIT_SECONDS,
        absent_seconds: float = ABSENT_SECONDS,
    ) -> None:
        """``token()`` gives a fresh access token with ``SCOPE``; raises OidcError."""
        self._url = base_url.rstrip("/") + PATH
        self._token = token
        self._listener = listener
        self._first_wait = first_wait
        self._absent_seconds = absent_seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._connection: requests.Response | None = None

    def start(self) -> None:
        """Begin to listen, once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="revision-feed", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Do not connect again; what is connected ends with the process."""
        self._stop.set()

    def _run(self) -> None:
        wait = self._first_wait
        while not self._stop.is_set():
            try:
                heard = self._listen()
                self._listener.lost()
                wait = self._first_wait if heard else min(wait * 2, LONGEST_WAIT_SECONDS)
                pause = wait
            except _Absent as reason:
                self._listener.absent()
                _log.info("revisions are not streamed here: %s", reason)
                pause = self._absent_seconds
            # Jittered: a platform that comes back is not asked by all its portals in the same moment.
            self._stop.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311

    def _listen(self) -> bool:
        """Listen for as long as there is something to hear; whether there was. Raises _Absent."""
        heard = False
        try:
            with requests.Session() as session:
                session.trust_env = False
                headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {self._ask_token()}"}
                with session.get(
                    self._url, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
                ) as response:
                    _check(response)
                    parser = Parser()
                    # Chunks come as they are; without them, as a proxy may pass it on, only a byte is there at once.
                    for piece in response.raw.stream(_CHUNK if response.raw.chunked else 1):
                        for event in parser.feed(piece):
                            heard = True
                            self._take(event)
                        if self._stop.is_set():
                            break
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            _log.info("revision stream ended: %s", type(error).__name__)
        except _Absent:
            raise
        except Exception:
            _log.exception("revision stream failed")  # and is tried again: pages rely on it
        return heard

    def _ask_token(self) -> str:
        try:
            return self._token()
        except (IssuerUnavailable, RateLimited) as error:
            raise OSError(error.code) from None
        except (GrantRefused, OidcError) as error:
            raise _Absent(f"the issuer gives no token: {error.code}") from None

    def _take(self, event: ServerEvent) -> None:
        if event.name == "ready":
            self._listener.connected()
        elif event.name == "revisions":
            for tenant_id, revision in _revisions(event.data).items():
                self._listener.told(tenant_id, revision)


def _check(response: requests.Response) -> None:
    if response.status_code in (400, 401, 403, 404, 405, 406, 410, 501):
        raise _Absent(f"status {response.status_code}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != 200 or kind != "text/event-stream":
        raise ValueError(f"status {response.status_code}")


def _revisions(data: str) -> dict[str, int]:
    """What an event says; raises ValueError for anything else than numbers by tenant."""
    found: Any = json.loads(data)
    if not isinstance(found, dict) or not all(type(value) is int for value in found.values()):
        raise ValueError("not revisions")
    return found
