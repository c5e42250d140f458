"""A small platform for tests of the API: two customers' tenants and an empty one, people of every role, random traffic.

Everything is drawn from one seed, so a failure can be repeated. The clock stands still at NOW.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from gateway.api.access import Principal
from gateway.api.app import create_app
from gateway.api.context import EXTENSION, Dependencies
from gateway.domain.messages import NewMessage, new_message
from gateway.domain.statuses import FINAL, Status
from gateway.identity.passwords import Passwords
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import Sealer
from gateway.jobs.health import score_due
from gateway.settings import GatewaySettings
from gateway.store import ledger
from gateway.store.accounts import assign_tenant, create_tenant, get_account
from gateway.store.engine import create_engine
from gateway.store.exports import NewExport, create_export
from gateway.store.invoicing import issue_due
from gateway.store.log_filter import LogFilter
from gateway.store.prices import set_default_price
from gateway.store.rollups import fold_all
from gateway.store.tenancy import tenant_transaction
from gateway.store.writes import insert_messages
from tests.support.webhook_rows import add_delivery, add_endpoint

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BILLED_AT = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
FIRST_DAY, LAST_DAY = "2026-10-20", "2026-11-20"
INGEST_TOKEN = "ingest-token-of-the-tests"
PASSWORD = "Correct-Horse-1"
QUICK = Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=8)
CUSTOMERS = ("owner", "developer", "billing", "viewer")
SENDERS = ("BANK", "Bank OTP", "SHOP", "4040", "فروش")
ERRORS = {
    Status.FAILED: ("unknown_subscriber", "absent_subscriber", "system_failure"),
    Status.EXPIRED: ("validity_expired",),
    Status.REJECTED: ("invalid_sender", "throttled"),
    Status.BLOCKED: ("content_blocked",),
}
PREFIXES = ("+9370", "+9371", "+9372", "+9379", "+9376", "+9373", "+93744", "+9375", "+4479", "+93711")


@dataclass(frozen=True)
class World:
    """The application, its people as test clients, and the engines behind it."""

    app: OpenAPI
    api_engine: Engine
    worker_engine: Engine
    identity_engine: Engine
    sealer: Sealer = field(repr=False)
    tenant: UUID
    other: UUID
    empty: UUID
    people: dict[str, Principal] = field(repr=False)

    def get(self, who: str, path: str, **query: Any) -> Any:
        """The answer to a GET by `who` (a key of `people`)."""
        return self.client(who).get(path, query_string=query)

    def client(self, who: str | None) -> FlaskClient:
        client = self.app.test_client()
        if who is not None:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer token-of-{who}"
        return client

    def fold(self) -> None:
        with self.worker_engine.begin() as connection:
            fold_all(connection)

    def add(self, rows: list[NewMessage]) -> None:
        """Insert messages without folding them."""
        with self.worker_engine.begin() as connection:
            insert_messages(connection, rows)

    def sql(self, statement: str, **parameters: Any) -> list[Any]:
        """Rows as the worker sees them: the independent recount."""
        with self.worker_engine.connect() as connection:
            return list(connection.execute(text(statement), parameters))


@contextmanager
def as_superuser(world: World) -> Iterator[psycopg.Connection]:
    """A connection that may do what no service may: for breaking things."""
    url = world.worker_engine.url.difference_update_query(["options"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def random_messages(tenant: UUID, count: int, seed: int, *, until: datetime = NOW, days: int = 32) -> list[NewMessage]:
    """Traffic of all statuses, operators and senders; some share a millisecond, many lie at local midnight."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        submitted = until - timedelta(milliseconds=draw.randrange(days * 86_400_000))
        if draw.random() < 0.2:
            # Kabul's midnight is 19:30 UTC: the minutes around it tell whether days are cut where they should be.
            submitted = submitted.replace(hour=19, minute=30, second=0, microsecond=0) + timedelta(
                milliseconds=draw.choice((-1, 0, 0, 1))
            )
            submitted = min(submitted, until)
        status = draw.choices(tuple(Status), weights=(2, 2, 5, 60, 12, 6, 5, 4))[0]
        final = submitted + timedelta(milliseconds=draw.randrange(500, 900_000)) if status in FINAL else None
        rows.append(
            new_message(
                tenant_id=tenant,
                submitted_at=submitted,
                recipient=_number(draw),
                sender_id=draw.choice(SENDERS),
                source="internal",
                external_id=f"{seed}-{number}",
                body=draw.choice(("Your code is 123456", "سلام، کود شما ۱۲۳۴", "x" * 200)),
                status=status,
                sent_at=submitted
                if status not in (Status.QUEUED, Status.HELD, Status.REJECTED, Status.BLOCKED)
                else None,
                final_at=final,
                error_code=draw.choice(ERRORS[status]) if status in ERRORS else None,
            )
        )
    return rows


