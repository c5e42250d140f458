from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from gateway.carriers.port import Accepted, Outbound
from gateway.carriers.receipts import Receipt, receive_receipts
from gateway.carriers.simulator import FORCED, FORCED_ENDING, Simulator, plan
from gateway.domain import ids
from gateway.domain.errors import outcome_of_receipt
from gateway.domain.statuses import FINAL, Status
from gateway.jobs.sending import Sender
from gateway.store.tenancy import tenant_transaction
from tests.integration.sending.conftest import BALANCE, START, Clock, Office

OUTCOMES = {
    "00": "delivered", "01": "failed", "02": "failed", "03": "expired", "04": "rejected", "05": "delivered",
    "06": "delivered", "07": "sent", "08": "delivered", "09": "delivered",
}  # fmt: skip


def run(office: Office, clock: Clock, minutes: int = 10) -> None:
    """Send and deliver until nothing is left to do for `minutes`."""
    simulator = Simulator(office.engine, clock)
    sender = Sender(office.engine, simulator, clock)
    for _ in range(minutes * 2):
        while sender.work():
            pass
        while simulator.deliver():
            pass
        clock.forward(seconds=30)
    sender.close()


@pytest.mark.parametrize("ending", FORCED)
def test_forced_recipient_has_the_outcome_it_asks_for(ending: str, office: Office, clock: Clock) -> None:
    tenant_id = office.tenant()
    [message_id] = office.send(tenant_id, 1, "simulator", f"+9370{FORCED_ENDING}{ending}")
    run(office, clock, 2)
    assert office.statuses() == {message_id: OUTCOMES[ending]}
    found = office.balance(tenant_id)
    assert found.reserved == 0
    assert (found.available == BALANCE) == (ending == "04")


def test_documented_recipients_are_those_of_the_simulator() -> None:
    page = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\d{7})` \|", page, re.MULTILINE) == [FORCED_ENDING + ending for ending in FORCED]


def test_traffic_of_all_operators_comes_to_an_end(office: Office, clock: Clock) -> None:
    tenant_id = office.tenant()
    for prefix in ("70", "72", "76", "73", "75"):
        office.send(tenant_id, 12, "simulator", f"+93{prefix}1234567")
    run(office, clock)
    assert set(map(Status, office.statuses().values())) <= FINAL
    assert office.rows("SELECT count(*) FROM outbound_messages") == [(0,)]
    final = [event for event in office.events() if event != "message.sent"]
    assert len(final) == 60
    office.balance(tenant_id)


def test_fate_follows_from_the_message(office: Office) -> None:
    def message(number: int) -> Outbound:
        return Outbound(UUID(int=1), UUID(int=number), "BANK", "+93701234567", "x", "GSM-7", 1, START)

    fates = [plan(message(number)) for number in range(500)]
    assert fates == [plan(message(number)) for number in range(500)]
    assert all(isinstance(said, Accepted) for said, _ in fates)
    delivered = sum(any(stat == "DELIVRD" for _, stat, _ in receipts) for _, receipts in fates)
    assert 450 < delivered < 500


RECEIPTS = st.lists(
    st.lists(
        st.sampled_from(["DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "ENROUTE", "ACCEPTD", "UNKNOWN"]), max_size=4
    ),
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=RECEIPTS, sent_first=st.booleans())
def test_receipts_in_any_order_move_forward_only_and_are_paid_and_told_once(
    batches: list[list[str]], sent_first: bool, office: Office, clock: Clock
) -> None:
    tenant_id = office.tenant()
    [message_id] = office.send(tenant_id, 1, "silent")
    before = len(office.events())
    final: str | None = None
    for batch in ([[]] if sent_first else []) + batches:
        receipts = [Receipt(message_id, outcome_of_receipt(stat, "000"), clock()) for stat in batch]
        with office.engine.begin() as connection:
            receive_receipts(connection, tenant_id, "silent", receipts)
        status = office.statuses()[message_id]
        assert final is None or status == final
        final = status if Status(status) in FINAL else None
    told = office.events()[before:]
    assert told == (
        [] if final is None else ["message.sent", "message.delivered" if final == "delivered" else "message.failed"]
    )
    found = office.balance(tenant_id)
    assert found.available < BALANCE
    assert (found.reserved == 0) == (final is not None)


def test_receipt_of_unknown_or_foreign_message_is_named_and_changes_nothing(office: Office, api_engine: Engine) -> None:
    ours, theirs = office.tenant(), office.tenant()
    [foreign] = office.send(theirs, 1, "silent")
    unknown = ids.new_message_id(START)
    receipts = [Receipt(each, outcome_of_receipt("DELIVRD", None), START) for each in (foreign, unknown)]
    with tenant_transaction(api_engine, ours) as connection:
        result = receive_receipts(connection, ours, "silent", receipts)
    assert set(result.unknown) == {foreign, unknown}
    assert office.statuses() == {foreign: "queued"}


def test_receipts_may_come_in_through_the_api_role(office: Office, api_engine: Engine) -> None:
    tenant_id = office.tenant()
    [message_id] = office.send(tenant_id, 1, "silent")
    with tenant_transaction(api_engine, tenant_id) as connection:
        receive_receipts(
            connection, tenant_id, "silent", [Receipt(message_id, outcome_of_receipt("DELIVRD", "000"), START)]
        )
    assert office.statuses() == {message_id: "delivered"}
    assert office.balance(tenant_id).reserved == 0
