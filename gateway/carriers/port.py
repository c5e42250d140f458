"""The one port to carriers: a message goes out through `submit`, what becomes of it comes back as receipts.

An adapter neither touches the message log nor money. It says what happened to one submission, in four words; what
follows from it is decided by the worker (`gateway.jobs.sending`). Receipts come later and from elsewhere (an HTTP call,
a table) and go through `gateway.carriers.receipts.receive_receipts`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gateway.domain.segments import Encoding


class UnknownReference(ValueError):
    """The text is no receipt reference of ours."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message on its way out. `recipient` is E.164; after `expires_at` (aware) it is of no use to its recipient.

    `attempt` counts submissions from 1: more than 1 after `Wait`.
    """

    tenant_id: UUID
    message_id: UUID
    sender_id: str
    recipient: str
    body: str
    encoding: Encoding
    segments: int
    expires_at: datetime
    attempt: int = 1

    @property
    def reference(self) -> str:
        """What the carrier is to repeat in its receipts: 52 capital letters and digits, fit for URLs."""
        return reference_of(self.tenant_id, self.message_id)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took the message; `reference` is the carrier's own name for it, if it told one."""

    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: queue full, throttled, 503, connection refused. It was certainly not taken, and is tried again.

    `seconds` is the least to wait, for this message and for whatever else goes to the carrier.
    """

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: the message is rejected and its price given back. `error_code` is one of the platform's (domain.errors),
    `carrier_code` the carrier's raw one."""

    error_code: str
    carrier_code: str | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """It was on its way and no answer came. Sending it again could deliver it twice, so it counts as sent."""

    reason: str


Submission = Accepted | Wait | Refused | Unsure


class Carrier(Protocol):
    """An adapter. `name` is stored as the source of events; `concurrency` is how many submissions may run at once."""

    name: str
    concurrency: int

    def submit(self, message: Outbound) -> Submission:
        """Hand over one message; called from several threads at once. Returns within 30 seconds and does not raise
        for what can be expected of a network."""
        ...

    def knows(self, message: Outbound) -> bool | None:
        """Did a submission of this message arrive whose answer was lost? None when the carrier cannot tell."""
        ...


def reference_of(tenant_id: UUID, message_id: UUID) -> str:
    """The receipt reference of a message. It names the tenant too: no receipt has to be looked up across tenants."""
    return base64.b32encode(tenant_id.bytes + message_id.bytes).decode("ascii").rstrip("=")


def parse_reference(reference: str) -> tuple[UUID, UUID]:
    """(tenant id, message id) of a receipt reference. Raises UnknownReference for anything else."""
    try:
        raw = base64.b32decode(reference + "=" * (-len(reference) % 8))
    except (binascii.Error, ValueError) as error:
        raise UnknownReference(reference) from error
    if len(raw) != 32:
        raise UnknownReference(reference)
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:])
