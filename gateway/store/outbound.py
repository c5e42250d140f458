"""The queue to carriers: a row for each message from its acceptance until its outcome is known.

`waiting` rows are submitted when they are due. A row is `claimed`, and that is committed, before its message is handed
to a carrier: should the worker die, the next one knows that it may have been sent. `sent` rows wait for a receipt.
`due_at` is when somebody must look at the row again, whatever its state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection

from gateway.domain.segments import Encoding

SOURCES = ("api", "test")
"""`messages.source` of what is accepted here: by live and by test keys. Everything else was sent elsewhere."""

RECEIPT_GRACE = timedelta(hours=6)
"""How long after a message's end of validity a carrier's last word may come."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A row with what the carrier needs of its message. `claim_id` names the claim it is held by."""

    tenant_id: UUID
    message_id: UUID
    state: str
    claim_id: UUID | None
    attempts: int
    expires_at: datetime
    sender_id: str
    recipient: str
    body: str
    encoding: Encoding
    segments: int


_DESCRIBED = """
    SELECT t.tenant_id, t.message_id, t.state, t.claim_id, t.attempts, t.expires_at, m.sender_id, m.recipient,
           coalesce(m.body, ''), m.encoding, m.segments
    FROM taken t JOIN messages m
      ON m.tenant_id = t.tenant_id AND m.submitted_at = t.submitted_at AND m.message_id = t.message_id"""

# The tenants that have something due are found by leaping from one to the next in the index, and each gets its share:
# the cost and the turn of a tenant do not depend on how much the others have queued.
_CLAIM = f"""
    WITH RECURSIVE heads AS (
        (SELECT tenant_id, due_at FROM outbound_messages WHERE carrier = %(carrier)s AND state = 'waiting'
         ORDER BY tenant_id, due_at LIMIT 1)
        UNION ALL
        SELECT n.tenant_id, n.due_at FROM heads h CROSS JOIN LATERAL (
            SELECT tenant_id, due_at FROM outbound_messages o
            WHERE o.carrier = %(carrier)s AND o.state = 'waiting' AND o.tenant_id > h.tenant_id
            ORDER BY o.tenant_id, o.due_at LIMIT 1) n),
    due AS (SELECT tenant_id, due_at FROM heads WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s),
    picked AS (
        SELECT q.tenant_id, q.message_id FROM due d CROSS JOIN LATERAL (
            SELECT o.tenant_id, o.message_id FROM outbound_messages o
            WHERE o.carrier = %(carrier)s AND o.state = 'waiting' AND o.tenant_id = d.tenant_id AND o.due_at <= %(now)s
            ORDER BY o.due_at
            LIMIT (SELECT greatest(1, ceil(%(limit)s::numeric / count(*))) FROM due)
            FOR UPDATE SKIP LOCKED) q
        LIMIT %(limit)s),
    taken AS (
        UPDATE outbound_messages o
        SET state = 'claimed', claim_id = %(claim_id)s, due_at = %(until)s, attempts = attempts + 1
        FROM picked p WHERE o.tenant_id = p.tenant_id AND o.message_id = p.message_id
        RETURNING o.*)
    {_DESCRIBED}"""  # noqa: S608 — of the constant above

_TAKE_LATE = f"""
    WITH picked AS (
        SELECT tenant_id, message_id FROM outbound_messages
        WHERE carrier = %(carrier)s AND state <> 'waiting' AND due_at <= %(now)s
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
    taken AS (
        UPDATE outbound_messages o
        SET due_at = %(until)s, claim_id = CASE o.state WHEN 'claimed' THEN %(claim_id)s::uuid END
        FROM picked p WHERE o.tenant_id = p.tenant_id AND o.message_id = p.message_id
        RETURNING o.*)
    {_DESCRIBED}"""  # noqa: S608 — of the constant above

_POSTPONE = """
    UPDATE outbound_messages o
    SET state = 'waiting', claim_id = NULL, due_at = least(n.due_at, o.expires_at), last_problem = n.problem
    FROM unnest(%(message_ids)s::uuid[], %(moments)s::timestamptz[], %(problems)s::text[])
         AS n (message_id, due_at, problem)
    WHERE o.tenant_id = %(tenant_id)s AND o.message_id = n.message_id AND o.claim_id = %(claim_id)s"""

