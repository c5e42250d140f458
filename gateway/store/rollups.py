"""Rollups: what analytics reads instead of messages. Each counts every message exactly once.

Triggers on `messages` queue signed, aggregated differences in `rollup_deltas`, in three grains: counts ("c"), hours of
the local day ("h") and latencies of delivered messages ("l"). Hours and latencies are columns: a day is one row then,
where it was dozens. `fold` takes the queue and adds it to the tables. Sums
commute, so differences may be folded in any order and by anybody, one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.types import Uuid

from gateway.domain.latency import BOUNDS

HOUR_MESSAGES = tuple(f"m{hour:02}" for hour in range(24))
HOUR_SPEND = tuple(f"a{hour:02}" for hour in range(24))

LATENCY_BUCKETS = tuple(f"b{bucket:02}" for bucket in range(len(BOUNDS) + 1))
"""The columns of a latency histogram, by bucket of `gateway.domain.latency`."""

Grain = Literal["c", "h", "l"]


@dataclass(frozen=True)
class Rollup:
    """A table that holds sums of one grain by `keys` (which follow tenant_id)."""

    table: str
    grain: Grain
    keys: tuple[str, ...]

    @property
    def measures(self) -> Mapping[str, str]:
        """Measure → how it is summed from deltas."""
        match self.grain:
            case "c":
                return {"messages": "sum(messages)", "segments": "sum(segments)", "spend": "sum(spend)"}
            case "l":
                counts = {
                    name: f"coalesce(sum(messages) FILTER (WHERE bucket = {bucket}), 0)"
                    for bucket, name in enumerate(LATENCY_BUCKETS)
                }
                return {"messages": "sum(messages)", **counts}
            case "h":
                at = [f"FILTER (WHERE hour = {hour})" for hour in range(24)]
                counts = {HOUR_MESSAGES[hour]: f"coalesce(sum(messages) {at[hour]}, 0)" for hour in range(24)}
                spend = {HOUR_SPEND[hour]: f"coalesce(sum(spend) {at[hour]}, 0)" for hour in range(24)}
                return {"messages": "sum(messages)", **counts, **spend}


ROLLUPS = (
    Rollup("rollup_totals", "c", ("day", "status")),
    Rollup("rollup_daily", "c", ("day", "operator", "country", "status", "error_code")),
    Rollup("rollup_senders", "c", ("sender_id", "day", "operator", "country", "status", "error_code")),
    Rollup("rollup_sender_totals", "c", ("day", "sender_id", "status")),
    Rollup("rollup_destinations", "c", ("day", "operator", "country", "destination", "status")),
    Rollup("rollup_sender_destinations", "c", ("sender_id", "day", "operator", "country", "destination", "status")),
    Rollup("rollup_hours", "h", ("day", "operator", "status")),
    Rollup("rollup_sender_hours", "h", ("sender_id", "day", "operator", "status")),
    Rollup("rollup_latency", "l", ("day", "operator")),
    Rollup("rollup_latency_totals", "l", ("day",)),
    Rollup("rollup_sender_latency", "l", ("sender_id", "day", "operator")),
)

FOLD_LIMIT = 200_000
"""Deltas taken at once: some seconds of work at most, so that the others' wait is short."""


def fold(connection: Connection, *, limit: int = FOLD_LIMIT) -> int:
    """Add up to `limit` queued deltas to the rollups and bump the revisions of their tenants; returns how many.

    Call again while the answer is `limit`. Folds wait for each other; writers are never waited for. Needs the worker's
    or the owner's connection; takes part in the caller's transaction.
    """
    connection.exec_driver_sql(_ONE_AT_A_TIME)
    done = connection.exec_driver_sql(_FOLD, {"limit": limit}).one()
    if done.emptied:
        span = {"tenants": done.tenants, "first": done.first, "last": done.last}
        for rollup in ROLLUPS:
            connection.exec_driver_sql(_REMOVE_EMPTY.format(table=rollup.table), span)
    return int(done.taken)


