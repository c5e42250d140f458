"""Reading the platform's JSON: what is missing or of the wrong kind is an answer that cannot be used.

Unknown fields are ignored, so that the platform may add some.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.domain.errors import UpstreamUnavailable
from portal.domain.money import Money
from portal.domain.statuses import MessageStatus

Json = Mapping[str, Any]
_MOST = 2**63 - 1


class Malformed(ValueError):
    """A field that is not what it should be; never leaves the clients."""


@contextmanager
def answer() -> Iterator[None]:
    """Turns anything wrong with an answer into UpstreamUnavailable."""
    try:
        yield
    except (Malformed, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UpstreamUnavailable(f"answer not understood: {type(error).__name__} {error}"[:200]) from error


def text(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("text expected")
    return value


def maybe_text(value: object) -> str | None:
    return None if value is None or value == "" else text(value)


def integer(value: object) -> int:
    """A whole number of at most 64 bits: what is longer, nothing on a page can reckon with."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST <= value <= _MOST:
        raise Malformed("whole number expected")
    return value


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Malformed("number expected")
    return value


def maybe_number(value: object) -> float | None:
    return None if value is None else number(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Malformed("true or false expected")
    return value


def money(value: object) -> Money:
    """``{"amount": "12.3400", "currency": "AFN"}``."""
    fields = mapping(value)
    try:
        amount = Decimal(text(fields["amount"]))
    except InvalidOperation:
        raise Malformed("decimal expected") from None
    if not amount.is_finite():
        raise Malformed("decimal expected")
    return Money(amount, text(fields["currency"]))


def maybe_money(value: object) -> Money | None:
    return None if value is None else money(value)


def instant(value: object) -> dt.datetime:
    """RFC 3339 with an offset, as UTC."""
    moment = dt.datetime.fromisoformat(text(value))
    if moment.tzinfo is None:
        raise Malformed("instant without offset")
    return moment.astimezone(dt.UTC)


def maybe_instant(value: object) -> dt.datetime | None:
    return None if value is None else instant(value)


def day(value: object) -> dt.date:
    return dt.date.fromisoformat(text(value))


def status(value: object) -> MessageStatus:
    return MessageStatus(text(value))


def status_counts(value: object) -> dict[MessageStatus, int]:
    """All eight statuses; one that the platform leaves out is 0."""
    fields = mapping(value)
    return {known: integer(fields.get(known, 0)) for known in MessageStatus}


def mapping(value: object) -> Json:
    if not isinstance(value, dict):
        raise Malformed("object expected")
    return value


def items(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed("list expected")
    return value
