"""Row-level security keeps operators that are not leak-proof away from indexes, and a kept plan those of conditions that it
does not know to be there: each filter of the log must have one, and each further page of a list enters one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, text

from gateway.store.audit import list_events
from gateway.store.exports import list_exports
from gateway.store.inbound import list_inbound
from gateway.store.invoices import list_payments
from gateway.store.ledger import list_entries
from gateway.store.log_filter import LogFilter, Recipient, Search, Window
from gateway.store.message_reads import list_messages
from gateway.store.notes import list_notes
from gateway.store.positions import Position
from gateway.store.tenancy import tenant_transaction
from gateway.store.webhooks.deliveries import DeliveryFilter, list_deliveries
from tests.support.api_world import World

Ask = Callable[[Connection, UUID], object]


def plan_of(world: World, wanted: LogFilter, after: Position | None = None) -> str:
    """How PostgreSQL would read a page of the log, knowing the values."""
    return read_by(world, lambda on, _who: list_messages(on, wanted, limit=50, after=after))


def read_by(world: World, ask: Ask, *, known: bool = True) -> str:
    """How PostgreSQL would answer the last statement of ``ask``, as a plan for these values or (``known`` False) as one that
    is kept for any. So few rows would be read without an index; what counts is that one can be used."""
    asked: list[tuple[str, dict[str, Any]]] = []
    with tenant_transaction(world.api_engine, world.tenant) as connection:
        connection.execute(
            text("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)")
        )
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        ask(connection, world.tenant)
        statement, values = asked[-1]
        if known:
            lines = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", values)
        else:
            for place, name in enumerate(values, 1):
                statement = statement.replace(f"%({name})s", f"${place}")
            lines = connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN, COSTS OFF) {statement}")
        return "\n".join(lines.scalars())


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


AT, ID = datetime(2026, 11, 20, 15, tzinfo=UTC), UUID(int=7)
LATER = AT + timedelta(days=3)
#: Lists of the store, what is asked of each, and what the index is entered by (of a plan that does not know the values).
LISTS: dict[str, tuple[Ask, str]] = {
    "deliveries": (
        lambda on, who: list_deliveries(on, who, ID, DeliveryFilter(until=LATER), limit=9, after=Position(AT, ID)),
        "ROW(created_at, delivery_id) < ROW(",
    ),
    "ledger": (lambda on, who: list_entries(on, who, limit=9, after=(AT, ID), stop=LATER), "ROW(at, entry_id) < ROW("),
    "ledger of days": (lambda on, who: list_entries(on, who, limit=9, start=AT, stop=LATER), "ROW(at, entry_id) < ROW("),
    "payments": (lambda on, who: list_payments(on, who, limit=9, after=(AT, ID)), "ROW(at, entry_id) < ROW("),
    "audit log": (lambda on, who: list_events(on, who, limit=9, after=ID), "(audit_id < "),
    "inbound": (lambda on, who: list_inbound(on, who, limit=9, after=Position(AT, ID)), "ROW(received_at, inbound_id) < ROW("),
    "notes": (lambda on, who: list_notes(on, who, limit=9, after=ID), "(note_id < "),
    "exports": (lambda on, who: list_exports(on, who, limit=9, after=ID), "(export_id < "),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_page_of_a_list_is_entered_where_the_last_one_ended(world: World, name: str) -> None:
    """By a plan that is kept, as all of an account's are: it is made without knowing whether a value is there."""
    ask, condition = LISTS[name]
    plan = read_by(world, ask, known=False)
    assert any("Index Cond" in line and condition in line for line in plan.splitlines()), plan
