"""Receipts from carriers, whichever way they come: each is judged by the status machine, recorded, and never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.carriers.progress import advance
from gateway.domain.errors import Outcome
from gateway.domain.messages import Transition
from gateway.store.connections import Connection
from gateway.store.writes import TransitionResult


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a carrier says about a message it took. `at` (aware) is the carrier's time of the event, or when it came."""

    message_id: UUID
    outcome: Outcome
    at: datetime
    detail: str | None = None


def receive_receipts(
    connection: Connection, tenant_id: UUID, source: str, receipts: Sequence[Receipt]
) -> TransitionResult:
    """Work through receipts of one tenant's messages, in the given order; `source` is the carrier's name.

    What follows from an outcome happens with it: the refund or charge, the platform's event, the end of waiting. Late,
    repeated and contradicting receipts are recorded and change nothing; `unknown` in the result names ids that the
    tenant has no message for. Needs a transaction of that tenant (gateway_api) or the worker's.
    """
    news = [
        Transition(
            receipt.message_id,
            receipt.outcome.status,
            receipt.at,
            source,
            receipt.outcome.error_code,
            receipt.outcome.carrier_code,
            receipt.detail,
        )
        for receipt in receipts
    ]
    return advance(connection, tenant_id, news)
