from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from gateway.domain.messages import NewEvent, NewMessage, Transition, new_message
from gateway.domain.statuses import FINAL, TRANSITIONS, Status
from gateway.store import writes
from gateway.store.tenancy import tenant_transaction
from gateway.store.writes import InsertResult
from tests.integration.store.tenants import add_tenant

AT = datetime(2026, 11, 5, 12, tzinfo=UTC)
Write = Callable[[Connection, Sequence[NewMessage], Sequence[NewEvent] | None], InsertResult]
both_ways = pytest.mark.parametrize("write", [writes.insert_messages, writes.copy_messages])


def message(tenant_id: UUID, name: str = "a1", **given: object) -> NewMessage:
    fields: dict[str, object] = {
        "tenant_id": tenant_id, "submitted_at": AT, "recipient": "+93700000141", "sender_id": "BANK", "source": "api",
        "external_id": name, "body": "سلام\n\\N\t'", "segment_count": 2,
    }  # fmt: skip
    return new_message(**(fields | given))  # type: ignore[arg-type]


def stored(connection: Connection, row: NewMessage) -> NewMessage:
    found = connection.execute(
        text(f"SELECT {', '.join(NewMessage._fields)} FROM messages WHERE message_id = :id"), {"id": row.message_id}
    ).one()
    return NewMessage(*found)


def timeline(connection: Connection, message_id: UUID) -> list[tuple[int, str, str | None]]:
    rows = connection.execute(
        text("SELECT seq, kind, status::text FROM message_events WHERE message_id = :id ORDER BY seq"),
        {"id": message_id},
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


@both_ways
@pytest.mark.parametrize("status", Status)
def test_new_message_is_stored_with_the_history_its_status_implies(
    write: Write, status: Status, worker_engine: Engine
) -> None:
    tenant_id = add_tenant(worker_engine)
    row = message(tenant_id, status=status, sent_at=AT + timedelta(seconds=1), final_at=AT + timedelta(seconds=9),
                  error_code="barred", carrier_code="UNDELIV/013", api_key_id=uuid4())  # fmt: skip
    with worker_engine.begin() as connection:
        assert write(connection, [row], None) == InsertResult(1, 0)
        assert stored(connection, row) == row
        events = timeline(connection, row.message_id)
    walked = [Status(said) for _, _, said in events if said]
    assert walked[0] is Status.QUEUED
    assert walked[-1] is status
    assert all(later in TRANSITIONS[earlier] for earlier, later in pairwise(walked))
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))


