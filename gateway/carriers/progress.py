"""What follows from news about a message: money, the queue, events. In the transaction that records the news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.domain import ids
from gateway.domain.messages import Transition
from gateway.domain.moments import rfc3339
from gateway.domain.pricing import UNCHARGED
from gateway.domain.statuses import FINAL, Status
from gateway.store import ledger, outbound
from gateway.store.connections import Connection
from gateway.store.events import PlatformEvent, emit_all
from gateway.store.message_summaries import Summary, find_summaries
from gateway.store.writes import Change, TransitionResult, apply_transitions

EVENT_TYPES: Mapping[Status, str] = {
    Status.SENT: "message.sent",
    Status.DELIVERED: "message.delivered",
    Status.FAILED: "message.failed",
    Status.EXPIRED: "message.failed",
    Status.REJECTED: "message.failed",
    Status.BLOCKED: "message.failed",
    Status.HELD: "message.held",
}
"""The platform's event for each status that a message enters on its way."""


def advance(connection: Connection, tenant_id: UUID, news: Sequence[Transition]) -> TransitionResult:
    """Apply news about messages on their way, and let follow what follows from each change.

    What left is charged, what will never leave is refunded, what has an outcome leaves the queue; each change is told
    as an event. News that changes nothing has no consequence, so each happens once. Not for imports: history is neither
    paid for nor news to anybody.
    """
    result = apply_transitions(connection, tenant_id, news)
    changes = result.changes
    if not changes:
        return result
    # After the messages, always in this order: transactions that meet wait for each other and do not deadlock.
    outbound.remove(connection, tenant_id, [c.message_id for c in changes if c.status in FINAL | {Status.HELD}])
    outbound.await_receipts(connection, tenant_id, [c.message_id for c in changes if c.status is Status.SENT])
    ledger.settle(connection, tenant_id, [c.message_id for c in changes if Status.SENT in c.entered])
    ledger.refund(connection, tenant_id, [c.message_id for c in changes if c.status in UNCHARGED])
    told = find_summaries(connection, tenant_id, [c.message_id for c in changes])
    events = [
        PlatformEvent(event_type, _content(told[change.message_id], change, status), change.message_id)
        for change in changes
        for status in change.entered
        if (event_type := EVENT_TYPES.get(status)) is not None
    ]
    emit_all(connection, tenant_id, events)
    return result


def _content(message: Summary, change: Change, status: Status) -> dict[str, Any]:
    """An event's public content. The text is not in it: events go to other people's servers."""
    last = status is change.status
    return {
        "messageId": ids.encode(change.message_id),
        "to": message.recipient,
        "from": message.sender_id,
        "status": status.value,
        "at": rfc3339(change.at),
        "submittedAt": rfc3339(message.submitted_at),
        "operator": message.operator,
        "country": message.country,
        "segments": message.segments,
        "price": {"amount": f"{message.price:.4f}", "currency": message.currency},
        "errorCode": change.error_code if last else None,
        "carrierCode": change.carrier_code if last else None,
        "apiKeyId": str(message.api_key_id) if message.api_key_id is not None else None,
    }
