"""Keyset positions, which lists go on from, and where a further page begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

FIRST_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a page ended: the next one holds what is older. Earlier ones come first."""

    submitted_at: datetime
    message_id: UUID


def first_end(end: datetime | None, after: Position | None) -> Position | None:
    """What all rows come before: the end of what is asked for, or where the last page ended if that is earlier.

    As two conditions PostgreSQL would enter the index at the later one and read from there to the other, so that a page
    would cost as much as all pages before it.
    """
    ends = [] if end is None else [Position(end, FIRST_ID)]
    return min([*ends, *([] if after is None else [after])], default=None)
