"""What the platform wants to know of a support system, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Status = Literal["new", "open", "pending", "on_hold", "solved", "closed", "unknown"]
Priority = Literal["low", "normal", "high", "urgent"]
Problem = Literal["unreachable", "slow", "refused", "rate_limited", "malformed", "unknown_organisation"]

STILL_OPEN: frozenset[Status] = frozenset({"new", "open", "pending", "on_hold", "unknown"})
SUBJECT_LENGTH = 200
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket. `priority` None: the system has none, or nobody gave it one. `url` opens it where it is worked on."""

    ticket_id: str
    subject: str
    status: Status
    priority: Priority | None
    opened_at: datetime
    url: str

    @property
    def still_open(self) -> bool:
        return self.status in STILL_OPEN


@dataclass(frozen=True, slots=True)
class Listing:
    """Tickets, the latest first. `complete`: all that the system has."""

    tickets: Sequence[Ticket]
    complete: bool


class TicketsUnavailable(Exception):
    """The support system did not say. `retry_after` are the seconds it asked to be left alone, if it did."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.problem: Problem = problem
        self.retry_after = retry_after


class TicketSource(Protocol):
    """A support system. `organisation` is what the operator linked a tenant to, in the system's own terms.

    Both raise TicketsUnavailable, and end within seconds whatever the system does.
    """

    @property
    def name(self) -> str:
        """As settings call it."""

    def latest(self, organisation: str, limit: int) -> Sequence[Ticket]:
        """The tickets opened last, the latest first."""

    def everything(self, organisation: str, since: datetime) -> Listing:
        """All tickets opened since then, and all that are still open; older ones may be among them."""


def plain(text: object) -> str:
    """A subject on one line: what people write has line breaks and worse in it. Joiners stay, which Persian and Pashto
    are not spelt right without."""
    words = "".join(each if each.isprintable() or each in _JOINERS else " " for each in str(text or ""))
    return " ".join(words.split())[:SUBJECT_LENGTH]


def moment_of(text: str) -> datetime:
    """RFC 3339 with an offset. Raises ValueError or TypeError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


def newest(tickets: Sequence[Ticket]) -> list[Ticket]:
    """The latest first, each once: pages move while they are read."""
    once = {ticket.ticket_id: ticket for ticket in tickets}
    return sorted(once.values(), key=lambda ticket: (ticket.opened_at, ticket.ticket_id), reverse=True)
