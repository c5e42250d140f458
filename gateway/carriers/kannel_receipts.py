"""Kannel's receipts: the address it is given for them, signed, and what a call to that address says.

Each message has an address of its own (`dlr-url`). It carries the message's reference and a MAC over it under the
platform's secret, so only somebody who was told the address can report about the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from gateway.carriers.port import Outbound, UnknownReference, parse_reference
from gateway.carriers.receipts import Receipt
from gateway.domain.errors import Outcome, outcome_of_command_status, outcome_of_receipt
from gateway.domain.statuses import Status
from gateway.identity.policy import sealer_of
from gateway.identity.sealing import Sealer
from gateway.settings import GatewaySettings

PATH = "/v1/carriers/kannel/receipts"
PURPOSE = "kannel receipt"
DELIVERED, NOT_DELIVERED, BUFFERED, SUBMITTED, REFUSED = 1, 2, 4, 8, 16
"""The bits of `%d`; a receipt has one of them."""

# Kannel puts in, percent-encoded: type, centre, the centre's own id, its reply, seconds since 1970.
_FILLED_IN = "type=%d&smsc=%i&id=%F&reply=%A&at=%T"
_STAT = re.compile(r"\bstat:\s*(\w{1,10})", re.IGNORECASE)
_ERR = re.compile(r"\berr:\s*(\w{1,10})", re.IGNORECASE)
_TEXT = re.compile(r"\s*\btext:", re.IGNORECASE)
_REFUSAL = re.compile(r"NACK/(0x[0-9a-f]{1,8})\b", re.IGNORECASE)
_REFUSALS_IN_WORDS = {"expired": "validity_expired", "no smsc": "no_route", "retries exceeded": "submit_failed"}
_LONGEST_CODE = 64
_PUNCTUAL = timedelta(seconds=10)


class ForgedReceipt(ValueError):
    """The call does not carry the MAC that belongs to its reference."""


@dataclass(frozen=True)
class ReceiptAddress:
    """Makes and checks the addresses for receipts. `base` is where Kannel reaches the gateway, without a slash."""

    base: str
    sealer: Sealer = field(repr=False)

    @classmethod
    def from_settings(cls, settings: GatewaySettings) -> ReceiptAddress:
        own = settings.kannel_callback_url or f"http://127.0.0.1:{settings.port}"
        return cls(own, sealer_of(settings))

    def url_for(self, message: Outbound) -> str:
        """The `dlr-url` of a message."""
        reference = message.reference
        signed = urlencode({"reference": reference, "mac": self.sealer.mac(PURPOSE, reference)})
        return f"{self.base}{PATH}?{signed}&{_FILLED_IN}"

    def message_of(self, reference: str, mac: str) -> tuple[UUID, UUID]:
        """(tenant id, message id) of a genuine reference. Raises ForgedReceipt."""
        if not self.sealer.check_mac(PURPOSE, reference, mac):
            raise ForgedReceipt
        try:
            return parse_reference(reference)
        except UnknownReference:
            raise ForgedReceipt from None


def receipt_of(message_id: UUID, kind: int, reply: str, centre: str, centre_id: str, at: str, now: datetime) -> Receipt:
    """The receipt in Kannel's values: `kind` is `%d`, `reply` `%A`, `at` `%T`; `now` is when the call came."""
    words = _TEXT.split(reply, maxsplit=1)[0].strip()[:200]
    told = "; ".join(part for part in (f"{centre}/{centre_id}".strip("/"), words) if part)
    return Receipt(message_id, outcome_of(kind, reply), moment_of(at, now), _printable(told) or None)


def outcome_of(kind: int, reply: str) -> Outcome:
    """The type decides the status, the reply explains it.

    A refusal by the centre comes after Kannel had accepted the message, so here it is a failure. A type that Kannel
    does not have is no outcome.
    """
    if kind == REFUSED:
        return _refused(reply)
    stat, err = _STAT.search(reply), _ERR.search(reply)
    said = outcome_of_receipt(stat[1] if stat else "", err[1] if err else None)
    code = said.carrier_code[:_LONGEST_CODE] if said.carrier_code else None
    if kind == DELIVERED:
        return Outcome(Status.DELIVERED, None, code)
    if kind == NOT_DELIVERED:
        status = Status.EXPIRED if said.status is Status.EXPIRED else Status.FAILED
        return Outcome(status, said.error_code or "undeliverable", code)
    if kind == SUBMITTED:
        return Outcome(Status.SENT, None, None)
    return Outcome(None, None, code)


def _refused(reply: str) -> Outcome:
    found = _REFUSAL.match(reply)
    if found is not None:
        said = outcome_of_command_status(int(found[1], 16) or 0xFF)
        return Outcome(Status.FAILED, said.error_code, said.carrier_code)
    words = _printable(reply.removeprefix("NACK/")).strip()
    code = _REFUSALS_IN_WORDS.get(words.lower(), "rejected_by_carrier")
    status = Status.EXPIRED if code == "validity_expired" else Status.FAILED
    return Outcome(status, code, words[:_LONGEST_CODE] or None)


def moment_of(at: str, now: datetime) -> datetime:
    """When it happened. Kannel repeats calls that failed for a day: then its own time, in whole seconds, is the better
    one."""
    if at.isascii() and at.isdigit() and len(at) <= 11:
        moment = datetime.fromtimestamp(int(at), UTC)
        if timedelta(days=-30) < moment - now < -_PUNCTUAL:
            return moment
    return now


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
