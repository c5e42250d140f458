"""The message log and one message with its timeline."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account
from gateway.api.documents import answers, blueprint
from gateway.api.log_filters import described_filter, log_filter
from gateway.api.models import messages as models
from gateway.api.models.filters import TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.models.shape import Money
from gateway.api.problems import Problem
from gateway.api.replies import not_modified, reply, reply_json, revision_tag
from gateway.api.webhook_views import message_attempt_fields
from gateway.domain import ids
from gateway.domain.moments import rfc3339
from gateway.store import message_reads as store
from gateway.store.accounts import Account
from gateway.store.log_pages import Counted
from gateway.store.message_reads import MessageRow
from gateway.store.positions import Position
from gateway.store.webhooks.deliveries import list_attempts_of_message

api = blueprint("messages", __name__, "Messages")

_DETAILS = (
    "body",
    "encoding",
    "destination",
    "sent_at",
    "final_at",
    "carrier_code",
    "external_id",
    "source",
    "reference",
)


@api.get("/messages", responses=answers(models.MessagePage))
def list_messages(query: models.MessagesQuery) -> Response:
    """The message log, newest first

    Filters combine with *and*, values of a repeated filter with *or*. A page costs the same however deep it lies;
    messages that arrive while you read are newer than your first page and never shift it.
    """
    with open_account(query.tenant_id) as (connection, account):
        wanted = log_filter(connection, account, query)
        described = f"{account.tenant_id}?{described_filter()}"
        after = cursors.to_position(query.cursor, described) if query.cursor else None
        offset = (query.page - 1) * query.limit if query.page else 0
        kept = account.kept_from
        cut = kept is not None and wanted is not None and (wanted.start is None or wanted.start < kept)
        counted = Counted(account.time_zone, kept)
        rows = (
            store.list_messages(connection, wanted, limit=query.limit + 1, after=after, offset=offset, counted=counted)
            if wanted
            else []
        )
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    last = Position(shown[-1].submitted_at, shown[-1].message_id) if more else None
    return reply_json(
        {
            "items": [row_json(row, account.currency) for row in shown],
            "nextCursor": cursors.from_position(last, described) if last else None,
            "keptFrom": rfc3339(kept) if kept is not None and cut else None,
        }
    )


@api.get("/messages/<messageId>", responses=answers(models.MessageDetail, etag=True))
def get_message(path: models.MessagePath, query: TenantQuery) -> Response:
    """One message with everything that happened to it"""
    try:
        message_id = ids.decode(path.message_id)
    except ValueError:
        raise Problem(ProblemCode.NOT_FOUND) from None
    with open_account(query.tenant_id) as (connection, account):
        found = store.get_message(connection, account.tenant_id, message_id)
        if found is None:
            kept = account.kept_from
            gone = kept is not None and ids.submitted_at_of(message_id) < kept
            raise Problem(
                ProblemCode.NOT_FOUND, f"Messages from before {kept:%Y-%m-%d} are no longer kept." if gone else None
            )
        events = store.list_events(connection, account.tenant_id, found)
        told = list_attempts_of_message(connection, account.tenant_id, message_id)
    own = {name: getattr(found, name) for name in _DETAILS}
    detail = models.MessageDetail.model_validate(
        {
            **_row(found, account),
            **own,
            "timeline": [asdict(event) for event in events],
            "webhook_attempts": [message_attempt_fields(attempt) for attempt in told],
        }
    )
    tag = revision_tag(hashlib.sha256(detail.model_dump_json().encode()).hexdigest())
    return not_modified(tag) or reply(detail, etag=tag)


def row_json(row: MessageRow, currency: str) -> dict[str, Any]:
    """`models.MessageRow` as it is written, made at once: a page has fifty of them."""
    delivered = row.final_at if row.status == "delivered" else None
    return {
        "messageId": ids.encode(row.message_id),
        "to": row.recipient,
        "from": row.sender_id,
        "status": row.status,
        "operator": row.operator,
        "country": row.country,
        "errorCode": row.error_code,
        "submittedAt": rfc3339(row.submitted_at),
        "deliveredAt": rfc3339(delivered) if delivered is not None else None,
        "segments": row.segments,
        "price": {"amount": f"{row.price:.4f}", "currency": currency} if row.price is not None else None,
    }


def _row(row: MessageRow, account: Account) -> dict[str, object]:
    return {
        "message_id": ids.encode(row.message_id),
        "to": row.recipient,
        "from_": row.sender_id,
        "status": row.status,
        "operator": row.operator,
        "country": row.country,
        "error_code": row.error_code,
        "submitted_at": row.submitted_at,
        "delivered_at": row.final_at if row.status == "delivered" else None,
        "segments": row.segments,
        "price": Money.of(row.price, account.currency) if row.price is not None else None,
    }
