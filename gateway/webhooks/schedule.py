"""When a failed delivery is tried again, and when an endpoint has failed for too long."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after the attempt before it each attempt is made: the schedule of Standard Webhooks, 75 hours in all."""

JITTER = 0.1
"""Delays are longer by up to this share, so that what failed together does not come back together."""

LONGEST_RETRY_AFTER = timedelta(hours=24)

BUDGET = timedelta(hours=120)
"""How long an endpoint may fail without a single success before it is disabled."""

WARNING_LEVELS = (50, 70, 90)


def next_attempt(
    step: int, now: datetime, *, retry_after: timedelta | None = None, draw: random.Random | None = None
) -> datetime | None:
    """When attempt number `step` (0 is the first) is due after one that ended at `now`; None when there are no more.

    What the receiver asked for by Retry-After is kept to, never less than the schedule.
    """
    if step >= len(DELAYS):
        return None
    delay = DELAYS[step] * (1 + JITTER * (draw or random).random())
    if retry_after is not None:
        delay = max(delay, min(retry_after, LONGEST_RETRY_AFTER))
    return now + delay


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` in seconds or as a date (RFC 9110 §10.2.3); None for anything else, or a moment that is past."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 86_400))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        return None
    return moment - now if moment > now else None


def budget_used(failing_since: datetime | None, last_failure_at: datetime | None) -> float:
    """The share (0 to 1) of the failure budget that is used up.

    Counted from the first to the latest failure without a success between: an endpoint that nothing is sent to does
    not come closer to being disabled.
    """
    if failing_since is None or last_failure_at is None:
        return 0.0
    return min(max((last_failure_at - failing_since) / BUDGET, 0.0), 1.0)


def warning_level(used: float) -> int:
    """The highest warning reached, in per cent; 0 for none."""
    return max((level for level in WARNING_LEVELS if used * 100 >= level), default=0)
