"""``python -m bench.ingest``: how many messages are accepted in a second, what it does to whoever reads meanwhile, how
soon they are counted, how fast files are imported, and whether memory stays where it is.

A database, a gateway and a worker of its own. The machine is shared: what counts is the processor time of each message,
and what two cores could do with it; messages a second are what they were while others wanted the same cores.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import requests
from sqlalchemy import Engine, text

from bench.ingest_files import Imported, imports
from bench.ingest_load import Load, Watched, send, watching
from bench.measure import median, quantile, table
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

MESSAGES, ROWS, BATCH, CONNECTIONS, SECONDS = 200_000, 200_000, 500, 8, 20.0
CORES = 2
READS = ("summary", "timeseries", "breakdown", "heatmap", "top")
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
    """Resident megabytes of a program's processes together, medians of the first and the last tenth of the run."""

    program: str
    minutes: float
    first: float
    last: float


Measured = Sent | Imported | Memory


def run(
    *,
    messages: int = MESSAGES,
    rows: int = ROWS,
    seconds: float = SECONDS,
    minutes: float = 1.0,
    sizes: Sequence[int] = (1, BATCH),
) -> list[Measured]:
    """Measure all of it. `messages` is the size of the database before, `rows` that of each file, `seconds` how long each
    way of sending is kept up, `minutes` how long memory is watched."""
    with tempfile.TemporaryDirectory() as directory, _bench(Path(directory), messages) as bench:
        found: list[Measured] = [bench.sent(size, seconds) for size in sizes]
        found += bench.memory(minutes)
        if rows:
            found += imports(
                bench.directory, bench.environment, rows, bench.new_tenant, bench.count, bench.all_of_the_database
            )
        return found


TARGETS = {"one by one": 800, "in batches": 3000}


def targets(found: Sequence[Measured]) -> list[tuple[str, float, str, bool]]:
    """(what, measured, target, held) for each figure that has a target. Rates are those of the two cores' processor
    time: what was reached on the clock depends on who else was running."""
    rows: list[tuple[str, float, str, bool]] = []
    for each in found:
        if isinstance(each, Sent):
            way = "one by one" if each.size == 1 else "in batches"
            rows.append(
                (f"messages/s accepted {way}", each.two_cores, f"≥ {TARGETS[way]:,}", each.two_cores >= TARGETS[way])
            )
            rows.append((f"dashboard's p99 beside it, ms ({way})", each.read_p99, "≤ 100", each.read_p99 <= 100))
            rows.append((f"rollups behind by, s ({way})", each.lag_max, "≤ 5", each.lag_max <= 5))
        elif isinstance(each, Imported):
            rows.append((f"rows/s imported, {each.format}", each.two_cores, "≥ 20,000", each.two_cores >= 20_000))
        else:
            growth = each.last / each.first if each.first else 1.0
            rows.append((f"memory, last / first tenth, {each.program}", growth, "≤ 1.10", growth <= 1.10))
    return rows


def tables(found: Sequence[Measured]) -> str:
    """Everything as Markdown."""
    sent = [each for each in found if isinstance(each, Sent)]
    files = [each for each in found if isinstance(each, Imported)]
    sizes = [each for each in found if isinstance(each, Memory)]
    parts = [
        table(
            ["messages a call", "messages", "a second, on the clock", "gateway CPU ms", "database CPU ms", "CPU ms behind",
             "client CPU ms", "a second, of two cores", "reads p50 ms", "reads p99 ms", "counted after s, median",
             "at most", "refused"],
            [
                [each.size, f"{each.messages:,}", f"{each.per_second:,.0f}", f"{each.gateway_ms:.3f}",
                 f"{each.database_ms:.3f}", f"{each.behind_ms:.3f}", f"{each.client_ms:.3f}", f"{each.two_cores:,.0f}",
                 f"{each.read_p50:.1f}", f"{each.read_p99:.1f}", f"{each.lag_p50:.2f}", f"{each.lag_max:.2f}", each.refused]
                for each in sent
            ],
        ),
        table(
            ["file", "rows", "messages", "seconds", "rows a second", "importer CPU ms a thousand", "database CPU ms a thousand"],
            [
                [each.format, f"{each.rows:,}", f"{each.messages:,}", f"{each.seconds:.1f}", f"{each.per_second:,.0f}",
                 f"{each.importer_ms:.1f}", f"{each.database_ms:.1f}"]
                for each in files
            ],
        ),
        table(
            ["program", "minutes", "MB, first tenth", "MB, last tenth"],
            [[each.program, f"{each.minutes:.1f}", f"{each.first:.0f}", f"{each.last:.0f}"] for each in sizes],
        ),
        table(
            ["figure", "measured", "target", "held"],
            [[what, f"{value:,.2f}", target, "yes" if held else "**no**"] for what, value, target, held in targets(found)],
        ),
    ]  # fmt: skip
    return "\n\n".join(parts)


