"""What the parsers hand over: a message as a source tells it, and a receipt for one.

Both carry `digest`, a hash of the source's own bytes. It makes ids deterministic: the same line gives the same
message id in every run, so that nothing is ever imported twice. `identified` is False where the source gave the line
nothing of its own, so that two lines that look alike are two messages. `reference` is what a message and its receipts
always share (link and number), `foreign_id` the message centre's id, empty where the log has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(slots=True)
class Submission:
    """A message to a phone. `reference` is empty for sources without receipts.

    `status` is one of the platform's. `segments` is None when they are to be counted from the body; `unicode` says that
    it was sent as UCS-2 whatever its letters. `price` is in the tenant's currency. Times are aware, UTC.
    """

    digest: bytes
    identified: bool
    reference: str
    external_id: str | None
    submitted_at: datetime
    recipient: str
    sender: str
    body: str | None
    status: str
    sent_at: datetime | None = None
    final_at: datetime | None = None
    error_code: str | None = None
    carrier_code: str | None = None
    segments: int | None = None
    unicode: bool = False
    price: Decimal | None = None
    foreign_id: str = ""


@dataclass(slots=True)
class Receipt:
    """What a carrier said about a message. `external_id` is that of its message, or `anonymous_id` is: some links give
    an id with the receipt only. `status` is None when it changes nothing (accepted, buffered).

    `refusal` marks the carrier's refusal at submission: it explains a rejected message and never follows a sending.
    """

    digest: bytes
    identified: bool
    reference: str
    foreign_id: str
    external_id: str
    anonymous_id: str
    at: datetime
    status: str | None
    error_code: str | None
    carrier_code: str | None
    detail: str
    refusal: bool = False


Record = Submission | Receipt
