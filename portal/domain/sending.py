"""A message before and just after it is sent: what was written, what it would be, what was accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.domain.money import Money
from portal.domain.statuses import MessageStatus

LONGEST_TEXT = 10_000
"""Characters that can be looked at; how many can be sent, the platform says in parts."""
DOUBLE = frozenset("\f^{}\\[~]|€")
"""What takes two places in a GSM-7 message (3GPP TS 23.038 §6.2.1.1): it stands behind an escape."""
SINGLE = {"GSM-7": 160, "UCS-2": 70}
PART = {"GSM-7": 153, "UCS-2": 67}
"""Units that one message holds, and each part of a longer one beside the header that joins them."""


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """What somebody wrote; ``recipient`` and ``sender_id`` as typed."""

    recipient: str
    sender_id: str
    body: str

    def problems(self) -> dict[str, str]:
        """Field → code of everything that is wrong with it before the platform is asked."""
        fields = {"to": self.recipient, "from": self.sender_id, "body": self.body}
        return {name: "missing" for name, value in fields.items() if not value}


@dataclass(frozen=True, slots=True)
class Part:
    """The characters ``start`` ≤ index < ``end`` go together in one SMS and take ``units``."""

    start: int
    end: int
    units: int


@dataclass(frozen=True, slots=True)
class ForcingCharacter:
    """What is outside the GSM alphabet, from ``index`` on. ``replacement`` None: nothing can stand for it."""

    index: int
    text: str
    replacement: str | None


@dataclass(frozen=True, slots=True)
class PlainVersion:
    """The text with every replacement made."""

    body: str
    segments: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text would be. ``units`` are septets in GSM-7 and UTF-16 units in UCS-2; ``room``: how many more fit the
    last part. ``price`` and ``operator`` are None while nobody knows whom it goes to. ``forcing`` may be cut short;
    ``forcing_count`` is not.
    """

    encoding: str
    units: int
    segments: int
    most_segments: int
    room: int
    parts: tuple[Part, ...]
    forcing: tuple[ForcingCharacter, ...]
    forcing_count: int
    plain: PlainVersion | None
    recipient: str | None
    operator: str | None
    segment_price: Money | None
    price: Money | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """What a text would be; ``wrong``: why there is no price, as the code of a problem, when a recipient was named."""

    preview: Preview
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """Accepted: queued and paid for, not yet delivered."""

    message_id: str
    status: MessageStatus
    segments: int
    encoding: str
    price: Money
