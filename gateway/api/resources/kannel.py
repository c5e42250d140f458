"""Where Kannel calls back: receipts, and messages from phones. Not for customers, so not in the published document."""

from __future__ import annotations

import hmac
from functools import lru_cache

import structlog
from flask import Response, g, request

from gateway.api import metrics
from gateway.api.context import dependencies
from gateway.api.documents import blueprint
from gateway.api.models.inbound import KannelInboundQuery, KannelReceiptQuery, Received
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem, invalid
from gateway.api.replies import reply
from gateway.carriers import inbound
from gateway.carriers.kannel import NAME
from gateway.carriers.kannel_inbound import message_of
from gateway.carriers.kannel_receipts import ForgedReceipt, ReceiptAddress, receipt_of
from gateway.carriers.receipts import receive_receipts
from gateway.domain.numbers import InvalidNumber
from gateway.settings import GatewaySettings
from gateway.store import inbound as store
from gateway.store.tenancy import tenant_transaction

api = blueprint("kannel", __name__, "Carriers", prefix="/v1/carriers/kannel", security=[{}])
log = structlog.get_logger("gateway.api")


@api.get("/receipts", doc_ui=False)
def take_receipt(query: KannelReceiptQuery) -> Response:
    """One receipt (`dlr-url`). Whatever is genuine is answered with 200, or Kannel would repeat it for a day."""
    own = dependencies()
    try:
        tenant_id, message_id = _addresses(own.settings).message_of(query.reference, query.mac)
    except ForgedReceipt:
        metrics.RECEIPTS.labels(NAME, "forged").inc()
        raise Problem(ProblemCode.FORBIDDEN, "This is no address that was given out for receipts.") from None
    g.tenant_id = tenant_id
    receipt = receipt_of(message_id, query.type, query.reply, query.smsc, query.id, query.at, own.now())
    with tenant_transaction(own.engine, tenant_id, actor=NAME) as connection:
        result = receive_receipts(connection, tenant_id, NAME, [receipt])
    outcome = "applied" if result.applied else "unknown" if result.unknown else "recorded"
    metrics.RECEIPTS.labels(NAME, outcome).inc()
    if result.unknown:
        log.warning("receipt for an unknown message", carrier=NAME, message_id=str(message_id))
    return reply(Received(received=True))


@api.post("/inbound", doc_ui=False)
def take_message(query: KannelInboundQuery) -> Response:
    """A message from a phone (`post-url` of the sms-service); the same one again changes nothing."""
    _require_token()
    own = dependencies()
    try:
        message = message_of(query, request.get_data(), own.now())
    except InvalidNumber as error:
        raise invalid("to", "number", str(error)) from None
    with own.engine.begin() as connection:
        route = store.find_route(connection, message.number, message.word)
        new = store.keep_unrouted(connection, message) if route is None else False
    if route is not None:
        g.tenant_id, keyword = route
        with tenant_transaction(own.engine, g.tenant_id, actor=NAME) as connection:
            new = inbound.receive(connection, g.tenant_id, keyword, message)
    metrics.INBOUND.labels(NAME, "repeated" if not new else "unrouted" if route is None else "routed").inc()
    return reply(Received(received=True))


@lru_cache(maxsize=8)
def _addresses(settings: GatewaySettings) -> ReceiptAddress:
    """Remembered: the secret lies in a file."""
    return ReceiptAddress.from_settings(settings)


def _require_token() -> None:
    # Kannel can put a name and a password into the address of a service, and sends them as Basic.
    expected, given = dependencies().settings.kannel_inbound_token, request.authorization
    token = given.password if given is not None and given.type == "basic" else None
    if not expected or not token or not hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode()):
        raise Problem(ProblemCode.UNAUTHENTICATED, challenge='Basic realm="inbound messages"')
