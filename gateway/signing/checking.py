"""The program that looks at one PDF's signature: a file in (standard input), what was found out (JSON, output).

A process of its own for each, with an end to its time and memory: the file is whatever somebody chose to upload. It
imports nothing of the gateway. First argument: hex SHA-256 of the certificates that are known, with commas.

A signature is of this platform's key when the certificate inside is byte for byte one that is known; then it was made
by the key's holder or it is not valid, and no authority needs to be asked. Of all others it is said what they say of
themselves and nothing is trusted. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
import logging
import re
import resource
import sys
from datetime import datetime
from io import BytesIO
from typing import Any

MEMORY = 1 << 30
SECONDS = 10
MOST_SIGNATURES = 20
_LONGEST_TEXT = 200
_HEX = re.compile(rb"(?:[0-9A-F]{2})+|(?:[0-9a-f]{2})+")


def look_at(content: bytes, known: frozenset[str]) -> dict[str, Any]:
    """`state`, and what the signature that decides says. See gateway/signing/verdict.py."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        signatures = list(PdfFileReader(BytesIO(content), strict=False).embedded_regular_signatures)[:MOST_SIGNATURES]
    except (PdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError):
        # What the library takes for granted of a file (that its root is a dictionary) it only asserts.
        return {"state": "unreadable"}
    if not signatures:
        # A file that was cut off or scrambled may have lost what leads to its signature, which is no "never signed".
        return {"state": "changed" if b"/ByteRange" in content else "not_signed"}
    looked = [_look(each, content, known) for each in signatures]
    # One of ours decides, the newest of several; else the newest.
    return next((each for each in reversed(looked) if each["known"]), looked[-1])


def _look(embedded: Any, content: bytes, known: frozenset[str]) -> dict[str, Any]:
    try:
        found = _about(embedded)
        own = found["fingerprint"] in known
        state = _state(embedded, content, strict=own)
    except Exception:
        # Whatever is wrong with it: it is not a signature that holds.
        return {"state": "changed", "known": False}
    return {**found, "state": state, "known": own}


def _about(embedded: Any) -> dict[str, Any]:
    certificate = embedded.signer_cert
    moment: datetime | None = embedded.self_reported_timestamp
    subject = certificate.subject.native
    return {
        "signedBy": _short(subject.get("common_name") or certificate.subject.human_friendly),
        "organization": _short(subject.get("organization_name")),
        "signedAt": moment.isoformat() if moment is not None and moment.tzinfo is not None else None,
        "fingerprint": certificate.sha256.hex(),
        "validFrom": certificate.not_valid_before.isoformat(),
        "validTo": certificate.not_valid_after.isoformat(),
    }


def _state(embedded: Any, content: bytes, *, strict: bool) -> str:
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    start, before, after, rest = (int(each) for each in embedded.byte_range)
    if start != 0 or not 0 < before < after or after + rest > len(content):
        return "changed"
    signature = _between(content[before:after])
    same, holds = validate_sig_integrity(
        embedded.signer_info, embedded.signer_cert, "data", actual_digest=embedded.compute_digest()
    )
    # Asked last, since it takes the longest.
    if signature is None or not (same and holds) or (strict and not _canonical(signature)):
        return "changed"
    return "intact" if after + rest == len(content) else "extended"


def _between(gap: bytes) -> bytes | None:
    """The signature, when that alone is what it does not cover: hex digits as they are written, then zeros."""
    if gap[:1] != b"<" or gap[-1:] != b">" or not _HEX.fullmatch(gap[1:-1]):
        return None
    raw = bytes.fromhex(gap[1:-1].decode("ascii"))
    length = _der_length(raw)
    return None if any(raw[length:]) else raw[:length]


def _der_length(raw: bytes) -> int:
    """The length of the DER value that `raw` begins with (X.690, 8.1.3)."""
    if raw[1] < 0x80:
        return 2 + raw[1]
    size = raw[1] & 0x7F
    return 2 + size + int.from_bytes(raw[2 : 2 + size], "big")


def _canonical(raw: bytes) -> bool:
    """Whether a CMS is as this platform writes it: one signer, SHA-256, nothing that is not signed. So that of our own
    files not one byte can be another one unseen, not even where the signature cannot cover itself."""
    from asn1crypto import cms

    info = cms.ContentInfo.load(raw, strict=True)
    data = info["content"]
    (signer,) = data["signer_infos"]
    return (
        info["content_type"].native == "signed_data"
        and data["version"].native == "v1"
        and [each["algorithm"].native for each in data["digest_algorithms"]] == ["sha256"]
        and not data["crls"].native
        and signer["version"].native == "v1"
        and signer["digest_algorithm"]["algorithm"].native == "sha256"
        and signer["signature_algorithm"]["algorithm"].native == "sha256_ecdsa"
        and not signer["unsigned_attrs"].native
        and info.dump(force=True) == raw
        and _vouched_for([each.dump() for each in data["certificates"]], signer["sid"].chosen["serial_number"].native)
    )


def _vouched_for(certificates: list[bytes], serial: int) -> bool:
    """Whether each certificate beside the signer's was issued by one that is there: a chain is put in as a whole or not
    at all, and of a whole one no byte can be another."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    found = [x509.load_der_x509_certificate(each) for each in certificates]

    def issued(one: x509.Certificate, by: x509.Certificate) -> bool:
        try:
            one.verify_directly_issued_by(by)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    return all(
        one.serial_number == serial or any(issued(one, by) for by in found if by.subject == one.issuer) for one in found
    )


def _short(text: Any) -> str | None:
    return str(text)[:_LONGEST_TEXT] if text else None


def _limit() -> None:
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    _limit()
    logging.disable(logging.CRITICAL)
    try:
        told = look_at(sys.stdin.buffer.read(), frozenset(sys.argv[1].split(",")))
    except (MemoryError, RecursionError):
        told = {"state": "unreadable"}
    sys.stdout.write(json.dumps(told))
