"""A night's scores of ten thousand customers with ten million messages, and the portfolio.

A database of its own. Of messages the scores read one rollup alone: it is filled with what these would leave in it, the
messages themselves are not made. Sixty days of traffic, of which a score reads all; a month of nights before, so that
there is a past to compare with.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from bench.measure import median
from gateway.api.access import Principal
from gateway.api.app import create_app
from gateway.api.context import EXTENSION
from gateway.jobs.health import perform, score_due
from gateway.postgres import database
from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from gateway.store.health import runs
from gateway.store.health.scores import latest_days
from gateway.store.schema import migrate

TENANTS, MESSAGES, ASSIGNED = 10_000, 10_000_000, 5_000
READS = 20
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAST_DAYS = 31
OTHER_WEIGHTS = {"delivery": 100, "holds": 0, "payments": 0, "tickets": 0, "nps": 0}

# A few customers have most of the traffic, as in life. `n` numbers the messages.
_ROLLUP = """
    INSERT INTO rollup_totals (tenant_id, day, status, messages, segments, spend)
    SELECT t.tenant_id, (m.at AT TIME ZONE t.time_zone)::date, m.status, count(*), count(*), 0.35 * count(*)
    FROM (SELECT %(now)s::timestamptz - (mod(n * 1009, 5184000)) * interval '1 second' - mod(n, 1000) * interval '1 ms' AS at,
                 floor(%(tenants)s * power(mod(n * 104729, 1000003) / 1000003.0, 2))::int AS owner,
                 (ARRAY['delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered',
                        'failed', 'expired', 'blocked'])[1 + mod(n * 7919, 11)]::message_status AS status
          FROM generate_series(1, %(messages)s::bigint) AS n) m
    JOIN (SELECT row_number() OVER () - 1 AS place, tenant_id, time_zone FROM tenants) t ON t.place = m.owner
    GROUP BY 1, 2, 3"""

_TENANTS = """
    INSERT INTO tenants (tenant_id, slug, name, time_zone, created_at)
    SELECT gen_random_uuid(), 'bench-' || n, 'Customer ' || n,
           (ARRAY['Asia/Kabul', 'Europe/Berlin', 'America/New_York', 'Pacific/Auckland'])[1 + mod(n, 4)],
           %(now)s::timestamptz - interval '400 days'
    FROM generate_series(0, %(tenants)s - 1) AS n"""

# Six invoices each, paid within 40 days or not at all; tickets every day; answers of four people.
_BESIDE = (
    """INSERT INTO invoices (tenant_id, number, period_start, period_end, currency, issued_at, issued_on, due_on, total,
                             billed_through)
       SELECT tenant_id, 'n' || k, d.first, d.first + 29, 'AFN', d.first + 31, d.first + 31, d.first + 45, 100, 100 * k
       FROM tenants, generate_series(1, 6) AS k, LATERAL (SELECT date '2026-04-01' + 30 * k AS first) d""",
    """INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount)
       SELECT tenant_id, timestamptz '2026-05-20 12:00Z' + (30 * k + abs(mod(hashtext(tenant_id::text), 40))) * interval '1 day',
              'topup', 'payments', 'balance', 100
       FROM tenants, generate_series(1, 6) AS k WHERE mod(hashtext(tenant_id::text || k), 10) <> 0""",
    """INSERT INTO ticket_days (tenant_id, day, opened, still_open)
       SELECT tenant_id, date '2026-11-20' - back, (mod(hashtext(tenant_id::text || back), 20) = 0)::int, 1
       FROM tenants, generate_series(0, 59) AS back""",
    """INSERT INTO nps_answers (tenant_id, user_id, at, score)
       SELECT tenant_id, gen_random_uuid(), timestamptz '2026-10-01 12:00Z', abs(mod(hashtext(tenant_id::text || k), 11))
       FROM tenants, generate_series(1, 4) AS k""",
)


@dataclass(frozen=True)
class Night:
    """One run over all customers: so many days of scores, in all."""

    name: str
    tenants: int
    messages: int
    scores: int
    seconds: float


@dataclass(frozen=True)
class Listed:
    """The middle and the longest of so many answers of the API, in process."""

    name: str
    tenants: int
    times: int
    p50_ms: float
    longest_ms: float
    kilobytes: float


def run(messages: int = MESSAGES, tenants: int = TENANTS) -> tuple[list[Night], list[Listed]]:
    """Make the database, score it, read the portfolio; some minutes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as directory, database(GatewaySettings(data_dir=Path(directory))) as settings:
        migrate(settings)
        with _engines(settings) as (worker, api, owner):
            _fill(owner, worker, messages, tenants)
            nights = list(_nights(worker, messages, tenants))
            return nights, list(_lists(settings, worker, api))


@contextmanager
def _engines(settings: GatewaySettings) -> Iterator[tuple[Engine, Engine, Engine]]:
    engines = create_engine(settings, "worker"), create_engine(settings, "api"), create_engine(settings, "owner")
    try:
        yield engines
    finally:
        for engine in engines:
            engine.dispose()


