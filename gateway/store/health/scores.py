"""Scores by tenant and day, and each tenant's latest one with its past (worker's connection, but for reading).

A day is computed from what was counted, by `gateway.domain.health` and nobody else, and replaces what was there: doing
it again gives the same. The latest scores (`health_current`) are made of the scores alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.domain.billing_periods import GRACE
from gateway.domain.health import Assessment, Facts, Input, Points, Weights, assess, points_of
from gateway.store.health.counting import Counted, count_facts
from gateway.store.health.weights import weights_by_version

SERIES_DAYS = 90
LONGEST_ABSENCE_DAYS = 120
"""How far back days are made that are missing: what the list shows, and what it compares it with."""

DAILY_FOR_DAYS = 400
"""So long every day keeps its score; of a month before that its last day does."""

_POINTS = tuple(f"{each}_points" for each in Input)
_COLUMNS = {
    "tenant_id": "uuid", "score": "numeric", "weights_version": "int", **dict.fromkeys(_POINTS, "numeric"),
    "messages": "bigint", "delivered": "bigint", "rated": "bigint", "withheld": "bigint", "spend": "numeric",
    "spend_before": "numeric", "late_days": "numeric", "invoices": "int", "tickets": "int", "open_tickets": "int",
    "promoters": "int", "detractors": "int", "answers": "int",
}  # fmt: skip

# Days that are over, an hour ago or more, by each tenant's own calendar. None is before its account or first message.
_DAYS = """
    SELECT d.day::date, array_agg(f.tenant_id ORDER BY f.tenant_id)
    FROM (SELECT t.tenant_id, l.latest, greatest(
              l.latest - %(days)s + 1,
              least((t.created_at AT TIME ZONE t.time_zone)::date,
                    (SELECT min(r.day) FROM rollup_totals r WHERE r.tenant_id = t.tenant_id)),
              CASE WHEN %(missing)s THEN (SELECT c.day + 1 FROM health_current c WHERE c.tenant_id = t.tenant_id) END
          ) AS first
          FROM tenants t CROSS JOIN LATERAL (
              SELECT ((%(now)s::timestamptz - %(grace)s::interval) AT TIME ZONE t.time_zone)::date - 1 AS latest) l
          WHERE %(tenants)s::uuid[] IS NULL OR t.tenant_id = ANY (%(tenants)s)) f
    CROSS JOIN LATERAL generate_series(f.first::timestamp, f.latest::timestamp, interval '1 day') AS d (day)
    GROUP BY d.day ORDER BY d.day"""

Days = list[tuple[date, list[UUID]]]
"""Days, oldest first, each with the tenants meant."""


def due_days(connection: Connection, now: datetime, tenants: Sequence[UUID] | None = None) -> Days:
    """The days that are over and come after a tenant's latest score; None is every tenant.

    By the latest score, which is written last: days whose making was interrupted are made again.
    """
    return _days(connection, now, LONGEST_ABSENCE_DAYS, tenants, missing=True)


def latest_days(connection: Connection, now: datetime, days: int, tenants: Sequence[UUID] | None = None) -> Days:
    """The last `days` days that are over, whether they have scores or not."""
    return _days(connection, now, days, tenants, missing=False)


def _days(connection: Connection, now: datetime, days: int, tenants: Sequence[UUID] | None, *, missing: bool) -> Days:
    values = {
        "now": now, "grace": GRACE, "days": days, "missing": missing,
        "tenants": list(tenants) if tenants is not None else None,
    }  # fmt: skip
    return [(day, list(found)) for day, found in connection.exec_driver_sql(_DAYS, values)]


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('health scores', 0))")


def lock(connection: Connection) -> None:
    """Whoever else writes scores waits until the caller's transaction ends."""
    connection.execute(_LOCK)


_ADD = f"""
    INSERT INTO health_scores (day, {", ".join(_COLUMNS)}, computed_at)
    SELECT %(day)s, u.*, %(now)s FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS.items())}) u
    ON CONFLICT (tenant_id, day) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*list(_COLUMNS)[1:], "computed_at"))}"""  # noqa: S608 — names of ours


