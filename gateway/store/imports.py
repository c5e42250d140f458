"""What an import reads and writes beside messages: its progress, receipts that wait, and the messages a chunk touches.

Needs the worker's connection. One import works on a tenant at a time, so what is read here does not change under it
except by live receipts, which `apply_transitions` puts in order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection


@dataclass(slots=True)
class Run:
    """How far the import of one file has come. `counts` and `checkpoint` are what the importer put there."""

    import_id: UUID
    offset: int
    next_number: int
    counts: dict[str, Any]
    rejects_path: str | None
    finished: bool


@dataclass(slots=True)
class KnownMessage:
    """A message in the database, with the events it has."""

    message_id: UUID
    submitted_at: datetime
    external_id: str | None
    recipient: str
    sender_id: str
    body: str | None
    status: str
    error_code: str | None
    carrier_code: str | None
    price: Decimal
    events: list[KnownEvent] = field(default_factory=list)


class KnownEvent(NamedTuple):
    """What tells one event of a message from another."""

    at: datetime
    status: str | None
    detail: str | None


class WaitingReceipt(NamedTuple):
    """A row of `import_receipts`: a receipt and where it stood."""

    reference: str
    foreign_id: str
    digest: bytes
    occurrence: int
    line: int
    at: datetime
    status: str | None
    error_code: str | None
    carrier_code: str | None
    detail: str
    refusal: bool
    raw: bytes


_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('gateway.import.' || %s, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('gateway.import.' || %s, 0))"


def lock_tenant(connection: Connection, tenant_id: UUID) -> bool:
    """Take the tenant's import lock, until `unlock_tenant` or the connection's end; False when another has it."""
    return bool(connection.exec_driver_sql(_LOCK, (str(tenant_id),)).scalar_one())


def unlock_tenant(connection: Connection, tenant_id: UUID) -> None:
    """Give the tenant's import lock back. Closing the connection would too, but only when the server comes to it."""
    connection.exec_driver_sql(_UNLOCK, (str(tenant_id),))


def find_run(connection: Connection, tenant_id: UUID, fingerprint: str, file_format: str) -> Run | None:
    """The run of this file, whether it came to its end or not."""
    row = connection.exec_driver_sql(
        "SELECT import_id, offset_bytes, offset_rows, counts, rejects_path, state = 'finished' FROM import_runs"
        " WHERE tenant_id = %s AND file_fingerprint = %s AND format = %s",
        (tenant_id, fingerprint, file_format),
    ).first()
    return None if row is None else Run(row[0], row[1], row[2], row[3], row[4], row[5])


def start_run(
    connection: Connection, tenant_id: UUID, fingerprint: str, file_format: str, *, offset: int, next_number: int
) -> UUID:
    """Begin a run from the file's beginning; a run of the same file begins anew under its old id."""
    started: UUID = connection.exec_driver_sql(
        "INSERT INTO import_runs (tenant_id, file_fingerprint, format, offset_bytes, offset_rows)"
        " VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, file_fingerprint, format) DO UPDATE SET state = 'running', counts = '{}',"
        " offset_bytes = excluded.offset_bytes, offset_rows = excluded.offset_rows, rejects_path = NULL,"
        " started_at = now(), finished_at = NULL RETURNING import_id",
        (tenant_id, fingerprint, file_format, offset, next_number),
    ).scalar_one()
    return started


def save_run(connection: Connection, tenant_id: UUID, run: Run) -> None:
    """Record how far the run has come, in the transaction that writes what it read."""
    connection.exec_driver_sql(
        "UPDATE import_runs SET offset_bytes = %s, offset_rows = %s, counts = %s, rejects_path = %s,"
        " state = %s, finished_at = CASE WHEN %s THEN now() END WHERE tenant_id = %s AND import_id = %s",
        (
            run.offset,
            run.next_number,
            json.dumps(run.counts),
            run.rejects_path,
            "finished" if run.finished else "running",
            run.finished,
            tenant_id,
            run.import_id,
        ),
    )


def find_messages(
    connection: Connection,
    tenant_id: UUID,
    external_ids: Sequence[str],
    keys: Sequence[tuple[datetime, UUID]],
    since: datetime,
    until: datetime,
) -> list[KnownMessage]:
    """Messages with one of the external ids submitted from `since` to `until`, and those of (submitted_at, id) keys."""
    columns = (
        "m.message_id, m.submitted_at, m.external_id, m.recipient, m.sender_id, m.body, m.status::text, m.error_code,"
        " m.carrier_code, m.price"
    )
    found: dict[UUID, KnownMessage] = {}
    if external_ids:
        for row in connection.exec_driver_sql(
            f"SELECT {columns} FROM messages m WHERE m.tenant_id = %s AND m.external_id = ANY (%s)"  # noqa: S608
            " AND m.submitted_at BETWEEN %s AND %s",
            (tenant_id, list(external_ids), since, until),
        ):
            found[row[0]] = KnownMessage(*row)
    if keys:
        moments, ids = zip(*keys, strict=True)
        for row in connection.exec_driver_sql(
            f"SELECT {columns} FROM unnest(%s::timestamptz[], %s::uuid[]) AS k (at, id)"  # noqa: S608
            " JOIN messages m ON m.tenant_id = %s AND m.submitted_at = k.at AND m.message_id = k.id"
            " WHERE m.submitted_at BETWEEN %s AND %s",
            (list(moments), list(ids), tenant_id, min(moments), max(moments)),
        ):
            found[row[0]] = KnownMessage(*row)
    _load_events(connection, tenant_id, found)
    return sorted(found.values(), key=lambda message: (message.submitted_at, message.message_id))


