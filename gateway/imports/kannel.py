"""Kannel's access log: what bearerbox writes for every message and receipt.

A line of the default layout is::

    2026-11-21 03:53:39 Sent SMS [SMSC:mno1] [SVC:acme] [ACT:a] [BINF:] [FID:0001] [META:] [from:INFO] [to:93700000141]
    [flags:-1:0:-1:-1:31] [msg:5:Hello] [udh:0:]

Nothing in it is escaped, so a `]` in a text looks like the end of a field: texts are taken by the length the log
states. That length counts the bytes of the message; with coding 1 and 2 the log shows two hexadecimal digits a byte.
For other texts Kannel writes UTF-8 with every byte it cannot print as a dot; those characters are lost.

A receipt's type is the fifth of the flags: 1 delivered, 2 not delivered, 4 buffered, 8 accepted by the message
centre, 16 refused by it. Several of them can be given for one message, in any order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b

from gateway.domain.errors import outcome_of_command_status, outcome_of_receipt
from gateway.domain.statuses import Status
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Receipt, Record, Submission

#: Events of a message to a phone, with the status each leaves it in.
SUBMISSION_STATUS = {
    b"Sent SMS": "sent",
    b"REJECTED Send SMS": "rejected",
    b"DISCARDED SMS": "rejected",
    b"FAILED Send SMS": "rejected",
    b"EXPIRED SMS": "rejected",
}
#: Why a message was not sent, until a refusal says it better.
_UNSENT_ERROR = {
    b"REJECTED Send SMS": "rejected_by_carrier",
    b"DISCARDED SMS": "submit_failed",
    b"FAILED Send SMS": "submit_failed",
    b"EXPIRED SMS": "validity_expired",
}
_REFUSAL_ERROR = {"no smsc": "no_route", "retries exceeded": "submit_failed"}
_MARKERS = (b"Log begins", b"Log ends")
_HEX_CODINGS = (1, 2)
_MAX_REPLY = 400

_HEAD = re.compile(rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:\[[^\]]*\] )?([A-Za-z][A-Za-z -]*?) ?(?=\[|$)")
# The usual line, with no bracket inside a field: three times as fast as looking at each field.
_USUAL = re.compile(
    rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Za-z][A-Za-z -]*?) \[SMSC:([^\]]*)\] \[SVC:([^\]]*)\] \[ACT:([^\]]*)\]"
    rb" \[BINF:[^\]]*\] \[FID:([^\]]*)\] \[META:[^\]]*\] \[from:([^\]]*)\] \[to:([^\]]*)\]"
    rb" \[flags:-?\d{1,9}:(-?\d{1,9}):-?\d{1,9}:-?\d{1,9}:(-?\d{1,9})\] \[msg:(\d{1,9}):"
)
_NO_HEADER = b"] [udh:0:]"
_FIELD = re.compile(rb"\[(\w+):")
_FIELD_END = re.compile(rb"\](?: \[(?:SMSC|SVC|ACT|BINF|FID|META|from|to|flags|msg|udh):|$)")
_LENGTH = re.compile(rb"(\d{1,9}):")
_FLAGS = re.compile(rb"(-?\d{1,9}):(-?\d{1,9}):(-?\d{1,9}):(-?\d{1,9}):(-?\d{1,9})")
_RECEIPT_STAT = re.compile(r"\bstat:\s*(\w{1,10})", re.IGNORECASE)
_RECEIPT_ERR = re.compile(r"\berr:\s*(\w{1,10})", re.IGNORECASE)
_RECEIPT_TEXT = re.compile(r"\s*\btext:", re.IGNORECASE)
_REFUSAL = re.compile(r"NACK/(?:(0x[0-9A-Fa-f]{1,8})(?:/(.*))?$|(.*))", re.DOTALL)
_DIALLED = re.compile(r"(?:\+|00)?([1-9]\d{5,14})")
_NATIONAL = re.compile(r"0(7\d{8})")


@dataclass(slots=True)
class LogLine:
    """The fields of one line. `text` is what the log shows; `length` is the message's size in bytes, -1 if unknown."""

    at: datetime
    event: bytes
    smsc: bytes = b""
    service: bytes = b""
    account: bytes = b""
    foreign_id: bytes = b""
    sender: bytes = b""
    recipient: bytes = b""
    coding: int = -1
    receipt_type: int = -1
    length: int = 0
    text: bytes = b""
    udh: bytes = b""


