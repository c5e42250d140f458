"""Asking a support system over HTTP: in bounded time and size, what comes back being JSON or one of few problems."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from gateway.tickets.circuit import Circuit
from gateway.tickets.port import TicketsUnavailable

CONNECT_SECONDS = 1.0
READ_SECONDS = 1.5
TOTAL_SECONDS = 2.0
MAX_BYTES = 4 * 1024 * 1024
LONGEST_WAIT = 3_600.0
"""However long a system asks to be left alone, it is asked again after an hour."""

_CHUNK = 64 * 1024
# Zendesk and others send the first; Help Scout the second.
_WAITS = ("Retry-After", "X-RateLimit-Retry-After")
Query = Sequence[tuple[str, str]]


class Refused(Exception):
    """401: what we came with is not believed, or not any more."""


class JsonClient:
    """GETs (and the POST for a token) at one system, behind one circuit breaker. Redirects are not followed: an answer
    from elsewhere would be somebody else's, and our credentials go nowhere else."""

    def __init__(self, base_url: str, *, total_seconds: float = TOTAL_SECONDS, circuit: Circuit | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._total = total_seconds
        self._circuit = circuit or Circuit()
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, query: Query = (), *, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """The object answered; None for 404. Raises TicketsUnavailable, and Refused for 401."""
        return self._call("GET", path, query, None, headers)

    def post(self, path: str, form: Mapping[str, str]) -> dict[str, Any] | None:
        """The object answered to a form. Raises as :meth:`get`."""
        return self._call("POST", path, (), form, {})

    def _call(
        self, method: str, path: str, query: Query, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> dict[str, Any] | None:
        self._circuit.check()
        try:
            found = self._exchange(method, path, query, form, headers)
        except TicketsUnavailable as error:
            self._circuit.failed(error)
            raise
        except Refused:
            self._circuit.answered()
            raise
        self._circuit.answered()
        return found

    def _exchange(
        self, method: str, path: str, query: Query, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> dict[str, Any] | None:
        end = time.monotonic() + self._total
        try:
            with self._session.request(
                method,
                self._base_url + path,
                params=list(query),
                data=form,
                headers={"Accept": "application/json", **headers},
                timeout=(min(CONNECT_SECONDS, self._total), min(READ_SECONDS, self._total)),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = bytearray()
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > MAX_BYTES:
                        raise TicketsUnavailable("malformed")
                    if time.monotonic() > end:
                        raise TicketsUnavailable("slow")
                return _understand(response, bytes(content))
        except requests.Timeout:
            raise TicketsUnavailable("slow") from None
        except (requests.RequestException, HTTPError, OSError):
            # The library's message holds the address with its query; nothing of it is needed.
            raise TicketsUnavailable("unreachable") from None


def _understand(response: requests.Response, content: bytes) -> dict[str, Any] | None:
    status = response.status_code
    if status == 401:
        raise Refused
    if status == 403:
        raise TicketsUnavailable("refused")
    if status == 404:
        return None
    if status == 429:
        raise TicketsUnavailable("rate_limited", _waits(response) or 60.0)
    if status >= 500 or 300 <= status < 400:
        raise TicketsUnavailable("unreachable", _waits(response))
    if status >= 400:
        raise TicketsUnavailable("malformed")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise TicketsUnavailable("malformed") from None
    if not isinstance(found, dict):
        raise TicketsUnavailable("malformed")
    return found


def _waits(response: requests.Response) -> float | None:
    """Seconds; a date (which both systems do not send) counts as not said."""
    for name in _WAITS:
        said = response.headers.get(name, "").strip()
        if said.isascii() and said.isdigit() and len(said) < 10:
            return min(float(said), LONGEST_WAIT)
    return None
