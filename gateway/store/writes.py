"""Writing messages: new ones, news about them, and many at once.

Rollups need no care here: triggers on `messages` queue what changed, whoever changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.types import Uuid

from gateway.domain import ids
from gateway.domain.messages import NewEvent, NewMessage, Transition
from gateway.domain.pricing import UNCHARGED
from gateway.domain.statuses import FINAL, Status, path
from gateway.store.copy_text import blocks
from gateway.store.partitions import ensure_months

_ARRAY_TYPES = {
    "tenant_id": "uuid", "submitted_at": "timestamptz", "message_id": "uuid", "sent_at": "timestamptz",
    "final_at": "timestamptz", "api_key_id": "uuid", "status": "message_status", "segments": "smallint",
    "price": "numeric", "at": "timestamptz", "seq": "smallint",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InsertResult:
    """How many rows were new, and how many were known before (or twice in the batch)."""

    inserted: int
    already_known: int


@dataclass(frozen=True, slots=True)
class Change:
    """What news did to a message: the statuses it entered, the last being what it is now, and the news' own account."""

    message_id: UUID
    entered: tuple[Status, ...]
    at: datetime
    error_code: str | None
    carrier_code: str | None

    @property
    def status(self) -> Status:
        return self.entered[-1]


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """`applied` changed a status; `ignored` were late, repeated or no outcome, and are recorded; `unknown` name no
    message of the tenant and are not recorded. `changes` has one entry for each that was applied, in order."""

    applied: int
    ignored: int
    unknown: tuple[UUID, ...] = field(default=())
    changes: tuple[Change, ...] = field(default=())


def insert_messages(
    connection: Connection, rows: Sequence[NewMessage], events: Sequence[NewEvent] | None = None
) -> InsertResult:
    """Insert the rows that are not there yet, with their events (what the rows imply, unless given).

    A row that is known is left as it is, with its events. Works under any role; gateway_api inserts for the tenant of
    its transaction only.
    """
    if not rows:
        return InsertResult(0, 0)
    given = _columns(NewMessage, rows)
    if events is None:
        statement = _insert(_unnested(NewMessage, "m_"), _IMPLIED)
    else:
        statement = _insert(_unnested(NewMessage, "m_"), _given(_unnested(NewEvent, "e_")))
        given |= _columns(NewEvent, events, "e_")
    inserted = int(connection.exec_driver_sql(statement, given).scalar_one())
    return InsertResult(inserted, len(rows) - inserted)


def copy_messages(
    connection: Connection,
    rows: Sequence[NewMessage],
    events: Sequence[NewEvent] | None = None,
    *,
    all_new: bool = False,
) -> InsertResult:
    """The same as `insert_messages` for chunks of some 20,000 rows, by COPY, making the months they need.

    Needs the worker's connection. Chunks that hold one tenant's rows of a few days go in fastest. The rows pass through
    a temporary table: COPY does not write to a table with row-level security, and could not step over known rows.

    With `all_new` the caller has looked and holds the lock under which nobody else writes them: looking again for each
    row is a seventh of what it costs. Raises sqlalchemy.exc.IntegrityError when one is known all the same.
    """
    if not rows:
        return InsertResult(0, 0)
    months = {(row.submitted_at.year, row.submitted_at.month): row.submitted_at for row in rows}
    ensure_months(connection, months.values())
    connection.exec_driver_sql(_STAGE)
    _copy(connection, "staged_messages", NewMessage, rows)
    if events is not None:
        _copy(connection, "staged_events", NewEvent, events)
    known = "" if all_new else _STEPPING_OVER
    statement = _insert("staged_messages", _IMPLIED if events is None else _given("staged_events", known), known)
    inserted = int(connection.exec_driver_sql(statement).scalar_one())
    connection.exec_driver_sql("TRUNCATE staged_messages, staged_events")
    return InsertResult(inserted, len(rows) - inserted)