def _fill(owner: Engine, worker: Engine, messages: int, tenants: int) -> None:
    with worker.begin() as connection:
        connection.exec_driver_sql(_TENANTS, {"now": NOW, "tenants": tenants})
    with owner.begin() as connection:
        connection.exec_driver_sql(_ROLLUP, {"now": NOW, "tenants": tenants, "messages": messages})
        for statement in _BESIDE:
            connection.exec_driver_sql(statement)
    with owner.begin() as connection:
        connection.execute(text("ANALYZE"))  # as the server does by itself after a while
        found = connection.execute(text("SELECT sum(messages) FROM rollup_totals")).scalar_one()
    if found != messages:
        raise RuntimeError(f"{messages} messages were to be counted, and it is {found}")


def _nights(worker: Engine, messages: int, tenants: int) -> Iterator[Night]:
    began = time.perf_counter()
    with worker.begin() as connection:
        run_id = runs.ask(connection, None, PAST_DAYS, person=uuid4(), now=NOW).run_id
    perform(worker, run_id, NOW - timedelta(days=1))
    with worker.begin() as connection:
        made = connection.execute(text("SELECT count(*) FROM health_scores")).scalar_one()
    yield Night(f"{PAST_DAYS} days, as of a new database", tenants, messages, made, time.perf_counter() - began)
    began = time.perf_counter()
    scores = score_due(worker, NOW)
    yield Night("a night", tenants, messages, scores, time.perf_counter() - began)
    began = time.perf_counter()
    with worker.begin() as connection:
        run_id = runs.ask(connection, None, 1, person=uuid4(), now=NOW).run_id
        days = latest_days(connection, NOW, 1)
    perform(worker, run_id, NOW)
    scores = sum(len(found) for _, found in days)
    yield Night("the same again, on demand", tenants, messages, scores, time.perf_counter() - began)


def _lists(settings: GatewaySettings, worker: Engine, api: Engine) -> Iterator[Listed]:
    with worker.begin() as connection:
        people = {
            role: connection.execute(
                text(
                    "INSERT INTO users (email, name, user_type, roles) VALUES (:email, 'x', 'internal', :roles)"
                    " RETURNING user_id"
                ),
                {"email": f"{role}@bench.example", "roles": [role]},
            ).scalar_one()
            for role in ("tam", "platform_admin")
        }
        connection.execute(
            text(
                "INSERT INTO tam_assignments (tenant_id, user_id)"
                " SELECT tenant_id, :tam FROM (SELECT tenant_id FROM tenants ORDER BY tenant_id LIMIT :count) t"
            ),
            {"tam": people["tam"], "count": ASSIGNED},
        )
        tenant = connection.execute(text("SELECT tenant_id FROM tam_assignments LIMIT 1")).scalar_one()
    for role, seen in (("tam", ASSIGNED), ("platform_admin", TENANTS)):
        client = _client(settings, api, people[role], role)
        listed = "/v1/internal/tenants"
        yield _timed("first 50, by name", seen, client, f"{listed}?limit=50")
        yield _timed("first 50, worst first", seen, client, f"{listed}?limit=50&sort=score")
        yield _timed(
            "first 200, by change in 30 days, at risk", seen, client, f"{listed}?limit=200&sort=change30d&band=at_risk"
        )
        yield _timed("search of a name", seen, client, f"{listed}?q=77&sort=spend&order=desc")
        yield _timed("the scatter, all of them", seen, client, "/v1/internal/health/scatter")
        yield _timed("one customer taken apart", seen, client, f"{listed}/{tenant}/health")
        if role == "platform_admin":
            yield _timed(
                "preview of other weights", seen, client, "/v1/internal/health/weights/preview",
                ask=lambda client, path: client.post(path, json=OTHER_WEIGHTS),
            )  # fmt: skip


def _client(settings: GatewaySettings, engine: Engine, person: UUID, role: str) -> FlaskClient:
    app = create_app(replace(settings, public_url="http://127.0.0.1:9"), engine, now=lambda: NOW)
    caller = Principal(person, None, "internal", frozenset({role}))
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], verify=lambda _token: caller)
    client: FlaskClient = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer of-the-caller"
    return client


def _timed(
    name: str,
    tenants: int,
    client: FlaskClient,
    path: str,
    ask: Callable[[FlaskClient, str], object] = lambda client, path: client.get(path, buffered=True),
) -> Listed:
    taken, size = [], 0
    for _ in range(READS):
        began = time.perf_counter()
        answer = ask(client, path)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:  # type: ignore[attr-defined]
            raise RuntimeError(f"{path} was answered with {answer.status_code}")  # type: ignore[attr-defined]
        size = len(answer.data)  # type: ignore[attr-defined]
    return Listed(name, tenants, len(taken), median(taken), max(taken), size / 1000)
