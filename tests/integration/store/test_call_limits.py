"""Buckets of calls in the database: what they give in any stretch of time, whoever asks, and whatever the clock does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from gateway.settings import GatewaySettings
from gateway.store.call_limits import Lease, Wanted, purge, take_calls
from gateway.store.engine import create_engine

START = datetime(2026, 11, 27, 12, tzinfo=UTC)
LIMITS = st.sampled_from([1, 2, 7, 39, 60, 100, 600, 12_000])


class Bucket:
    """One bucket, asked at moments that a test chooses."""

    def __init__(self, engine: Engine, per_minute: int) -> None:
        self.engine, self.per_minute = engine, per_minute
        self.account, self.subject = uuid4(), uuid4()

    def take(self, at: datetime | None = START, unspent: int = 0, per_minute: int | None = None) -> Lease:
        wanted = Wanted("key-reads", self.subject, per_minute or self.per_minute, unspent)
        return take_calls(self.engine, self.account, [wanted], at=at)[0]

    def empty(self, at: datetime | None = START) -> int:
        """Take until there is nothing left; how much that was."""
        calls = 0
        while (lease := self.take(at)).calls:
            calls += lease.calls
        return calls


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=LIMITS,
    steps=st.lists(
        st.tuples(
            st.one_of(st.integers(0, 3_000), st.integers(0, 70_000)).map(lambda ms: timedelta(milliseconds=ms)),
            st.floats(0, 1),
        ),
        min_size=2,
        max_size=25,
    ),
)
def test_no_stretch_of_time_has_more_than_a_full_bucket_and_what_flows_in_meanwhile(
    api_engine: Engine, per_minute: int, steps: list[tuple[timedelta, float]]
) -> None:
    bucket, now, spent = Bucket(api_engine, per_minute), START, []
    given_back = calls = 0
    for later, share_unspent in steps:
        now += later
        given_back = int(calls * share_unspent)
        if spent:
            spent[-1] = (spent[-1][0], calls - given_back)
        lease = bucket.take(now, unspent=given_back)
        calls = lease.calls
        assert 0 <= calls <= max(1, per_minute // 20)
        assert 0 <= lease.remaining <= per_minute - calls
        assert (calls == 0) is (lease.opens_in > 0)
        spent.append((now, calls))
    step = timedelta(microseconds=60_000_000 // per_minute)
    for first in range(len(spent)):
        for last in range(first, len(spent)):
            window = spent[last][0] - spent[first][0]
            made = sum(calls for _, calls in spent[first : last + 1])
            assert made <= per_minute + window // step


@given(per_minute=LIMITS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_full_bucket_gives_a_minutes_calls_at_once_and_one_more_with_each_step(
    api_engine: Engine, per_minute: int
) -> None:
    bucket, step = Bucket(api_engine, per_minute), timedelta(microseconds=60_000_000 // per_minute)
    assert bucket.empty() == per_minute
    assert bucket.take().opens_in == pytest.approx(step.total_seconds())
    assert bucket.take(START + step - timedelta(microseconds=1)).calls == 0
    assert bucket.take(START + step).calls == 1
    assert bucket.empty(START + timedelta(hours=1)) == per_minute, "it never holds more than a minute's"


def test_many_processes_share_one_bucket(fresh_database: str) -> None:
    own = [create_engine(GatewaySettings(database_url=fresh_database), "api") for _ in range(4)]
    try:
        first = Bucket(own[0], 200)
        with ThreadPoolExecutor(8) as pool:

            def drain(number: int) -> int:
                bucket = Bucket(own[number % 4], 200)
                bucket.account, bucket.subject = first.account, first.subject
                return bucket.empty()

            assert sum(pool.map(drain, range(8))) == 200
    finally:
        for engine in own:
            engine.dispose()


def test_several_buckets_are_one_statement_and_each_has_its_own(api_engine: Engine) -> None:
    account, person = uuid4(), uuid4()
    wanted = [Wanted("person-reads", person, 1, 0), Wanted("account-reads", account, 2, 0)]
    taken = [take_calls(api_engine, account, wanted, at=START) for _ in range(3)]
    assert [[lease.calls for lease in leases] for leases in taken] == [[1, 1], [0, 1], [0, 0]]
    stranger = [Wanted("account-reads", account, 2, 0)]
    assert take_calls(api_engine, uuid4(), stranger, at=START)[0].calls == 1, "of another account"


def test_clock_of_the_server_is_the_one_that_counts(api_engine: Engine, worker_engine: Engine) -> None:
    bucket = Bucket(api_engine, 1)
    assert bucket.take(None).calls == 1
    lease = bucket.take(None)
    assert lease.calls == 0
    assert 0 < lease.opens_in <= 60
    with worker_engine.begin() as connection:
        since = "SELECT full_at - interval '1 minute' <= clock_timestamp() AND full_at > now() FROM call_limits"
        assert connection.execute(text(f"{since} WHERE subject = :id"), {"id": bucket.subject}).scalar_one()


def test_clock_that_is_set_back_and_a_limit_that_changes_shut_nobody_out(api_engine: Engine) -> None:
    for before, after in ((60, 60), (1_000, 7), (7, 1_000)):
        bucket = Bucket(api_engine, before)
        bucket.empty()
        lease = bucket.take(START - timedelta(days=1), per_minute=after)
        assert (lease.calls, lease.remaining) == (0, 0)
        assert lease.opens_in == pytest.approx(60_000_000 // after / 1_000_000)


def test_given_back_is_no_more_than_a_full_bucket(api_engine: Engine) -> None:
    bucket = Bucket(api_engine, 100)
    bucket.take()
    bucket.take(START, unspent=1_000_000)
    assert bucket.empty() == 95


def test_bucket_that_somebody_holds_is_not_waited_for_long(api_engine: Engine, owner_engine: Engine) -> None:
    bucket = Bucket(api_engine, 100)
    bucket.take()
    with owner_engine.begin() as connection:
        connection.execute(text("SELECT 1 FROM call_limits WHERE subject = :id FOR UPDATE"), {"id": bucket.subject})
        with pytest.raises(OperationalError, match="lock timeout"):
            bucket.take()
    assert bucket.take().calls == 5


def test_purge_forgets_the_buckets_that_are_full(api_engine: Engine, worker_engine: Engine) -> None:
    used, full = Bucket(api_engine, 60), Bucket(api_engine, 60)
    full.take(START - timedelta(minutes=11))
    used.empty(START - timedelta(minutes=11) + timedelta(seconds=30))

    def known() -> set[UUID]:
        with worker_engine.begin() as connection:
            return set(connection.execute(text("SELECT subject FROM call_limits")).scalars())

    assert {used.subject, full.subject} <= known()
    with worker_engine.begin() as connection:
        purge(connection, START)
    assert full.subject not in known()
    assert used.subject in known()
