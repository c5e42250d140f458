from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.carriers.port import Accepted, Outbound, Refused, Submission, Unsure, Wait
from gateway.jobs.sending import LEASE, Sender
from gateway.settings import GatewaySettings
from gateway.store import outbound
from gateway.store.ledger import Balances
from gateway.webhooks.event_types import EVENT_TYPES
from tests.integration.sending.conftest import BALANCE, Clock, Office, ToldCarrier

PRICE = Decimal("0.35")
ROOT = Path(__file__).parents[3]


@contextmanager
def sender_of(office: Office, carrier: ToldCarrier) -> Iterator[Sender]:
    sender = Sender(office.engine, carrier, office.clock)
    try:
        yield sender
    finally:
        sender.close()


def drain(office: Office, carrier: ToldCarrier) -> None:
    with sender_of(office, carrier) as sender:
        while sender.work():
            pass


def test_accepted_messages_are_sent_once_charged_and_told(office: Office, carrier: ToldCarrier) -> None:
    tenant_id = office.tenant()
    sent = office.send(tenant_id, 10)
    drain(office, carrier)
    drain(office, carrier)
    assert sorted(carrier.submitted()) == sorted(sent)
    assert set(office.statuses().values()) == {"sent"}
    assert office.balance(tenant_id) == Balances(BALANCE - 10 * PRICE, Decimal(0))
    assert office.events() == ["message.sent"] * 10
    [told] = office.rows("SELECT data FROM platform_events LIMIT 1")
    assert set(told[0]) == set(EVENT_TYPES["message.sent"].example)  # type: ignore[call-overload]
    assert office.rows("SELECT DISTINCT state FROM outbound_messages") == [("sent",)]


def test_refused_message_is_rejected_refunded_and_told(office: Office, carrier: ToldCarrier) -> None:
    tenant_id = office.tenant()
    [message_id] = office.send(tenant_id)
    carrier.answer = lambda _message: Refused("invalid_destination", "0x0000000B")
    drain(office, carrier)
    assert office.statuses() == {message_id: "rejected"}
    assert office.rows("SELECT error_code, carrier_code, price FROM messages") == [
        ("invalid_destination", "0x0000000B", 0)
    ]
    assert office.balance(tenant_id) == Balances(BALANCE, Decimal(0))
    assert office.events() == ["message.failed"]
    assert office.rows("SELECT count(*) FROM outbound_messages") == [(0,)]


def test_carrier_that_is_not_ready_keeps_the_messages_waiting_and_gets_them_once(
    office: Office, carrier: ToldCarrier, clock: Clock
) -> None:
    tenant_id = office.tenant()
    sent = office.send(tenant_id, 6)
    carrier.answer = lambda _message: Wait(5, "connection refused")
    with sender_of(office, carrier) as sender:
        assert sender.work()
        assert not sender.work()  # it was told to wait: nobody else is bothered with more
        assert len(carrier.submitted()) == carrier.concurrency
        assert set(office.statuses().values()) == {"queued"}
        assert office.balance(tenant_id).reserved == 6 * PRICE
        carrier.path.unlink()
        carrier.answer = lambda _message: Accepted()
        clock.forward(seconds=6)
        while sender.work():
            pass
    assert sorted(carrier.submitted()) == sorted(sent)
    assert set(office.statuses().values()) == {"sent"}


def test_waits_grow_and_end_with_the_validity(office: Office, carrier: ToldCarrier, clock: Clock) -> None:
    tenant_id = office.tenant()
    office.send(tenant_id)
    carrier.answer = lambda _message: Wait(60, "queue full")
    for _ in range(400):
        drain(office, carrier)
        clock.forward(minutes=5)
    assert len(carrier.submitted()) < 300
    assert list(office.statuses().values()) == ["rejected"]
    assert office.rows("SELECT error_code FROM messages") == [("validity_expired",)]
    assert office.balance(tenant_id) == Balances(BALANCE, Decimal(0))


@pytest.mark.parametrize("lost", [Unsure("no answer"), RuntimeError("a mistake of ours")])
def test_submission_without_an_answer_is_never_repeated_and_expires(
    lost: Submission | Exception, office: Office, carrier: ToldCarrier, clock: Clock
) -> None:
    tenant_id = office.tenant()
    [message_id] = office.send(tenant_id)

    def answer(_message: Outbound) -> Submission:
        if isinstance(lost, Exception):
            raise lost
        return lost

    carrier.answer = answer
    drain(office, carrier)
    clock.forward(hours=23)
    drain(office, carrier)
    assert office.statuses() == {message_id: "sent"}
    clock.forward(hours=8)
    drain(office, carrier)
    assert office.statuses() == {message_id: "expired"}
    assert carrier.submitted() == [message_id]
    assert office.balance(tenant_id).available == BALANCE - PRICE
    assert office.events() == ["message.sent", "message.failed"]
    assert office.rows("SELECT count(*) FROM outbound_messages") == [(0,)]


