"""Events owed in a transaction and told to a real NATS: in order, none lost, none twice, whoever is away or killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from gateway.events.envelope import QBR_EXPORTED, envelope
from gateway.events.nats import EventsUnavailable, Nats, Told
from gateway.jobs.telling import BATCH, DAYS, Telling
from gateway.report_settings import ReportSettings
from gateway.settings import GatewaySettings
from gateway.store import outbox
from gateway.store.engine import create_engine
from tests.support.jobs import work_off
from tests.support.nats_server import NatsServer

TENANT = UUID("01890000-0000-7000-8000-000000000001")
OTHER = UUID("01890000-0000-7000-8000-000000000002")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    made = NatsServer(tmp_path / "nats")
    yield made
    made.kill()


def owe(engine: Engine, *numbers: int, tenant: UUID = TENANT) -> None:
    for number in numbers:
        with engine.begin() as connection:
            outbox.owe(
                connection, tenant, QBR_EXPORTED, subject=f"tenants/{tenant}/reports/{number}", data={"n": number}
            )


def owed(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM event_outbox")).scalar_one())


def publisher(server: NatsServer) -> Nats:
    return Nats(ReportSettings.from_env({"GATEWAY_NATS_URL": server.url}))


def numbers(server: NatsServer) -> list[int]:
    return [json.loads(content)["data"]["n"] for _, _, content in server.messages()]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def until_told(telling: Telling, clock: Clock, engine: Engine) -> None:
    for _ in range(100):
        clock.now += 60
        telling.work()
        if not owed(engine):
            return
    raise AssertionError(f"{owed(engine)} are still owed")


def test_event_arrives_as_documented_once_its_transaction_is_committed(
    worker_engine: Engine, server: NatsServer
) -> None:
    server.start()
    telling = Telling(worker_engine, publisher(server))
    with worker_engine.connect() as connection:
        outbox.owe(connection, TENANT, QBR_EXPORTED, subject="never", data={})
        connection.rollback()
    with worker_engine.begin() as connection:
        event_id = outbox.owe(
            connection, TENANT, QBR_EXPORTED, subject="tenants/1/reports/2", data={"period": "2026-Q1"}
        )
        assert telling.work() is False  # not committed: nothing is there yet
    assert telling.work() is False
    ((subject, headers, content),) = server.messages()
    assert subject == QBR_EXPORTED
    assert headers["Nats-Msg-Id"] == str(event_id)
    assert headers["Content-Type"] == "application/cloudevents+json"
    told = json.loads(content)
    assert told.pop("time").endswith("Z")
    assert told == {
        "specversion": "1.0", "id": str(event_id), "source": "urn:customer-portal:gateway", "type": QBR_EXPORTED,
        "subject": "tenants/1/reports/2", "datacontenttype": "application/json", "tenantid": str(TENANT),
        "data": {"period": "2026-Q1"},
    }  # fmt: skip
    assert owed(worker_engine) == 0


def test_nats_away_killed_and_back_loses_nothing_and_keeps_the_order(worker_engine: Engine, server: NatsServer) -> None:
    clock = Clock()
    telling = Telling(worker_engine, publisher(server), clock=clock)
    owe(worker_engine, 1, 2)
    assert telling.work() is False  # nobody there
    assert owed(worker_engine) == 2
    server.start()
    assert telling.work() is False  # it waits a while after a failure
    assert owed(worker_engine) == 2
    until_told(telling, clock, worker_engine)
    owe(worker_engine, 3, 4)
    owe(worker_engine, 5, tenant=OTHER)
    server.kill()
    clock.now += 60
    assert telling.work() is False
    server.start()
    until_told(telling, clock, worker_engine)
    assert numbers(server) == [1, 2, 3, 4, 5]


def test_worker_killed_between_telling_and_noting_it_tells_nothing_twice(
    worker_engine: Engine, server: NatsServer
) -> None:
    server.start()

    class Killed(BaseException):
        """No exception of ours: the process is gone."""

    class Dying(Nats):
        def publish(self, messages: Sequence[Told], taken: Callable[[int], None]) -> None:
            super().publish(messages, taken)
            raise Killed

    owe(worker_engine, *range(5))
    with pytest.raises(Killed):
        Telling(worker_engine, Dying(ReportSettings.from_env({"GATEWAY_NATS_URL": server.url}))).work()
    assert owed(worker_engine) == 5
    Telling(worker_engine, publisher(server)).work()
    assert numbers(server) == [0, 1, 2, 3, 4]


def test_what_was_taken_before_nats_failed_is_not_told_again(worker_engine: Engine) -> None:
    told: list[str] = []

    class Failing:
        def publish(self, messages: Sequence[Told], taken: Callable[[int], None]) -> None:
            for number, message in enumerate(messages[:3]):
                told.append(message.message_id)
                taken(number)
            raise EventsUnavailable("gone")

    owe(worker_engine, *range(5))
    Telling(worker_engine, Failing()).work()
    assert (len(told), owed(worker_engine)) == (3, 2)


def test_more_than_a_batch_is_told_in_order_by_calls_that_say_so(worker_engine: Engine, server: NatsServer) -> None:
    server.start()
    owe(worker_engine, *range(BATCH + 3))
    telling = Telling(worker_engine, publisher(server))
    assert [telling.work(), telling.work(), telling.work()] == [True, False, False]
    assert numbers(server) == list(range(BATCH + 3))


def test_order_is_that_of_commits_whoever_began_first(worker_engine: Engine) -> None:
    """The second to owe waits for the first to commit, so that no later place is ever seen before an earlier one."""
    began = threading.Event()

    def second() -> None:
        began.set()
        owe(worker_engine, 2)

    with worker_engine.begin() as connection:
        outbox.owe(connection, TENANT, QBR_EXPORTED, subject="first", data={"n": 1})
        thread = threading.Thread(target=second)
        thread.start()
        began.wait()
        assert owed(worker_engine) == 0
    thread.join()
    with worker_engine.begin() as connection:
        assert [each.data["n"] for each in outbox.next_owed(connection, 10)] == [1, 2]


def test_one_worker_tells_at_a_time(worker_engine: Engine) -> None:
    owe(worker_engine, 1)
    with worker_engine.begin() as connection:
        assert len(outbox.next_owed(connection, 10)) == 1
        with worker_engine.begin() as another:
            assert outbox.next_owed(another, 10) == []


def test_the_same_event_is_the_same_bytes_each_time(worker_engine: Engine) -> None:
    owe(worker_engine, 1)
    made = set()
    for _ in range(2):
        with worker_engine.begin() as connection:
            made.add(envelope(outbox.next_owed(connection, 1)[0]))
    assert len(made) == 1


def test_what_nobody_took_in_a_month_is_forgotten(worker_engine: Engine, gateway_settings: GatewaySettings) -> None:
    owe(worker_engine, 1, 2)
    owner = create_engine(gateway_settings, "owner")
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE event_outbox SET at = at - CAST(:age AS interval) WHERE position = 1"),
            {"age": timedelta(days=DAYS, hours=1)},
        )
    owner.dispose()
    work_off(gateway_settings, worker_engine, "purge_outbox")
    with worker_engine.begin() as connection:
        assert [each.data for each in outbox.next_owed(connection, 10)] == [{"n": 2}]


def test_api_cannot_read_the_outbox(worker_engine: Engine, gateway_settings: GatewaySettings) -> None:
    owe(worker_engine, 1)
    api = create_engine(gateway_settings, "api")
    with api.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("SELECT * FROM event_outbox"))
    api.dispose()
