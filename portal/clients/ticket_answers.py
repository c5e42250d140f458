"""The platform's answer about tickets. Strangers wrote what is in them: an address is one only if it is http."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from portal.clients import decode
from portal.clients.decode import Json
from portal.domain.tickets import Ticket, TicketPriority, Tickets, TicketsProblem, TicketsState, TicketStatus

Kind = TypeVar("Kind", bound=StrEnum)


def read_tickets(body: Json) -> Tickets:
    """Words that are not known yet become the nearest that are."""
    problem = decode.maybe_text(body.get("problem"))
    return Tickets(
        state=TicketsState(decode.text(body["state"])),
        source=decode.maybe_text(body.get("source")),
        problem=None if problem is None else _known(TicketsProblem, problem, TicketsProblem.OTHER),
        as_of=decode.maybe_instant(body.get("asOf")),
        organisation=decode.maybe_text(body.get("organisation")),
        items=tuple(_ticket(each) for each in decode.items(body["items"])),
    )


def _ticket(body: Json) -> Ticket:
    priority = decode.maybe_text(body.get("priority"))
    return Ticket(
        ticket_id=decode.text(body["ticketId"]),
        subject=decode.text(body["subject"]),
        status=_known(TicketStatus, decode.text(body["status"]), TicketStatus.UNKNOWN),
        priority=TicketPriority(priority) if priority in set(TicketPriority) else None,
        opened_at=decode.instant(body["openedAt"]),
        url=_address(decode.maybe_text(body.get("url"))),
    )


def _known(kind: type[Kind], value: str, otherwise: Kind) -> Kind:
    return kind(value) if value in set(kind) else otherwise


def _address(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return url if parts.scheme in ("https", "http") and parts.hostname else None
