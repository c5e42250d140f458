"""What of the message log is meant, as the store understands it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Window:
    """Instants `start` ≤ t < `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """A number in E.164 form, or with `prefix` the beginning of one."""

    number: str
    prefix: bool


@dataclass(frozen=True, slots=True)
class Search:
    """Either a number that begins so, or one of these senders."""

    number_prefix: str | None
    sender_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Conditions on the log; all must hold, an empty one does not count.

    `windows` (newest first, disjoint) replaces `start`/`end` when only certain hours or weekdays are meant.
    """

    tenant_id: UUID
    start: datetime | None = None
    end: datetime | None = None
    windows: tuple[Window, ...] | None = None
    recipient: Recipient | None = None
    statuses: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    search: Search | None = None
    message_id: UUID | None = None
    invoice_line: UUID | None = None
