"""Who changed what in the account, and who of the platform's own people looked at it."""

from __future__ import annotations

from typing import cast

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, principal
from gateway.api.documents import answers, blueprint
from gateway.api.models import audit as models
from gateway.api.replies import reply
from gateway.store.audit import EVERYTHING, AuditFilter, list_events
from gateway.store.positions import Position

api = blueprint("audit", __name__, "Account")


@api.get("/account/audit-events", responses=answers(models.AuditEvents))
def list_audit_events(query: models.AuditQuery) -> Response:
    """The account's audit log, newest first"""
    with open_account(query.tenant_id) as (connection, account):
        wanted = AuditFilter(query.what, query.actor_id, of_customers=principal().preview_role is not None)
        # Without a filter a place is what it was before there were any.
        described = f"{account.tenant_id}:audit-events" + ("" if wanted == EVERYTHING else f":{wanted}")
        after = cursors.to_position(query.cursor, described).message_id if query.cursor else None
        rows = list_events(connection, account.tenant_id, limit=query.limit + 1, after=after, wanted=wanted)
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    return reply(
        models.AuditEvents(
            items=[
                models.AuditEvent(
                    audit_id=str(row.audit_id),
                    at=row.at,
                    actor_id=str(row.actor_id) if row.actor_id else None,
                    actor_kind=cast(models.ActorKind, row.actor_kind),
                    actor_name=row.actor_name,
                    action=row.action,
                    subject=row.subject,
                    details=row.details,
                    reads=row.reads,
                    last_at=row.last_at,
                )
                for row in shown
            ],
            next_cursor=cursors.from_position(Position(last.at, last.audit_id), described) if last else None,
        )
    )
