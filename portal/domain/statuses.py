"""The eight states of a message."""

from __future__ import annotations

from enum import StrEnum


class MessageStatus(StrEnum):
    """In the order people read them: on the way, then how it ended."""

    QUEUED = "queued"
    HELD = "held"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    BLOCKED = "blocked"

    @property
    def final(self) -> bool:
        """Whether nothing can change it any more."""
        return self in _FINAL


_FINAL = frozenset(
    {
        MessageStatus.DELIVERED,
        MessageStatus.FAILED,
        MessageStatus.EXPIRED,
        MessageStatus.REJECTED,
        MessageStatus.BLOCKED,
    }
)
