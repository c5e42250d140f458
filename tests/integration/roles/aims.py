"""Things of a tenant, and of a person in it, for forged requests to be aimed at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from gateway.domain import ids
from gateway.store.notes import Writer, create_note
from gateway.store.tenancy import tenant_transaction
from gateway.store.views import Views
from portal.domain.permissions import Act, may
from tests.integration.roles.conftest import House
from tests.integration.roles.forging import Aim
from tests.support import api_calls
from tests.support.api_world import NOW, add_export, add_key
from tests.support.webhook_rows import add_delivery, add_endpoint

# Endpoints that `aim_at` and forged requests made.
OF_AIMS = "position('hook-of-the' in url) + position('/forged' in url) > 0"


def aim_at(house: House, tenant: Any, who: str) -> Aim:
    """Ids of things that are the tenant's, or ``who``'s where they are a person's; those of earlier aims are gone."""
    with house.world.worker_engine.begin() as connection:
        # An account may keep fifty of each; forging makes more of them than people do.
        for made in (
            "message_exports",
            "health_runs",
            "nps_answers",
            "saved_views",
            "qbr_comments",
            "qbr_reports",
            f"webhook_deliveries WHERE endpoint_id IN (SELECT endpoint_id FROM webhook_endpoints WHERE {OF_AIMS})",
            f"webhook_endpoints WHERE {OF_AIMS}",
        ):
            connection.exec_driver_sql(f"DELETE FROM {made}")
    return add_aim(house, tenant, who)


def add_aim(house: House, tenant: Any, who: str) -> Aim:
    """One aim more, beside those there are."""
    world = house.world
    with world.worker_engine.begin() as connection:
        key_id = str(add_key(connection, tenant, "Key of the bank" if tenant == world.tenant else "Key of the shop"))
        hook_id, delivery_id = hook_with_a_failure(house, connection, tenant)
    export_id = export_of(house, tenant)
    view_id = view_of(house, tenant, who)
    session_id = api_calls.own_session(world, who)["sessionId"]
    person_id = somebody_to_assign(house)
    assigned = {"person": person_id, "tenants": [str(tenant)], "adds": True}
    hook = {"endpoint": hook_id, "endpointId": hook_id, "webhook-endpoint-id": hook_id}
    named = {"tenantId": str(tenant), "endpointId": hook_id, "deliveryId": delivery_id}
    message = world.sql("SELECT message_id FROM messages WHERE tenant_id = :tenant LIMIT 1", tenant=tenant)[0][0]
    message_name = urlencode({"tenantId": str(tenant), "messageId": ids.encode(message)})
    return Aim(
        str(tenant),
        {"key": key_id, "keyId": key_id, "session": session_id, "sessionId": session_id}
        | {"noteId": note_of(house, tenant, who), "tenantId": str(tenant)}
        | {"person": person_id, "assignments-done": assigned}
        | {"export": export_id, "exportId": export_id, "viewId": view_id}
        | dict.fromkeys(("views-to-rename", "views-to-delete", "views-to-update"), view_id)
        | hook
        | {"again": "2026-Q4/fa-AF"}
        | {"qbr-address": urlencode({"tenantId": str(tenant), "period": "2026-Q4"})}
        | {"delivery": delivery_id, "webhook-delivery-name": urlencode(named), "message-detail-name": message_name},
    )


def export_of(house: House, tenant: Any) -> str:
    """A finished export that somebody of the tenant asked for."""
    world = house.world
    asker = world.people["owner" if tenant == world.tenant else "stranger"].user_id
    return str(add_export(world.api_engine, world.worker_engine, tenant, asker))


def note_of(house: House, tenant: Any, who: str) -> str:
    """A note that whoever may write any may change, if the tenant is theirs to look after."""
    author = house.world.people["tam" if who == "tam" and tenant == house.world.tenant else "admin"]
    name = "Note of the bank" if tenant == house.world.tenant else "Note of the shop"
    with tenant_transaction(house.world.api_engine, tenant, actor=str(author.user_id)) as connection:
        return str(create_note(connection, tenant, name, Writer(author.user_id, "author", NOW)).note_id)


def somebody_to_assign(house: House) -> str:
    """A TAM who looks after nobody yet."""
    with house.world.worker_engine.begin() as connection:
        made = connection.exec_driver_sql(
            "INSERT INTO users (email, name, user_type, roles) VALUES (%(email)s, 'Assignable', 'internal', '{tam}')"
            " RETURNING user_id",
            {"email": f"{uuid4().hex}@tests.example"},
        )
        return str(made.scalar_one())


def view_of(house: House, tenant: Any, who: str) -> str:
    """A view of the person's own, or of somebody else of the tenant where they can have none."""
    world = house.world
    somebody = "owner" if tenant == world.tenant else "stranger"
    person = world.people[who if may(house.actor(who), Act.SAVE_VIEWS) and who != "impostor" else somebody]
    name = "View of the bank" if tenant == world.tenant else "View of the shop"
    with tenant_transaction(world.api_engine, tenant, actor=str(person.user_id)) as connection:
        view = Views(connection, tenant, person.user_id).create(name, {"status": ["failed"]}, NOW)
    return str(view.view_id)


def hook_with_a_failure(house: House, connection: Any, tenant: Any) -> tuple[str, str]:
    """An endpoint made a while ago, with a delivery that failed for good."""
    name = "bank" if tenant == house.world.tenant else "shop"
    endpoint_id = add_endpoint(
        connection,
        tenant,
        NOW - timedelta(days=1),
        sealer=house.world.sealer,
        url=f"https://hook-of-the-{name}.example.com/",
    )
    delivery_id = add_delivery(connection, tenant, endpoint_id, NOW, status="failed", http_status=500, attempts=1)
    return str(endpoint_id), str(delivery_id)
