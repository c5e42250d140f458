"""A streaming replica answers what it may: never less than what was true, never what somebody else may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from gateway.api.context import EXTENSION
from gateway.api.late_reads import LATE
from gateway.settings import GatewaySettings
from gateway.store.engine import create_read_engine
from gateway.store.replica import Replica, ReplicaFailed, position_of
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import FIRST_DAY, LAST_DAY, NOW, World, build_world, random_messages
from tests.support.standby import Pair, replicated

PERIOD = {"from": FIRST_DAY, "to": LAST_DAY}
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "/v1/analytics/summary": ("owner", PERIOD),
    "/v1/analytics/timeseries": ("owner", {**PERIOD, "metric": "volume", "interval": "day"}),
    "/v1/analytics/breakdown": ("owner", {**PERIOD, "dimension": "operator"}),
    "/v1/analytics/heatmap": ("owner", PERIOD),
    "/v1/analytics/top": ("owner", {**PERIOD, "dimension": "senderId"}),
    "/v1/analytics/filters": ("owner", {}),
    "/v1/messages": ("owner", {"status": "failed"}),
    "/v1/internal/tenants": ("tam", {}),
    "/v1/internal/health/scatter": ("tam", {}),
}


class Followed:
    """A world whose API has a replica, and who answered so far."""

    def __init__(self, world: World, pair: Pair) -> None:
        self.world, self.pair = world, pair
        self.outcomes: Counter[str] = Counter()
        self.clock = 0.0
        engine = create_read_engine(GatewaySettings(database_url=pair.url, database_read_url=pair.read_url))
        assert engine is not None
        self.engine = engine
        self.replica = self.waiting(20.0)

    def waiting(self, seconds: float) -> Replica:
        """From now on answers wait so long for the replica; what it did before is forgotten."""
        self.replica = Replica(
            self.engine,
            wait_seconds=seconds,
            count=lambda outcome: self.outcomes.update([outcome]),
            monotonic=lambda: self.clock,
            sleep=self._sleep,
        )
        own = self.world.app.extensions[EXTENSION]
        self.world.app.extensions[EXTENSION] = replace(own, replica=self.replica)
        self.outcomes.clear()
        return self.replica

    def _sleep(self, seconds: float) -> None:
        self.clock += seconds / 10  # whoever waits looks as often as it takes

    def ask(self, route: str, *, who: str | None = None) -> Any:
        name, query = QUESTIONS[route]
        return self.world.get(who or name, route, **query)

    def count(self) -> int:
        return int(self.ask("/v1/analytics/summary").get_json()["messages"])


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with replicated() as found:
        yield found


@pytest.fixture(scope="module")
def built(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    with build_world(pair.url, tmp_path_factory.mktemp("replica"), messages=400) as world:
        followed = Followed(world, pair)
        yield followed
        followed.engine.dispose()


@pytest.fixture
def followed(built: Followed) -> Followed:
    built.clock += 1000.0
    built.waiting(20.0)
    return built


def test_every_question_is_asked(followed: Followed) -> None:
    assert set(QUESTIONS) == LATE


@pytest.mark.parametrize("route", sorted(QUESTIONS))
def test_the_replica_answers_as_the_first_server_would(followed: Followed, route: str) -> None:
    followed.pair.catch_up()
    late = followed.ask(route)
    assert followed.outcomes == {"replica": 1}
    own = followed.world.app.extensions[EXTENSION]
    followed.world.app.extensions[EXTENSION] = replace(own, replica=None)
    first = followed.ask(route)
    assert late.status_code == first.status_code == 200
    assert late.get_json() == first.get_json()
    assert late.headers.get("ETag") == first.headers.get("ETag")


def test_what_was_written_a_moment_ago_is_always_read(tmp_path: Path) -> None:
    """The replica is slow on purpose; every answer has the message that was there before the question."""
    with replicated(lag="40ms") as slow, build_world(slow.url, tmp_path, messages=30) as world:
        followed = Followed(world, slow)
        slow.catch_up()
        before = followed.count()
        rows = random_messages(world.tenant, 12, seed=77, until=NOW, days=5)
        for number, row in enumerate(rows, 1):
            world.add([row])
            world.fold()
            assert followed.count() == before + number
        assert followed.outcomes["replica"] == len(rows) + 1
        followed.engine.dispose()


def test_a_replica_that_is_behind_is_left_alone_for_a_moment(followed: Followed) -> None:
    followed.pair.catch_up()
    before = followed.count()
    followed.pair.on_standby("SELECT pg_wal_replay_pause()")
    try:
        followed.waiting(0.01)
        followed.world.add(random_messages(followed.world.tenant, 3, seed=78, days=5))
        followed.world.fold()
        assert followed.count() == before + 3
        assert followed.count() == before + 3
        assert followed.outcomes == {"behind": 1, "resting": 1}
    finally:
        followed.pair.on_standby("SELECT pg_wal_replay_resume()")
    followed.pair.catch_up()
    followed.clock += 2
    assert followed.count() == before + 3
    assert followed.outcomes["replica"] == 1


def test_rights_are_asked_of_the_first_server(followed: Followed) -> None:
    """Taken away while the replica stands still: the next call is refused, whatever the replica still believes."""
    world, tam = followed.world, followed.world.people["tam"].user_id
    followed.pair.catch_up()
    path, period = "/v1/analytics/summary", {**PERIOD, "tenantId": str(world.tenant)}
    assert world.get("tam", path, **period).status_code == 200
    followed.pair.on_standby("SELECT pg_wal_replay_pause()")
    try:
        with world.worker_engine.begin() as connection:
            connection.execute(text("DELETE FROM tam_assignments WHERE user_id = :id"), {"id": tam})
        assert world.get("tam", path, **period).status_code == 404
    finally:
        followed.pair.on_standby("SELECT pg_wal_replay_resume()")
        with world.worker_engine.begin() as connection:
            connection.execute(text("INSERT INTO tam_assignments VALUES (:t, :id)"), {"t": world.tenant, "id": tam})


def test_what_internal_people_read_there_is_written_down(followed: Followed) -> None:
    world = followed.world
    counted = "SELECT coalesce(sum(reads), 0) FROM internal_reads WHERE person_id = :id"
    tam = world.people["tam"].user_id
    before = world.sql(counted, id=tam)[0][0]
    answer = world.get("tam", "/v1/analytics/top", **PERIOD, dimension="senderId", tenantId=str(world.tenant))
    assert answer.status_code == 200
    assert followed.outcomes == {"replica": 1}
    assert world.sql(counted, id=tam)[0][0] == before + 1


@pytest.mark.parametrize("statement", range(1, 6))
def test_an_answer_that_breaks_off_is_given_by_the_first_server(followed: Followed, statement: int) -> None:
    """The replica's process is ended before its n-th statement: while it is waited for, or in the midst of reading."""
    followed.pair.catch_up()
    expected = followed.count()
    followed.outcomes.clear()
    seen = 0

    @event.listens_for(followed.engine, "before_cursor_execute")
    def fell(connection: Any, _cursor: Any, *_arguments: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            pid = connection.connection.driver_connection.info.backend_pid
            followed.pair.on_standby(f"SELECT pg_terminate_backend({pid}, 20000)")

    try:
        assert followed.count() == expected
    finally:
        event.remove(followed.engine, "before_cursor_execute", fell)
    assert seen >= statement
    assert followed.outcomes == {"away" if statement == 1 else "failed": 1}


def test_nobody_there_sees_what_is_not_theirs(followed: Followed) -> None:
    world = followed.world
    followed.pair.catch_up()
    with tenant_transaction(world.api_engine, world.tenant) as connection:
        position = position_of(connection)
    owner = str(world.people["owner"].user_id)
    tables = ("messages", "rollup_totals", "ledger_entries", "api_keys")
    with followed.replica.transaction(position, world.tenant, actor=owner) as there:
        assert there is not None
        for table in tables:
            seen = there.execute(text(f"SELECT DISTINCT tenant_id FROM {table}")).scalars().all()
            assert seen == [world.tenant]
    with followed.replica.transaction(position, None, actor=owner) as there:
        assert there is not None
        for table in tables:
            assert there.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
    with (
        pytest.raises(ReplicaFailed, match="read-only"),
        followed.replica.transaction(position, world.tenant, actor=owner) as there,
    ):
        there.execute(text("UPDATE users SET name = 'x'"))


def test_steady_answers_are_of_one_moment(followed: Followed) -> None:
    world = followed.world
    followed.pair.catch_up()
    with tenant_transaction(world.api_engine, world.tenant) as connection:
        position = position_of(connection)
    with followed.replica.transaction(position, world.tenant, actor="", steady=True) as there:
        assert there is not None
        count = text("SELECT count(*) FROM messages")
        before = there.execute(count).scalar_one()
        world.add(random_messages(world.tenant, 2, seed=79, days=5))
        followed.pair.catch_up()
        assert there.execute(count).scalar_one() == before
    world.fold()


def test_without_its_server_and_after_a_promotion_the_first_one_answers(tmp_path: Path) -> None:
    with replicated() as pair, build_world(pair.url, tmp_path, messages=40) as world:
        followed = Followed(world, pair)
        pair.catch_up()
        before = followed.count()
        pair.standby.stop()
        assert followed.count() == before
        assert followed.outcomes == {"replica": 1, "away": 1}
        pair.standby.start()
        pair.catch_up()
        followed.clock += 10
        assert followed.count() == before
        assert followed.outcomes["replica"] == 2
        pair.on_standby("SELECT pg_promote(true, 60)")
        world.add(random_messages(world.tenant, 5, seed=80, days=5))
        world.fold()
        assert followed.count() == before + 5
        assert followed.outcomes["no_replica"] == 1
        followed.engine.dispose()


def test_nothing_is_written_there(followed: Followed) -> None:
    with pytest.raises(DBAPIError, match="read-only"), followed.engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE x ()"))
