"""`Idempotency-Key`: a request that is sent again has no second effect and gets the first answer.

The draft it follows: draft-ietf-httpapi-idempotency-key-header. A key belongs to one account for 24 hours; with another
request it is refused. The kept answer may hold a secret that is shown only once, so it is sealed under the key itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
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


def once(connection: Connection, tenant_id: UUID, produce: Callable[[], Response]) -> Response:
    """The answer of `produce`, run at most once for the request's key; without a key it simply runs.

    Everything `produce` does must go through `connection`: what is answered and what was done are committed together.
    An exception leaves the key unused. Raises Problem (422) for a malformed key, or one used with another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return produce()
    if not _FORM.match(key):
        raise invalid(HEADER, "idempotency_key", "Give 1 to 255 visible ASCII characters, for example a UUID.")
    hashed, fingerprint, now = digest(key), _fingerprint(), dependencies().now()
    kept = store.take(connection, tenant_id, hashed, fingerprint, now=now, expires_at=now + KEPT_FOR)
    if kept is None:
        answer = produce()
        store.keep(connection, tenant_id, hashed, answer.status_code, seal_under(key, answer.get_data(as_text=True)))
        return answer
    if kept.fingerprint != fingerprint:
        raise invalid(HEADER, "idempotency_key_reused", "This key was used with another request. Use a new one.")
    repeated = Response(open_under(key, kept.sealed_answer), kept.status, mimetype="application/json")
    repeated.headers["Cache-Control"] = "no-store"
    repeated.headers[REPLAYED] = "true"
    return repeated


def _fingerprint() -> bytes:
    """What makes two requests the same one."""
    parts = (request.method.encode(), request.full_path.encode(), request.get_data())
    return hashlib.sha256(b"\x1f".join(hashlib.sha256(part).digest() for part in parts)).digest()
