"""Message ids: deterministic, ordered by time, and telling the month their message lies in.

The layout is UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then bits of a hash instead of random ones, so
the same message imported twice has the same id. The API writes them as `msg_` and 26 characters of Crockford's base 32.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

PREFIX = "msg_"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PLACES = range(120, -1, -10)
"""Where two symbols' bits begin, of thirteen pairs: a page of the log writes fifty ids."""

_VALUES = {symbol: value for value, symbol in enumerate(_ALPHABET)}
# Crockford's reading aid: what people mistake for digits is read as the digit.
_FORGIVING = str.maketrans("ILO", "110")
_TEXT = re.compile(r"msg_([0-7][0-9A-HJKMNP-TV-Z]{25})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION_AND_VARIANT = (7 << 76) | (0b10 << 62)
_HASHED = ((1 << 76) - 1) & ~(0b11 << 62)


class InvalidMessageId(ValueError):
    """The text is not a message id."""


def message_id(tenant_id: UUID, submitted_at: datetime, source: str, external_id: str) -> UUID:
    """The id of the message that `source` calls `external_id`, submitted at `submitted_at` (aware, read to the ms).

    Raises ValueError for a time before 1970 or without a zone.
    """
    name = b"\0".join((source.encode(), external_id.encode()))
    digest = blake2b(name, digest_size=10, key=tenant_id.bytes).digest()
    return _build(_milliseconds(submitted_at), int.from_bytes(digest))


def new_message_id(submitted_at: datetime) -> UUID:
    """A fresh id for a message that has no name outside."""
    return _build(_milliseconds(submitted_at), int.from_bytes(os.urandom(10)))


def new_message_ids(submitted_at: datetime, count: int) -> list[UUID]:
    """Fresh ids for messages of one moment, in the order in which they stand in the log."""
    milliseconds, noise = _milliseconds(submitted_at), os.urandom(10 * count)
    return sorted(_build(milliseconds, int.from_bytes(noise[start : start + 10])) for start in range(0, 10 * count, 10))


def submitted_at_of(message_id: UUID) -> datetime:
    """The time of submission an id holds (UTC, to the ms): with it a message is found in one partition."""
    return _EPOCH + (message_id.int >> 80) * _MILLISECOND


def to_milliseconds(moment: datetime) -> datetime:
    """`moment` in UTC without the part below a millisecond: as it is stored."""
    return _EPOCH + ((moment - _EPOCH) // _MILLISECOND) * _MILLISECOND


def encode(message_id: UUID) -> str:
    """The API's text form."""
    number = message_id.int
    return PREFIX + "".join([_PAIRS[number >> place & 1023] for place in _PLACES])


def decode(text: str) -> UUID:
    """The id written as `text`; small letters and I, L, O for 1, 1, 0 are understood. Raises InvalidMessageId."""
    head, tail = text[: len(PREFIX)].lower(), text[len(PREFIX) :].upper().translate(_FORGIVING)
    if not text.isascii() or not _TEXT.fullmatch(head + tail):
        raise InvalidMessageId("a message id is msg_ and 26 letters and digits")
    number = 0
    for symbol in tail:
        number = number << 5 | _VALUES[symbol]
    return UUID(int=number)


def _milliseconds(moment: datetime) -> int:
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError(f"{moment.isoformat()} is outside the times a message id can hold")
    return milliseconds


def _build(milliseconds: int, noise: int) -> UUID:
    return UUID(int=milliseconds << 80 | _VERSION_AND_VARIANT | noise & _HASHED)
