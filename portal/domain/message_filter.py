"""What the message log shows, read from and written to the address: the same names as the platform's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.domain import params as read
from portal.domain.params import Params
from portal.domain.query import Problem, read_statuses
from portal.domain.statuses import MessageStatus

Moment = dt.date | dt.datetime


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages; everything left empty means all of them, newest first.

    ``start``/``end``: local days (both inclusive) or instants (``end`` exclusive), never one of each. ``recipient``: a
    number, or the beginning of one followed by ``*``; ``destinations``: network prefixes. ``text``: a message id, a
    number or a sender, as typed. ``weekday``: ISO 1–7, ``hour`` 0–23, both local to the account.
    ``invoice_line``: the id of the line of an invoice that bills them.
    """

    start: Moment | None = None
    end: Moment | None = None
    statuses: tuple[MessageStatus, ...] = ()
    operators: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    recipient: str = ""
    weekday: int | None = None
    hour: int | None = None
    text: str = ""
    invoice_line: str | None = None
    tenant_id: str | None = None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def from_params(cls, params: Params) -> MessageFilter:
        """Read the address's parameters; whatever cannot be used is left out and reported, never raised."""
        problems: list[Problem] = []
        start, end = _span(params, problems)
        return cls(
            start=start,
            end=end,
            statuses=read_statuses(read.many(params, "status"), problems),
            operators=read.many(params, "operator", most=20, longest=40),
            sender_ids=_senders(params),
            error_codes=read.many(params, "errorCode"),
            destinations=tuple(
                number for value in read.many(params, "destination", most=20, longest=40) if (number := _number(value))
            ),
            countries=_countries(params),
            recipient=_number(read.one(params, "to")),
            weekday=read.as_integer(read.one(params, "weekday"), 1, 7),
            hour=read.as_integer(read.one(params, "hour"), 0, 23),
            text=read.ascii_digits(read.one(params, "q"))[:80],
            invoice_line=read.as_uuid(read.one(params, "invoiceLineId")),
            tenant_id=read.as_uuid(read.one(params, "tenantId")),
            problems=tuple(dict.fromkeys(problems)),
        )

    @classmethod
    def from_search(cls, search: str | None) -> MessageFilter:
        """As :meth:`from_params`, from ``?status=…``."""
        return cls.from_params(read.from_search(search))

    def to_params(self) -> list[tuple[str, str]]:
        """The platform's parameters, and the address's."""
        return [
            ("startDate", self.start.isoformat() if self.start else ""),
            ("endDate", self.end.isoformat() if self.end else ""),
            *(("status", value) for value in self.statuses),
            *(("operator", value) for value in self.operators),
            *(("senderId", value) for value in self.sender_ids),
            *(("errorCode", value) for value in self.error_codes),
            *(("country", value) for value in self.countries),
            *(("destination", value) for value in self.destinations),
            ("to", self.recipient),
            ("weekday", "" if self.weekday is None else str(self.weekday)),
            ("hour", "" if self.hour is None else str(self.hour)),
            ("q", self.text),
            ("invoiceLineId", self.invoice_line or ""),
            ("tenantId", self.tenant_id or ""),
        ]

    def to_query_string(self) -> str:
        """The address's query, without ``?``; empty when nothing is filtered."""
        return read.to_search(self.to_params())

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tenant is asked for."""
        return any(value for name, value in self.to_params() if name != "tenantId")

    def without(self, name: str, value: str = "") -> MessageFilter:
        """This filter less one parameter (``name`` as in the address), or less one of its values."""
        kept = [(n, v) for n, v in self.to_params() if n != name or (value and v != value)]
        gathered: dict[str, list[str]] = {}
        for key, item in kept:
            if item:
                gathered.setdefault(key, []).append(item)
        return MessageFilter.from_params(gathered)

    def choosing(
        self,
        *,
        text: str,
        recipient: str,
        statuses: Sequence[str],
        operators: Sequence[str],
        senders: Sequence[str],
    ) -> MessageFilter:
        """This filter with what a reader typed and ticked in place of what it had; spans and the rest stay."""
        chosen = MessageFilter.from_params(
            {"q": text, "to": recipient, "status": statuses, "operator": operators, "senderId": senders}
        )
        return replace(
            self,
            text=chosen.text,
            recipient=chosen.recipient,
            statuses=chosen.statuses,
            operators=chosen.operators,
            sender_ids=chosen.sender_ids,
            problems=(),
        )

    def between(self, start: Moment | None, end: Moment | None) -> MessageFilter:
        """This filter over another span; None leaves that side open."""
        return replace(self, start=start, end=end, problems=())

    def cleared(self) -> MessageFilter:
        """Everything of the same tenant."""
        return replace(MessageFilter(), tenant_id=self.tenant_id)


def _moment(params: Params, name: str, problems: list[Problem]) -> Moment | None:
    text = read.one(params, name)
    moment = read.as_moment(text) if text else None
    if text and moment is None:
        problems.append(Problem.MALFORMED_DATE)
    return moment


def _span(params: Params, problems: list[Problem]) -> tuple[Moment | None, Moment | None]:
    """Both ends in order and of one kind, as the platform wants them: a day beside an instant makes both days."""
    start, end = _moment(params, "startDate", problems), _moment(params, "endDate", problems)
    if start is None or end is None:
        return start, end
    if isinstance(start, dt.datetime) and isinstance(end, dt.datetime):
        if start > end:
            problems.append(Problem.REVERSED)
            return end, start
        return start, end
    first = start.date() if isinstance(start, dt.datetime) else start
    last = end.date() if isinstance(end, dt.datetime) else end
    if first > last:
        problems.append(Problem.REVERSED)
    return min(first, last), max(first, last)


def _senders(params: Params) -> tuple[str, ...]:
    """``senderId``, and ``from`` as the platform's older name for one."""
    named = (*read.many(params, "senderId", longest=40), *read.many(params, "from", longest=40))
    return tuple(dict.fromkeys(named))[:50]


def _countries(params: Params) -> tuple[str, ...]:
    codes = (value.upper() for value in read.many(params, "country"))
    return tuple(code for code in codes if len(code) == 2 and code.isascii() and code.isalpha())


def _number(text: str) -> str:
    """A number as typed, without the blanks and dashes people write into it; an unencoded "+" arrives as a blank."""
    kept = "".join(c for c in read.ascii_digits(text) if c not in " -().\u200e\u200f\u2066\u2067\u2068\u2069")
    return "+" + kept if kept.startswith("93") and len(kept.rstrip("*")) >= 4 else kept
