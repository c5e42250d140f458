"""The carrier `kannel`: hands messages to the sendsms service of Kannel's smsbox, over HTTP.

What its answers are worth was found out with the real thing (docs/kannel.md). Smsbox answers when bearerbox has the
message in its store. While bearerbox is down smsbox does not listen at all, so a connection that is refused, like a
503, is a message that was certainly not taken. A connection that ends without an answer may be either: when smsbox
dies the message has usually been taken, when bearerbox dies it has not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from gateway.carriers.kannel_receipts import ReceiptAddress
from gateway.carriers.port import Accepted, Outbound, Refused, Submission, Unsure, Wait
from gateway.domain.segments import parts
from gateway.settings import GatewaySettings, SettingsError

NAME = "kannel"
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 20.0
PROBE_SECONDS = 2.0
BUSY_SECONDS = 1.0
ABSENT_SECONDS = 2.0
MISCONFIGURED_SECONDS = 30.0
"""How long to leave Kannel alone when it does not know us: only its operator or ours can change that."""

RECEIPT_MASK = 1 | 2 | 4 | 16
"""Delivered, not delivered, buffered, refused by the centre. "Submitted" (8) would tell what Kannel's answer told."""

_CODINGS = {"GSM-7": "0", "UCS-2": "2"}
_TAKEN = ("0:", "3:", "Sent.")
_WRONG_SENDER = "sender missing"
_DENIED_NUMBER = ("denied by", "receiver number")


