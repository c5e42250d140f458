"""Whether a PDF is still what this platform signed: asked of another process (`checking`), some at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Literal, TypedDict

import orjson
from cryptography.hazmat.primitives import hashes

from gateway.signing.signer import LARGEST, Known

LONGEST_SECONDS = 15
PATIENCE_SECONDS = 2.0
State = Literal["intact", "extended", "changed", "not_signed", "not_pdf", "unreadable"]
SignerKind = Literal["platform", "development", "foreign"]
MARK = b"%PDF-"
_MARK_WITHIN = 1024
_PROGRAM = Path(__file__).with_name("checking.py")
_places = BoundedSemaphore(2)


class _About(TypedDict):
    sha256: str
    size: int


class TooBusy(RuntimeError):
    """So many files are being looked at, or so much else is done, that this one would have to wait."""


@dataclass(frozen=True)
class Verdict:
    """What stands in a file, and nothing else.

    `state`: "intact" (signed as a whole and not changed since), "extended" (the signature holds for its part, and
    something was added behind it), "changed" (the signature does not hold), "not_signed", "not_pdf", "unreadable" (a
    PDF that could not be understood within limits).

    `signer` is whose key it is: of this "platform", a "development" one of it, or "foreign"; None without a signature
    that can be read. All that follows is said by the file itself; only for this platform's keys, and while the state is
    "intact" or "extended", is it known to be true. `signed_at` is the signer's own clock.
    """

    state: State
    sha256: str
    size: int
    signer: SignerKind | None = None
    signed_by: str | None = None
    organization: str | None = None
    signed_at: datetime | None = None
    fingerprint: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def genuine(self) -> bool:
        """Whether it is exactly what this platform signed, with a key that counts."""
        return self.state == "intact" and self.signer == "platform"


def verify(pdf: bytes, known: Sequence[Known]) -> Verdict:
    """Look at a file. Answers for whatever it is given, up to LARGEST bytes; raises TooBusy, ValueError above that."""
    if len(pdf) > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")
    about: _About = {"sha256": sha256(pdf).hexdigest(), "size": len(pdf)}
    if MARK not in pdf[:_MARK_WITHIN]:
        return Verdict("not_pdf", **about)
    kinds = {each.certificate.fingerprint(hashes.SHA256()).hex(): each.is_development for each in known}
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise TooBusy
    try:
        told = _ask(pdf, ",".join(kinds))
    finally:
        _places.release()
    fingerprint = told.get("fingerprint")
    if fingerprint is None:
        return Verdict(told["state"], **about)
    development = kinds.get(fingerprint)
    return Verdict(
        told["state"],
        signer="foreign" if development is None else "development" if development else "platform",
        signed_by=told["signedBy"],
        organization=told["organization"],
        signed_at=_moment(told["signedAt"]),
        fingerprint=fingerprint,
        valid_from=_moment(told["validFrom"]),
        valid_to=_moment(told["validTo"]),
        **about,
    )


def _ask(pdf: bytes, known: str) -> dict[str, Any]:
    try:
        asked = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM), known], input=pdf, capture_output=True, timeout=LONGEST_SECONDS
        )
        told: dict[str, Any] = orjson.loads(asked.stdout)
    except subprocess.TimeoutExpired as error:
        # A file that takes its processor time is ended before this by its limit: the machine had none to give.
        raise TooBusy from error
    except orjson.JSONDecodeError:
        return {"state": "unreadable"}  # it took more time or memory than any report of ours
    return told


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
