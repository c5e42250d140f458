"""The simulator's memory: which messages it took, and the receipts that are still to come (worker's connection)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

TAKEN = "ACCEPTD"


class SimulatedReceipt(NamedTuple):
    """A receipt and when it is due."""

    tenant_id: UUID
    message_id: UUID
    seq: int
    due_at: datetime
    stat: str
    err: str | None


_KEEP = f"""
    INSERT INTO simulated_receipts (tenant_id, message_id, seq, due_at, stat, err, delivered_at)
    SELECT %(tenant_id)s, %(message_id)s, 0, %(now)s, '{TAKEN}', NULL::text, %(now)s::timestamptz
    UNION ALL
    SELECT %(tenant_id)s, %(message_id)s, n.seq, n.due_at, n.stat, n.err, NULL
    FROM unnest(%(moments)s::timestamptz[], %(stats)s::text[], %(errs)s::text[])
         WITH ORDINALITY AS n (due_at, stat, err, seq)
    ON CONFLICT DO NOTHING"""  # noqa: S608 — of the constant above

_TAKE_DUE = """
    UPDATE simulated_receipts r SET delivered_at = %(now)s
    FROM (SELECT tenant_id, message_id, seq FROM simulated_receipts
          WHERE delivered_at IS NULL AND due_at <= %(now)s
          ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) d
    WHERE r.tenant_id = d.tenant_id AND r.message_id = d.message_id AND r.seq = d.seq
    RETURNING r.tenant_id, r.message_id, r.seq, r.due_at, r.stat, r.err"""

_KNOWS = "SELECT EXISTS (SELECT FROM simulated_receipts WHERE tenant_id = %s AND message_id = %s AND seq = 0)"


def keep(
    connection: Connection,
    tenant_id: UUID,
    message_id: UUID,
    receipts: Sequence[tuple[datetime, str, str | None]],
    now: datetime,
) -> None:
    """Remember that a message was taken, and its receipts (due, stat, err). Repeating it changes nothing."""
    moments, stats, errs = zip(*receipts, strict=True) if receipts else ((), (), ())
    values = {
        "tenant_id": tenant_id, "message_id": message_id, "now": now, "moments": list(moments), "stats": list(stats),
        "errs": list(errs),
    }  # fmt: skip
    connection.exec_driver_sql(_KEEP, values)


def knows(connection: Connection, tenant_id: UUID, message_id: UUID) -> bool:
    """Was this message taken?"""
    return bool(connection.exec_driver_sql(_KNOWS, (tenant_id, message_id)).scalar_one())


def take_due(connection: Connection, now: datetime, limit: int) -> list[SimulatedReceipt]:
    """Receipts that are due, the oldest first; taken for good when the transaction is committed."""
    rows = connection.exec_driver_sql(_TAKE_DUE, {"now": now, "limit": limit})
    return sorted((SimulatedReceipt(*row) for row in rows), key=lambda receipt: (receipt.due_at, receipt.seq))


def purge(connection: Connection, before: datetime) -> int:
    """Forget what was delivered before; how many receipts."""
    return connection.exec_driver_sql("DELETE FROM simulated_receipts WHERE delivered_at < %s", (before,)).rowcount
