"""Exports of the message log: asked for, followed, fetched and deleted. The worker writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.links import LINK_LIFE, Purpose, link_to
from gateway.api.log_filters import log_filter
from gateway.api.models import exports as models
from gateway.api.models.filters import NoParameters, TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.exports.files import ExportFiles
from gateway.store import exports as store
from gateway.store.accounts import Account
from gateway.store.audit import record
from gateway.store.connections import Connection
from gateway.store.exports import ExportRow, NewExport

api = blueprint("exports", __name__, "Exports")

MOST_UNFINISHED = 5
MOST_KEPT = 50
BUSY_SECONDS = 30


@api.get("/messages/exports", responses=answers(models.MessageExports))
def list_exports(query: models.ExportsQuery) -> Response:
    """The account's exports, newest first"""
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}?exports"
        after = cursors.to_id(query.cursor, described) if query.cursor else None
        rows = store.list_exports(connection, account.tenant_id, limit=query.limit + 1, after=after)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return reply(
        models.MessageExports(
            items=[_presented(account, row) for row in shown],
            next_cursor=cursors.from_id(shown[-1].export_id, described) if more else None,
        )
    )


@api.post("/messages/exports", responses=answers(models.MessageExport, 409, 413, 415, 429, accepted=True))
def create_export(query: NoParameters, body: models.ExportBody) -> Response:
    """Ask for a file of all messages that fit a filter

    It holds exactly the messages the log shows for the filter at one moment (`asOf`), none submitted after this call.
    Exports of an account are written one after the other; at most 5 wait, and at most 50 are kept.
    """
    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, lambda: _create(connection, account, body))


@api.get("/messages/exports/<exportId>", responses=answers(models.MessageExport))
def get_export(path: models.ExportPath, query: TenantQuery) -> Response:
    """One export, how far it is, and the address of its file"""
    with open_account(query.tenant_id) as (connection, account):
        return reply(_presented(account, _require(connection, account.tenant_id, path.export_id)))


@api.delete("/messages/exports/<exportId>", responses=answers(None))
def delete_export(path: models.ExportPath, query: NoParameters) -> Response:
    """Delete an export and its file, or stop it while it is being written"""
    with open_account(None) as (connection, account):
        row = _require(connection, account.tenant_id, path.export_id)
        store.delete_export(connection, account.tenant_id, row.export_id)
        details = {"format": row.file_format, "status": row.status}
        _audit(connection, account.tenant_id, principal().user_id, "message_export.deleted", row.export_id, details)
    _files().remove(account.tenant_id, path.export_id)
    return Response(status=204)


def _create(connection: Connection, account: Account, body: models.ExportBody) -> Response:
    unfinished, kept = store.count_exports(connection, account.tenant_id)
    if unfinished >= MOST_UNFINISHED:
        raise Problem(
            ProblemCode.RATE_LIMITED, f"{MOST_UNFINISHED} exports are waiting already.", retry_after=BUSY_SECONDS
        )
    if kept >= MOST_KEPT:
        raise Problem(ProblemCode.CONFLICT, f"{MOST_KEPT} exports are kept already; delete some first.")
    now, person = dependencies().now(), principal().user_id
    asked = body.filter.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    new = NewExport(
        person, now, body.format, body.include_text, asked, log_filter(connection, account, body.filter),
        account.time_zone, account.currency,
    )  # fmt: skip
    export_id = store.create_export(connection, account.tenant_id, new)
    details = {"format": body.format, "includeText": body.include_text, "filter": asked}
    _audit(connection, account.tenant_id, person, "message_export.created", export_id, details)
    return reply(_presented(account, _require(connection, account.tenant_id, export_id)), 202)


def _require(connection: Connection, tenant_id: UUID, export_id: UUID) -> ExportRow:
    found = store.get_export(connection, tenant_id, export_id)
    if found is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return found


def _presented(account: Account, row: ExportRow) -> models.MessageExport:
    now = dependencies().now()
    over = row.status == "ready" and row.expires_at is not None and row.expires_at <= now
    status = "expired" if over else row.status
    until = min(now + LINK_LIFE, row.expires_at or now + LINK_LIFE) if status == "ready" else None
    link = _link(account.tenant_id, row.export_id, until) if until else None
    return models.MessageExport.model_validate(
        {
            "export_id": str(row.export_id),
            "status": status,
            "format": row.file_format,
            "filter": row.asked,
            "created_by": row.creator,
            "download_url": link,
            "download_url_expires_at": until.replace(microsecond=0) if until else None,
            **{
                name: getattr(row, name)
                for name in (
                    *("include_text", "created_at", "as_of", "rows_total", "rows_done", "size_bytes", "finished_at"),
                    *("expires_at", "problem"),
                )
            },
        }
    )


def _link(tenant_id: UUID, export_id: UUID, until: datetime) -> str:
    path = f"/v1/messages/exports/{export_id}/file"
    return link_to(path, Purpose.EXPORT, str(export_id), tenant_id, principal().user_id, until)


def _audit(
    connection: Connection, tenant_id: UUID, person: UUID, action: str, export_id: UUID, details: Mapping[str, object]
) -> None:
    record(connection, tenant_id, person, action, str(export_id), details)


def _files() -> ExportFiles:
    return ExportFiles(dependencies().settings.export_folder)
