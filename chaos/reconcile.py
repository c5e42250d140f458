"""Counting afterwards, from the tables themselves: nothing lost, nothing doubled, nothing left lying."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from chaos.load import SLUG, Load
from chaos.product import Product
from gateway.domain import ids

FINAL = "('delivered', 'failed', 'expired', 'rejected', 'blocked')"
_WAITING = {
    "messages on their way": f"""SELECT count(*) FROM messages m WHERE message_id = ANY (%(ids)s) AND status NOT IN {FINAL}""",
    "webhooks owed": "SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s AND due_at IS NOT NULL",
    "exports": "SELECT count(*) FROM message_exports WHERE export_id = ANY (%(exports)s) AND status NOT IN ('ready', 'failed')",
    "jobs": """SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' OR (status = 'todo' AND coalesce(scheduled_at, '-infinity') < now() - interval '5 s')""",
}  # fmt: skip
# Each answers how many rows are wrong.
_WRONG = {
    "accepted messages that do not exist": "SELECT cardinality(%(ids)s::uuid[]) - count(*) FROM messages WHERE message_id = ANY (%(ids)s)",
    "messages nobody was told of": """
        SELECT count(*) FROM messages m JOIN api_keys k ON k.tenant_id = m.tenant_id AND k.key_id = m.api_key_id
        WHERE k.name = 'Chaos' AND NOT m.message_id = ANY (%(ids)s)""",
    "messages stored twice": """
        SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM messages WHERE message_id = ANY (%(ids)s)
                                             GROUP BY message_id) c""",
    "messages without a last status": f"SELECT count(*) FROM messages WHERE message_id = ANY (%(ids)s) AND status NOT IN {FINAL}",
    "messages that ended other than once": f"""
        SELECT count(*) FROM (
            SELECT i.id FROM unnest(%(ids)s::uuid[]) AS i (id)
            LEFT JOIN message_events e ON e.message_id = i.id AND e.kind = 'status' AND e.status IN {FINAL}
            GROUP BY i.id HAVING count(e.message_id) <> 1) x""",
    "status changes written twice": """
        SELECT count(*) FROM (SELECT message_id, status FROM message_events
                              WHERE message_id = ANY (%(ids)s) AND kind = 'status'
                              GROUP BY message_id, status HAVING count(*) > 1) x""",
    "messages reserved other than once": """
        SELECT count(*) FROM (
            SELECT i.id FROM unnest(%(ids)s::uuid[]) AS i (id)
            LEFT JOIN ledger_entries l ON l.message_id = i.id AND l.kind = 'reserve'
            GROUP BY i.id HAVING count(l.message_id) <> 1) x""",
    "reservations closed other than once": """
        SELECT count(*) FROM (
            SELECT i.id FROM unnest(%(ids)s::uuid[]) AS i (id)
            LEFT JOIN ledger_entries l ON l.message_id = i.id AND l.debit = 'reserved'
            GROUP BY i.id HAVING count(l.message_id) <> 1) x""",
    "charges unlike the price": """
        SELECT count(*) FROM ledger_entries l JOIN messages m ON m.tenant_id = l.tenant_id AND m.message_id = l.message_id
        WHERE l.message_id = ANY (%(ids)s) AND l.kind = 'charge' AND l.amount <> m.price""",
    "entries of messages nobody sent": """
        SELECT count(*) FROM ledger_entries l WHERE l.message_id IS NOT NULL AND l.kind = 'reserve'
          AND NOT EXISTS (SELECT FROM messages m WHERE m.tenant_id = l.tenant_id AND m.message_id = l.message_id)""",
    "balances unlike their entries": """
        SELECT count(*) FROM ledger_balances b JOIN (
            SELECT tenant_id,
                   sum(CASE WHEN credit = 'balance' THEN amount ELSE 0 END - CASE WHEN debit = 'balance' THEN amount ELSE 0 END) AS free,
                   sum(CASE WHEN credit = 'reserved' THEN amount ELSE 0 END - CASE WHEN debit = 'reserved' THEN amount ELSE 0 END) AS held
            FROM ledger_entries GROUP BY tenant_id) e ON e.tenant_id = b.tenant_id
        WHERE b.available <> e.free OR b.reserved <> e.held""",
    "events told twice of one message": """
        SELECT count(*) FROM (SELECT message_id, event_type FROM platform_events WHERE message_id = ANY (%(ids)s)
                              GROUP BY message_id, event_type HAVING count(*) > 1) x""",
    "last statuses without an event": """
        SELECT count(*) FROM messages m WHERE m.message_id = ANY (%(ids)s) AND m.status IN ('delivered', 'failed')
          AND NOT EXISTS (SELECT FROM platform_events p WHERE p.tenant_id = m.tenant_id AND p.message_id = m.message_id
                          AND p.event_type = 'message.' || m.status::text)""",
    "events owed to the endpoint other than once": """
        SELECT count(*) FROM (
            SELECT p.event_id FROM platform_events p
            LEFT JOIN webhook_deliveries d ON d.tenant_id = p.tenant_id AND d.event_id = p.event_id AND d.endpoint_id = %(endpoint)s
            JOIN webhook_endpoints w ON w.tenant_id = p.tenant_id AND w.endpoint_id = %(endpoint)s
            WHERE p.event_type = ANY (w.events) AND p.message_id = ANY (%(ids)s)
            GROUP BY p.event_id HAVING count(d.delivery_id) <> 1) x""",
    "deliveries that failed or wait": "SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s AND status <> 'succeeded'",
    "exports that are not there once": """
        SELECT cardinality(%(exports)s::uuid[]) - count(*) FROM message_exports WHERE export_id = ANY (%(exports)s) AND status = 'ready'""",
    "jobs that failed or were left": """
        SELECT count(*) FROM procrastinate_jobs WHERE status NOT IN ('succeeded', 'todo', 'cancelled')""",
    "imported rows missing or doubled": """
        SELECT abs(%(imported)s - count(*)) + (count(*) - count(DISTINCT external_id))
        FROM messages WHERE external_id LIKE 'chaos-%%'""",
    "import runs that did not finish": "SELECT count(*) FROM import_runs WHERE state <> 'finished'",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """How many are wrong of what is named; 0 is right."""

    name: str
    wrong: int


def settle(product: Product, load: Load, seconds: float) -> tuple[float, dict[str, int]]:
    """Wait until nothing is under way any more; how long it took, and what is under way all the same."""
    began, left = time.monotonic(), {"the database": 1}
    values = _values(load)
    while time.monotonic() - began < seconds:
        try:
            with product.connect() as connection:
                left = {name: _one(connection, statement, values) for name, statement in _WAITING.items()}
        except psycopg.Error:
            pass
        if not any(left.values()):
            break
        time.sleep(1)
    return time.monotonic() - began, {name: count for name, count in left.items() if count}


def checks(product: Product, load: Load) -> list[Check]:
    """Everything counted. The product is still running, and nothing is under way."""
    values, found = _values(load), []
    with product.connect() as connection:
        for name, statement in _WRONG.items():
            found.append(Check(name, _one(connection, statement, values)))
        rows = connection.execute(
            "SELECT event_id FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s", values
        ).fetchall()
    owed = {f"evt_{UUID(str(row[0])).hex}" for row in rows}
    told = load.receiver.told
    found += [
        Check("events the receiver never heard of", len(owed - set(told))),
        Check("ids the receiver heard that no event has", len(set(told) - owed)),
        Check("events told in different words", sum(len(set(bodies)) > 1 for bodies in told.values())),
        Check("answers that must not be", len(load.faults)),
        Check("lines of logs with a secret or a message", sum(1 for _ in leaks(product, load))),
    ]
    doctor = product.gateway("doctor")
    said = doctor.communicate()[0]
    found.append(Check("accounts whose rollups or balances differ from a recount", int(doctor.returncode != 0)))
    if doctor.returncode:
        load.faults.append(said[-800:])
    return found


def leaks(product: Product, load: Load) -> list[str]:
    """Lines with a secret or a message in them; the demo's password is printed for everyone to read."""
    lines = (
        (name, line) for name, line in product.logs() if not line.startswith("Demo sign-ins, all with the password")
    )
    return [f"{name}: {line[:300]}" for name, line in lines if any(secret in line for secret in load.secrets)]


def numbers(product: Product, load: Load) -> dict[str, int]:
    """How much there was."""
    values = _values(load)
    with product.connect() as connection:
        count = lambda statement: _one(connection, statement, values)  # noqa: E731
        return {
            "messages accepted": len(load.accepted),
            "sent again under the same key": load.asked_again,
            "ledger entries of these messages": count("SELECT count(*) FROM ledger_entries WHERE message_id = ANY (%(ids)s)"),
            "events of these messages": count("SELECT count(*) FROM platform_events WHERE message_id = ANY (%(ids)s)"),
            "webhooks owed": count("SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = %(endpoint)s"),
            "webhooks received": sum(map(len, load.receiver.told.values())),
            "exports": len(load.exports),
            "imported rows": load.imported,
            "jobs": count("SELECT count(*) FROM procrastinate_jobs"),
            "pages answered": load.pages,
        }  # fmt: skip


def _values(load: Load) -> dict[str, Any]:
    return {
        "ids": [ids.decode(message) for message in load.accepted.values()],
        "endpoint": UUID(load.endpoint_id),
        "exports": [UUID(export) for export in load.exports.values()],
        "imported": load.imported,
        "slug": SLUG,
    }


def _one(connection: Any, statement: str, values: dict[str, Any]) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0] or 0)
