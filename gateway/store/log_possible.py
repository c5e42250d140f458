"""Whether a filter of the log can have matches at all: asked of the rollups, and what never met is not searched for.

Two conditions that never meet (an operator, and another operator's prefix) have no index that says so, and the whole
log would be walked for a page that stays empty. The rollups know by day what met, and each change of the log is at any
moment either in them or in `rollup_deltas`, from where it is folded: both are read in the very statement that reads the
log, by the same snapshot, so no message is missed, not even one that was accepted a moment ago.

What the rollups say may be too much (of numbers they know the first digits only, nothing of hours, and no error
together with a destination); then the whole filter is searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import lru_cache

from gateway.store.log_conditions import FEW, Shape

HOME = ("AF",)
"""The country of nearly all messages: no index of its own."""

LONGEST_QUEUE_BYTES = 2 * 1024 * 1024
_NUMBERED = frozenset({"destination", "number", "search"})
_SENT_BY = frozenset({"sender_id", "search"})


@lru_cache(maxsize=1024)
def are_asked(shape: Shape) -> bool:
    """Is there something that the rollups know, and no index that has just these rows?"""
    if shape.message_id or shape.invoice_line or shape.number or shape.begins == FEW:
        return False
    known = _known(shape)
    if len(known) != 1:
        return bool(known)
    [name] = known
    match name:
        case "destination" | "number" | "search":
            return True
        case "status":
            return "delivered" in shape.statuses
        case "country":
            return bool(set(HOME) & set(shape.countries))
        case _:
            return False


@lru_cache(maxsize=1024)
def can_match(shape: Shape) -> str:
    """A condition: can there be any message that fulfils the filter, on days from `first_day` to `last_day` (None:
    however far there are messages)?

    It is no limit of time: of a range whose ends it does not know PostgreSQL believes that it holds hardly anything,
    and would rather find and sort all of it than walk until a page is full.
    """
    known = _known(shape)
    asked = [known]
    if "error_code" in known and (numbered := _NUMBERED & known.keys()):  # no rollup has both
        asked = [{name: known[name] for name in known if name not in others} for others in (numbered, {"error_code"})]
    counted = " AND ".join(f"{_newest_day(each)} IS NOT NULL" for each in asked)
    waiting = "".join(f" AND {condition}" for condition in known.values())
    # A queue that has grown long is not searched for each page.
    return f"""(
        (SELECT {counted} OR CASE
            WHEN pg_relation_size('rollup_deltas') > {LONGEST_QUEUE_BYTES} THEN true
            ELSE EXISTS (SELECT FROM rollup_deltas WHERE tenant_id = %(tenant_id)s AND grain = 'c'{waiting}) END))"""  # noqa: S608


def _newest_day(known: Mapping[str, str]) -> str:
    """The last day of which a rollup has such messages, NULL where there is none."""
    conditions = "".join(f" AND {condition}" for condition in known.values())
    return f"""
        (SELECT day FROM {_rollup(known.keys())} WHERE tenant_id = %(tenant_id)s
         AND day >= coalesce(%(first_day)s::date, '-infinity') AND day <= coalesce(%(last_day)s::date, 'infinity')
         {conditions} ORDER BY day DESC LIMIT 1)"""  # noqa: S608


def _known(shape: Shape) -> dict[str, str]:
    """The conditions that rollups have, by their column; "number" and "search" by what they are asked of."""
    several = "{0} = ANY (%({1})s::text[])"
    found = {name: f"{name} = %({name})s" for name in shape.columns.single}
    found |= {name: several.format(name, name) for name in shape.columns.several}
    if shape.begins is not None and shape.begins != FEW:
        found["number"] = _may_begin(shape.begins)
    if shape.searched is not None:
        more, begins = shape.searched
        sender = several.format("sender_id", "searched") if more else "sender_id = %(searched)s"
        if begins is not None and begins != FEW:
            found["search"] = f"({sender} OR {_may_begin(begins)})"
        elif begins is None and "sender_id" not in found:
            found["sender_id"] = sender
    for name, values in (("status", shape.statuses), ("country", shape.countries)):
        if values:
            found[name] = f"{name} IN ({', '.join(map(repr, values))})"
    return found


def _may_begin(beginning: str) -> str:
    """Of a destination, which is how its numbers begin: is what is looked for a part of it, or it of that?"""
    return f"(starts_with(destination, '{beginning}') OR starts_with('{beginning}', destination))"


def _rollup(names: Set[str]) -> str:
    """The smallest rollup that knows of these."""
    senders = not _SENT_BY.isdisjoint(names)
    if not _NUMBERED.isdisjoint(names):
        return "rollup_sender_destinations" if senders else "rollup_destinations"
    if names <= {"status", "sender_id"}:
        return "rollup_sender_totals" if senders else "rollup_totals"
    return "rollup_senders" if senders else "rollup_daily"