@both_ways
def test_known_and_repeated_messages_are_left_alone(write: Write, worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    first, changed = message(tenant_id), message(tenant_id, sender_id="OTHER", status=Status.SENT)
    with worker_engine.begin() as connection:
        assert write(connection, [first], None) == InsertResult(1, 0)
        assert write(connection, [changed, message(tenant_id, "a2"), message(tenant_id, "a2")], None) == InsertResult(
            1, 2
        )
        assert stored(connection, first) == first
        assert timeline(connection, first.message_id) == [(1, "status", "queued")]
        assert write(connection, [], None) == InsertResult(0, 0)


@both_ways
def test_given_events_are_stored_for_new_messages_alone(write: Write, worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    old, new = message(tenant_id, "old"), message(tenant_id, "new")

    def event(row: NewMessage) -> NewEvent:
        return NewEvent(tenant_id, row.submitted_at, row.message_id, AT, 1, None, "receipt", "smsc", "ENROUTE", "d")

    with worker_engine.begin() as connection:
        write(connection, [old], None)
        assert write(connection, [old, new], [event(old), event(new), event(new)]) == InsertResult(1, 1)
        assert timeline(connection, old.message_id) == [(1, "status", "queued")]
        assert timeline(connection, new.message_id) == [(1, "receipt", None)]
        assert write(connection, [message(tenant_id, "silent")], []) == InsertResult(1, 0)


def test_copy_several_chunks_in_one_transaction(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        for chunk in range(3):
            rows = [message(tenant_id, f"{chunk}-{number}") for number in range(50)]
            assert writes.copy_messages(connection, rows) == InsertResult(50, 0)
        assert connection.execute(text("SELECT count(*) FROM message_events")).scalar_one() == 150


@pytest.mark.parametrize("told", [False, True])
def test_copy_of_rows_that_are_all_new_is_the_same_and_refuses_one_that_is_known(
    told: bool, worker_engine: Engine
) -> None:
    one, other = add_tenant(worker_engine), add_tenant(worker_engine)

    def copy(connection: Connection, tenant_id: UUID, names: str, *, all_new: bool) -> InsertResult:
        rows = [message(tenant_id, name) for name in names]
        events = [
            NewEvent(tenant_id, row.submitted_at, row.message_id, row.submitted_at, 1, "queued", "status", "api", None, None)
            for row in rows
        ]  # fmt: skip
        return writes.copy_messages(connection, rows, events if told else None, all_new=all_new)

    kept = "SELECT m.external_id, e.seq, e.status FROM message_events e JOIN messages m USING (message_id) WHERE m.tenant_id = :t ORDER BY 1, 2"  # fmt: skip
    with worker_engine.begin() as connection:
        assert copy(connection, one, "abc", all_new=True) == copy(connection, other, "abc", all_new=False)
        assert copy(connection, one, "de", all_new=True) == InsertResult(2, 0)
        copy(connection, other, "de", all_new=False)
        found = [connection.execute(text(kept), {"t": tenant_id}).all() for tenant_id in (one, other)]
        assert found[0] == found[1]
        assert len(found[0]) >= 5
    with pytest.raises(IntegrityError), worker_engine.begin() as connection:
        copy(connection, one, "xay", all_new=True)
    with worker_engine.begin() as connection:
        assert connection.execute(text(kept), {"t": one}).all() == found[0]


def test_copy_makes_the_months_it_needs(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    old = message(tenant_id, submitted_at=datetime(2019, 2, 28, 23, 59, tzinfo=UTC))
    with worker_engine.begin() as connection:
        writes.copy_messages(connection, [old])
        assert connection.execute(text("SELECT to_regclass('messages_2019_02') IS NOT NULL")).scalar_one()


def test_same_batch_by_several_writers_at_once_is_stored_once(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    rows = [message(tenant_id, str(number)) for number in range(60)]

    def write(turn: int) -> int:
        ordered = rows if turn % 2 else rows[::-1]
        with worker_engine.begin() as connection:
            return (writes.insert_messages if turn < 3 else writes.copy_messages)(connection, ordered).inserted

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(write, range(6))) == 60


def test_api_role_inserts_for_its_tenant(worker_engine: Engine, api_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    with tenant_transaction(api_engine, tenant_id) as connection:
        assert writes.insert_messages(connection, [message(tenant_id)]) == InsertResult(1, 0)
        news = [Transition(message(tenant_id).message_id, Status.DELIVERED, AT, "receipt")]
        assert writes.apply_transitions(connection, tenant_id, news).applied == 1
        assert writes.find_by_external_id(connection, tenant_id, ["a1", "zz"]) == {"a1": message(tenant_id).message_id}


def test_transition_verdict_that_overtook_the_sending_is_recorded_with_both_steps(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    row, then = message(tenant_id), AT + timedelta(seconds=4)
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [row])
        news = Transition(row.message_id, Status.FAILED, then, "receipt", "barred", "UNDELIV/013", "raw")
        assert writes.apply_transitions(connection, tenant_id, [news]).applied == 1
        found = stored(connection, row)
        assert (found.status, found.sent_at, found.final_at) == ("failed", then, then)
        assert (found.error_code, found.carrier_code, found.price) == ("barred", "UNDELIV/013", row.price)
        assert timeline(connection, row.message_id) == [
            (1, "status", "queued"), (2, "status", "sent"), (3, "status", "failed"),
        ]  # fmt: skip


def test_transition_late_and_repeated_receipts_are_recorded_and_change_nothing(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    row = message(tenant_id, status=Status.DELIVERED, final_at=AT)
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [row])
        news = [Transition(row.message_id, status, AT, "receipt") for status in (Status.DELIVERED, Status.FAILED, None)]
        result = writes.apply_transitions(connection, tenant_id, news)
        assert (result.applied, result.ignored) == (0, 3)
        assert stored(connection, row) == row
        assert timeline(connection, row.message_id)[3:] == [
            (4, "receipt", "delivered"), (5, "receipt", "failed"), (6, "receipt", None),
        ]  # fmt: skip


def test_transition_rejection_takes_the_price_back(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [message(tenant_id)])
        news = Transition(message(tenant_id).message_id, Status.REJECTED, AT, "smsc", "invalid_sender", "0x0000000A")
        writes.apply_transitions(connection, tenant_id, [news])
        assert stored(connection, message(tenant_id)).price == Decimal(0)


def test_transition_of_unknown_message_or_other_tenant_is_named_and_not_recorded(worker_engine: Engine) -> None:
    ours, theirs = add_tenant(worker_engine), add_tenant(worker_engine)
    foreign, missing = message(theirs), message(ours, "missing")
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [foreign])
        news = [Transition(row.message_id, Status.SENT, AT, "receipt") for row in (foreign, missing, missing)]
        result = writes.apply_transitions(connection, ours, news)
        assert result == writes.TransitionResult(0, 0, (foreign.message_id, missing.message_id))
        assert stored(connection, foreign) == foreign
        assert writes.apply_transitions(connection, ours, []) == writes.TransitionResult(0, 0)


def test_transition_same_message_from_several_writers_reaches_one_outcome(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    rows = [message(tenant_id, str(number)) for number in range(10)]
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, rows)

    def tell(turn: int) -> int:
        status = Status.DELIVERED if turn % 2 else Status.FAILED
        with worker_engine.begin() as connection:
            news = [Transition(row.message_id, status, AT, "receipt") for row in (rows if turn % 3 else rows[::-1])]
            return writes.apply_transitions(connection, tenant_id, news).applied

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tell, range(6))) == 10
    with worker_engine.begin() as connection:
        for row in rows:
            events = timeline(connection, row.message_id)
            assert [seq for seq, _, _ in events] == list(range(1, 9))
            assert sum(said in FINAL for _, kind, said in events if kind == "status") == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.sampled_from([None, *Status]), max_size=6), max_size=5))
def test_transitions_in_any_order_leave_a_walk_of_the_machine_as_history(
    batches: list[list[Status | None]], shared_worker_engine: Engine
) -> None:
    tenant_id = add_tenant(shared_worker_engine)
    row = message(tenant_id)
    applied = ignored = 0
    with shared_worker_engine.begin() as connection:
        writes.insert_messages(connection, [row])
        for batch in batches:
            news = [Transition(row.message_id, status, AT, "receipt") for status in batch]
            result = writes.apply_transitions(connection, tenant_id, news)
            applied, ignored = applied + result.applied, ignored + result.ignored
        events = timeline(connection, row.message_id)
        final = stored(connection, row)
    walked = [Status(said) for _, kind, said in events if kind == "status" and said]
    assert walked[0] is Status.QUEUED
    assert all(later in TRANSITIONS[earlier] for earlier, later in pairwise(walked))
    assert walked[-1] == final.status
    assert (final.final_at is not None) == (walked[-1] in FINAL)
    assert applied + ignored == sum(map(len, batches))
    assert ignored == sum(kind == "receipt" for _, kind, _ in events)
