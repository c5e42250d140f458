"""Delivery latency, counted in buckets so that a percentile over months is a sum of small numbers.

The bounds are the E12 series of preferred numbers (IEC 60063), twelve to a decade from 100 ms to some nine days: a
percentile is off by less than a tenth. The database counts with the same bounds (`latency_bucket` in the migrations).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta

_STEPS = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)

BOUNDS: tuple[int, ...] = tuple(step * 10**power for power in range(1, 8) for step in _STEPS)
"""Milliseconds. Bucket 0 is below BOUNDS[0]; bucket n from BOUNDS[n-1] up to, and without, BOUNDS[n]."""


def bucket_of(submitted_at: datetime, final_at: datetime) -> int:
    """The bucket of a message delivered at `final_at`; clocks that disagree (final before submitted) give 0."""
    return bisect_right(BOUNDS, (final_at - submitted_at) // timedelta(milliseconds=1))


def bounds_of(bucket: int) -> tuple[float, float]:
    """The seconds a bucket spans, from and up to. The last one has no end: it counts as as wide as its beginning."""
    low = BOUNDS[bucket - 1] if bucket > 0 else 0
    high = BOUNDS[bucket] if bucket < len(BOUNDS) else 2 * BOUNDS[-1]
    return low / 1000, high / 1000


def percentile(counts: Mapping[int, int], q: float) -> float | None:
    """The q-quantile (0…1) in seconds of messages counted by bucket, even inside a bucket. None for no messages."""
    if not 0 <= q <= 1:
        raise ValueError(f"q is a fraction from 0 to 1, not {q}")
    total = sum(counts.values())
    if total <= 0:
        return None
    wanted, seen = q * total, 0
    for bucket in sorted(counts):
        count = counts[bucket]
        if count > 0 and seen + count >= wanted:
            low, high = bounds_of(bucket)
            return low + (high - low) * (wanted - seen) / count
        seen += count
    return None
