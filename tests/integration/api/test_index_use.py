"""Row-level security keeps operators that are not leak-proof away from indexes: each filter of the log must have one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from gateway.store.log_filter import LogFilter, Recipient, Search, Window
from gateway.store.message_reads import list_messages
from gateway.store.positions import Position
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import World


def plan_of(world: World, wanted: LogFilter, after: Position | None = None) -> str:
    """How PostgreSQL would read a page. So few rows would be read without an index; what counts is that one can be used."""
    asked: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    with tenant_transaction(world.api_engine, world.tenant) as connection:
        connection.execute(
            text("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)")
        )
        event.listen(connection, "before_cursor_execute", keep)
        list_messages(connection, wanted, limit=50, after=after)
        statement, parameters = asked[-1]
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters).scalars())


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        ({"statuses": ("held",)}, None),
        ({"statuses": ("failed", "expired")}, None),
        ({"operators": ("AWCC",)}, "operator = 'AWCC'"),
        ({"sender_ids": ("BANK",)}, "sender_id = 'BANK'"),
        ({"error_codes": ("throttled",)}, "error_code = 'throttled'"),
        ({"countries": ("GB",)}, "country = 'GB'"),
        ({"recipient": Recipient("+93701234567", prefix=False)}, "recipient = '+93701234567'"),
        ({"recipient": Recipient("+9370123", prefix=True)}, "recipient ~>=~ '+9370123'"),
        ({"search": Search("+9370123", ("nobody",))}, "sender_id = 'nobody'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_filter_of_the_log_is_looked_up_in_an_index(
    world: World, wanted: dict[str, Any], condition: str | None
) -> None:
    plan = plan_of(world, LogFilter(world.tenant, **wanted))
    assert "Seq Scan" not in plan
    if condition is None:
        # A partial index holds nothing else, so no filter is left over.
        assert "Filter: (status" not in plan, plan
        return
    used = [line for line in plan.splitlines() if "Index Cond" in line]
    assert any(condition in line.replace("::text", "").replace("::bpchar", "") for line in used), plan


def test_page_of_hours_reads_each_from_its_end_and_stops_when_it_is_full(world: World) -> None:
    newest = datetime(2026, 11, 20, 15, tzinfo=UTC)
    days = [newest - timedelta(days=back) for back in range(30)]
    hours = tuple(Window(start, start + timedelta(hours=1)) for start in days)
    after = Position(newest + timedelta(minutes=30), UUID(int=7))
    plan = plan_of(world, LogFilter(world.tenant, windows=hours), after=after)
    # Hours come in order: only within one rows are compared, and those of the others are not read once there are enough.
    assert "Presorted Key: span.place" in plan, plan
    ends = [line for line in plan.splitlines() if "Index Cond" in line and "ROW(" in line]
    assert ends, plan
    assert all(
        "ROW(span.closes, span.before)" in line and after.submitted_at.isoformat()[:10] not in line for line in ends
    ), plan


@pytest.mark.parametrize("ends_first", [False, True], ids=["page", "range"])
def test_page_within_days_is_entered_where_the_last_one_ended(world: World, ends_first: bool) -> None:
    """Given two ends of a range PostgreSQL enters the index at either, and reads from the later to the earlier."""
    newest = datetime(2026, 11, 20, 15, tzinfo=UTC)
    after = Position(newest - timedelta(days=9), UUID(int=7))
    end = newest - timedelta(days=12) if ends_first else newest
    plan = plan_of(world, LogFilter(world.tenant, start=newest - timedelta(days=30), end=end), after=after)
    entered = [line for line in plan.splitlines() if "Index Cond" in line]
    assert entered, plan
    assert all(line.count("ROW(") == 2 for line in entered), plan
    first = end if ends_first else after.submitted_at
    assert all(f"ROW('{first:%Y-%m-%d}" in line for line in entered), plan
