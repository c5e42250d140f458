"""Writing what the demo's health scores are made of beside traffic and money. Needs the worker's connection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from gateway.store.health.scores import compute_day, due_days, refresh_current


class DemoTickets(NamedTuple):
    """A day's tickets: those opened, and those open at its end."""

    tenant_id: UUID
    day: date
    opened: int
    still_open: int


class DemoAnswer(NamedTuple):
    """What somebody answered; None put the question away."""

    tenant_id: UUID
    answer_id: UUID
    user_id: UUID
    at: datetime
    score: int | None
    comment: str


def write_tickets(connection: Connection, days: Sequence[DemoTickets]) -> None:
    """Store days of tickets."""
    if days:
        columns = [list(column) for column in zip(*days, strict=True)]
        connection.exec_driver_sql(
            "INSERT INTO ticket_days (tenant_id, day, opened, still_open)"
            " SELECT * FROM unnest(%s::uuid[], %s::date[], %s::int[], %s::int[])",
            tuple(columns),
        )


def write_answers(connection: Connection, answers: Sequence[DemoAnswer]) -> None:
    """Store answers."""
    for answer in answers:
        connection.exec_driver_sql(
            "INSERT INTO nps_answers (tenant_id, answer_id, user_id, at, score, comment)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            tuple(answer),
        )


def score(connection: Connection, tenants: Sequence[UUID], now: datetime) -> None:
    """Make the scores of all days that were over at `now`, as the worker would have done night by night."""
    for day, found in due_days(connection, now, tenants):
        compute_day(connection, day, found, now)
    refresh_current(connection, tenants)