def _number(draw: random.Random) -> str:
    prefix = draw.choice(PREFIXES)
    length = 12 if prefix.startswith("+93") else 13
    return prefix + "".join(str(draw.randrange(10)) for _ in range(length - len(prefix)))


@contextmanager
def build_world(database_url: str, data_dir: Path, *, messages: int = 1500) -> Iterator[World]:
    """Fill an empty, migrated database and open the API on it."""
    settings = GatewaySettings(
        database_url=database_url, data_dir=data_dir, public_url="http://127.0.0.1:9", ingest_token=INGEST_TOKEN,
        limit_address_failures=0,  # thousands of calls fail on purpose to say who they are, all from one address
    )  # fmt: skip
    engines = {role: create_engine(settings, role) for role in ("api", "worker", "identity")}  # type: ignore[arg-type]
    try:
        with engines["worker"].begin() as connection:
            tenant = create_tenant(connection, slug="demo-bank", name="Demo Bank", is_demo=True)
            other = create_tenant(
                connection, slug="other", name="Other Shop", time_zone="Europe/Berlin", currency="EUR"
            )
            empty = create_tenant(connection, slug="empty", name="An Empty One", locale="en")
            set_default_price(connection, "EUR", "*", "*", Decimal("0.0600"))
            people = _people(connection, tenant, other)
            insert_messages(connection, random_messages(tenant, messages, seed=1))
            insert_messages(connection, random_messages(other, messages // 3, seed=2))
            _ledger_and_incidents(connection, tenant, other)
            _webhooks(connection, tenant, other)
            for account in (tenant, other):
                add_key(connection, account, "Made before" if account == tenant else "Only of the other")
        for account, person in ((tenant, "owner"), (other, "stranger")):
            add_export(engines["api"], engines["worker"], account, people[person].user_id)
        with engines["worker"].begin() as connection:
            _tickets_and_answers(connection, tenant)
            fold_all(connection)
        score_due(engines["worker"], NOW)
        policy = replace(IdentityPolicy.from_settings(settings), passwords=QUICK)
        app = create_app(settings, engines["api"], identity_engine=engines["identity"], policy=policy, now=lambda: NOW)
        own: Dependencies = app.extensions[EXTENSION]
        app.extensions[EXTENSION] = replace(
            own,
            verify=lambda token: people.get(token.removeprefix("token-of-")),
            resolve=lambda _host: ["93.184.215.14"],
        )
        try:
            yield World(
                app,
                engines["api"],
                engines["worker"],
                engines["identity"],
                policy.sealer,
                tenant,
                other,
                empty,
                people,
            )
        finally:
            own.key_usage.close()
    finally:
        for engine in engines.values():
            engine.dispose()


def _people(connection: Any, tenant: UUID, other: UUID) -> dict[str, Principal]:
    wanted: dict[str, tuple[UUID | None, tuple[str, ...]]] = {
        **{role: (tenant, (role, "customer")) for role in CUSTOMERS},
        "stranger": (other, ("owner", "customer")),
        "no_role": (tenant, ()),
        "tam": (None, ("tam",)),
        "unassigned_tam": (None, ("tam",)),
        "admin": (None, ("platform_admin",)),
        "impostor": (tenant, ("platform_admin", "tam")),
    }
    people = {}
    password = QUICK.hash(PASSWORD)
    for name, (account, roles) in wanted.items():
        user_type = "internal" if account is None else "customer"
        user_id = connection.execute(
            text(
                "INSERT INTO users (tenant_id, email, name, user_type, roles, password_hash)"
                " VALUES (:tenant, :email, :name, :type, :roles, :password) RETURNING user_id"
            ),
            {
                "tenant": account,
                "email": f"{name}@tests.example",
                "name": name,
                "type": user_type,
                "roles": list(roles),
                "password": password,
            },
        ).scalar_one()
        people[name] = Principal(user_id, account, user_type, frozenset(roles))
    assign_tenant(connection, tenant, people["tam"].user_id)
    return people


def _webhooks(connection: Any, tenant: UUID, other: UUID) -> None:
    """An endpoint each, and a delivery about one of their messages."""
    for account in (tenant, other):
        endpoint_id = add_endpoint(connection, account, NOW)
        message_id = connection.execute(
            text("SELECT message_id FROM messages WHERE tenant_id = :tenant LIMIT 1"), {"tenant": account}
        ).scalar_one()
        add_delivery(
            connection,
            account,
            endpoint_id,
            NOW,
            status="succeeded",
            message_id=message_id,
            http_status=200,
            attempts=1,
        )


def _tickets_and_answers(connection: Any, tenant: UUID) -> None:
    """Of one account; of the other nobody knows any."""
    for back in range(20):
        connection.execute(
            text("INSERT INTO ticket_days (tenant_id, day, opened, still_open) VALUES (:tenant, :day, :opened, 2)"),
            {"tenant": tenant, "day": (NOW - timedelta(days=back)).date(), "opened": back % 3},
        )
    for back, score, comment in ((40, 9, "Well done"), (130, 3, "Slow"), (200, 0, "Long ago")):
        connection.execute(
            text(
                "INSERT INTO nps_answers (tenant_id, user_id, at, score, comment)"
                " VALUES (:tenant, gen_random_uuid(), :at, :score, :comment)"
            ),
            {"tenant": tenant, "at": NOW - timedelta(days=back), "score": score, "comment": comment},
        )


def add_key(connection: Any, tenant: UUID, name: str) -> UUID:
    """A key of which nobody knows how it reads."""
    created: UUID = connection.execute(
        text(
            "INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash, created_at)"
            " VALUES (:tenant, :name, 'live', '{sms:send}', 'gsk_live_0000', '0000', :hash, :at) RETURNING key_id"
        ),
        {"tenant": tenant, "name": name, "hash": os.urandom(32), "at": NOW - timedelta(days=30)},
    ).scalar_one()
    return created


def add_export(api: Engine, worker: Engine, tenant: UUID, person: UUID) -> UUID:
    """A finished export of every message as CSV; there is no file behind it."""
    with tenant_transaction(api, tenant) as connection:
        new = NewExport(person, NOW - timedelta(days=1), "csv", False, {}, LogFilter(tenant), "Asia/Kabul", "AFN")
        export_id = create_export(connection, tenant, new)
    with worker.begin() as connection:
        connection.execute(
            text(
                "UPDATE message_exports SET status = 'ready', rows_total = 3, rows_done = 3, size_bytes = 300,"
                " as_of = :at, finished_at = :at, expires_at = :at + interval '7 days' WHERE export_id = :id"
            ),
            {"at": NOW - timedelta(days=1), "id": export_id},
        )
    return export_id


def _october(connection: Any, tenant_id: UUID) -> None:
    """The messages of one day of October, charged, paid and billed; a world without messages has no invoice."""
    account = get_account(connection, tenant_id)
    assert account is not None
    noon = datetime(2026, 10, 25, 12, tzinfo=ZoneInfo(account.time_zone))
    cost = connection.execute(
        text(
            "SELECT sum(price) FROM messages"
            " WHERE tenant_id = :tenant AND (submitted_at AT TIME ZONE :zone)::date = :day"
        ),
        {"tenant": tenant_id, "zone": account.time_zone, "day": noon.date()},
    ).scalar_one()
    if not cost:
        return
    ledger.charge(connection, tenant_id, [(noon, cost)], "imported messages")
    ledger.top_up(connection, tenant_id, cost, "receipt 1", noon - timedelta(days=1))
    assert len(issue_due(connection, account, BILLED_AT)) == 1


def _ledger_and_incidents(connection: Any, tenant: UUID, other: UUID) -> None:
    ledger.top_up(connection, tenant, Decimal(1000), "", NOW)
    ledger.charge(connection, tenant, [(NOW, Decimal("250.5"))])
    ledger.top_up(connection, other, Decimal("77.7777"), "", NOW)
    for account in (tenant, other):
        _october(connection, account)
    for account, operator in ((None, None), (tenant, "Roshan"), (other, "AWCC")):
        connection.execute(
            text(
                "INSERT INTO incidents (tenant_id, operator, starts_at, ends_at, title_key)"
                " VALUES (:tenant, :operator, :start, :end, 'incident.outage')"
            ),
            {"tenant": account, "operator": operator, "start": NOW - timedelta(days=9), "end": NOW - timedelta(days=7)},
        )
