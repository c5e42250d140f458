"""Messages from phones: what they are, and how the number and keyword that decide whose they are get written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.domain.numbers import InvalidNumber, normalise, to_ascii_digits

BodyEncoding = Literal["text", "binary"]
_NUMBER = re.compile(r"[0-9A-Za-z]{1,20}")
_WORD = re.compile(r"\w+")
LONGEST_KEYWORD = 20


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as a carrier hands it in. `reference` is the carrier's own id of it; `number` is in routed form.

    The body of a binary one is hexadecimal.
    """

    carrier: str
    reference: str
    received_at: datetime
    sender: str
    number: str
    encoding: BodyEncoding
    body: str

    @property
    def word(self) -> str:
        """The first word, as keywords are written; empty for binary messages and texts without letters."""
        return keyword_of(self.body) if self.encoding == "text" else ""


def routed_number(raw: str) -> str:
    """The one form numbers are compared in: ASCII digits (or a name), no `+`. Raises InvalidNumber."""
    text = to_ascii_digits(raw.strip()).replace(" ", "").replace("-", "").removeprefix("+")
    if not _NUMBER.fullmatch(text):
        raise InvalidNumber(f"{raw!r} is not a number messages can be sent to")
    return text.removeprefix("00") or text


def keyword_of(text: str) -> str:
    """The first word of a text in capital letters, however it is written and whatever stands around it."""
    found = _WORD.search(text)
    return found[0].upper()[:LONGEST_KEYWORD] if found is not None else ""


def readable_sender(raw: str) -> str:
    """E.164 where it is a phone number; operators also write from names and short numbers, which stay as they are."""
    try:
        return normalise(raw)
    except InvalidNumber:
        return raw.strip()[:40]
