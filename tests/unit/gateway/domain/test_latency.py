from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.latency import BOUNDS, bounds_of, bucket_of, percentile

AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_bounds_grow_by_less_than_a_quarter() -> None:
    assert all(1 < later / earlier <= 1.25 for earlier, later in pairwise(BOUNDS))


@given(st.integers(0, BOUNDS[-1] * 2 - 1))
def test_bucket_of_holds_the_latency(milliseconds: int) -> None:
    low, high = bounds_of(bucket_of(AT, AT + timedelta(milliseconds=milliseconds)))
    assert low <= milliseconds / 1000 < high


def test_bucket_of_delivery_before_submission_is_the_first() -> None:
    assert bucket_of(AT, AT - timedelta(seconds=5)) == 0


@given(st.lists(st.integers(100, 10_000_000), min_size=1, max_size=300), st.sampled_from([0.5, 0.95]))
def test_percentile_lies_in_the_bucket_of_the_exact_one(latencies: list[int], q: float) -> None:
    found = percentile(Counter(bucket_of(AT, AT + timedelta(milliseconds=item)) for item in latencies), q)
    exact = next(item for n, item in enumerate(sorted(latencies), 1) if n >= q * len(latencies))
    low, high = bounds_of(bucket_of(AT, AT + timedelta(milliseconds=exact)))
    assert found is not None
    assert low <= found <= high


def test_percentile_of_nothing_is_none() -> None:
    assert percentile({}, 0.5) is None
    assert percentile({3: 0}, 0.5) is None


def test_percentile_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(ValueError, match="fraction"):
        percentile({1: 1}, 95)
