"""Lists of which a caller may want a part: a statement for each set of conditions that is asked for.

One text for all of them, `:x IS NULL OR column = :x`, would cost a page what lies before it: a plan that is kept
(`enter_account`) does not know that x is there, and walks from the newest row instead of entering an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text

from gateway.store.connections import Connection

MARK = "{narrowed}"


class Narrowed:
    """A statement that holds `{narrowed}` where further conditions fit, and those conditions by the name of the value
    that each compares with. Raises ValueError for a text that does not hold the mark once."""

    def __init__(self, statement: str, conditions: Mapping[str, str]) -> None:
        if statement.count(MARK) != 1:
            raise ValueError(f"a statement to be narrowed holds {MARK} once")
        self._statement = statement
        self._conditions = dict(conditions)
        self._of = cache(self._with)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that fulfil the conditions whose value is not None; `values` has one for every condition."""
        given = tuple(name for name in self._conditions if values[name] is not None)
        return connection.execute(self._of(given), dict(values)).all()

    def _with(self, given: tuple[str, ...]) -> TextClause:
        return text(self._statement.replace(MARK, "".join(f" AND {self._conditions[name]}" for name in given)))