class Clock:
    """Reads the log's `YYYY-MM-DD HH:MM:SS` in the zone it was written in; remembers the last one."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._stamp = b""
        self._at = datetime.min.replace(tzinfo=UTC)

    def read(self, stamp: bytes) -> datetime:
        """The moment in UTC. Raises `Rejected` when it is not one."""
        if stamp != self._stamp:
            self._at = self.moment(stamp, self.zone)
            self._stamp = stamp
        return self._at

    @staticmethod
    def moment(stamp: bytes, zone: tzinfo) -> datetime:
        """The moment a stamp names in a zone, in UTC."""
        try:
            parts = [int(part) for part in (stamp[:4], stamp[5:7], stamp[8:10], stamp[11:13], stamp[14:16], stamp[17:])]
            year, month, day, hour, minute, second = parts
            at = datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Rejected(Reason.BAD_TIME, stamp.decode("ascii", "replace")) from error
        return plausible(at)


def plausible(at: datetime) -> datetime:
    """The moment itself, if text messages were sent then: a year outside this century is a fault of the file."""
    if not 2000 <= at.year <= 2099:
        raise Rejected(Reason.BAD_TIME, f"year {at.year}")
    return at


def parse_default(line: bytes, clock: Clock) -> LogLine:
    """Read a line of the default layout; its bracketed fields may come in any order. Raises `Rejected`."""
    usual = _read_usual(line, clock)
    if usual is not None:
        return usual
    head = _HEAD.match(line)
    if head is None:
        raise Rejected(Reason.UNREADABLE)
    if line.find(b"[", head.end(1)) < 0:
        raise Rejected(Reason.LOG_MARKER if head[2] in _MARKERS else Reason.UNREADABLE)
    found = LogLine(clock.read(head[1]), head[2])
    position = head.end()
    size = len(line)
    seen: set[bytes] = set()
    while position < size:
        field = _FIELD.match(line, position)
        if field is None:
            raise Rejected(Reason.UNREADABLE, f"column {position + 1}")
        name, begin = field[1], field.end()
        if name in (b"msg", b"udh"):
            length = _LENGTH.match(line, begin)
            if length is None:
                raise Rejected(Reason.UNREADABLE, f"{name.decode()} has no length")
            end = _measured_end(line, length.end(), int(length[1]), always_hex=name == b"udh")
            value = line[length.end() : end]
            if name == b"msg":
                found.length, found.text = int(length[1]), value
            else:
                found.udh = value
        else:
            closing = _FIELD_END.search(line, begin)
            if closing is None:
                raise Rejected(Reason.TRUNCATED)
            end = closing.start()
            _assign(found, name, line[begin:end])
        seen.add(name)
        position = end + 2
    if not seen >= {b"SMSC", b"FID", b"from", b"to", b"flags", b"msg"}:
        raise Rejected(Reason.TRUNCATED)
    return found


def _read_usual(line: bytes, clock: Clock) -> LogLine | None:
    usual = _USUAL.match(line)
    if usual is None or not line.endswith(_NO_HEADER):
        return None
    length, text = int(usual[11]), line[usual.end() : -len(_NO_HEADER)]
    if len(text) not in (length, 2 * length):
        return None
    smsc, service, account, foreign_id, sender, recipient = usual.groups()[2:8]
    return LogLine(
        clock.read(usual[1]), usual[2], smsc, service, account, foreign_id, sender, recipient,
        int(usual[9]), int(usual[10]), length, text,
    )  # fmt: skip


def _measured_end(line: bytes, begin: int, length: int, *, always_hex: bool) -> int:
    """Where a text of a stated length ends. The flags may come after it, so both ways of showing it are tried."""
    for shown in (2 * length,) if always_hex else (length, 2 * length):
        end = begin + shown
        if line[end : end + 1] == b"]" and line[end + 1 : end + 3] in (b"", b" ["):
            return end
    if begin + length > len(line):
        raise Rejected(Reason.TRUNCATED)
    raise Rejected(Reason.LENGTH_MISMATCH)


def _assign(found: LogLine, name: bytes, value: bytes) -> None:
    if name == b"SMSC":
        found.smsc = value
    elif name == b"SVC":
        found.service = value
    elif name == b"ACT":
        found.account = value
    elif name == b"FID":
        found.foreign_id = value
    elif name == b"from":
        found.sender = value
    elif name == b"to":
        found.recipient = value
    elif name == b"flags":
        flags = _FLAGS.fullmatch(value)
        if flags is None:
            raise Rejected(Reason.BAD_NUMBER, "flags")
        found.coding, found.receipt_type = int(flags[2]), int(flags[5])


class KannelParser:
    """Turns log lines into records.

    `layout` reads the fields out of a line (`parse_default`, or a compiled `access-log-format`); `services` are the
    service users whose lines are wanted, all when empty.
    """

    def __init__(
        self,
        clock: Clock,
        services: Collection[str] = (),
        layout: Callable[[bytes, Clock], LogLine] = parse_default,
    ) -> None:
        self._clock = clock
        self._services = frozenset(service.encode() for service in services)
        self._layout = layout

    def parse(self, line: bytes) -> Record:
        """The record on a line. Raises `Rejected` and nothing else."""
        if not line.strip():
            raise Rejected(Reason.EMPTY_LINE)
        if b"\0" in line:
            raise Rejected(Reason.NUL_BYTE)
        found = self._layout(line, self._clock)
        event = found.event
        if self._services and found.service and found.service not in self._services:
            raise Rejected(Reason.OTHER_SERVICE, _text(found.service))
        status = SUBMISSION_STATUS.get(event)
        if status is not None:
            return _submission(found, status, line)
        if event == b"Receive DLR":
            return _receipt(found, line)
        if event.endswith(b"DLR"):
            raise Rejected(Reason.ORPHAN_RECEIPT)
        if event.startswith((b"Receive SMS", b"REJECTED Receive", b"DROPPED Received", b"FAILED Receive")):
            raise Rejected(Reason.INBOUND_MESSAGE)
        if event in _MARKERS:
            raise Rejected(Reason.LOG_MARKER)
        raise Rejected(Reason.UNKNOWN_EVENT, _text(event))


def _submission(found: LogLine, status: str, line: bytes) -> Submission:
    smsc, foreign_id, recipient = _text(found.smsc), _text(found.foreign_id), dialled(_text(found.recipient))
    sent = status == "sent"
    if found.length not in (-1, len(found.text) // 2 if found.coding in _HEX_CODINGS else len(found.text)):
        raise Rejected(Reason.LENGTH_MISMATCH)
    return Submission(
        digest=_digest(line),
        identified=bool(foreign_id),
        reference=f"{smsc}/{recipient}",
        foreign_id=foreign_id,
        external_id=external_id(smsc, foreign_id, recipient),
        submitted_at=found.at,
        recipient=recipient,
        sender=checked_sender(_text(found.sender)),
        body=_body(found),
        status=status,
        sent_at=found.at if sent else None,
        final_at=None if sent else found.at,
        error_code=_UNSENT_ERROR.get(found.event),
        segments=1 if found.udh else None,
        unicode=found.coding == 2,
    )


def _receipt(found: LogLine, line: bytes) -> Receipt:
    smsc, foreign_id, recipient = _text(found.smsc), _text(found.foreign_id), dialled(_text(found.recipient))
    reply = _text(found.text)
    kind = found.receipt_type
    said = _RECEIPT_TEXT.split(reply, maxsplit=1)[0][:_MAX_REPLY]
    status, error_code, carrier_code = _verdict(kind, reply)
    return Receipt(
        digest=_digest(line),
        identified=bool(foreign_id),
        reference=f"{smsc}/{recipient}",
        foreign_id=foreign_id,
        external_id=external_id(smsc, foreign_id, recipient),
        anonymous_id=external_id(smsc, "", recipient),
        at=found.at,
        status=status,
        error_code=error_code,
        carrier_code=carrier_code[:64] if carrier_code else None,
        detail=f"type {kind}: {said}" if said else f"type {kind}",
        refusal=kind == 16,
    )


def _verdict(kind: int, reply: str) -> tuple[str | None, str | None, str | None]:
    """Status, error code and carrier code of a receipt. The type decides the status, the reply explains it."""
    if kind == 16:
        return _refused(reply)
    if kind not in (1, 2, 4, 8):
        raise Rejected(Reason.UNKNOWN_RECEIPT_TYPE, str(kind))
    stat, err = _RECEIPT_STAT.search(reply), _RECEIPT_ERR.search(reply)
    outcome = outcome_of_receipt(stat[1] if stat else "", err[1] if err else None)
    if kind == 1:
        return "delivered", None, outcome.carrier_code
    if kind == 2:
        status = "expired" if outcome.status is Status.EXPIRED else "failed"
        return status, outcome.error_code or "unknown_error", outcome.carrier_code
    return None, None, outcome.carrier_code


def _refused(reply: str) -> tuple[str, str | None, str | None]:
    refusal = _REFUSAL.match(reply)
    if refusal is None:
        return "rejected", None, reply or None
    if refusal[1]:
        outcome = outcome_of_command_status(int(refusal[1], 16) or 0xFF)
        return "rejected", outcome.error_code, outcome.carrier_code
    return "rejected", _REFUSAL_ERROR.get(refusal[3].lower()), refusal[3] or None


def external_id(smsc: str, foreign_id: str, recipient: str) -> str:
    """How a message from a log is named outside: by the message centre's id, without one by its number."""
    return f"{smsc}/{foreign_id}" if foreign_id else f"{smsc}//{recipient}"


def _body(found: LogLine) -> str:
    if found.coding == 2:
        try:
            text = bytes.fromhex(found.text.decode("ascii")).decode("utf-16-be")
        except ValueError as error:
            raise Rejected(Reason.BAD_TEXT) from error
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return _text(found.text)


def dialled(number: str) -> str:
    """The number in E.164. Raises `Rejected` when it is none."""
    trimmed = number.strip().replace(" ", "")
    found = _DIALLED.fullmatch(trimmed)
    if found is not None and not (trimmed.startswith("00") and len(found[1]) < 8):
        return f"+{found[1]}"
    national = _NATIONAL.fullmatch(trimmed)
    if national is not None:
        return f"+93{national[1]}"
    raise Rejected(Reason.BAD_RECIPIENT, number[:40])


def checked_sender(sender: str) -> str:
    """The sender as it stands, if there is one of a length a phone could show."""
    if not sender.strip() or len(sender) > 32:
        raise Rejected(Reason.BAD_SENDER, sender[:40])
    return sender


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Rejected(Reason.BAD_ENCODING) from error


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=16).digest()
