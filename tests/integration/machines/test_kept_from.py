"""Where messages are no longer kept, the log says so, and nothing that hands messages in brings them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from gateway.domain import ids
from gateway.store.accounts import get_account
from gateway.store.invoicing import issue_due
from gateway.store.retention import Retired, retire
from tests.support.api_world import INGEST_TOKEN, NOW, World, build_world
from tests.support.postgres import NewDatabase

KEPT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world without October: what it billed of it was billed."""
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("kept"), messages=300) as built:
        with built.worker_engine.begin() as connection:
            connection.exec_driver_sql("UPDATE messages SET status = 'failed' WHERE status IN ('queued', 'held')")
            for tenant in (built.tenant, built.other):
                account = get_account(connection, tenant)
                assert account is not None
                issue_due(connection, account, datetime(2026, 12, 2, tzinfo=UTC))
        built.fold()
        yield built


def _old(world: World) -> str:
    found = world.sql(
        "SELECT message_id FROM messages WHERE tenant_id = :t ORDER BY submitted_at LIMIT 1", t=world.tenant
    )
    return ids.encode(found[0][0])


def test_what_is_gone_is_told_and_what_was_counted_stays(world: World) -> None:
    october = {"startDate": "2026-10-20", "endDate": "2026-10-30"}
    period = {"from": "2026-10-20", "to": "2026-10-30"}
    old, address = _old(world), "/v1/messages"
    before = world.get("owner", "/v1/analytics/summary", **period).get_json()
    assert before["messages"] > 0
    assert world.get("owner", address).get_json()["keptFrom"] is None
    invoices = world.get("owner", "/v1/billing/invoices").get_json()
    assert retire(world.worker_engine, date(2026, 11, 1)) == Retired((date(2026, 10, 1),))

    assert world.get("owner", "/v1/analytics/summary", **period).get_json() == {**before, "asOf": before["asOf"]}
    assert world.get("owner", "/v1/billing/invoices").get_json() == invoices
    page = world.get("owner", address, **october).get_json()
    assert (page["items"], page["nextCursor"], page["keptFrom"]) == ([], None, "2026-11-01T00:00:00.000Z")
    assert world.get("owner", address).get_json()["keptFrom"] == "2026-11-01T00:00:00.000Z"
    later = world.get("owner", address, startDate="2026-11-05", endDate="2026-11-20").get_json()
    assert later["items"]
    assert later["keptFrom"] is None
    gone = world.get("owner", f"{address}/{old}")
    assert gone.status_code == 404
    assert gone.get_json()["detail"] == "Messages from before 2026-11-01 are no longer kept."
    unknown = world.get("owner", f"{address}/{ids.encode(ids.new_message_id(NOW))}")
    assert unknown.status_code == 404
    assert "kept" not in unknown.text


def test_old_messages_are_not_taken_in_again(world: World) -> None:
    retire(world.worker_engine, date(2026, 11, 1))
    message = {
        "externalId": "old", "to": "+93700000001", "from": "BANK", "body": "x", "status": "delivered",
        "submittedAt": "2026-10-31T23:59:59Z", "finalAt": "2026-10-31T23:59:59Z",
    }  # fmt: skip
    answer = world.app.test_client().post(
        "/v1/internal/messages",
        json={"tenantId": str(world.tenant), "messages": [message], "receipts": []},
        headers={"Authorization": f"Bearer {INGEST_TOKEN}"},
    )
    assert answer.status_code == 200, answer.text
    [rejected] = answer.get_json()["rejected"]
    assert (rejected["code"], rejected["detail"]) == ("time", "Messages from before 2026-11-01 are no longer kept.")
