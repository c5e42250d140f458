"""Loading the demo: accounts, people, traffic with its rollups, ledger and the outage, in one go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine

from gateway.demo.cast import OUTAGE_OPERATOR, PASSWORD, PEOPLE, TAM_EMAIL, TAM_TENANTS, TERM_DAYS
from gateway.settings import GatewaySettings
from gateway.store import accounts, rollups
from gateway.store import demo as store
from gateway.store.engine import create_engine

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from gateway.demo.plan import Plan
    from gateway.demo.rows import RowWriter
    from gateway.demo.traffic import Day, Traffic

_NAMESPACE = UUID("6f7a4f0e-52a6-4b0c-9d29-3a3f1f6a7c55")
_CHUNK_ROWS = 60_000
_ONE_TRANSACTION_ROWS = 1_000_000
_WRITERS = 2

Say = Callable[[str], None]


class DemoExists(RuntimeError):
    """The database has demo accounts already."""


@dataclass(frozen=True)
class DemoReport:
    """What was made."""

    tenants: int
    messages: int
    days: int
    seconds: float

    def __str__(self) -> str:
        what = f"{self.messages:,} messages of {self.tenants} accounts over {self.days} days"
        return f"Demo data: {what} in {self.seconds:.0f} s."


def load(
    settings: GatewaySettings,
    *,
    messages: int = 300_000,
    tenants: int = 12,
    days: int = 120,
    seed: int = 2026,
    until: datetime | None = None,
    say: Say | None = None,
) -> DemoReport:
    """Make the demo data. `until` (aware; default now) is where the traffic ends.

    Up to a million messages it is one transaction: interrupted, it leaves nothing. More are written by two connections
    in many; a failure then removes what was written. Raises `DemoExists`, ValueError for numbers that cannot be.
    """
    from gateway.demo.plan import make_plan
    from gateway.demo.traffic import Traffic

    if messages < 1 or tenants < 1 or days < 1:
        raise ValueError("messages, tenants and days must be 1 or more")
    started = time.monotonic()
    plan = make_plan(messages, tenants, days, seed, until or datetime.now(UTC))
    tenant_ids = [uuid5(_NAMESPACE, f"{seed}/{tenant.slug}") for tenant in plan.tenants]
    engine = create_engine(settings, "worker")
    try:
        loader = _Loader(settings, engine, plan, Traffic(plan), tenant_ids, say or (lambda _line: None))
        loader.run()
    finally:
        engine.dispose()
    return DemoReport(len(plan.tenants), messages, days, time.monotonic() - started)


class _Loader:
    def __init__(
        self,
        settings: GatewaySettings,
        engine: Engine,
        plan: Plan,
        traffic: Traffic,
        tenant_ids: list[UUID],
        say: Say,
    ) -> None:
        import numpy as np

        from gateway.demo.rows import RowWriter

        self._settings = settings
        self._engine = engine
        self._plan = plan
        self._traffic = traffic
        self._tenant_ids = tenant_ids
        self._say = say
        self._rows: RowWriter = RowWriter(traffic, tenant_ids)
        self._spend: npt.NDArray[np.int64] = np.zeros((len(plan.days), len(plan.tenants)), dtype=np.int64)
        self._written = 0

    def run(self) -> None:
        total = int(self._plan.counts.sum())
        if total <= _ONE_TRANSACTION_ROWS:
            with self._engine.begin() as connection:
                self._begin(connection)
                for numbers in self._chunks():
                    self._tell(self._write(connection, numbers))
                rollups.fold_all(connection)
                self._end(connection)
            return
        with self._engine.begin() as connection:
            self._begin(connection)
        try:
            self._write_in_parallel()
            with self._engine.begin() as connection:
                self._end(connection)
        except BaseException:
            with suppress(Exception), self._engine.begin() as connection:
                store.remove_demo(connection, self._tenant_ids)
            raise

    def _begin(self, connection: Connection) -> None:
        taken = store.taken_slugs(connection, [tenant.slug for tenant in self._plan.tenants])
        if taken:
            raise DemoExists(f"there are demo accounts already: {', '.join(taken)}")
        created = _midnight(self._plan)
        store.create_demo_tenants(
            connection,
            [
                store.DemoTenant(tenant_id, tenant.slug, tenant.name, tenant.locale, created)
                for tenant, tenant_id in zip(self._plan.tenants, self._tenant_ids, strict=True)
            ],
        )
        store.prepare_months(connection, [self._plan.days[0] - timedelta(days=1), *self._plan.days])

    def _end(self, connection: Connection) -> None:
        from gateway.demo import api_keys, health, invoices, notes, webhooks
        from gateway.demo.ledger import entries
        from gateway.identity.policy import sealer_of

        store.write_ledger(connection, list(entries(self._plan, self._tenant_ids, self._spend)))
        for tenant, tenant_id in zip(self._plan.tenants, self._tenant_ids, strict=True):
            if tenant.owes_days:
                store.set_term(connection, tenant_id, TERM_DAYS)
        ids = {tenant.slug: tenant_id for tenant, tenant_id in zip(self._plan.tenants, self._tenant_ids, strict=True)}
        small = int(self._plan.counts.sum()) <= _ONE_TRANSACTION_ROWS  # what is larger is left to the worker
        if small:
            invoices.issue(connection, self._tenant_ids, _midnight(self._plan), self._plan.until)
        health.write(connection, self._plan, ids, scored=small)
        start, end = self._traffic.outage()
        incident_id = uuid5(_NAMESPACE, f"{self._plan.seed}/outage/{start.isoformat()}")
        store.write_incident(connection, incident_id, OUTAGE_OPERATOR, start, end, "incident.operator_outage")
        people = self._create_people(connection, ids)
        if api_keys.CREATOR in people:
            owner, until = ids[api_keys.TENANT], self._plan.until
            store.write_keys(
                connection,
                api_keys.keys(owner, people[api_keys.CREATOR], until),
                api_keys.use(owner, until, self._plan.seed),
                api_keys.refusals(owner, until),
            )
        name = next(person.name for person in PEOPLE if person.email == TAM_EMAIL)
        notes.write(connection, ids, (people[TAM_EMAIL], name), self._plan.until)
        if webhooks.TENANT in ids:
            sealer = sealer_of(self._settings)
            webhooks.write(connection, ids[webhooks.TENANT], sealer, self._plan.until, self._plan.seed)

    def _create_people(self, connection: Connection, ids: dict[str, UUID]) -> dict[str, UUID]:
        """Make those whose account is made; their ids by e-mail."""
        from gateway.identity.users import create_user

        people: dict[str, UUID] = {}
        for person in PEOPLE:
            if person.tenant is not None and person.tenant not in ids:
                continue
            user_id = people[person.email] = create_user(
                connection,
                person.email,
                person.name,
                PASSWORD,
                "internal" if person.tenant is None else "customer",
                person.roles,
                ids[person.tenant] if person.tenant is not None else None,
                is_demo=True,
            )
            if person.email == TAM_EMAIL:
                for slug in TAM_TENANTS:
                    if slug in ids:
                        accounts.assign_tenant(connection, ids[slug], user_id)
        return people

    def _chunks(self) -> Iterator[range]:
        """Ranges of days that hold about _CHUNK_ROWS messages each."""
        first, rows = 0, 0
        for number, count in enumerate(self._plan.counts.sum(axis=1).tolist()):
            rows += count
            if rows >= _CHUNK_ROWS:
                yield range(first, number + 1)
                first, rows = number + 1, 0
        if first < len(self._plan.days):
            yield range(first, len(self._plan.days))

    def _make(self, numbers: range) -> list[Day]:
        import numpy as np

        days = [self._traffic.day(number) for number in numbers]
        for number, day in zip(numbers, days, strict=True):
            self._spend[number] = np.bincount(day.tenant, weights=day.price, minlength=len(self._tenant_ids)).astype(
                int
            )
        return days

    def _write(self, connection: Connection, numbers: range) -> int:
        """How many messages were written. Several threads do it at once: what they wrote is added up elsewhere."""
        days = self._make(numbers)
        return store.write_messages(connection, [self._rows.csv(days)]) if sum(map(len, days)) else 0

    def _tell(self, written: int) -> None:
        self._written += written
        self._say(f"{self._written:,} of {int(self._plan.counts.sum()):,} messages")

    def _write_in_parallel(self) -> None:
        def write(numbers: range) -> int:
            with self._engine.begin() as connection:
                return self._write(connection, numbers)

        with ThreadPoolExecutor(_WRITERS) as pool:
            futures = [pool.submit(write, numbers) for numbers in self._chunks()]
            try:
                for number, future in enumerate(futures, 1):
                    self._tell(future.result())
                    if number % 8 == 0:
                        self._fold()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        self._fold()

    def _fold(self) -> None:
        while True:
            with self._engine.begin() as connection:
                if rollups.fold(connection) < rollups.FOLD_LIMIT:
                    return


def _midnight(plan: Plan) -> datetime:
    from gateway.demo.plan import ZONE

    return datetime.combine(plan.days[0], time_of_day(), ZONE)
