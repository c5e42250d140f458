"""What endpoints were told and what is owed to them: read, tested, sent again."""

from __future__ import annotations

from contextlib import AbstractContextManager
from uuid import UUID, uuid4

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.models import webhooks as models
from gateway.api.models.filters import NoParameters, TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.api.webhook_views import attempt_fields, delivery_fields, example_text
from gateway.domain import ids
from gateway.domain.moments import rfc3339
from gateway.store.accounts import Account
from gateway.store.connections import Connection
from gateway.store.positions import Position
from gateway.store.webhooks import deliveries as store
from gateway.store.webhooks import endpoints
from gateway.store.webhooks.deliveries import Delivery, DeliveryFilter

api = blueprint("webhook_deliveries", __name__, "Webhooks")


@api.get("/webhooks/<endpointId>/deliveries", responses=answers(models.WebhookDeliveries))
def list_webhook_deliveries(path: models.EndpointPath, query: models.DeliveriesQuery) -> Response:
    """Deliveries of the last 30 days, newest first"""
    wanted = _filter(query)
    with open_account(query.tenant_id) as (connection, account):
        _require_endpoint(connection, account, path.endpoint_id)
        described = f"{account.tenant_id}/{path.endpoint_id}?{wanted}"
        after = cursors.to_position(query.cursor, described) if query.cursor else None
        found = store.list_deliveries(
            connection, account.tenant_id, path.endpoint_id, wanted, limit=query.limit + 1, after=after
        )
    shown = found[: query.limit]
    last = Position(shown[-1].created_at, shown[-1].delivery_id) if len(found) > query.limit else None
    return reply(
        models.WebhookDeliveries(
            items=[models.WebhookDelivery.model_validate(delivery_fields(row)) for row in shown],
            next_cursor=cursors.from_position(last, described) if last else None,
        )
    )


@api.get("/webhooks/<endpointId>/deliveries/<deliveryId>", responses=answers(models.WebhookDeliveryDetail))
def get_webhook_delivery(path: models.DeliveryPath, query: TenantQuery) -> Response:
    """One delivery: what was sent, and every attempt with its answer"""
    with open_account(query.tenant_id) as (connection, account):
        row = _require(connection, account, path)
        payload = store.get_payload(connection, account.tenant_id, row.delivery_id) or ""
        attempts = store.list_attempts(connection, account.tenant_id, row.delivery_id)
    return reply(
        models.WebhookDeliveryDetail.model_validate(
            {
                **delivery_fields(row),
                "payload": payload,
                "attempt_log": [attempt_fields(attempt) for attempt in attempts],
            }
        )
    )


@api.post("/webhooks/<endpointId>/test", responses=answers(models.WebhookDelivery, 413, 415, created=True))
def test_webhook(path: models.EndpointPath, query: NoParameters, body: models.EventTest) -> Response:
    """Send a test event of a type, whether the endpoint subscribed to it or not"""

    def send() -> Response:
        _require_endpoint(connection, account, path.endpoint_id)
        delivery_id, now = uuid4(), dependencies().now()
        store.add_test(
            connection,
            account.tenant_id,
            path.endpoint_id,
            delivery_id=delivery_id,
            event_id=uuid4(),
            event_type=body.event_type,
            payload=example_text(body.event_type, now),
            now=now,
        )
        audit(connection, account, "webhook.tested", path.endpoint_id, eventType=body.event_type)
        return _answer(
            connection, account, models.DeliveryPath(endpoint_id=path.endpoint_id, delivery_id=delivery_id), 201
        )

    with _own_account() as (connection, account):
        return once(connection, account.tenant_id, send)


@api.post("/webhooks/<endpointId>/deliveries/<deliveryId>/resend", responses=answers(models.WebhookDelivery, 413, 415))
def resend_webhook_delivery(path: models.DeliveryPath, query: NoParameters, body: models.Resend) -> Response:
    """Try a delivery once more, at once; the schedule of its retries stays as it is"""

    def resend() -> Response:
        now = dependencies().now()
        if not store.resend(connection, account.tenant_id, path.endpoint_id, path.delivery_id, now):
            raise Problem(ProblemCode.NOT_FOUND)
        audit(connection, account, "webhook.resent", path.endpoint_id, deliveryId=str(path.delivery_id))
        return _answer(connection, account, path)

    with _own_account() as (connection, account):
        _require_endpoint(connection, account, path.endpoint_id)
        return once(connection, account.tenant_id, resend)


@api.post("/webhooks/<endpointId>/recover", responses=answers(models.Recovered, 413, 415))
def recover_webhook(path: models.EndpointPath, query: NoParameters, body: models.Recovery) -> Response:
    """Send all of an endpoint's deliveries of a status again that were made since a moment

    Failed ones get a schedule of retries of their own again, others one attempt.
    """

    def recover() -> Response:
        _require_endpoint(connection, account, path.endpoint_id)
        count = store.recover(
            connection,
            account.tenant_id,
            path.endpoint_id,
            since=body.since,
            status=body.status,
            now=dependencies().now(),
        )
        asked = {"since": rfc3339(body.since), "status": body.status, "count": count}
        audit(connection, account, "webhook.recovered", path.endpoint_id, **asked)
        return reply(models.Recovered(count=count))

    with _own_account() as (connection, account):
        return once(connection, account.tenant_id, recover)


def _own_account() -> AbstractContextManager[tuple[Connection, Account]]:
    """The caller's own: only customers get here."""
    return open_account(None)


def _answer(connection: Connection, account: Account, path: models.DeliveryPath, status: int = 200) -> Response:
    row = _require(connection, account, path)
    return reply(models.WebhookDelivery.model_validate(delivery_fields(row)), status)


def _require(connection: Connection, account: Account, path: models.DeliveryPath) -> Delivery:
    _require_endpoint(connection, account, path.endpoint_id)
    found = store.get_delivery(connection, account.tenant_id, path.endpoint_id, path.delivery_id)
    if found is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return found


def _require_endpoint(connection: Connection, account: Account, endpoint_id: UUID) -> None:
    if endpoints.get_endpoint(connection, account.tenant_id, endpoint_id) is None:
        raise Problem(ProblemCode.NOT_FOUND)


def _filter(query: models.DeliveriesQuery) -> DeliveryFilter:
    try:
        message_id = ids.decode(query.message_id) if query.message_id else None
    except ValueError:
        message_id = UUID(int=0)  # well-formed to look at and nobody's id
    status_class = None
    if query.http_status is not None:
        status_class = 0 if query.http_status == "none" else int(query.http_status[0])
    return DeliveryFilter(
        status=query.status,
        event_type=query.event_type,
        status_class=status_class,
        since=query.since,
        until=query.until,
        message_id=message_id,
    )
