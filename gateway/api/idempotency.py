"""`Idempotency-Key`: a request that is sent again has no second effect and gets the first answer.

The draft it follows: draft-ietf-httpapi-idempotency-key-header. A key belongs to one account for 24 hours; with another
request it is refused. The kept answer may hold a secret that is shown only once, so it is sealed under the key itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Response, request

from gateway.api.context import dependencies
from gateway.api.problems import invalid
from gateway.identity.sealing import digest, open_under, seal_under
from gateway.store import idempotency as store
from gateway.store.connections import Connection

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_FOR = timedelta(hours=24)
_FORM = re.compile(r"^[\x21-\x7e]{1,255}$")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The key of the current request: what is stored of it, and what tells its request from others."""

    key: str
    hashed: bytes
    fingerprint: bytes

    def answered(self, answer: Response, now: datetime) -> store.Answer:
        """What is kept of an answer. No secret of ours opens it, only the key."""
        sealed = seal_under(self.key, answer.get_data(as_text=True))
        return store.Answer(self.hashed, self.fingerprint, answer.status_code, sealed, now + KEPT_FOR)

    def repeated(self, kept: store.Kept) -> Response:
        """The answer that was kept. Raises Problem (422) when it was another request's."""
        if kept.fingerprint != self.fingerprint:
            raise invalid(HEADER, "idempotency_key_reused", "This key was used with another request. Use a new one.")
        repeated = Response(open_under(self.key, kept.sealed_answer), kept.status, mimetype="application/json")
        repeated.headers["Cache-Control"] = "no-store"
        repeated.headers[REPLAYED] = "true"
        return repeated


def request_key() -> RequestKey | None:
    """The current request's key, if it has one. Raises Problem (422) for a malformed one."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _FORM.match(key):
        raise invalid(HEADER, "idempotency_key", "Give 1 to 255 visible ASCII characters, for example a UUID.")
    return RequestKey(key, digest(key), _fingerprint())


def once(connection: Connection, tenant_id: UUID, produce: Callable[[], Response]) -> Response:
    """The answer of `produce`, run at most once for the request's key; without a key it simply runs.

    Everything `produce` does must go through `connection`: what is answered and what was done are committed together.
    An exception leaves the key unused. Raises Problem (422) for a malformed key, or one used with another request.
    """
    key = request_key()
    if key is None:
        return produce()
    now = dependencies().now()
    kept = store.take(connection, tenant_id, key.hashed, key.fingerprint, now=now, expires_at=now + KEPT_FOR)
    if kept is not None:
        return key.repeated(kept)
    answer = produce()
    done = key.answered(answer, now)
    store.keep(connection, tenant_id, done.key_hash, done.status, done.sealed_answer)
    return answer


def _fingerprint() -> bytes:
    """What makes two requests the same one."""
    parts = (request.method.encode(), request.full_path.encode(), request.get_data())
    return hashlib.sha256(b"\x1f".join(hashlib.sha256(part).digest() for part in parts)).digest()
