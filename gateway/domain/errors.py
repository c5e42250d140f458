"""The platform's own error codes, and how carriers' codes map to them.

Carrier codes have no meaning across carriers (see 3GPP TS 29.002 and SMPP 3.4 §5.1.3), so the raw code is always kept
beside ours, and a route may bring its own table. The tables here are the usual ones: MAP's common values for `err`.
Titles and advice are in the catalogs under `error_code.<code>.title` and `.advice`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.statuses import Status


@dataclass(frozen=True)
class ErrorCode:
    """`permanent`: trying the same number again cannot help."""

    code: str
    permanent: bool


CATALOGUE: Mapping[str, ErrorCode] = {
    code: ErrorCode(code, permanent)
    for code, permanent in {
        "unknown_subscriber": True,
        "absent_subscriber": False,
        "subscriber_busy": False,
        "barred": True,
        "invalid_destination": True,
        "invalid_sender": True,
        "invalid_validity": True,
        "content_blocked": True,
        "insufficient_balance": False,
        "no_route": True,
        "queue_full": False,
        "throttled": False,
        "submit_failed": False,
        "system_failure": False,
        "validity_expired": False,
        "deleted_by_carrier": False,
        "rejected_by_carrier": False,
        "undeliverable": False,
        "unknown_error": False,
    }.items()
}

MAP_ERRORS: Mapping[int, str] = {
    1: "unknown_subscriber",
    6: "absent_subscriber",
    13: "barred",
    27: "absent_subscriber",
    31: "subscriber_busy",
    34: "system_failure",
}

COMMAND_STATUSES: Mapping[int, str] = {
    0x0A: "invalid_sender",
    0x0B: "invalid_destination",
    0x14: "queue_full",
    0x45: "submit_failed",
    0x58: "throttled",
    0x62: "invalid_validity",
    0xFE: "undeliverable",
    0xFF: "unknown_error",
}

_BY_STAT: Mapping[str, str] = {
    "EXPIRED": "validity_expired",
    "DELETED": "deleted_by_carrier",
    "UNDELIV": "undeliverable",
    "REJECTD": "rejected_by_carrier",
    "UNKNOWN": "unknown_error",
}


@dataclass(frozen=True)
class Outcome:
    """What a carrier's answer means here. `status` None: not an outcome, only recorded."""

    status: Status | None
    error_code: str | None
    carrier_code: str | None


def outcome_of_receipt(stat: str, err: str | None, route: Mapping[int, str] = MAP_ERRORS) -> Outcome:
    """The outcome in an SMPP receipt's `stat` and `err` (decimal text, as carriers write it).

    DELIVRD delivers; EXPIRED expires; DELETED, UNDELIV and REJECTD fail, since the message had been accepted before;
    ACCEPTD, ENROUTE and UNKNOWN say nothing final. A known `err` names the reason, else `stat` does.
    """
    stat = stat.strip().upper()
    number = _number(err)
    carrier_code = None if number == 0 and stat == "DELIVRD" else "/".join(part for part in (stat, err) if part)
    match stat:
        case "DELIVRD":
            return Outcome(Status.DELIVERED, None, carrier_code)
        case "EXPIRED":
            return Outcome(Status.EXPIRED, "validity_expired", carrier_code)
        case "UNDELIV" | "DELETED" | "REJECTD":
            return Outcome(Status.FAILED, route.get(number, _BY_STAT[stat]), carrier_code)
        case _:
            return Outcome(None, None, carrier_code)


def outcome_of_message_state(state: int, err: str | None = None, route: Mapping[int, str] = MAP_ERRORS) -> Outcome:
    """The outcome in SMPP's `message_state` (1…8)."""
    names = ("ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD")
    return outcome_of_receipt(names[state - 1] if 1 <= state <= len(names) else "UNKNOWN", err, route)


def outcome_of_command_status(command_status: int) -> Outcome:
    """The outcome of SMPP's answer to a submission: 0 accepted it (sent, not delivered), anything else rejected it."""
    if command_status == 0:
        return Outcome(Status.SENT, None, None)
    code = COMMAND_STATUSES.get(command_status, "rejected_by_carrier")
    return Outcome(Status.REJECTED, code, f"0x{command_status:08X}")


def _number(err: str | None) -> int:
    text = (err or "").strip()
    return int(text) if text.isascii() and text.isdigit() else -1
