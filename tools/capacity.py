"""How much it takes: machines for so many messages and customers, from what one message costs.

``python -m tools.capacity --messages 1000000000 --tenants 50000`` prints the tables of docs/scale.md. The costs are
measured (tools/capacity_costs.py, docs/performance.md); everything else is a share that a reader may set otherwise.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields

MONTH_SECONDS = 30 * 86_400
GB, MB = 10**9, 10**6


@dataclass(frozen=True)
class Costs:
    """What one thing costs: milliseconds of one processor, bytes."""

    accept_gateway_ms: float = 0.0
    accept_database_ms: float = 0.0
    deliver_worker_ms: float = 0.0
    deliver_database_ms: float = 0.0
    webhook_worker_ms: float = 0.0
    webhook_database_ms: float = 0.0
    view_portal_ms: float = 0.0
    view_gateway_ms: float = 0.0
    view_database_ms: float = 0.0
    message_bytes: float = 0.0
    message_index_bytes: float = 0.0
    event_bytes: float = 0.0
    ledger_bytes: float = 0.0
    rollup_bytes: float = 0.0
    wal_bytes: float = 0.0
    request_bytes: float = 2_500
    webhook_bytes: float = 3_000
    page_bytes: float = 30_000


@dataclass(frozen=True)
class Load:
    """What is asked of the platform. `peak`: how much more than the month's average the busiest minute has; `viewers`:
    people of an account who look at it in the busiest hour, each `views` times; `months` of messages are kept."""

    messages: float = 1e9
    tenants: float = 50_000
    peak: float = 4.0
    webhooks: float = 1.0
    viewers: float = 0.1
    views: float = 60.0
    months: float = 13.0
    busy: float = 0.6
    replicas: float = 1.0

    @property
    def average(self) -> float:
        """Messages a second."""
        return self.messages / MONTH_SECONDS

    @property
    def busiest(self) -> float:
        return self.average * self.peak

    @property
    def views_a_second(self) -> float:
        return self.tenants * self.viewers * self.views / 3600


@dataclass(frozen=True)
class Need:
    """Processors by program at the busiest minute (with `busy` of each in use), and bytes."""

    portal_cores: float
    gateway_cores: float
    worker_cores: float
    database_cores: float
    replica_cores: float
    disk_bytes: float
    disk_a_month: float
    memory_bytes: float
    wal_a_second: float
    network_a_second: float

    @property
    def cores(self) -> float:
        return sum(getattr(self, each.name) for each in fields(self) if each.name.endswith("_cores"))


def need(load: Load, costs: Costs) -> Need:
    """What `load` takes. Reads are the replicas' where there are any; writes are always the first server's."""
    sent, viewed, told = load.busiest, load.views_a_second, load.busiest * load.webhooks

    def cores(*shares: tuple[float, float]) -> float:
        return sum(rate * milliseconds for rate, milliseconds in shares) / 1000 / load.busy

    reading = cores((viewed, costs.view_database_ms))
    of_message = costs.message_bytes + costs.message_index_bytes + costs.event_bytes
    a_month = load.messages * (of_message + costs.ledger_bytes + costs.rollup_bytes)
    kept = load.messages * load.months * of_message
    counted = load.messages * max(load.months, 12.0) * (costs.ledger_bytes + costs.rollup_bytes)
    current = load.messages * (costs.message_index_bytes + costs.rollup_bytes)
    return Need(
        portal_cores=cores((viewed, costs.view_portal_ms)),
        gateway_cores=cores((sent, costs.accept_gateway_ms), (viewed, costs.view_gateway_ms)),
        worker_cores=cores((sent, costs.deliver_worker_ms), (told, costs.webhook_worker_ms)),
        database_cores=cores(
            (sent, costs.accept_database_ms), (sent, costs.deliver_database_ms), (told, costs.webhook_database_ms)
        )
        + (0.0 if load.replicas else reading),
        replica_cores=reading if load.replicas else 0.0,
        disk_bytes=(kept + counted) * (1 + load.replicas),
        disk_a_month=a_month,
        # A month's indexes and rollups are what is written to and asked for all the time; they belong into memory.
        memory_bytes=current,
        wal_a_second=sent * costs.wal_bytes,
        network_a_second=sent * costs.request_bytes + told * costs.webhook_bytes + viewed * costs.page_bytes
        + sent * costs.wal_bytes * load.replicas,
    )  # fmt: skip


def most_messages(load: Load, costs: Costs, database_cores: float) -> float:
    """Messages a month until a first server of so many processors has no more to give: where it breaks first."""
    return load.messages * database_cores / need(load, costs).database_cores


def table(loads: list[Load], costs: Costs) -> Iterator[str]:
    """The table of docs/scale.md, a column for each load."""
    needs = [need(load, costs) for load in loads]
    yield "| | " + " | ".join(f"{load.messages:,.0f} messages, {load.tenants:,.0f} customers" for load in loads) + " |"
    yield "|---|" + "---|" * len(loads)
    for title, cells in (
        ("messages a second, average / busiest", [f"{load.average:,.0f} / {load.busiest:,.0f}" for load in loads]),
        ("dashboard views a second", [f"{load.views_a_second:,.0f}" for load in loads]),
        *(
            (title, [_amount(getattr(each, name)) for each in needs])
            for title, name in (
                ("cores, portals", "portal_cores"), ("cores, gateways", "gateway_cores"),
                ("cores, workers", "worker_cores"), ("cores, first database", "database_cores"),
                ("cores, read replica", "replica_cores"),
            )
        ),
        ("memory of each database, at most, GB", [_amount(each.memory_bytes / GB) for each in needs]),
        ("disk of all databases, GB", [_amount(each.disk_bytes / GB) for each in needs]),
        ("of that, a month adds to each, GB", [_amount(each.disk_a_month / GB) for each in needs]),
        ("WAL at the busiest, MB/s", [_amount(each.wal_a_second / MB) for each in needs]),
        ("network at the busiest, MB/s", [_amount(each.network_a_second / MB) for each in needs]),
    ):  # fmt: skip
        yield f"| {title} | " + " | ".join(cells) + " |"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


MEASURED = Costs(
    accept_gateway_ms=6.39,
    accept_database_ms=2.88,
    deliver_worker_ms=2.71,
    deliver_database_ms=3.26,
    webhook_worker_ms=0.64,
    webhook_database_ms=0.2,
    view_portal_ms=17.2,
    view_gateway_ms=26.1,
    view_database_ms=10.0,
    message_bytes=282,
    message_index_bytes=371,
    event_bytes=646,
    ledger_bytes=575,
    rollup_bytes=349,
    wal_bytes=13558,
)
"""Of this product, on the machine that docs/scale.md names."""

SHOWN = [Load(messages=1e7, tenants=500, replicas=0), Load(messages=1e8, tenants=5_000), Load()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.capacity", description=__doc__)
    for each in fields(Load):
        parser.add_argument(f"--{each.name}", type=float, help=f"default {each.default:,}")
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    loads = [Load(**given)] if given else SHOWN
    sys.stdout.write("\n".join(table(loads, MEASURED)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
