"""The SQL of a question, straight on a connection to PostgreSQL: the limit that no API in front of it can be below.

The gateway's own application answers the question once in this process while what it executes is written down. The
same statements with the same values are then executed by psycopg as the same database role, in one transaction, and
their rows fetched.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import structlog
from flask import Flask
from sqlalchemy import Engine, event

from bench.questions import Question
from gateway.api.access import Principal
from gateway.api.app import create_app
from gateway.api.context import EXTENSION
from gateway.settings import GatewaySettings
from gateway.store.engine import conninfo, create_engine

_ROLE = "-c role=gateway_api -c timezone=UTC"
_MONTH = re.compile(r"_y?\d{4}_?m?\d{2}(_\d{2})?")
Statement = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Plan:
    """How PostgreSQL answered: the nodes that read, and pages of memory touched in all."""

    nodes: str
    buffers: int
    rows: int


class Straight:
    """A connection with the API's role, and the application whose statements it repeats."""

    def __init__(self, connection: psycopg.Connection[Any], app: Flask, engine: Engine, tenant_id: UUID) -> None:
        self._connection = connection
        self.app = app
        self.engine = engine
        self.tenant_id = tenant_id

    def statements(self, question: Question) -> list[Statement]:
        """What the gateway executes to answer."""
        found: list[Statement] = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            found.append((statement, parameters))

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            answer = self.app.test_client().get(
                f"/v1/{question.path}", query_string=dict(question.query), headers={"Authorization": "Bearer owner"}
            )
        finally:
            event.remove(self.engine, "before_cursor_execute", note)
        if answer.status_code != 200:
            raise RuntimeError(f"{question.name} was answered with {answer.status_code}")
        return found

    def milliseconds(self, statements: list[Statement]) -> float:
        """All of them in one transaction, with their rows."""
        began = time.perf_counter()
        with self._connection.transaction():
            for statement, values in statements:
                self._connection.execute(statement, values).fetchall()
        return (time.perf_counter() - began) * 1000

    def plan(self, statements: list[Statement]) -> Plan:
        """Of all statements together; those that touch nothing do not show."""
        nodes: Counter[str] = Counter()
        buffers = rows = 0
        with self._connection.transaction(), psycopg.ClientCursor(self._connection) as cursor:
            for statement, values in statements:
                if "set_config" in statement:
                    cursor.execute(statement, values)
                    continue
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values)
                (explained,) = cursor.fetchone() or ([],)
                top = explained[0]["Plan"]
                buffers += top["Shared Hit Blocks"] + top["Shared Read Blocks"]
                rows = max(rows, int(top["Actual Rows"]))
                nodes.update(scans(top))
        return Plan(told(nodes), buffers, rows)


def scans(plan: Mapping[str, Any]) -> Iterator[str]:
    """The nodes of a plan that read a table and ran, with the index they used; partitions by their table's name."""
    if plan.get("Actual Loops", 1) == 0:
        return
    if "Relation Name" in plan:
        place = _MONTH.sub("", plan["Index Name"] if "Index Name" in plan else plan["Relation Name"])
        yield f"{plan['Node Type']} {place}"
    elif plan["Node Type"] == "Bitmap Index Scan":
        yield f"Bitmap Index Scan {_MONTH.sub('', plan['Index Name'])}"
    for below in plan.get("Plans", []):
        yield from scans(below)


def told(nodes: Mapping[str, int]) -> str:
    """``Index Scan a ×3, Seq Scan b``; tables that are looked up for every request are left out when others are there."""
    everywhere = ("tenants", "tenant_revisions", "users", "api_")
    own = {name: count for name, count in nodes.items() if not any(word in name for word in everywhere)}
    shown = own or nodes
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in shown.items())


@contextmanager
def straight(data_dir: Path, email: str) -> Iterator[Straight]:
    """Beside a running product whose database is below `data_dir`, as the customer `email`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    url = f"postgresql://postgres@/gateway?host={data_dir / 'postgres' / 'run'}"
    settings = GatewaySettings(data_dir=data_dir, database_url=url, public_url="http://127.0.0.1:9")
    with psycopg.connect(url) as reader:
        row = reader.execute("SELECT tenant_id, user_id FROM users WHERE email = %s", [email]).fetchone()
    assert row is not None
    tenant_id, user_id = row
    engine = create_engine(settings, "api")
    try:
        app = create_app(settings, engine)
        owner = Principal(user_id, tenant_id, "customer", frozenset({"owner"}))
        app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], verify=lambda _token: owner)
        with psycopg.connect(conninfo(url, options=_ROLE), autocommit=True) as connection:
            yield Straight(connection, app, engine, tenant_id)
    finally:
        engine.dispose()