def fold_all(connection: Connection) -> int:
    """Fold until the queue is empty (as this transaction sees it); returns how many deltas there were."""
    total = 0
    while taken := fold(connection):
        total += taken
        if taken < FOLD_LIMIT:
            break
    return total


def recount(connection: Connection, tenant_id: UUID) -> None:
    """Make the tenant's rollups anew from its messages: after a change of time zone, or when `differences` finds one.

    Days of which messages were retired stay as they were counted, since nobody can count them again. Writers of all
    tenants wait until the caller's transaction ends.
    """
    connection.exec_driver_sql("LOCK TABLE messages IN SHARE ROW EXCLUSIVE MODE")
    connection.exec_driver_sql(_ONE_AT_A_TIME)
    fold_all(connection)  # what waits may be about days that are not counted again
    whole = connection.execute(_tenant(f"SELECT {_WHOLE_FROM}"), {"tenant_id": tenant_id}).scalar_one()
    which = {"tenant_id": tenant_id, "whole": whole}
    for rollup in ROLLUPS:
        connection.execute(_tenant(f"DELETE FROM {rollup.table} WHERE tenant_id = :tenant_id AND day >= :whole"), which)  # noqa: S608
    connection.execute(_tenant("SELECT requeue_rollups(:tenant_id)"), {"tenant_id": tenant_id})
    connection.execute(_tenant("DELETE FROM rollup_deltas WHERE tenant_id = :tenant_id AND day < :whole"), which)
    fold_all(connection)
    connection.execute(_tenant(_BUMP), {"tenant_id": tenant_id})


def differences(connection: Connection, tenant_id: UUID) -> dict[str, int]:
    """The tables that do not equal a recount of the tenant's messages, with how many of their rows differ.

    What waits in the queue is counted in, days of which messages were retired are not looked at. Each table is compared
    in one statement, so writers and folds may go on.
    """
    found: dict[str, int] = {}
    for rollup in ROLLUPS:
        count = connection.execute(_tenant(_compare(rollup)), {"tenant_id": tenant_id}).scalar_one()
        if count:
            found[rollup.table] = int(count)
    return found


def revision(connection: Connection, tenant_id: UUID) -> int:
    """A number that grows whenever the tenant's rollups change; 0 before the first message."""
    found = connection.execute(
        _tenant("SELECT revision FROM tenant_revisions WHERE tenant_id = :tenant_id"), {"tenant_id": tenant_id}
    ).scalar()
    return int(found or 0)