def compute_day(connection: Connection, day: date, tenants: Sequence[UUID], now: datetime) -> int:
    """Make (anew) the scores of one local day; how many. `refresh_current` is to follow when all days are made."""
    weights = weights_by_version(connection)
    rows = [_row(counted, weights[counted.weights_version]) for counted in count_facts(connection, day, tenants)]
    if rows:
        columns = dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        connection.exec_driver_sql(_ADD, {"day": day, "now": now, **columns})
    return len(rows)


def _row(counted: Counted, weights: Weights) -> tuple[Any, ...]:
    facts = counted.facts
    points = points_of(facts)
    return (
        counted.tenant_id, assess(points, weights).score, weights.version, *(points[each] for each in Input),
        facts.messages, facts.delivered, facts.rated, facts.withheld, counted.spend, counted.spend_before,
        facts.late_days, counted.invoices, facts.tickets, counted.open_tickets, facts.promoters, facts.detractors,
        facts.answers,
    )  # fmt: skip


_THIN = """
    DELETE FROM health_scores WHERE tenant_id = ANY (%(tenants)s) AND day < %(before)s
      AND day <> (date_trunc('month', day::timestamp) + interval '1 month - 1 day')::date"""


def thin(connection: Connection, tenants: Sequence[UUID], before: date) -> int:
    """Forget the tenants' scores of days before `before`, but those of the last days of months; how many went."""
    return connection.exec_driver_sql(_THIN, {"tenants": list(tenants), "before": before}).rowcount


@dataclass(frozen=True, slots=True)
class Score:
    """A day's score with all that it was made of."""

    tenant_id: UUID
    day: date
    score: Decimal | None
    weights_version: int
    points: Points
    facts: Facts
    spend: Decimal
    spend_before: Decimal
    invoices: int
    open_tickets: int | None
    computed_at: datetime


_READ = f"SELECT day, {', '.join(_COLUMNS)}, computed_at FROM health_scores s"  # noqa: S608 — names of ours
_OF_DAY = text(f"{_READ} WHERE tenant_id = :tenant_id AND day = :day")
_LAST = text(f"{_READ} WHERE tenant_id = :tenant_id ORDER BY day DESC LIMIT 1")
_LAST_WITHIN = text(f"""
    {_READ} WHERE tenant_id = :tenant_id AND day BETWEEN :first AND :last ORDER BY day DESC LIMIT 1""")
_LAST_POINTS = text(f"""
    SELECT s.tenant_id, {", ".join(f"s.{name}" for name in _POINTS)}
    FROM health_current c JOIN health_scores s ON s.tenant_id = c.tenant_id AND s.day = c.day""")  # noqa: S608
_SERIES = text("""
    SELECT s.score
    FROM generate_series(CAST(:last AS date) - CAST(:days AS int) + 1, CAST(:last AS date), interval '1 day') AS d (day)
    LEFT JOIN health_scores s ON s.tenant_id = :tenant_id AND s.day = d.day::date ORDER BY d.day""")


def get_score(connection: Connection, tenant_id: UUID, day: date | None = None) -> Score | None:
    """The score of a day, or the latest one."""
    if day is None:
        row = connection.execute(_LAST, {"tenant_id": tenant_id}).first()
    else:
        row = connection.execute(_OF_DAY, {"tenant_id": tenant_id, "day": day}).first()
    return _score(row) if row is not None else None


def get_last_score(connection: Connection, tenant_id: UUID, first: date, last: date) -> Score | None:
    """The latest score of the days `first`…`last`, both included."""
    row = connection.execute(_LAST_WITHIN, {"tenant_id": tenant_id, "first": first, "last": last}).first()
    return _score(row) if row is not None else None


def list_series(connection: Connection, tenant_id: UUID, last: date, days: int) -> list[Decimal | None]:
    """The scores of the `days` days that end with `last`, one for each: None where there is none."""
    values = {"tenant_id": tenant_id, "last": last, "days": days}
    return list(connection.execute(_SERIES, values).scalars())


