"""Support tickets of an account, as another system told the platform."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class TicketStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class TicketPriority(StrEnum):
    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class TicketsState(StrEnum):
    """``UNAVAILABLE``: the other system does not say, and what is shown is what it said last, if anything."""

    KNOWN = "known"
    UNAVAILABLE = "unavailable"
    NOT_LINKED = "not_linked"
    NOT_CONFIGURED = "not_configured"


class TicketsProblem(StrEnum):
    """Why the other system does not say. ``OTHER``: for a reason this portal does not know."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    MALFORMED = "malformed"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Ticket:
    """``priority`` None: it has none. ``url`` opens it where it is worked on, None where there is no such place."""

    ticket_id: str
    subject: str
    status: TicketStatus
    priority: TicketPriority | None
    opened_at: dt.datetime
    url: str | None


@dataclass(frozen=True, slots=True)
class Tickets:
    """The ten opened last. ``source`` is the other system's name in settings (``demo``: invented), ``as_of`` when it
    told them, ``organisation`` which of its organisations the account is."""

    state: TicketsState
    source: str | None = None
    problem: TicketsProblem | None = None
    as_of: dt.datetime | None = None
    organisation: str | None = None
    items: tuple[Ticket, ...] = ()
