"""Hears from PostgreSQL which tenants' revisions changed: `LISTEN` on a connection of its own.

The folds say so as they commit, as `<tenant id> <revision>`. Whether anything arrives is not taken on trust: a pooler
that gives each transaction another connection accepts `LISTEN` and passes nothing on. So the listener tells itself
something by another connection, at first and every minute, and is ready when it has heard it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.store import rollups
from gateway.store.tenancy import tenant_transaction

CHANNEL = "tenant_revisions"
PROBE_SECONDS = 60.0
ANSWER_SECONDS = 10.0
_PROBE = "probe "
_WAIT_SECONDS = 5.0


class Unheard(Exception):
    """The database does not answer, or what was said on the channel did not arrive in time."""


def listen(engine: Engine, *, probe_seconds: float = PROBE_SECONDS) -> Iterator[dict[str, int]]:
    """Revisions by tenant as they change, batch by batch. The first batch is empty and says that the listener is ready;
    empty ones come now and then, so that the caller gets to decide whether to go on. Raises Unheard.
    """
    try:
        yield from _listen(engine, probe_seconds)
    except (psycopg.Error, SQLAlchemyError) as error:
        raise Unheard(type(error).__name__) from None


def _listen(engine: Engine, probe_seconds: float) -> Iterator[dict[str, int]]:
    _, options = engine.dialect.create_connect_args(engine.url)
    with closing(psycopg.connect(**options, autocommit=True, application_name="gateway-revisions")) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        probe, asked_at, ready = "", -probe_seconds, False
        while True:
            now = time.monotonic()
            if not probe and now - asked_at >= probe_seconds:
                probe, asked_at = _PROBE + uuid4().hex, now
                _say(engine, probe)
            if probe and now - asked_at > ANSWER_SECONDS:
                raise Unheard("nothing arrives")
            heard = [notice.payload for notice in connection.notifies(timeout=_WAIT_SECONDS, stop_after=1)]
            if probe in heard:
                probe, ready = "", True
            if ready:
                yield _revisions(engine, [payload for payload in heard if not payload.startswith(_PROBE)])


def _say(engine: Engine, payload: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


def _revisions(engine: Engine, payloads: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for payload in payloads:
        tenant_id, _, revision = payload.partition(" ")
        try:
            number = int(revision) if revision else _look_up(engine, UUID(tenant_id))
        except ValueError:
            continue  # somebody else's words
        found[tenant_id] = max(number, found.get(tenant_id, 0))
    return found


def _look_up(engine: Engine, tenant_id: UUID) -> int:
    """For notices without a number, which workers of an older release send."""
    with tenant_transaction(engine, tenant_id) as connection:
        return rollups.revision(connection, tenant_id)
