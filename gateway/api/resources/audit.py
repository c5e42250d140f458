"""Who changed what in the account."""

from __future__ import annotations

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account
from gateway.api.documents import answers, blueprint
from gateway.api.models import audit as models
from gateway.api.replies import reply
from gateway.store.audit import list_events
from gateway.store.positions import Position

api = blueprint("audit", __name__, "Account")


@api.get("/account/audit-events", responses=answers(models.AuditEvents))
def list_audit_events(query: models.AuditQuery) -> Response:
    """The account's audit log, newest first"""
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}:audit-events"
        after = cursors.to_position(query.cursor, described).message_id if query.cursor else None
        rows = list_events(connection, account.tenant_id, limit=query.limit + 1, after=after)
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    return reply(
        models.AuditEvents(
            items=[
                models.AuditEvent(
                    audit_id=str(row.audit_id),
                    at=row.at,
                    actor_id=str(row.actor_id) if row.actor_id else None,
                    actor_name=row.actor_name,
                    action=row.action,
                    subject=row.subject,
                    details=row.details,
                )
                for row in shown
            ],
            next_cursor=cursors.from_position(Position(last.at, last.audit_id), described) if last else None,
        )
    )
