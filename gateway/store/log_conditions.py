"""What a filter of the log is in SQL: conditions as text, and apart from them the values they compare with.

The text depends on which filters there are and not on what they are set to, so it is written once for each kind of
question and PostgreSQL keeps its plan. Three stand in the text themselves: statuses and countries, as a partial index
is only considered for a constant, and beginnings of numbers that are no longer than a network's, as statistics are only
asked about one: of a beginning that it does not know PostgreSQL believes that hardly any number has it, and finds and
sorts a third of the log. Of longer ones that is true, and there would be a text for each number that is looked for.
Under row-level security only leak-proof operators can use an index, so beginnings are compared with `~>=~`/`~<~` and
not by LIKE.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.domain import ids
from gateway.domain.statuses import Status
from gateway.store.log_filter import LogFilter

LONGEST_NETWORK = len("+93701")
FEW = "few"
"""In place of a beginning that few numbers have: it is a value."""
ALL_STATUSES = frozenset(status.value for status in Status)
_COUNTRY = re.compile(r"[A-Z]{2}")
_BEGINNING = re.compile(r"\+[0-9]*")
_MILLISECOND = timedelta(milliseconds=1)


class Columns(NamedTuple):
    """Columns that are compared with values: with one each, or with any of several."""

    single: tuple[str, ...]
    several: tuple[str, ...]

    def conditions(self, table: str) -> list[str]:
        """Equality for one value: that is what lets an index give the rows in order."""
        return [
            *(f"{table}.{name} = %({name})s" for name in self.single),
            *(f"{table}.{name} = ANY (%({name})s::text[])" for name in self.several),
        ]


class Shape(NamedTuple):
    """What the conditions look like, whoever asks for which values."""

    columns: Columns
    statuses: tuple[str, ...]
    """None where all of them are meant."""
    countries: tuple[str, ...]
    number: bool
    begins: str | None
    """How the recipient begins, or FEW."""
    message_id: bool
    invoice_line: bool
    searched: tuple[bool, str | None] | None
    """Several senders; how a number begins, or FEW, too."""


class Alternative(NamedTuple):
    """One of several conditions that exclude each other."""

    condition: str
    few_numbers: bool
    """Are its numbers to be looked up, and what is theirs sorted?"""


def shape_of(wanted: LogFilter) -> Shape:
    """The shape of a filter. Raises ValueError for what no filter of the API lets through."""
    statuses = wanted.statuses if set(wanted.statuses) != ALL_STATUSES else ()
    recipient, search = wanted.recipient, wanted.search
    begins = _kept(recipient.number) if recipient is not None and recipient.prefix else None
    searched = _kept(search.number_prefix) if search is not None and search.number_prefix is not None else None
    beginnings = [each for each in (begins, searched) if each is not None and each != FEW]
    if (
        not set(statuses) <= ALL_STATUSES
        or not all(map(_COUNTRY.fullmatch, wanted.countries))
        or not all(map(_BEGINNING.fullmatch, beginnings))
    ):
        raise ValueError("statuses, countries and beginnings of numbers stand in the statement, so they must be ones")
    filtered = [(name, values) for name, values in _listed(wanted) if values]
    return Shape(
        Columns(
            tuple(name for name, values in filtered if len(values) == 1),
            tuple(name for name, values in filtered if len(values) > 1),
        ),
        statuses,
        wanted.countries,
        recipient is not None and not recipient.prefix,
        begins,
        wanted.message_id is not None,
        wanted.invoice_line is not None,
        (len(search.sender_ids) > 1, searched) if search is not None else None,
    )


def values_of(wanted: LogFilter) -> dict[str, Any]:
    """What the conditions of a filter are compared with, by the names they have in them."""
    values: dict[str, Any] = {
        "tenant_id": wanted.tenant_id,
        **{name: values[0] if len(values) == 1 else list(values) for name, values in _listed(wanted) if values},
    }
    if wanted.recipient is not None:
        values |= _begins_between("number", wanted.recipient.number)
    if wanted.search is not None:
        senders = wanted.search.sender_ids
        values["searched"] = senders[0] if len(senders) == 1 else list(senders)
        if wanted.search.number_prefix is not None:
            values |= _begins_between("searched_number", wanted.search.number_prefix)
    if wanted.message_id is not None:
        values["message_id"] = wanted.message_id
        values |= moments_of(wanted.message_id)
    if wanted.invoice_line is not None:
        values["invoice_line"] = wanted.invoice_line
    return values


def moments_of(message_id: Any) -> dict[str, Any]:
    """`id_at` and `id_past`, between which the id says that its message was submitted; both None where no message can
    be: 48 bits of milliseconds reach beyond the year 9999."""
    try:
        moment = ids.submitted_at_of(message_id)
        return {"id_at": moment, "id_past": moment + _MILLISECOND}
    except OverflowError:
        return {"id_at": None, "id_past": None}


@lru_cache(maxsize=1024)
def conditions(shape: Shape) -> tuple[str, ...]:
    """What all alternatives have in common, the tenant first."""
    found = ["messages.tenant_id = %(tenant_id)s", *shape.columns.conditions("messages")]
    if shape.countries:
        found.append(f"messages.country IN ({_constants(shape.countries)})")
    if shape.number:
        found.append("messages.recipient = %(number)s")
    if shape.begins is not None:
        found.append(_begins(shape.begins, "number"))
    if shape.message_id:
        found.append("messages.message_id = %(message_id)s")
        found.append(
            "messages.submitted_at >= %(id_at)s::timestamptz AND messages.submitted_at < %(id_past)s::timestamptz"
        )
    if shape.invoice_line:
        # Joined and not asked for with EXISTS: the line's own messages come in the order of the log, so a page of an
        # old invoice does not begin at the newest message.
        found.append(
            "billed.tenant_id = %(tenant_id)s AND billed.line_id = %(invoice_line)s"
            " AND billed.submitted_at = messages.submitted_at AND billed.message_id = messages.message_id"
        )
    return tuple(found)


@lru_cache(maxsize=1024)
def alternatives(shape: Shape) -> tuple[Alternative, ...]:
    """What is meant by *or*, as conditions that exclude each other: each has an index that gives its rows in order.

    With an OR in one statement all rows that match would have to be found and sorted first.
    """
    few = shape.begins == FEW
    searched = [Alternative("true", few)]
    if shape.searched is not None:
        several, begins = shape.searched
        sender = "messages.sender_id = ANY (%(searched)s::text[])" if several else "messages.sender_id = %(searched)s"
        searched = [Alternative(sender, few)]
        if begins is not None:
            searched.append(
                Alternative(f"{_begins(begins, 'searched_number')} AND NOT ({sender})", few or begins == FEW)
            )
    if not shape.statuses:
        return tuple(searched)
    return tuple(
        each._replace(condition=f"messages.status = '{status}' AND {each.condition}")
        for status in shape.statuses
        for each in searched
    )


def source(shape: Shape) -> str:
    """Where the rows are, as a FROM clause has it."""
    return "messages, invoice_messages AS billed" if shape.invoice_line else "messages"


def _listed(wanted: LogFilter) -> tuple[tuple[str, Sequence[str]], ...]:
    return (
        ("operator", wanted.operators),
        ("sender_id", wanted.sender_ids),
        ("error_code", wanted.error_codes),
        ("destination", wanted.destinations),
    )


def _kept(beginning: str) -> str:
    """What the shape knows of a beginning."""
    return beginning if len(beginning) <= LONGEST_NETWORK else FEW


def _begins(beginning: str, name: str) -> str:
    if beginning == FEW:
        return f"messages.recipient ~>=~ %({name})s AND messages.recipient ~<~ %({name}_past)s"
    return f"messages.recipient ~>=~ '{beginning}' AND messages.recipient ~<~ '{_past(beginning)}'"


def _begins_between(name: str, beginning: str) -> dict[str, str]:
    return {name: beginning, f"{name}_past": _past(beginning)}


def _past(beginning: str) -> str:
    """What comes after everything that begins so."""
    return beginning[:-1] + chr(ord(beginning[-1]) + 1)


def _constants(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'::char(2)" for value in values)
