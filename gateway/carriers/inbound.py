"""Messages from phones, whichever carrier hands them in: to the tenant whose number it is, or aside, and never lost."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.inbound import Inbound, keyword_of, routed_number
from gateway.domain.moments import rfc3339
from gateway.store import inbound as store
from gateway.store.connections import Connection
from gateway.store.events import emit

RECEIVED = "message.received"


def receive(connection: Connection, tenant_id: UUID, keyword: str, message: Inbound) -> bool:
    """Store a message of a tenant's number and tell it as an event; False when it came before.

    Needs a transaction of that tenant (gateway_api) or the worker's.
    """
    inbound_id = store.keep(connection, tenant_id, keyword, message)
    if inbound_id is None:
        return False
    data = {
        "inboundId": str(inbound_id),
        "from": message.sender,
        "to": message.number,
        "keyword": keyword or None,
        "encoding": message.encoding,
        "body": message.body,
        "receivedAt": rfc3339(message.received_at),
    }
    emit(connection, tenant_id, RECEIVED, data)
    return True


def give_number(connection: Connection, tenant_id: UUID, number: str, keyword: str) -> int:
    """Give a number to a tenant, and what had been put aside for it; how many messages.

    With a keyword only messages that begin with it. Needs the worker's connection. Raises NumberTaken, InvalidNumber.
    """
    number = routed_number(number)
    store.add_number(connection, tenant_id, number, keyword_of(keyword))
    given = 0
    for message in store.take_unrouted(connection, number):
        route = store.find_route(connection, message.number, message.word)
        if route is None:
            store.keep_unrouted(connection, message)
        else:
            given += receive(connection, *route, message)
    return given
