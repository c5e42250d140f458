"""Internal ingestion, for the platform's own services."""

from __future__ import annotations

from flask import Response, g

from gateway.api.context import dependencies
from gateway.api.documents import INGEST, answers, blueprint
from gateway.api.ingestion import ingest
from gateway.api.models.filters import NoParameters
from gateway.api.models.ingestion import IngestBody, IngestResult
from gateway.api.problems import invalid
from gateway.api.replies import reply
from gateway.store.accounts import get_account
from gateway.store.tenancy import tenant_transaction

api = blueprint("ingestion", __name__, "Internal ingestion", security=INGEST)


@api.post("/internal/messages", responses=answers(IngestResult, 413, 415, statuses=(401, 422, 503)))
def ingest_messages(query: NoParameters, body: IngestBody) -> Response:
    """Store messages and carriers' receipts of one account

    Repeating a call changes nothing: messages are known by `externalId`, receipts that come late or twice are recorded
    and ignored. All good items of a call are stored together; bad ones come back in `rejected`.
    """
    g.tenant_id = body.tenant_id
    with tenant_transaction(dependencies().engine, body.tenant_id, actor="ingestion") as connection:
        if get_account(connection, body.tenant_id) is None:
            raise invalid("tenantId", "unknown", "There is no such account.")
        result = ingest(connection, body, dependencies().now())
    return reply(result)
