"""The status machine of a message, as data.

    queued → sent → delivered | failed | expired
    queued → held → queued | blocked
    queued → rejected

A final status never changes again. A carrier's verdict may overtake the news that the message was sent: then the
message passes through `sent` on the way, so its history is always a path of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    QUEUED = "queued"
    HELD = "held"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    BLOCKED = "blocked"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.SENT, Status.HELD, Status.REJECTED}),
    Status.HELD: frozenset({Status.QUEUED, Status.BLOCKED}),
    Status.SENT: frozenset({Status.DELIVERED, Status.FAILED, Status.EXPIRED}),
    Status.DELIVERED: frozenset(),
    Status.FAILED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.BLOCKED: frozenset(),
}

FINAL = frozenset(status for status, successors in TRANSITIONS.items() if not successors)

LEFT = TRANSITIONS[Status.SENT] | {Status.SENT}
"""Statuses of messages that left for a carrier."""

RATED = frozenset({Status.DELIVERED, Status.FAILED, Status.EXPIRED, Status.REJECTED})
"""What the delivery rate divides by: delivered / (delivered + failed + expired + rejected)."""

OVERTAKING: Mapping[tuple[Status, Status], Status] = {
    (Status.QUEUED, verdict): Status.SENT for verdict in TRANSITIONS[Status.SENT]
}
"""(current, target) → the status passed through, where a verdict overtook the sending."""


def path(current: Status, target: Status) -> tuple[Status, ...]:
    """The statuses entered on the way from `current` to `target`, the last being `target`.

    Empty when the machine does not allow it: the news is late, repeated or out of order, and changes nothing.
    """
    if target in TRANSITIONS[current]:
        return (target,)
    between = OVERTAKING.get((current, target))
    return (between, target) if between is not None else ()


def is_final(status: Status) -> bool:
    return status in FINAL
