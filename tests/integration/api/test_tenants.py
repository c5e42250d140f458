"""One tenant at a glance: as in the list, what is held and overdue, what went wrong, and that looking is written down."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from tests.support.api_world import NOW, World

LIST = "/v1/internal/tenants"


def told(world: World, who: str, tenant: UUID) -> dict[str, Any]:
    answer = world.get(who, f"{LIST}/{tenant}")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def kinds(found: dict[str, Any]) -> list[str]:
    return [incident["kind"] for incident in found["incidents"]]


def test_tenant_is_told_as_in_the_list_with_what_is_held_and_overdue(world: World) -> None:
    listed = {item["tenantId"]: item for item in world.get("admin", LIST, limit=200).json["items"]}
    for tenant in (world.tenant, world.other):
        found = told(world, "admin", tenant)
        assert {name: found[name] for name in listed[str(tenant)]} == listed[str(tenant)]
        held = world.sql("SELECT count(*) FROM messages WHERE tenant_id = :t AND status = 'held'", t=tenant)
        assert found["heldNow"] == held[0][0]
        overdue = world.get("admin", "/v1/billing/invoices", tenantId=str(tenant), status="overdue", limit=200).json
        due = sum(Decimal(item["amountDue"]["amount"]) for item in overdue["items"])
        told_due = found["arrears"] and (found["arrears"]["invoices"], Decimal(found["arrears"]["due"]["amount"]))
        assert told_due == ((len(overdue["items"]), due) if overdue["items"] else None)
        assert ("invoices_overdue" in kinds(found)) is bool(overdue["items"])


def test_what_went_wrong_is_told_latest_first_and_only_while_it_matters(own_world: World) -> None:
    world, day = own_world, timedelta(days=1)
    before = kinds(told(world, "tam", world.tenant))
    gone, failing = uuid4(), uuid4()
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        *(
            (
                "INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, description, events, status, status_reason,"
                " status_at, sealed_secret, secret_at, created_at, updated_at) VALUES (%(t)s, %(id)s, %(url)s, '', '{message.sent}',"
                " %(status)s, %(why)s, %(at)s, '', %(at)s, %(at)s, %(at)s)",
                {"id": each, "url": url, "status": status, "why": why, "at": NOW - ago},
            )
            for each, url, status, why, ago in (
                (gone, "https://gone.example.com/", "auto_disabled", "gone", 2 * day),
                (failing, "https://old.example.com/", "auto_disabled", "failing", 200 * day),
                (uuid4(), "https://chosen.example.com/", "disabled", "by_user", day),
            )
        ),
        *(
            (
                "INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash, allowed_ips,"
                " created_by, created_at, revoked_at, successor_id) VALUES (%(t)s, %(name)s, 'live', '{sms:send}',"
                " 'gsk_live_x', 'abcd', %(hash)s, '{}', %(id)s, %(at)s, %(at)s, %(next)s)",
                {"name": name, "hash": name.encode().ljust(32), "id": uuid4(), "at": NOW - ago, "next": successor},
            )
            for name, ago, successor in (
                ("stolen", 3 * day, None),
                ("rotated", day, uuid4()),
                ("long ago", 40 * day, None),
            )
        ),
        (
            "INSERT INTO billing_settings (tenant_id, low_balance, low_since) VALUES (%(t)s, 1, %(at)s)"
            " ON CONFLICT (tenant_id) DO UPDATE SET low_since = excluded.low_since",
            {"at": NOW - 4 * day},
        ),
    )
    with world.worker_engine.begin() as connection:
        for statement, values in rows:
            connection.exec_driver_sql(statement, {"t": world.tenant, **values})
    found = told(world, "tam", world.tenant)
    new = [each for each in found["incidents"] if each["kind"] not in before]
    assert [(each["kind"], each["about"], each["reason"]) for each in new] == [
        ("webhook_disabled", "https://gone.example.com/", "gone"),
        ("key_revoked", "stolen", None),
        ("balance_low", None, None),
        ("webhook_disabled", "https://old.example.com/", "failing"),
    ]
    assert new[0]["aboutId"] == str(gone)
    starts = [each["startsAt"] for each in found["incidents"]]
    assert starts == sorted(starts, reverse=True)
    assert kinds(told(world, "admin", world.other)) == kinds(told(world, "admin", world.other))


def test_each_look_at_a_tenant_is_in_that_tenants_audit_log(own_world: World) -> None:
    def looked(tenant: UUID) -> list[tuple[str, str]]:
        rows = own_world.sql(
            "SELECT actor_id::text, subject FROM audit_events WHERE tenant_id = :t AND action = 'tenant.viewed'",
            t=tenant,
        )
        return [tuple(row) for row in rows]

    told(own_world, "tam", own_world.tenant)
    assert own_world.get("unassigned_tam", f"{LIST}/{own_world.tenant}").status_code == 404
    assert own_world.get("tam", f"{LIST}/{own_world.other}").status_code == 404
    assert looked(own_world.tenant) == [(str(own_world.people["tam"].user_id), str(own_world.tenant))]
    assert looked(own_world.other) == []