@dataclass(frozen=True)
class Kannel:
    """`url` is smsbox's sendsms; `smsc_id` the centre to use when Kannel is not to choose."""

    url: str
    username: str
    password: str = field(repr=False)
    receipts: ReceiptAddress
    smsc_id: str | None = None

    name = NAME
    concurrency = 8

    @classmethod
    def from_settings(cls, settings: GatewaySettings) -> Kannel:
        """Raises SettingsError when one that this carrier needs is missing."""
        return cls(
            url=_required("GATEWAY_KANNEL_URL", settings.kannel_url),
            username=_required("GATEWAY_KANNEL_USERNAME", settings.kannel_username),
            password=_required("GATEWAY_KANNEL_PASSWORD", settings.kannel_password),
            receipts=ReceiptAddress.from_settings(settings),
            smsc_id=settings.kannel_smsc,
        )

    def submit(self, message: Outbound) -> Submission:
        if not (message.sender_id.isascii() and message.sender_id.isprintable()):
            return Refused("invalid_sender", "not ASCII")
        pieces = _pieces(message.body)
        said = self._hand_over(message.body if not pieces else pieces[0], self._headers(message, pieces, 1))
        if not isinstance(said, Accepted) or len(pieces) < 2:
            return said
        end = time.monotonic() + ANSWER_SECONDS / 2
        for place, piece in enumerate(pieces[1:], start=2):
            headers = self._headers(message, pieces, place)
            while isinstance(said := self._hand_over(piece, headers), Wait) and time.monotonic() < end:
                time.sleep(min(said.seconds, BUSY_SECONDS))
            if not isinstance(said, Accepted):
                return Unsure(f"Kannel took {place - 1} of {len(pieces)} parts")
        return said

    def knows(self, message: Outbound) -> bool | None:
        return None  # sendsms has no question for it, and no id of ours that it would know again

    def problem(self) -> str | None:
        """Why nothing can be sent now, in a sentence; None when Kannel answers and knows us."""
        try:
            answer = self._post(b"", self._credentials(), PROBE_SECONDS)
        except requests.RequestException as error:
            return f"Kannel does not answer at {self.url} ({type(error).__name__})"
        # Without a recipient nothing is sent: 400 says that everything before that was right.
        if answer.status_code == 400:
            return None
        return f"Kannel answers {answer.status_code} {_shortened(answer.text)!r}: look at its address and credentials"

    def _credentials(self) -> dict[str, str]:
        # In headers, not in the address: addresses are written to logs.
        return {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": self.username,
            "X-Kannel-Password": self.password,
            # A kept connection that Kannel closes meanwhile would look like a submission without an answer.
            "Connection": "close",
        }

    def _headers(self, message: Outbound, pieces: Sequence[str], place: int) -> dict[str, str]:
        minutes = int((message.expires_at - datetime.now(UTC)).total_seconds() // 60)
        headers = self._credentials() | {
            "X-Kannel-From": message.sender_id,
            "X-Kannel-To": message.recipient.removeprefix("+"),
            "X-Kannel-Coding": _CODINGS[message.encoding],
            "X-Kannel-Validity": str(max(minutes, 1)),
        }
        if self.smsc_id:
            headers["X-Kannel-SMSC"] = self.smsc_id
        if place == 1:  # as Kannel itself does: the first part reports for all
            headers |= {"X-Kannel-DLR-Mask": str(RECEIPT_MASK), "X-Kannel-DLR-Url": self.receipts.url_for(message)}
        if pieces:
            # TS 23.040 §9.2.3.24.1: length, "concatenated", length, reference, parts, this part
            header = bytes((5, 0, 3, message.message_id.bytes[-1], len(pieces), place))
            headers["X-Kannel-UDH"] = header.hex()
        return headers

    def _hand_over(self, text: str, headers: dict[str, str]) -> Submission:
        try:
            answer = self._post(text.encode(), headers)
        except requests.RequestException as error:
            return _without_answer(error)
        return _meaning(answer.status_code, answer.text.strip())

    def _post(self, body: bytes, headers: dict[str, str], seconds: float = ANSWER_SECONDS) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False  # Kannel is a neighbour: no proxy of the environment leads to it
            return session.post(
                self.url,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
            )


def _pieces(text: str) -> list[str]:
    """The parts of a long text that Kannel must not divide itself; empty when it may.

    It divides as we do, with one exception: UCS-2 is cut after 134 bytes even in the middle of a surrogate pair, which
    phones show as two broken characters, and which can make it one part fewer than was counted and paid.
    """
    if not text or max(text) <= "\uffff":
        return []
    divided = parts(text)
    return [text[part.start : part.end] for part in divided] if len(divided) > 1 else []


def _required(name: str, value: str | None) -> str:
    if value is None:
        raise SettingsError(name, "is needed when GATEWAY_CARRIER is kannel")
    return value


def _without_answer(error: requests.RequestException) -> Submission:
    cause: Any = error.args[0] if error.args else None
    never_connected = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    if never_connected or isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return Wait(ABSENT_SECONDS, "Kannel does not answer")
    return Unsure(f"Kannel gave no answer ({type(error).__name__})")


def _meaning(status: int, text: str) -> Submission:
    """What an answer of sendsms says. 4xx are judged before anything is taken."""
    shown = _shortened(text)
    match status:
        case _ if 200 <= status < 300:
            return Accepted() if text.startswith(_TAKEN) else Unsure(f"Kannel answered {status} {shown}")
        case 503:
            return Wait(BUSY_SECONDS, f"Kannel is busy: {shown}")
        case 403 if "not routable" in text.lower():
            return Refused("no_route", f"403 {shown}")
        case 400 if _WRONG_SENDER in text.lower():
            return Refused("invalid_sender", f"400 {shown}")
        case 400 if any(words in text.lower() for words in _DENIED_NUMBER):
            return Refused("invalid_destination", f"400 {shown}")
        case 400:
            return Refused("rejected_by_carrier", f"400 {shown}")
        case _ if status < 500:
            # Wrong credentials or address: that is no reason to reject what customers send.
            return Wait(MISCONFIGURED_SECONDS, f"Kannel refuses the gateway: {status} {shown}")
        case _:
            return Unsure(f"Kannel answered {status} {shown}")


def _shortened(text: str) -> str:
    return " ".join(text.split())[:60]
