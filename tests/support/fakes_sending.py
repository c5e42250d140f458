"""Sending without a platform: counted as the platform counts, and nothing leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.domain import numbers, replacements, segments
from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, PortalError
from portal.domain.money import Money
from portal.domain.sending import ForcingCharacter, MessageDraft, Part, PlainVersion, Preview, SentMessage
from portal.domain.statuses import MessageStatus

EACH = Decimal("0.3500")
MESSAGE_ID = "msg_00000000000000000000000000"
"""The newest of :class:`tests.support.fakes.FakeMessages`, so that what was sent can be followed."""


@dataclass
class FakeSending:
    """``error`` is raised by every call, ``failing`` by sending alone. What was sent is in ``sent``, by key."""

    error: PortalError | None = None
    failing: PortalError | None = None
    sent: dict[tuple[str, MessageDraft], MessageDraft] = field(default_factory=dict)
    previews: int = 0

    def preview(self, recipient: str | None, body: str, *, actor: Actor) -> Preview:
        self.previews += 1
        if self.error is not None:
            raise self.error
        to = _number(recipient) if recipient is not None else None
        counted, divided, forcing = segments.segment(body), segments.parts(body), replacements.forcing(body)
        plain = replacements.in_gsm(body, forcing) if forcing else None
        capacity = (segments.SINGLE if counted.segments == 1 else segments.PART)[counted.encoding]
        return Preview(
            encoding=counted.encoding,
            units=counted.units,
            segments=counted.segments,
            most_segments=10,
            room=capacity - divided[-1].units,
            parts=tuple(Part(part.start, part.end, part.units) for part in divided),
            forcing=tuple(ForcingCharacter(each.index, each.text, each.replacement) for each in forcing[:50]),
            forcing_count=len(forcing),
            plain=None if plain is None else PlainVersion(plain, segments.segment(plain).segments),
            recipient=to,
            operator=numbers.operator_of(to)[0] if to else None,
            segment_price=Money(EACH, "AFN") if to else None,
            price=Money(EACH * counted.segments, "AFN") if to else None,
        )

    def send(self, draft: MessageDraft, *, idempotency_key: str, actor: Actor) -> SentMessage:
        failure = self.error or self.failing
        if failure is not None:
            raise failure
        _number(draft.recipient)
        counted = segments.segment(draft.body)
        self.sent.setdefault((idempotency_key, draft), draft)
        price = Money(EACH * counted.segments, "AFN")
        return SentMessage(MESSAGE_ID, MessageStatus.QUEUED, counted.segments, counted.encoding, price)


def _number(text: str) -> str:
    try:
        return numbers.normalise(text)
    except numbers.InvalidNumber:
        raise InvalidInput(codes={"to": "phone_number"}) from None