@dataclass
class _Bench:
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
        with ExitStack() as watchers:
            reads = watchers.enter_context(watching(self._reader(), 0.05))
            lags = watchers.enter_context(watching(self._lag(accepted), 0.05))
            before = self._cpu()
            load = send(self.stack.gateway_url, self.key, size, seconds, CONNECTIONS, accepted)
            after = self._cpu()
            self._settle()
        gateway, api, behind = (now - then for now, then in zip(after, before, strict=True))
        return _sent(load, gateway, api, behind, reads, lags)

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
            yield Memory(name, minutes, median(watched.values[:tenth]), median(watched.values[-tenth:]))

    def new_tenant(self) -> str:
        slug = f"bench-{secrets.token_hex(4)}"
        with self.worker.begin() as connection:
            create_tenant(connection, slug=slug, name="Bench")
        return slug

    def count(self, slug: str) -> int:
        statement = "SELECT count(*) FROM messages JOIN tenants USING (tenant_id) WHERE slug = :slug"
        with self.worker.begin() as connection:
            return int(connection.execute(text(statement), {"slug": slug}).scalar_one())

    def all_of_the_database(self) -> float:
        return sum(_cpu_of(pid) for pid in self._servers())

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
        """Wait until everything that was accepted is counted and sent."""
        end = time.monotonic() + 600
        with self.worker.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while time.monotonic() < end:
                waiting = connection.exec_driver_sql(
                    "SELECT (SELECT count(*) FROM rollup_deltas)"
                    " + (SELECT count(*) FROM outbound_messages WHERE state <> 'sent')"
                ).scalar_one()
                if not waiting:
                    return
                time.sleep(0.25)


class Reader:
    """Asks what a dashboard asks, one question after the other; how many milliseconds each took."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._turn = url, 0
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
        self._days = {"from": str(today - timedelta(days=29)), "to": str(today)}

    def __call__(self) -> float:
        name, self._turn = READS[self._turn % len(READS)], self._turn + 1
        more = {
            "timeseries": {"metric": "volume", "interval": "day", "groupBy": "status"},
            "breakdown": {"dimension": "operator"},
            "top": {"dimension": "senderId"},
        }.get(name, {})
        began = time.perf_counter()
        answer = self._session.get(f"{self._url}/v1/analytics/{name}", params={**self._days, **more}, timeout=60)
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1000


class Lag:
    """How long after its acceptance a message is in the rollups, in seconds; nothing while nothing new was accepted."""

    def __init__(self, engine: Engine, tenant: str, accepted: Synchronized[int]) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._tenant, self._accepted = tenant, accepted
        self._begun = self._counted()
        self._waiting: list[tuple[int, float]] = []

    def _counted(self) -> int:
        statement = text("SELECT coalesce(sum(messages), 0) FROM rollup_totals WHERE tenant_id = :tenant")
        return int(self._connection.execute(statement, {"tenant": self._tenant}).scalar_one())

    def __call__(self) -> float | None:
        value, now = self._accepted.value, time.monotonic()
        if value and (not self._waiting or self._waiting[-1][0] < value):
            self._waiting.append((value, now))
        counted, seen = self._counted() - self._begun, time.monotonic()
        done = [moment for value, moment in self._waiting if value <= counted]
        self._waiting = [each for each in self._waiting if each[0] > counted]
        return seen - min(done) if done else None


def _sent(load: Load, gateway: float, api: float, behind: float, reads: Watched, lags: Watched) -> Sent:
    each = 1000 / max(load.messages, 1)
    return Sent(
        load.size, load.messages, load.messages / load.seconds, gateway * each, api * each, behind * each,
        load.client_cpu * each, median(reads.values), quantile(reads.values, 0.99), median(lags.values or [0.0]),
        max(lags.values, default=0.0), load.refused,
    )  # fmt: skip


@contextmanager
def _bench(directory: Path, messages: int) -> Iterator[_Bench]:
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
        yield _Bench(directory, environment, own, worker, key, tenant, programs)


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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="size of the database before")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of each file that is imported; 0 imports none")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each way of sending is kept up")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long memory is watched; 0 leaves it out")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, BATCH], help="messages of a call, each measured")
    arguments = parser.parse_args()
    found = run(
        messages=arguments.messages,
        rows=arguments.rows,
        seconds=arguments.seconds,
        minutes=arguments.minutes,
        sizes=arguments.sizes,
    )
    print(tables(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
