"""Internal users' list of the tenants they may see."""

from __future__ import annotations

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_actor, principal
from gateway.api.documents import answers, blueprint
from gateway.api.models.accounts import TenantItem, Tenants, TenantsQuery
from gateway.api.replies import reply
from gateway.api.tally import rate
from gateway.store.accounts import list_tenants

api = blueprint("portfolio", __name__, "Customer success")


@api.get("/internal/tenants", responses=answers(Tenants))
def list_internal_tenants(query: TenantsQuery) -> Response:
    """Tenants by name: a TAM's own, all for a platform admin"""
    caller = principal()
    described = f"tenants:{caller.user_id}"
    after = cursors.to_name(query.cursor, described) if query.cursor else None
    with open_actor() as connection:
        found = list_tenants(connection, assigned_to=caller.assignments_of, limit=query.limit + 1, after=after)
    shown = found[: query.limit]
    last = shown[-1] if len(found) > query.limit else None
    return reply(
        Tenants(
            items=[
                TenantItem(
                    tenant_id=str(item.tenant_id),
                    name=item.name,
                    is_demo=item.is_demo,
                    messages_30d=item.messages,
                    delivery_rate_30d=rate(item.delivered, item.rated),
                )
                for item in shown
            ],
            next_cursor=cursors.from_name(last.sort_name, last.tenant_id, described) if last else None,
        )
    )