def _load_events(connection: Connection, tenant_id: UUID, found: Mapping[UUID, KnownMessage]) -> None:
    if not found:
        return
    moments = [message.submitted_at for message in found.values()]
    rows = connection.exec_driver_sql(
        "SELECT e.message_id, e.at, e.status::text, e.detail FROM unnest(%s::timestamptz[], %s::uuid[]) AS k (at, id)"
        " JOIN message_events e ON e.tenant_id = %s AND e.submitted_at = k.at AND e.message_id = k.id"
        " WHERE e.submitted_at BETWEEN %s AND %s ORDER BY e.submitted_at, e.message_id, e.seq",
        (moments, list(found), tenant_id, min(moments), max(moments)),
    )
    for row in rows:
        found[row[0]].events.append(KnownEvent(row[1], row[2], row[3]))


def explain_rejections(
    connection: Connection, tenant_id: UUID, reasons: Sequence[tuple[datetime, UUID, str | None, str | None]]
) -> None:
    """Give rejected messages the error and carrier code of a refusal that came later: (time, id, code, code)."""
    if not reasons:
        return
    moments, ids, errors, carriers = (list(column) for column in zip(*reasons, strict=True))
    connection.exec_driver_sql(
        "UPDATE messages m SET error_code = n.error_code, carrier_code = n.carrier_code, updated_at = now()"
        " FROM unnest(%s::timestamptz[], %s::uuid[], %s::text[], %s::text[]) AS n (at, id, error_code, carrier_code)"
        " WHERE m.tenant_id = %s AND m.submitted_at = n.at AND m.message_id = n.id AND m.status = 'rejected'",
        (moments, ids, errors, carriers, tenant_id),
    )


def waiting_receipts(connection: Connection, tenant_id: UUID, references: Sequence[str]) -> list[WaitingReceipt]:
    """Receipts that wait for messages with these references, in the order in which they came."""
    if not references:
        return []
    rows = connection.exec_driver_sql(
        "SELECT reference, foreign_id, digest, occurrence, line, at, status, error_code, carrier_code, detail,"
        " refusal, raw FROM import_receipts WHERE tenant_id = %s AND reference = ANY (%s) ORDER BY at, import_id, line",
        (tenant_id, list(references)),
    )
    return [WaitingReceipt(*row) for row in rows]


def keep_receipts(connection: Connection, tenant_id: UUID, import_id: UUID, receipts: Sequence[WaitingReceipt]) -> None:
    """Keep receipts until their message comes. One that is kept already now belongs to this import."""
    if not receipts:
        return
    columns = [list(column) for column in zip(*receipts, strict=True)]
    connection.exec_driver_sql(
        "INSERT INTO import_receipts (tenant_id, import_id, reference, foreign_id, digest, occurrence, line, at,"
        " status, error_code, carrier_code, detail, refusal, raw) SELECT %s, %s, *"
        " FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::integer[], %s::bigint[], %s::timestamptz[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::boolean[], %s::bytea[])"
        " ON CONFLICT (tenant_id, reference, digest, occurrence)"
        " DO UPDATE SET import_id = excluded.import_id, line = excluded.line",
        (tenant_id, import_id, *columns),
    )


def forget_receipts(connection: Connection, tenant_id: UUID, receipts: Sequence[WaitingReceipt]) -> None:
    """Remove receipts that found their message."""
    if not receipts:
        return
    connection.exec_driver_sql(
        "DELETE FROM import_receipts r USING unnest(%s::text[], %s::bytea[], %s::integer[]) AS g (reference, digest, n)"
        " WHERE r.tenant_id = %s AND r.reference = g.reference AND r.digest = g.digest AND r.occurrence = g.n",
        (
            [receipt.reference for receipt in receipts],
            [receipt.digest for receipt in receipts],
            [receipt.occurrence for receipt in receipts],
            tenant_id,
        ),
    )


def left_waiting(
    connection: Connection, tenant_id: UUID, import_id: UUID, *, after: int = 0, limit: int = 10_000
) -> list[tuple[int, bytes]]:
    """(line, raw) of this import's receipts that still wait, by line, a page at a time."""
    rows = connection.exec_driver_sql(
        "SELECT line, raw FROM import_receipts WHERE tenant_id = %s AND import_id = %s AND line > %s"
        " ORDER BY line LIMIT %s",
        (tenant_id, import_id, after, limit),
    )
    return [(row[0], bytes(row[1])) for row in rows]


def tenant_zone(connection: Connection, tenant_id: UUID) -> str:
    """The tenant's time zone."""
    zone: str = connection.exec_driver_sql(
        "SELECT time_zone FROM tenants WHERE tenant_id = %s", (tenant_id,)
    ).scalar_one()
    return zone
