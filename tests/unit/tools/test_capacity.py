"""The capacity model is multiplication: by hand it comes to the same, and the document holds what it prints."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from tools.capacity import GB, MEASURED, MONTH_SECONDS, SHOWN, Costs, Load, most_messages, need, table

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "scale.md"
COSTS = Costs(
    accept_gateway_ms=6, accept_database_ms=3, deliver_worker_ms=2, deliver_database_ms=1, webhook_worker_ms=1.5,
    webhook_database_ms=0.5, view_portal_ms=10, view_gateway_ms=20, view_database_ms=12, message_bytes=300,
    message_index_bytes=400, event_bytes=500, ledger_bytes=100, rollup_bytes=50, wal_bytes=4_000,
)  # fmt: skip
LOAD = Load(
    messages=MONTH_SECONDS * 100, tenants=3_600, peak=2, webhooks=0.5, viewers=0.5, views=10, months=2, busy=0.5,
    replicas=1,
)  # fmt: skip


def test_by_hand() -> None:
    found = need(LOAD, COSTS)  # 100 messages a second, 200 at the busiest, 5 views a second, 100 webhooks
    assert (LOAD.average, LOAD.busiest, LOAD.views_a_second) == (100, 200, 5)
    assert found.portal_cores == pytest.approx(5 * 0.010 / 0.5)
    assert found.gateway_cores == pytest.approx((200 * 0.006 + 5 * 0.020) / 0.5)
    assert found.worker_cores == pytest.approx((200 * 0.002 + 100 * 0.0015) / 0.5)
    assert found.database_cores == pytest.approx((200 * 0.004 + 100 * 0.0005) / 0.5)
    assert found.replica_cores == pytest.approx(5 * 0.012 / 0.5)
    assert found.cores == pytest.approx(0.1 + 2.6 + 1.1 + 1.7 + 0.12)
    assert found.disk_bytes == pytest.approx(2 * LOAD.messages * (2 * 1_200 + 12 * 150))
    assert found.disk_a_month == LOAD.messages * 1_350
    assert found.memory_bytes == LOAD.messages * 450
    assert found.wal_a_second == 800_000


def test_without_a_replica_the_first_server_reads_too() -> None:
    alone = need(replace(LOAD, replicas=0), COSTS)
    assert alone.replica_cores == 0
    assert alone.database_cores == pytest.approx(need(LOAD, COSTS).database_cores + 0.12)
    assert alone.disk_bytes == pytest.approx(need(LOAD, COSTS).disk_bytes / 2)


def test_where_it_breaks_first() -> None:
    cores = need(LOAD, COSTS).database_cores
    assert most_messages(LOAD, COSTS, cores * 3) == pytest.approx(LOAD.messages * 3)


def test_more_of_anything_never_takes_less() -> None:
    for name in ("messages", "tenants", "peak", "webhooks", "viewers", "views", "months"):
        more = need(replace(LOAD, **{name: getattr(LOAD, name) * 20}), COSTS)
        assert all(getattr(more, each.name) >= getattr(need(LOAD, COSTS), each.name) for each in fields(more)), name


def test_what_is_measured_is_there() -> None:
    assert all(getattr(MEASURED, each.name) > 0 for each in fields(MEASURED))


def test_the_document_holds_what_the_tool_prints() -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    assert "\n".join(table(SHOWN, MEASURED)) in told
    for each in fields(MEASURED):
        assert f"| `{each.name}` | {getattr(MEASURED, each.name):,g} |" in told
    for servers in (16, 64):
        assert f"{most_messages(SHOWN[-1], MEASURED, servers) / 1e6:,.0f} million" in told
    assert GB == 1_000_000_000
