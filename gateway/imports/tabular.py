"""Messages as rows: the columns that CSV and Parquet files share, and how a row becomes a message.

====================  ========  ==================================================================================
column                required  holds
====================  ========  ==================================================================================
external_id           no        the source's own id; a row without one is identified by its contents
to                    yes       recipient, with or without `+`
from                  yes       sender id
body                  no        text; without it the segments must be given or count as one
submitted_at          yes       ISO 8601; a time without an offset is in the zone of the file
status                yes       queued, held, sent, delivered, failed, expired, rejected or blocked
sent_at, final_at     no        ISO 8601
error_code            no        the platform's error code
carrier_code          no        the carrier's own code
segments              no        1 to 255
price                 no        what the message cost, in the tenant's currency
====================  ========  ==================================================================================

The order of the columns does not matter and others are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from hashlib import blake2b

from gateway.imports.kannel import checked_sender, dialled, plausible
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Submission

COLUMNS = (
    "external_id",
    "to",
    "from",
    "body",
    "submitted_at",
    "status",
    "sent_at",
    "final_at",
    "error_code",
    "carrier_code",
    "segments",
    "price",
)
REQUIRED = ("to", "from", "submitted_at", "status")
STATUSES = frozenset({"queued", "held", "sent", "delivered", "failed", "expired", "rejected", "blocked"})
FINAL = frozenset({"delivered", "failed", "expired", "rejected", "blocked"})
_CODE = re.compile(r"[\w .:/()-]{1,64}")
_LIMIT_PRICE = Decimal(1_000_000)


class ColumnsError(ValueError):
    """The file's columns cannot be used at all; the message says what is missing."""


def column_positions(header: Sequence[str]) -> dict[str, int]:
    """Where each known column stands. Raises `ColumnsError` when a required one is missing or one comes twice."""
    names = [name.strip().lower() for name in header]
    doubled = [name for name in COLUMNS if names.count(name) > 1]
    if doubled:
        raise ColumnsError(f"the column {', '.join(doubled)} stands twice in the header")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ColumnsError(f"the header lacks the column {', '.join(missing)}")
    return {name: names.index(name) for name in COLUMNS if name in names}


class RowReader:
    """Turns the values of a row into a message; `zone` is that of times that state none."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone

    def read(self, row: Mapping[str, object]) -> Submission:
        """The message of a row. Raises `Rejected`."""
        for name in REQUIRED:
            if _blank(row.get(name)):
                raise Rejected(Reason.MISSING_VALUE, name)
        status = _string(row["status"], "status").lower()
        if status not in STATUSES:
            raise Rejected(Reason.UNKNOWN_STATUS, status[:40])
        submitted_at = self._time(row["submitted_at"], "submitted_at")
        sent_at = self._optional_time(row.get("sent_at"), "sent_at")
        final_at = self._optional_time(row.get("final_at"), "final_at") if status in FINAL else None
        for name, at in (("sent_at", sent_at), ("final_at", final_at)):
            if at is not None and at < submitted_at:
                raise Rejected(Reason.BAD_TIME, f"{name} is before submitted_at")
        external_id = _optional(row.get("external_id"), "external_id")
        if external_id is not None and len(external_id) > 200:
            raise Rejected(Reason.BAD_NUMBER, "external_id is longer than 200 characters")
        recipient = dialled(_string(row["to"], "to"))
        sender = checked_sender(_string(row["from"], "from"))
        body = None if row.get("body") is None else _string(row["body"], "body")
        error_code = _code(row.get("error_code"), "error_code")
        carrier_code = _code(row.get("carrier_code"), "carrier_code")
        return Submission(
            digest=b"" if external_id is not None else _digest(recipient, sender, body, submitted_at, status, final_at),
            identified=True,
            reference="",
            external_id=external_id,
            submitted_at=submitted_at,
            recipient=recipient,
            sender=sender,
            body=body,
            status=status,
            sent_at=sent_at,
            final_at=final_at,
            error_code=error_code,
            carrier_code=carrier_code,
            segments=_segments(row.get("segments")),
            price=_price(row.get("price")),
        )

    def _optional_time(self, value: object, name: str) -> datetime | None:
        return None if _blank(value) else self._time(value, name)

    def _time(self, value: object, name: str) -> datetime:
        if isinstance(value, datetime):
            at = value
        elif isinstance(value, date):
            raise Rejected(Reason.BAD_TIME, f"{name} is a date without a time")
        else:
            text = _string(value, name)
            if len(text) < 16:
                raise Rejected(Reason.BAD_TIME, f"{name}: {text[:40]}")
            try:
                at = datetime.fromisoformat(text)
            except ValueError as error:
                raise Rejected(Reason.BAD_TIME, f"{name}: {text[:40]}") from error
        if at.tzinfo is not UTC:
            try:
                at = (at if at.tzinfo is not None else at.replace(tzinfo=self._zone)).astimezone(UTC)
            except (ValueError, OverflowError) as error:
                raise Rejected(Reason.BAD_TIME, name) from error
        below = at.microsecond % 1000
        return plausible(at.replace(microsecond=at.microsecond - below) if below else at)


def _digest(*parts: object) -> bytes:
    """What names a row that has no id: its contents."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _string(value: object, name: str) -> str:
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError as error:
            raise Rejected(Reason.BAD_ENCODING, name) from error
    text = value if isinstance(value, str) else str(value)
    if "\0" in text:
        raise Rejected(Reason.NUL_BYTE, name)
    return text if name == "body" else text.strip()


def _optional(value: object, name: str) -> str | None:
    return None if _blank(value) else _string(value, name)


def _code(value: object, name: str) -> str | None:
    code = _optional(value, name)
    if code is not None and _CODE.fullmatch(code) is None:
        raise Rejected(Reason.BAD_NUMBER, f"{name}: {code[:40]}")
    return code


def _segments(value: object) -> int | None:
    if _blank(value):
        return None
    try:
        segments = int(str(value))
    except ValueError as error:
        raise Rejected(Reason.BAD_NUMBER, f"segments: {str(value)[:40]}") from error
    if not 1 <= segments <= 255:
        raise Rejected(Reason.BAD_NUMBER, f"segments: {segments}")
    return segments


def _price(value: object) -> Decimal | None:
    if _blank(value):
        return None
    try:
        price = Decimal(str(value))
        usable = price.is_finite() and 0 <= price < _LIMIT_PRICE
    except InvalidOperation as error:
        raise Rejected(Reason.BAD_NUMBER, f"price: {str(value)[:40]}") from error
    if not usable:
        raise Rejected(Reason.BAD_NUMBER, f"price: {str(value)[:40]}")
    return price.quantize(Decimal("0.0001"))
