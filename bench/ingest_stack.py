"""What ``bench.ingest`` measures: a database, a gateway and a worker of its own, an account that sends, and who looks on."""

from __future__ import annotations

import json
import multiprocessing
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import psycopg
from sqlalchemy import Engine, text

from bench.ingest_load import READS, Lag, Load, Reader, Watched, send, watching
from bench.machine import database_seconds
from bench.measure import median, quantile
from bench.sign_in import access_token
from bench.stack import Stack
from gateway.domain.api_keys import new_raw_key
from gateway.identity.clients import register_client
from gateway.identity.sealing import Sealer, read_or_create_secret
from gateway.postgres import database
from gateway.settings import GatewaySettings
from gateway.store import ledger
from gateway.store.accounts import create_tenant
from gateway.store.engine import create_engine
from gateway.store.schema import migrate
from launcher import ports
from launcher.processes import Child, answers

CONNECTIONS = 8
CORES = 2
LARGEST = "SELECT tenant_id FROM messages GROUP BY tenant_id ORDER BY count(*) DESC LIMIT 1"


@dataclass(frozen=True)
class Sent:
    """Messages accepted over HTTP. Processor milliseconds for each message, of the gateway, of the database for it, and of
    what follows (the worker with its part of the database: sending, receipts, counting); milliseconds of whoever read
    the dashboard meanwhile; and how many seconds after its acceptance a message was counted."""

    size: int
    messages: int
    per_second: float
    gateway_ms: float
    database_ms: float
    behind_ms: float
    client_ms: float
    read_p50: float
    read_p99: float
    lag_p50: float
    lag_max: float
    refused: int

    @property
    def two_cores(self) -> float:
        """Messages a second that the cores could accept if they did nothing else."""
        return CORES * 1000 / (self.gateway_ms + self.database_ms)


@dataclass(frozen=True)
class Memory:
    """Resident megabytes of a program's processes together, medians of the first and the last tenth of the run, in which
    so many messages were accepted."""

    program: str
    minutes: float
    messages: int
    first: float
    last: float

    @property
    def growth(self) -> float:
        """The last tenth's size in the first's."""
        return self.last / self.first if self.first else 1.0