_STAGE = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_messages ON COMMIT DELETE ROWS
        AS SELECT {", ".join(NewMessage._fields)} FROM messages WITH NO DATA;
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_events ON COMMIT DELETE ROWS
        AS SELECT {", ".join(NewEvent._fields)} FROM message_events WITH NO DATA"""  # noqa: S608 — names of ours

# A row tells its history: queued, then held or sent, then the final status, each at the time the row knows.
_IMPLIED = """
    SELECT m.tenant_id, m.submitted_at, m.message_id, e.at, e.seq, e.status, 'status', m.source, e.carrier_code, NULL
    FROM new m CROSS JOIN LATERAL (VALUES
        (m.submitted_at, 1::smallint, 'queued'::message_status, NULL, true),
        (m.submitted_at, 2, 'held', NULL, m.status IN ('held', 'blocked')),
        (coalesce(m.sent_at, m.submitted_at), 2, 'sent', NULL, m.status IN ('sent', 'delivered', 'failed', 'expired')),
        (coalesce(m.final_at, m.submitted_at), CASE m.status WHEN 'rejected' THEN 2 ELSE 3 END, m.status,
         m.carrier_code, m.status IN ('delivered', 'failed', 'expired', 'rejected', 'blocked'))
    ) AS e (at, seq, status, carrier_code, happened)
    WHERE e.happened"""


_STEPPING_OVER = "ON CONFLICT DO NOTHING"


def _given(source: str, known: str = _STEPPING_OVER) -> str:
    names = ", ".join(f"e.{name}" for name in NewEvent._fields)
    return f"""
    SELECT {names} FROM {source} e JOIN new USING (tenant_id, submitted_at, message_id) {known}"""  # noqa: S608


def _insert(source: str, events: str, known: str = _STEPPING_OVER) -> str:
    # One order for all writers: two batches that share rows wait for each other instead of deadlocking.
    names = ", ".join(NewMessage._fields)
    return f"""
    WITH new AS (
        INSERT INTO messages ({names}) SELECT {names} FROM {source} AS s ORDER BY tenant_id, submitted_at, message_id
        {known}
        RETURNING tenant_id, submitted_at, message_id, status, source, sent_at, final_at, carrier_code),
    told AS (INSERT INTO message_events ({", ".join(NewEvent._fields)}) {events})
    SELECT count(*) FROM new"""  # noqa: S608 — names of ours


def _unnested(shape: type[NewMessage] | type[NewEvent], prefix: str) -> str:
    names = shape._fields
    arrays = ", ".join(f"%({prefix}{name})s::{_ARRAY_TYPES.get(name, 'text')}[]" for name in names)
    return f"(SELECT * FROM unnest({arrays}) AS u ({', '.join(names)}))"  # noqa: S608 — names of ours


def _columns(
    shape: type[NewMessage] | type[NewEvent], rows: Sequence[NewMessage] | Sequence[NewEvent], prefix: str = "m_"
) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(shape._fields)
    return {prefix + name: list(column) for name, column in zip(shape._fields, columns, strict=True)}


def _copy(
    connection: Connection, table: str, shape: type[NewMessage] | type[NewEvent], rows: Iterable[tuple[Any, ...]]
) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("messages are written through psycopg")
    statement = f"COPY {table} ({', '.join(shape._fields)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks(rows):
            copy.write(block)


_OF_MESSAGES = "tenant_id = :tenant_id AND submitted_at = ANY (:moments) AND message_id = ANY (:ids)"

_LOCK = text(
    f"SELECT message_id, submitted_at, status::text AS status FROM messages WHERE {_OF_MESSAGES}"  # noqa: S608
    " ORDER BY submitted_at, message_id FOR UPDATE"
).bindparams(bindparam("tenant_id", type_=Uuid()))

_LAST_SEQ = text(
    f"SELECT message_id, max(seq) AS seq FROM message_events WHERE {_OF_MESSAGES} GROUP BY message_id"  # noqa: S608
).bindparams(bindparam("tenant_id", type_=Uuid()))

_APPEND = f"INSERT INTO message_events ({', '.join(NewEvent._fields)}) SELECT * FROM {_unnested(NewEvent, 'e_')} AS e"  # noqa: S608

_APPLY = """
    UPDATE messages m
    SET status = n.status, sent_at = coalesce(m.sent_at, n.sent_at), final_at = n.final_at,
        error_code = n.error_code, carrier_code = coalesce(n.carrier_code, m.carrier_code),
        price = CASE WHEN n.uncharged THEN 0 ELSE m.price END, updated_at = now()
    FROM unnest(%(submitted_at)s::timestamptz[], %(message_id)s::uuid[], %(status)s::message_status[],
                %(sent_at)s::timestamptz[], %(final_at)s::timestamptz[], %(error_code)s::text[],
                %(carrier_code)s::text[], %(uncharged)s::boolean[])
         AS n (submitted_at, message_id, status, sent_at, final_at, error_code, carrier_code, uncharged)
    WHERE m.tenant_id = %(tenant_id)s::uuid AND m.submitted_at = n.submitted_at AND m.message_id = n.message_id"""


@dataclass(slots=True)
class _State:
    """A locked message while its news is worked through."""

    submitted_at: datetime
    status: Status
    seq: int
    changed: bool = False
    sent_at: datetime | None = None
    final_at: datetime | None = None
    error_code: str | None = None
    carrier_code: str | None = None


def apply_transitions(connection: Connection, tenant_id: UUID, transitions: Sequence[Transition]) -> TransitionResult:
    """Work through news about the tenant's messages, in the given order.

    What the status machine allows changes the message and is recorded as a "status" event, one per status it passes
    through. All other news changes nothing and is recorded as a "receipt" event. Concurrent calls wait for each other
    message by message.
    """
    if not transitions:
        return TransitionResult(0, 0)
    states = _lock(connection, tenant_id, {news.message_id for news in transitions})
    ignored = 0
    changes: list[Change] = []
    events: list[NewEvent] = []
    unknown: dict[UUID, None] = {}
    for news in transitions:
        state = states.get(news.message_id)
        if state is None:
            unknown[news.message_id] = None
            continue
        steps = () if news.status is None else path(state.status, news.status)
        events.extend(_record(tenant_id, state, news, steps))
        if steps:
            changes.append(Change(news.message_id, tuple(steps), news.at, news.error_code, news.carrier_code))
        else:
            ignored += 1
    _update(connection, tenant_id, {key: state for key, state in states.items() if state.changed})
    if events:
        connection.exec_driver_sql(_APPEND, _columns(NewEvent, events, "e_"))
    return TransitionResult(len(changes), ignored, tuple(unknown), tuple(changes))


def find_by_external_id(connection: Connection, tenant_id: UUID, external_ids: Sequence[str]) -> dict[str, UUID]:
    """The newest message of each external id that the tenant has; ids without one are missing from the answer."""
    rows = connection.execute(
        text(
            "SELECT external_id, message_id FROM messages"
            " WHERE tenant_id = :tenant_id AND external_id = ANY (:external_ids) ORDER BY submitted_at, message_id"
        ).bindparams(bindparam("tenant_id", type_=Uuid())),
        {"tenant_id": tenant_id, "external_ids": list(external_ids)},
    )
    return {row.external_id: _uuid(row.message_id) for row in rows}


def _lock(connection: Connection, tenant_id: UUID, wanted: set[UUID]) -> dict[UUID, _State]:
    named = {
        "tenant_id": tenant_id,
        "moments": list({ids.submitted_at_of(message_id) for message_id in wanted}),
        "ids": list(wanted),
    }
    states = {
        _uuid(row.message_id): _State(row.submitted_at, Status(row.status), 0)
        for row in connection.execute(_LOCK, named)
    }
    # Asked after the locks are held: whoever held them before may have added events meanwhile.
    for row in connection.execute(_LAST_SEQ, named):
        if (state := states.get(_uuid(row.message_id))) is not None:
            state.seq = row.seq
    return states


def _record(tenant_id: UUID, state: _State, news: Transition, steps: Sequence[Status]) -> Iterator[NewEvent]:
    head = (tenant_id, state.submitted_at, news.message_id)
    if not steps:
        state.seq += 1
        said = news.status.value if news.status is not None else None
        yield NewEvent(*head, news.at, state.seq, said, "receipt", news.source, news.carrier_code, news.detail)
        return
    for step in steps:
        state.seq += 1
        last = step is steps[-1]
        yield NewEvent(
            *head, news.at, state.seq, step.value, "status", news.source,
            news.carrier_code if last else None, news.detail if last else None,
        )  # fmt: skip
        if step is Status.SENT and state.sent_at is None:
            state.sent_at = news.at
    state.changed, state.status = True, steps[-1]
    state.final_at = news.at if steps[-1] in FINAL else None
    state.error_code = news.error_code
    state.carrier_code = news.carrier_code or state.carrier_code


def _update(connection: Connection, tenant_id: UUID, changed: dict[UUID, _State]) -> None:
    if not changed:
        return
    states = changed.values()
    connection.exec_driver_sql(
        _APPLY,
        {
            "tenant_id": tenant_id,
            "message_id": list(changed),
            "submitted_at": [state.submitted_at for state in states],
            "status": [state.status.value for state in states],
            "sent_at": [state.sent_at for state in states],
            "final_at": [state.final_at for state in states],
            "error_code": [state.error_code for state in states],
            "carrier_code": [state.carrier_code for state in states],
            "uncharged": [state.status in UNCHARGED for state in states],
        },
    )


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