_OF_MESSAGES = "WHERE tenant_id = %(tenant_id)s AND message_id = ANY (%(message_ids)s::uuid[])"

_AWAIT_RECEIPTS = f"""
    UPDATE outbound_messages SET state = 'sent', claim_id = NULL, due_at = expires_at + %(grace)s {_OF_MESSAGES}"""  # noqa: S608


# In one statement, so that messages may be accepted and sent meanwhile.
_DIFFERENCES = """
    WITH staying AS (
        SELECT m.message_id, m.status, m.price FROM messages m
        WHERE m.tenant_id = %(tenant_id)s AND m.status IN ('queued', 'held') AND m.source = ANY (%(sources)s))
    SELECT (SELECT count(*) FROM staying s
            WHERE s.status = 'queued'
              AND NOT EXISTS (SELECT FROM outbound_messages o
                              WHERE o.tenant_id = %(tenant_id)s AND o.message_id = s.message_id)) AS unqueued,
           (SELECT coalesce(sum(price), 0) FROM staying) AS owed,
           coalesce((SELECT reserved FROM ledger_balances WHERE tenant_id = %(tenant_id)s), 0) AS reserved"""


def claim(connection: Connection, carrier: str, *, now: datetime, until: datetime, limit: int) -> list[Queued]:
    """Take up to `limit` messages that are due, shared fairly among their tenants (worker's connection).

    Commit before submitting them. Who has not reported by `until` is taken for dead.
    """
    values = {"carrier": carrier, "now": now, "until": until, "limit": limit, "claim_id": uuid4()}
    return [Queued(*row) for row in connection.exec_driver_sql(_CLAIM, values)]


def take_late(connection: Connection, carrier: str, *, now: datetime, until: datetime, limit: int) -> list[Queued]:
    """Take rows that nobody looked after in time: claims of workers that died, and messages without a receipt."""
    values = {"carrier": carrier, "now": now, "until": until, "limit": limit, "claim_id": uuid4()}
    return [Queued(*row) for row in connection.exec_driver_sql(_TAKE_LATE, values)]


def postpone(
    connection: Connection, tenant_id: UUID, claim_id: UUID, delays: Mapping[UUID, tuple[datetime, str]]
) -> int:
    """Let messages of a claim wait until (moment, why), at most until they expire; how many still belonged to it."""
    if not delays:
        return 0
    moments, problems = zip(*delays.values(), strict=True)
    values = {
        "tenant_id": tenant_id, "claim_id": claim_id, "message_ids": list(delays), "moments": list(moments),
        "problems": list(problems),
    }  # fmt: skip
    return connection.exec_driver_sql(_POSTPONE, values).rowcount


def await_receipts(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID]) -> None:
    """These messages left: what is waited for now is their receipt."""
    _change(connection, _AWAIT_RECEIPTS, tenant_id, message_ids, grace=RECEIPT_GRACE)


def remove(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID]) -> None:
    """The outcome of these messages is known, or they are held back and not to be sent."""
    _change(connection, f"DELETE FROM outbound_messages {_OF_MESSAGES}", tenant_id, message_ids)  # noqa: S608


def differences(connection: Connection, tenant_id: UUID) -> list[str]:
    """What is not as it must be, in words for the operator."""
    row = connection.exec_driver_sql(_DIFFERENCES, {"tenant_id": tenant_id, "sources": list(SOURCES)}).one()
    found = []
    if row.unqueued:
        found.append(f"{row.unqueued} queued messages have no row in the queue, so nobody will send them")
    if row.reserved != row.owed:
        found.append(f"{row.reserved} is reserved, the messages that have not left yet cost {row.owed}")
    return found


def _change(
    connection: Connection, statement: str, tenant_id: UUID, message_ids: Sequence[UUID], **values: object
) -> None:
    if message_ids:
        connection.exec_driver_sql(statement, {"tenant_id": tenant_id, "message_ids": list(message_ids), **values})
