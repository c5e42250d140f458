"""One HTTP upstream: pooled connections, bounded time, retries for reads, a circuit breaker, answers checked.

What comes back is parsed JSON or an error of the domain, never a library's exception. The access token travels in the
``Authorization`` header only: it is in no URL, no log line and no exception.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import requests
from urllib3.exceptions import HTTPError

from portal.clients import budget
from portal.clients.bounded_sockets import BoundedAdapter
from portal.clients.circuit import Circuit
from portal.clients.retries import BoundedRetry, retry_after_seconds
from portal.domain.actor import Actor
from portal.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    PortalError,
    PreviewIsReadOnly,
    RateLimited,
    Unauthenticated,
    UpstreamRefused,
    UpstreamUnavailable,
)

log = logging.getLogger(__name__)

CONNECT_SECONDS = 1.0
READ_SECONDS = 3.5
MAX_BYTES = 1024 * 1024
"""The longest answer that is read, some ten times as long as any is; messages with their texts may be longer."""
# What is asked about the asker, or about nobody: such calls know no account.
_OF_NO_ACCOUNT = frozenset({"/v1/me", "/v1/auth/sessions", "/v1/error-codes", "/v1/event-types"})
_CHUNK = 64 * 1024
_REQUEST_ID = re.compile(r"^[\w.:-]{1,128}$")

Query = Iterable[tuple[str, str]]
Headers = Callable[[], Mapping[str, str]]


def open_session(pool_size: int = 32) -> requests.Session:
    """A session for all upstreams of one worker process: no proxies or netrc from the environment."""
    session = requests.Session()
    session.trust_env = False
    adapter = BoundedAdapter(pool_connections=4, pool_maxsize=pool_size, max_retries=BoundedRetry.for_reads())
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


@dataclass(frozen=True, slots=True)
class _File:
    """A body that is not JSON."""

    content: bytes
    media_type: str


class Upstream:
    """A group of endpoints that fail together, behind one circuit breaker.

    ``headers`` gives what is passed through from the request being served (``X-Request-Id``, ``traceparent``).
    """

    def __init__(
        self,
        base_url: str,
        session: requests.Session,
        circuit: Circuit,
        headers: Headers = dict,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._session = session
        self._circuit = circuit
        self._headers = headers
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._max_bytes = max_bytes

    def get(self, path: str, query: Query = (), *, actor: Actor, language: str | None = None) -> dict[str, Any]:
        """The JSON object a GET answers. Idempotent, so retried within the time that is left."""
        return self._call("GET", path, query, None, actor, language)

    def patch(self, path: str, body: Mapping[str, object], *, actor: Actor) -> dict[str, Any]:
        """The JSON object a PATCH answers. Sent once only."""
        return self._call("PATCH", path, (), body, actor, None)

    def post(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        actor: Actor,
        query: Query = (),
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """The JSON object a POST answers. Sent once only; with a key the person may safely send the same again.

        What they have changed meanwhile is another request and goes under a key of its own: the first one's answer may
        have been lost, and the platform refuses a key that comes with something else.
        """
        asked = body or {}
        key = None if idempotency_key is None else bound_key(idempotency_key, path, asked)
        return self._call("POST", path, query, asked, actor, None, key)

    def post_file(self, path: str, content: bytes, media_type: str, *, actor: Actor) -> dict[str, Any]:
        """The JSON object a POST of a file answers. Sent once only."""
        return self._call("POST", path, (), _File(content, media_type), actor, None)

    def put(self, path: str, body: Mapping[str, object], *, actor: Actor, query: Query = ()) -> dict[str, Any]:
        """The JSON object a PUT answers. Sent once only."""
        return self._call("PUT", path, query, body, actor, None)

    def delete(self, path: str, query: Query = (), *, actor: Actor) -> None:
        """Delete what is at ``path``; the platform answers 204 or an object nobody needs. Sent once only."""
        self._call("DELETE", path, query, None, actor, None)

    def _call(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, object] | _File | None,
        actor: Actor,
        language: str | None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        if actor.preview_role is not None and method != "GET":
            raise PreviewIsReadOnly(f"{method} in a preview")
        # A call ends also where nobody opened a budget, however slowly its answer comes and however often it is tried.
        with self._circuit.guard(), budget.limited_to(self._connect_seconds + self._read_seconds):
            started = time.monotonic()
            try:
                answer = self._exchange(method, path, query, body, actor, language, idempotency_key)
            except PortalError as error:
                _note(method, path, started, error)
                raise
            _note(method, path, started, None)
            return answer

    def _exchange(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, object] | _File | None,
        actor: Actor,
        language: str | None,
        idempotency_key: str | None,
    ) -> dict[str, Any]:
        left = budget.remaining()
        if left <= 0:
            raise UpstreamUnavailable("no time left")
        headers = {"Accept": "application/json", **self._headers(), "Authorization": f"Bearer {actor.token}"}
        if actor.preview_role is not None:
            query = _previewing(query, path, actor)
            headers["X-Preview-Role"] = actor.preview_role
        if language:
            headers["Accept-Language"] = language
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        file = body if isinstance(body, _File) else None
        if file is not None:
            headers["Content-Type"] = file.media_type
        try:
            with self._session.request(
                method,
                self._base_url + path,
                params=[(name, value) for name, value in query if value],
                json=None if file is not None else body,
                data=file.content if file is not None else None,
                headers=headers,
                timeout=(min(self._connect_seconds, left), min(self._read_seconds, left)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _understand(response, self._read(response))
        except (requests.RequestException, HTTPError, OSError) as error:
            # The library's message may hold the URL with its query, which is the customer's: only its kind is kept.
            raise UpstreamUnavailable("answer too slow" if budget.remaining() <= 0 else type(error).__name__) from None

    def _read(self, response: requests.Response) -> bytes:
        """The whole body, as long as it is neither too long nor too slow."""
        said = response.headers.get("Content-Length", "")
        if said.isascii() and said.isdigit() and int(said[:20]) > self._max_bytes:
            raise UpstreamUnavailable("answer too long", request_id=_request_id(response))
        content = bytearray()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > self._max_bytes:
                raise UpstreamUnavailable("answer too long", request_id=_request_id(response))
            if budget.remaining() <= 0:
                raise UpstreamUnavailable("answer too slow", request_id=_request_id(response))
        return bytes(content)


def _previewing(query: Query, path: str, actor: Actor) -> Query:
    """The question as an internal user asks it, who names the account that a customer need not name."""
    if path in _OF_NO_ACCOUNT:
        return query
    return [*((name, value) for name, value in query if name != "tenantId"), ("tenantId", actor.tenant_id or "")]


def _understand(response: requests.Response, content: bytes) -> dict[str, Any]:
    request_id = _request_id(response)
    if response.status_code == 204:
        return {}
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    parsed: object = None
    if is_json:
        try:
            parsed = json.loads(content)
        except (ValueError, RecursionError):
            parsed = None
    known = parsed if isinstance(parsed, dict) else None
    if 200 <= response.status_code < 300:
        if known is None:
            raise UpstreamUnavailable("answer is not a JSON object", request_id=request_id)
        return known
    raise _refusal(response, known or {}, request_id)


def _refusal(response: requests.Response, problem: Mapping[str, Any], request_id: str | None) -> PortalError:
    """The domain's error for a status; only RFC 9457's stable ``code`` and field problems are taken from the body."""
    status = response.status_code
    waits = retry_after_seconds(response.headers.get("Retry-After"))
    if status == 401:
        return Unauthenticated(request_id=request_id)
    if status == 403:
        return Forbidden(request_id=request_id)
    if status in (404, 410):
        return NotFound(request_id=request_id)
    if status in (400, 422):
        return InvalidInput(fields=_fields(problem, "detail"), codes=_fields(problem, "code"), request_id=request_id)
    if status == 429:
        return RateLimited(retry_after=waits, request_id=request_id)
    if status >= 500 or 300 <= status < 400:
        return UpstreamUnavailable(f"status {status}", resets_in=waits, request_id=request_id)
    code = problem.get("code")
    return UpstreamRefused(code if isinstance(code, str) else "unknown", status, request_id=request_id)


def _fields(problem: Mapping[str, Any], what: str) -> dict[str, str]:
    """``what`` is said of each field that is wrong."""
    errors = problem.get("errors")
    if not isinstance(errors, list):
        return {}
    return {
        entry["field"]: str(entry.get(what, ""))
        for entry in errors
        if isinstance(entry, dict) and isinstance(entry.get("field"), str)
    }


def _request_id(response: requests.Response) -> str | None:
    value = response.headers.get("X-Request-Id", "")
    return value if _REQUEST_ID.match(value) else None


def bound_key(key: str, path: str, body: Mapping[str, object]) -> str:
    """An idempotency key for just this request: the same for the same ``key``, path and body."""
    request = json.dumps([key, path, body], sort_keys=True, ensure_ascii=False)
    return str(uuid5(NAMESPACE_URL, request))


def _note(method: str, path: str, started: float, error: PortalError | None) -> None:
    facts = {"upstream_method": method, "upstream_path": path, "upstream_seconds": round(time.monotonic() - started, 4)}
    if error is None:
        log.debug("upstream answered", extra=facts)
    elif isinstance(error, UpstreamUnavailable):
        log.warning("upstream unavailable: %s", error, extra={**facts, "upstream_request_id": error.request_id})
    else:
        log.info("upstream refused: %s", type(error).__name__, extra=facts)