@pytest.mark.parametrize(("knows", "resent"), [(None, False), (True, False), (False, True)])
def test_claim_of_a_worker_that_died_is_resolved_by_asking_the_carrier(
    knows: bool | None,
    resent: bool,
    office: Office,
    carrier: ToldCarrier,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant_id = office.tenant()
    [message_id] = office.send(tenant_id)
    with office.engine.begin() as connection:
        outbound.claim(connection, "told", now=clock(), until=clock() + LEASE, limit=9)
    drain(office, carrier)
    assert office.statuses() == {message_id: "queued"}  # it may still be alive
    monkeypatch.setattr(ToldCarrier, "knows", lambda _self, _message: knows)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    drain(office, carrier)
    assert office.statuses() == {message_id: "sent"}
    assert carrier.submitted() == ([message_id] if resent else [])
    assert office.balance(tenant_id).reserved == 0


def test_flood_of_one_tenant_does_not_starve_another(office: Office, carrier: ToldCarrier, clock: Clock) -> None:
    flood, small = office.tenant(), office.tenant()
    office.send(flood, 80)
    clock.forward(seconds=1)
    office.send(small, 4)
    clock.forward(seconds=1)
    with sender_of(office, carrier) as sender:
        for _ in range(4):
            sender.work()
        assert Counter(carrier.seen)[small] == 4
        while sender.work():
            pass
    assert Counter(carrier.seen) == {flood: 80, small: 4}


@pytest.mark.parametrize("can_tell", [True, False])
def test_worker_killed_in_mid_queue_loses_none_and_sends_none_twice(
    can_tell: bool, office: Office, carrier: ToldCarrier, clock: Clock, gateway_settings: GatewaySettings
) -> None:
    tenants = [office.tenant() for _ in range(3)]
    sent = [message_id for tenant_id in tenants for message_id in office.send(tenant_id, 200)]
    command = [
        sys.executable,
        "-m",
        "tests.integration.sending.process",
        gateway_settings.database_url or "",
        carrier.path,
    ]
    connected = office.connections()
    for wanted in (30, 200, 400):
        process = subprocess.Popen(command, cwd=ROOT)
        while len(carrier.submitted()) < wanted and process.poll() is None:
            pass
        process.kill()
        process.wait()
    # What the database still does for a dead client keeps its rows locked, and locked rows are passed over.
    while office.connections() > connected:
        pass
    assert len(carrier.submitted()) < len(sent)
    carrier.can_tell = can_tell
    # Their claims are dated by the real clock, however long ago this module was loaded.
    clock.moment = datetime.now(UTC)
    clock.forward(minutes=10)
    drain(office, carrier)
    submitted = carrier.submitted()
    assert len(set(submitted)) == len(submitted), "sent twice"
    assert set(office.statuses().values()) == {"sent"}
    # Where the carrier cannot tell, only what was claimed at a kill may have stayed behind: it counts as sent.
    missing = set(sent) - set(submitted)
    assert len(missing) <= (0 if can_tell else 3 * carrier.concurrency)
    for tenant_id in tenants:
        assert office.balance(tenant_id) == Balances(BALANCE - 200 * PRICE, Decimal(0))


def test_doctor_names_what_nobody_will_send_and_what_is_reserved_for_nothing(office: Office) -> None:
    tenant_id = office.tenant()
    office.send(tenant_id, 2)
    with office.engine.begin() as connection:
        assert outbound.differences(connection, tenant_id) == []
        connection.exec_driver_sql("DELETE FROM outbound_messages")
        [unqueued] = outbound.differences(connection, tenant_id)
        connection.exec_driver_sql("DELETE FROM messages")
        [reserved] = outbound.differences(connection, tenant_id)
    assert unqueued.startswith("2 queued messages have no row")
    assert reserved.startswith("0.7000 is reserved")


@pytest.fixture
def worker_process(gateway_settings: GatewaySettings) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ, "DATABASE_URL": gateway_settings.database_url or "",
        "GATEWAY_DATA_DIR": str(gateway_settings.data_dir), "GATEWAY_PUBLIC_URL": "http://localhost:1",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "gateway", "worker"], cwd=ROOT, env=environment)
    yield process
    process.terminate()
    process.wait()


@pytest.mark.usefixtures("worker_process")
def test_worker_delivers_through_the_simulator(office: Office) -> None:
    tenant_id = office.tenant()
    sent = office.send(tenant_id, 3, "simulator", "+93700000900")
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("LISTEN tenant_revisions"))
        driver = connection.connection.driver_connection
        assert driver is not None
        while set(office.statuses().values()) != {"delivered"}:
            for _ in driver.notifies(timeout=60, stop_after=1):
                break
    assert sorted(office.events()) == ["message.delivered"] * 3 + ["message.sent"] * 3
    assert office.balance(tenant_id) == Balances(BALANCE - len(sent) * PRICE, Decimal(0))


def test_two_workers_share_the_queue(office: Office, carrier: ToldCarrier) -> None:
    sent: list[UUID] = office.send(office.tenant(), 60)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: drain(office, carrier), range(3)))
    assert sorted(carrier.submitted()) == sorted(sent)