def pending(connection: Connection) -> int:
    """How many deltas wait to be folded."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM rollup_deltas").scalar_one())


def _tenant(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("tenant_id", type_=Uuid()))


def _upsert(rollup: Rollup) -> str:
    keys, measures = ("tenant_id", *rollup.keys), rollup.measures
    key_list, added = ", ".join(keys), ", ".join(f"{name} = t.{name} + excluded.{name}" for name in measures)
    return f"""
        {rollup.table}_folded AS (
            INSERT INTO {rollup.table} AS t ({key_list}, {", ".join(measures)})
            SELECT {key_list}, {", ".join(measures.values())} FROM taken WHERE grain = '{rollup.grain}'
            GROUP BY {key_list} ORDER BY {key_list}
            ON CONFLICT ({key_list}) DO UPDATE SET {added}
            RETURNING messages)"""  # noqa: S608 — built of the constants above


def _compare(rollup: Rollup) -> str:
    keys, names = ", ".join(rollup.keys), ", ".join(rollup.measures)
    queued = ", ".join(rollup.measures.values())
    # Written on its own and not with the triggers' words: a mistake there must show here.
    raw = {
        "messages": "count(*)", "segments": "sum(segments)", "spend": "sum(price)",
        **{HOUR_MESSAGES[hour]: f"count(*) FILTER (WHERE hour = {hour})" for hour in range(24)},
        **{HOUR_SPEND[hour]: f"coalesce(sum(price) FILTER (WHERE hour = {hour}), 0)" for hour in range(24)},
        **{name: f"count(*) FILTER (WHERE bucket = {bucket})" for bucket, name in enumerate(LATENCY_BUCKETS)},
    }  # fmt: skip
    counted = ", ".join(raw[name] for name in rollup.measures)
    delivered = "WHERE status = 'delivered' AND final_at IS NOT NULL" if rollup.grain == "l" else ""
    return f"""
        WITH one AS (
            SELECT operator, sender_id, country, destination, status, coalesce(error_code, '') AS error_code, segments,
                   price, final_at, local::date AS day, extract(hour FROM local) AS hour,
                   latency_bucket(submitted_at, final_at) AS bucket
            FROM (SELECT m.*, m.submitted_at AT TIME ZONE coalesce(t.time_zone, 'UTC') AS local
                  FROM messages m LEFT JOIN tenants t USING (tenant_id) WHERE m.tenant_id = :tenant_id) r
            WHERE local::date >= {_WHOLE_FROM}),
        recounted AS (SELECT {keys}, {counted} FROM one {delivered} GROUP BY {keys}),
        kept AS (
            SELECT {keys}, {", ".join(f"sum({name})" for name in rollup.measures)} FROM (
                SELECT {keys}, {names} FROM {rollup.table} WHERE tenant_id = :tenant_id AND day >= {_WHOLE_FROM}
                UNION ALL
                SELECT {keys}, {queued} FROM rollup_deltas
                WHERE tenant_id = :tenant_id AND grain = '{rollup.grain}' AND day >= {_WHOLE_FROM}
                GROUP BY {keys}) AS both_of ({keys}, {names})
            GROUP BY {keys} HAVING sum(messages) <> 0)
        SELECT count(*) FROM ((TABLE recounted EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE recounted)) d"""  # noqa: S608


_WHOLE_FROM = """
    coalesce((SELECT ((k.kept_from - interval '1 microsecond') AT TIME ZONE coalesce(t.time_zone, 'UTC'))::date + 1
              FROM message_retention k LEFT JOIN tenants t ON t.tenant_id = :tenant_id), '0001-01-01'::date)"""
"""SQL: the first day of the tenant's calendar of which all messages are kept."""

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('gateway.fold', 0))"

_BUMP = """
    INSERT INTO tenant_revisions AS r (tenant_id, revision) VALUES (:tenant_id, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET revision = r.revision + 1, updated_at = now()
    RETURNING pg_notify('tenant_revisions', tenant_id::text || ' ' || r.revision)"""

_ANY_EMPTIED = " OR ".join(f"EXISTS (SELECT FROM {rollup.table}_folded WHERE messages = 0)" for rollup in ROLLUPS)

# One statement: what is taken from the queue and what is added belong together by construction.
_FOLD = f"""
    WITH taken AS (
        DELETE FROM rollup_deltas WHERE delta_id = ANY (ARRAY(
            SELECT delta_id FROM rollup_deltas ORDER BY delta_id LIMIT %(limit)s))
        RETURNING *),
    {",".join(_upsert(rollup) for rollup in ROLLUPS)},
    bumped AS (
        INSERT INTO tenant_revisions AS r (tenant_id, revision) SELECT DISTINCT tenant_id, 1 FROM taken
        ON CONFLICT (tenant_id) DO UPDATE SET revision = r.revision + 1, updated_at = now()
        RETURNING pg_notify('tenant_revisions', tenant_id::text || ' ' || r.revision))
    SELECT count(*) AS taken, array_agg(DISTINCT tenant_id) AS tenants, min(day) AS first, max(day) AS last,
           (SELECT count(*) FROM bumped) AS bumped, {_ANY_EMPTIED} AS emptied
    FROM taken"""  # noqa: S608 — built of the constants above

_REMOVE_EMPTY = """
    DELETE FROM {table} WHERE tenant_id = ANY (%(tenants)s) AND day BETWEEN %(first)s AND %(last)s AND messages = 0"""
