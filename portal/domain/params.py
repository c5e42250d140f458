"""Query parameters as a page or the address bar gives them: tolerant reading, one way of writing.

Nothing here raises for what a person can type into an address: a value that cannot be read counts as not given.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs, urlencode

Params = Mapping[str, str | Sequence[str]]
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2100, 12, 31)  # what the platform keeps messages of


def from_search(search: str | None) -> dict[str, list[str]]:
    """``?a=1&a=2`` → ``{"a": ["1", "2"]}``; anything too long or malformed is left out."""
    try:
        return parse_qs((search or "").lstrip("?")[:8_000], max_num_fields=200)
    except ValueError:
        return {}


def to_search(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs as a query string without the ``?``, in the order given; empty values are left out."""
    return urlencode([(name, value) for name, value in pairs if value], safe=":,*")


def many(params: Params, name: str, *, most: int = 50, longest: int = 64) -> tuple[str, ...]:
    """All values of a parameter, trimmed, each once, in the order given: at most ``most``, without overlong ones."""
    raw = params.get(name, ())
    values = [raw] if isinstance(raw, str) else list(raw or ())
    cleaned = (str(value).strip() for value in values)
    usable = dict.fromkeys(value for value in cleaned if value and len(value) <= longest and value.isprintable())
    return tuple(usable)[:most]


def one(params: Params, name: str, *, longest: int = 200) -> str:
    """The first value of a parameter, or an empty string."""
    values = many(params, name, longest=longest)
    return values[0] if values else ""


def ascii_digits(text: str) -> str:
    """``text`` with every decimal digit of any script (۰–۹, ٠–٩ …) as 0–9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def as_date(text: str) -> dt.date | None:
    """``YYYY-MM-DD`` in any digits; None when it is not one, or not of this era."""
    try:
        day = dt.date.fromisoformat(ascii_digits(text)[:10])
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def as_moment(text: str) -> dt.date | dt.datetime | None:
    """A local day (``YYYY-MM-DD``) or an instant (RFC 3339 with an offset)."""
    plain = ascii_digits(text)
    if len(plain) <= 10:
        return as_date(plain)
    try:
        # A "+" of an offset that was not percent-encoded arrives as a blank.
        moment = dt.datetime.fromisoformat(plain.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and EARLIEST <= moment.date() <= LATEST else None


def as_uuid(text: str) -> str | None:
    """A UUID in its usual form; tenants are named so."""
    try:
        return str(uuid.UUID(text)) if text else None
    except ValueError:
        return None


def as_integer(text: str | None, low: int, high: int = 999_999_999) -> int | None:
    """A whole number within bounds, in any digits; of at most nine, so that no browser and no JSON rounds it."""
    plain = ascii_digits(text or "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        return None
    value = int(plain)
    return value if low <= value <= high else None
