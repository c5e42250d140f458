"""Which tenant a statement is about: read from its plan, as the database that ran it made it.

Every statement that the gateway sends is planned once more on its own connection, with its own values. In the plan each
table of a tenant's must be tied to one tenant by a value, or to another table that is. What row-level security adds does
not count: it would hold back other tenants' rows, but it does not say on which machine to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import Error
from sqlalchemy import Engine, event

from gateway.store.distribution import DISTRIBUTED

_PARTITION = re.compile(r"(messages|message_events)_(\d{4}_\d{2}|default)")
_TIED = re.compile(r"(\w+)\.tenant_id = (?:'[0-9a-f-]{36}'::uuid|ANY \('\{[0-9a-f-]{36}\}'::uuid\[\]\))")
_SAME = re.compile(r"\(?(\w+)\.tenant_id = (\w+)\.tenant_id")
_CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Filter",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "TID Cond",
    "One-Time Filter",
)
_PLANNED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)


@dataclass
class Heard:
    """What was sent: statements by their text, with the tables of which no tenant was named (none being right)."""

    seen: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def of_many(self) -> dict[str, frozenset[str]]:
        return {statement: tables for statement, tables in self.seen.items() if tables}


@contextmanager
def listening(*engines: Engine) -> Iterator[Heard]:
    """Everything that these engines send meanwhile."""
    heard = Heard()

    def hear(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        text = " ".join(statement.split())
        if not _PLANNED.match(text) or heard.seen.get(text):
            return
        values = parameters[0] if many else parameters
        driver = cursor.connection
        with driver.cursor() as own:
            own.execute("SAVEPOINT heard")
            try:
                own.execute(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {statement}", values or None, prepare=False)
                [(plan,)] = own.fetchall()
            except Error as error:
                raise AssertionError(f"not planned: {error}\n{text}") from error
            finally:
                own.execute("ROLLBACK TO SAVEPOINT heard; RELEASE SAVEPOINT heard")
        heard.seen[text] = heard.seen.get(text, frozenset()) | loose(plan[0]["Plan"])

    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", hear)


def loose(plan: dict[str, Any]) -> frozenset[str]:
    """The distributed tables in a plan that are read, changed or deleted without being tied to a tenant."""
    conditions = " ".join(_conditions(plan))
    tied = {_whole(name) for name in _TIED.findall(conditions)}
    tied |= {node["Alias"] for node in _nodes(plan) if node["Node Type"] == "CTE Scan" and _of_one(plan, node, tied)}
    pairs = [(_whole(one), _whole(other)) for one, other in _SAME.findall(conditions)]
    while reached := {name for pair in pairs if tied & set(pair) for name in pair} - tied:
        tied |= reached
    return frozenset(
        table
        for node in _nodes(plan)
        if "Scan" in node["Node Type"]
        and (table := _table(node.get("Relation Name", ""))) in DISTRIBUTED
        and _whole(node["Alias"]) not in tied
    )


def _of_one(plan: dict[str, Any], scan: dict[str, Any], tied: set[str]) -> bool:
    """Whether what a WITH query gives is one tenant's: rows that are tied themselves, or rows that were just written."""
    [source] = [node for node in _nodes(plan) if node.get("Subplan Name") == f"CTE {scan['CTE Name']}"]
    return source["Node Type"] == "ModifyTable" or any(_whole(node.get("Alias", "")) in tied for node in _nodes(source))


def _whole(alias: str) -> str:
    """A partition's alias is its table's with a number."""
    return re.sub(r"_\d+$", "", alias)


def _table(name: str) -> str:
    found = _PARTITION.fullmatch(name)
    return found.group(1) if found else name


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _conditions(plan: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(plan):
        yield from (str(node[name]) for name in _CONDITIONS if name in node)
