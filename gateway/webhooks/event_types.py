"""What can be told: the types of events that an endpoint may subscribe to, each with an example of its `data`.

The example is also what a test event carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MESSAGE: dict[str, Any] = {
    "messageId": "msg_01KA8Z5M3W7T9Q2RBVXC4DEFGH",
    "to": "+93700000141",
    "from": "DemoBank",
    "status": "sent",
    "at": "2026-11-20T09:00:01.000Z",
    "submittedAt": "2026-11-20T09:00:00.000Z",
    "operator": "AWCC",
    "country": "AF",
    "segments": 1,
    "price": {"amount": "0.3500", "currency": "AFN"},
    "errorCode": None,
    "carrierCode": None,
    "apiKeyId": None,
}
_INVOICE: dict[str, Any] = {
    "invoiceId": "0199aa00-0000-7000-8000-000000000001",
    "number": "2026-10-0001",
    "period": "2026-10",
    "status": "open",
    "total": {"amount": "15400.0000", "currency": "AFN"},
    "dueOn": "2026-11-15",
}


@dataclass(frozen=True)
class EventType:
    """One type: what it means, and an example of the event's `data`."""

    name: str
    description: str
    example: Mapping[str, Any]


EVENT_TYPES: Mapping[str, EventType] = {
    each.name: each
    for each in (
        EventType("message.sent", "A carrier took a message over.", _MESSAGE),
        EventType(
            "message.delivered", "A carrier reported that a message arrived.", _MESSAGE | {"status": "delivered"}
        ),
        EventType(
            "message.failed",
            "A message will not arrive: it failed, expired, was rejected or blocked; `errorCode` says why.",
            _MESSAGE | {"status": "failed", "errorCode": "absent_subscriber"},
        ),
        EventType("message.held", "A message waits for a review.", _MESSAGE | {"status": "held"}),
        EventType(
            "message.received",
            "Somebody wrote to one of your numbers.",
            {"from": "+93700000141", "to": "3030", "body": "STOP", "receivedAt": "2026-11-20T09:00:00.000Z"},
        ),
        EventType("invoice.issued", "An invoice is ready.", _INVOICE),
        EventType("invoice.overdue", "An invoice was not paid by its date.", _INVOICE | {"status": "overdue"}),
        EventType(
            "balance.low",
            "The balance fell below the account's threshold.",
            {
                "balance": {"amount": "480.0000", "currency": "AFN"},
                "threshold": {"amount": "500.0000", "currency": "AFN"},
            },
        ),
        EventType(
            "key.revoked",
            "An API key stopped working.",
            {"keyId": "0199aa00-0000-7000-8000-000000000002", "name": "Production", "reason": "revoked"},
        ),
    )
}