@dataclass
class Bench:
    """The running programs and the account that sends."""

    directory: Path
    environment: dict[str, str]
    stack: Stack
    worker: Engine
    key: str
    tenant: str
    programs: dict[str, Child]

    def sent(self, size: int, seconds: float) -> Sent:
        """Send calls of so many messages for a while; everything settles before and after."""
        accepted: Synchronized[int] = multiprocessing.get_context("spawn").Value("q", 0)
        self._settle()
        _ = self.read_costs
        with ExitStack() as watchers:
            reads = watchers.enter_context(watching(self._reader(), 0.05))
            lags = watchers.enter_context(watching(self._lag(accepted), 0.05))
            before, asked = self._cpu(), len(reads.values)
            load = send(self.stack.gateway_url, self.key, size, seconds, CONNECTIONS, accepted)
            after, asked = self._cpu(), len(reads.values) - asked
            during = Watched(reads.values[-asked:] if asked else reads.values)
            self._settle()
        gateway, api, behind = (now - then for now, then in zip(after, before, strict=True))
        # What the reading beside it cost is not the sending's.
        of_reads, of_reads_in_database = self.read_costs
        gateway, api = max(0.0, gateway - asked * of_reads), max(0.0, api - asked * of_reads_in_database)
        return _sent(load, gateway, api, behind, during, lags)

    @cached_property
    def read_costs(self) -> tuple[float, float]:
        """Processor seconds of one reading call, of the gateway and of the database for it, when nothing else is asked."""
        reader = self._reader()
        for _ in range(2 * len(READS)):
            reader()
        (gateway, api, _), times = self._cpu(), 60
        for _ in range(times):
            reader()
        gateway_now, api_now, _ = self._cpu()
        return (gateway_now - gateway) / times, (api_now - api) / times

    def memory(self, minutes: float) -> Iterator[Memory]:
        """Send batches and single messages in turn, and look at the programs' sizes."""
        if not minutes:
            return
        accepted: Synchronized[int] = multiprocessing.get_context("spawn").Value("q", 0)
        end = time.monotonic() + 60 * minutes
        with ExitStack() as watchers:
            seen = {
                name: watchers.enter_context(watching(lambda pids=child: _resident(pids), 60 * minutes / 200))  # type: ignore[misc]
                for name, child in self.programs.items()
            }
            while (left := end - time.monotonic()) > 0:
                for size in (1, 50):
                    send(self.stack.gateway_url, self.key, size, min(5.0, max(left / 2, 0.5)), CONNECTIONS, accepted)
        for name, watched in seen.items():
            tenth = max(1, len(watched.values) // 10)
            yield Memory(name, minutes, accepted.value, median(watched.values[:tenth]), median(watched.values[-tenth:]))

    def new_tenant(self) -> str:
        slug = f"bench-{secrets.token_hex(4)}"
        with self.worker.begin() as connection:
            create_tenant(connection, slug=slug, name="Bench")
        return slug

    def rest(self) -> None:
        """Stop the programs and leave the database nothing to do: receipts for what was sent before, and tidying up after
        it, would keep it busy for minutes, and all of its processor time is counted as an import's."""
        for program in self.programs.values():
            program.stop(30)
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def count(self, slug: str) -> int:
        statement = "SELECT count(*) FROM messages JOIN tenants USING (tenant_id) WHERE slug = :slug"
        with self.worker.begin() as connection:
            return int(connection.execute(text(statement), {"slug": slug}).scalar_one())

    def all_of_the_database(self) -> float:
        return database_seconds(self.directory)

    def _cpu(self) -> tuple[float, float, float]:
        """Processor seconds of the gateway, of the database for it, and of the worker with its share of the database."""
        with self.worker.begin() as connection:
            api = set(
                connection.exec_driver_sql(
                    "SELECT pid FROM pg_stat_activity WHERE application_name = 'gateway-api'"
                ).scalars()
            )
        servers = self._servers()
        gateway, worker = (sum(map(_cpu_of, _tree(self.programs[name]))) for name in ("gateway", "worker"))
        for_api = sum(_cpu_of(pid) for pid in servers if pid in api)
        return gateway, for_api, worker + sum(_cpu_of(pid) for pid in servers if pid not in api)

    def _servers(self) -> list[int]:
        """The processes of the database, of which one is alive as long as we ask."""
        postmaster = int((self.directory / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        return _children_of(postmaster)

    def _reader(self) -> Reader:
        return Reader(self.stack.gateway_url, self.environment["BENCH_TOKEN"])

    def _lag(self, accepted: Synchronized[int]) -> Lag:
        return Lag(self.worker, self.tenant, accepted)

    def _settle(self) -> None:
        """Wait until everything that was accepted is counted. What the worker has not sent by then is taken from it:
        hundreds of thousands wait after some seconds of batches, and sending them is not what is measured."""
        end = time.monotonic() + 120
        with self.worker.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while time.monotonic() < end:
                connection.exec_driver_sql("DELETE FROM outbound_messages WHERE state = 'waiting'")
                if not connection.exec_driver_sql("SELECT count(*) FROM rollup_deltas").scalar_one():
                    return
                time.sleep(0.1)


def _sent(load: Load, gateway: float, api: float, behind: float, reads: Watched, lags: Watched) -> Sent:
    each = 1000 / max(load.messages, 1)
    return Sent(
        load.size, load.messages, load.messages / load.seconds, gateway * each, api * each, behind * each,
        load.client_cpu * each, median(reads.values), quantile(reads.values, 0.99), median(lags.values or [0.0]),
        max(lags.values, default=0.0), load.refused,
    )  # fmt: skip


@contextmanager
def bench(directory: Path, messages: int) -> Iterator[Bench]:
    with database(GatewaySettings(data_dir=directory)) as settings, ExitStack() as stack:
        migrate(settings)
        port = ports.any_free("127.0.0.1")
        url = f"http://127.0.0.1:{port}"
        environment = {
            "DATABASE_URL": settings.database_url or "",
            "GATEWAY_DATA_DIR": str(directory),
            "GATEWAY_PORT": str(port),
            "GATEWAY_PUBLIC_URL": url,
            **{
                f"GATEWAY_LIMIT_{who}_{does}": "0"
                for who in ("ACCOUNT", "KEY", "PERSON")
                for does in ("READS", "WRITES")
            },
        }
        made = Child(
            "demo",
            [sys.executable, "-m", "gateway", "demo", "--messages", str(messages), "--days", "30"],
            {**os.environ, **environment},
            directory / "demo.log",
        )
        made.start()
        assert made.process is not None
        if made.process.wait(1800):
            raise RuntimeError(made.last_words(40))
        programs = {}
        for name, command in (("gateway", "serve"), ("worker", "worker")):
            child = Child(
                name,
                [sys.executable, "-m", "gateway", command],
                {**os.environ, **environment},
                directory / f"{name}.log",
            )
            child.start()
            stack.callback(child.stop, 30)
            programs[name] = child
        while not answers(f"{url}/ready"):
            if not all(child.running for child in programs.values()):
                raise RuntimeError(programs["gateway"].last_words(40))
            time.sleep(0.1)
        worker = create_engine(settings, "worker")
        stack.callback(worker.dispose)
        tenant, key = _account(worker, directory)
        own = Stack("http://localhost:1", url, directory, os.getpid())
        environment["BENCH_TOKEN"] = _token(settings, own)
        yield Bench(directory, environment, own, worker, key, tenant, programs)


def _account(worker: Engine, directory: Path) -> tuple[str, str]:
    """The largest account, with money and a key."""
    raw_key = new_raw_key("live")
    hashed = Sealer(read_or_create_secret(directory / "identity.secret")).keyed_digest("api-key", raw_key)
    with worker.begin() as connection:
        tenant = connection.execute(text(LARGEST)).scalar_one()
        ledger.top_up(connection, tenant, Decimal(100_000_000))
        connection.execute(
            text(
                "INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash)"
                " VALUES (:tenant, 'bench', 'live', '{sms:send}', 'gsk_live_aaaa', 'aaaa', :hashed)"
            ),
            {"tenant": tenant, "hashed": hashed},
        )
    return str(tenant), raw_key


def _token(settings: GatewaySettings, stack: Stack) -> str:
    """Of the largest account's owner, signed in as the portal does it."""
    secret = secrets.token_urlsafe(48)
    (stack.data_dir / "secrets.json").write_text(json.dumps({"oidc_client_secret": secret}))
    identity = create_engine(settings, "identity")
    with identity.begin() as connection:
        register_client(connection, "portal", secret, [f"{stack.portal_url}/auth/callback"])
    identity.dispose()
    return access_token(stack, "owner@demo.example")


def _tree(child: Child) -> list[int]:
    assert child.process is not None
    return _children_of(child.process.pid)


def _children_of(pid: int) -> list[int]:
    return Stack("", "", Path(), pid).descendants()


def _cpu_of(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(child: Child) -> float:
    total = 0
    for pid in _tree(child):
        with suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total / 2**20
