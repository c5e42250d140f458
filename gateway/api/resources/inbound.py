"""What phones sent to the account's numbers."""

from __future__ import annotations

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account
from gateway.api.documents import answers, blueprint
from gateway.api.models import inbound as models
from gateway.api.replies import reply
from gateway.store import inbound as store
from gateway.store.positions import Position

api = blueprint("inbound", __name__, "Messages")


@api.get("/messages/inbound", responses=answers(models.InboundPage))
def list_inbound_messages(query: models.InboundQuery) -> Response:
    """Messages from phones, newest first"""
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}/inbound"
        after = cursors.to_position(query.cursor, described) if query.cursor else None
        rows = store.list_inbound(connection, account.tenant_id, limit=query.limit + 1, after=after)
    shown = rows[: query.limit]
    last = Position(shown[-1].received_at, shown[-1].inbound_id) if len(rows) > query.limit else None
    return reply(
        models.InboundPage(
            items=[models.InboundMessage.model_validate(_item(row)) for row in shown],
            next_cursor=cursors.from_position(last, described) if last else None,
        )
    )


def _item(row: store.InboundRow) -> dict[str, object]:
    return {
        "inbound_id": row.inbound_id,
        "from_": row.sender,
        "to": row.number,
        "keyword": row.keyword or None,
        "encoding": row.encoding,
        "body": row.body,
        "received_at": row.received_at,
    }