def latest_points(connection: Connection) -> list[tuple[UUID, Points]]:
    """The points behind the latest score of every tenant the connection may see."""
    return [(row[0], dict(zip(Input, row[1:], strict=True))) for row in connection.execute(_LAST_POINTS)]


def _score(row: Any) -> Score:
    found = row._mapping
    facts = Facts(
        *(found[name] for name in ("messages", "delivered", "rated", "withheld", "late_days", "tickets")),
        *(found[name] for name in ("promoters", "detractors", "answers")),
    )
    return Score(
        tenant_id=found["tenant_id"],
        day=found["day"],
        score=found["score"],
        weights_version=found["weights_version"],
        points={each: found[name] for each, name in zip(Input, _POINTS, strict=True)},
        facts=facts,
        spend=found["spend"],
        spend_before=found["spend_before"],
        invoices=found["invoices"],
        open_tickets=found["open_tickets"],
        computed_at=found["computed_at"],
    )


_CURRENT = f"""
    INSERT INTO health_current (tenant_id, day, score, band, known_weight, driver, driver_effect, change_7d, change_30d,
                                series, messages, delivery_rate, spend, spend_change, open_tickets)
    SELECT u.tenant_id, u.day, s.score, u.band, u.known_weight, u.driver, u.driver_effect,
           s.score - p.series[{SERIES_DAYS} - 7], s.score - p.series[{SERIES_DAYS} - 30], p.series,
           s.messages, round(s.delivered::numeric / nullif(s.rated, 0), 6), s.spend,
           round((s.spend - s.spend_before) / nullif(s.spend_before, 0), 4), s.open_tickets
    FROM unnest(%(tenants)s::uuid[], %(days)s::date[], %(bands)s::text[], %(known)s::int[], %(drivers)s::text[],
                %(effects)s::numeric[]) AS u (tenant_id, day, band, known_weight, driver, driver_effect)
    JOIN health_scores s ON s.tenant_id = u.tenant_id AND s.day = u.day
    CROSS JOIN LATERAL (SELECT ARRAY(
        SELECT e.score FROM generate_series(u.day - {SERIES_DAYS} + 1, u.day, interval '1 day') AS d (day)
        LEFT JOIN health_scores e ON e.tenant_id = u.tenant_id AND e.day = d.day::date ORDER BY d.day) AS series) p
    ON CONFLICT (tenant_id) DO UPDATE SET
        day = excluded.day, score = excluded.score, band = excluded.band, known_weight = excluded.known_weight,
        driver = excluded.driver, driver_effect = excluded.driver_effect, change_7d = excluded.change_7d,
        change_30d = excluded.change_30d, series = excluded.series, messages = excluded.messages,
        delivery_rate = excluded.delivery_rate, spend = excluded.spend, spend_change = excluded.spend_change,
        open_tickets = excluded.open_tickets"""  # noqa: S608 — of the constants above
_LAST_OF = f"""
    {_READ} JOIN (
        SELECT u.tenant_id AS t, (SELECT max(m.day) FROM health_scores m WHERE m.tenant_id = u.tenant_id) AS d
        FROM unnest(%(tenants)s::uuid[]) AS u (tenant_id)) c ON s.tenant_id = c.t AND s.day = c.d"""  # noqa: S608


def refresh_current(connection: Connection, tenants: Iterable[UUID]) -> None:
    """Make each tenant's latest score with its past anew from the scores."""
    weights = weights_by_version(connection)
    found = [_score(row) for row in connection.exec_driver_sql(_LAST_OF, {"tenants": list(tenants)})]
    assessed: list[tuple[Score, Assessment]] = [
        (each, assess(each.points, weights[each.weights_version])) for each in found
    ]
    if not assessed:
        return
    drivers = [each.driver for _, each in assessed]
    connection.exec_driver_sql(
        _CURRENT,
        {
            "tenants": [score.tenant_id for score, _ in assessed],
            "days": [score.day for score, _ in assessed],
            "bands": [str(each.band) for _, each in assessed],
            "known": [each.known_weight for _, each in assessed],
            "drivers": [str(driver) if driver else None for driver in drivers],
            "effects": [min(part.effect for part in each.parts) for _, each in assessed],
        },
    )
