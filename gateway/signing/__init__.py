"""Signed reports: by whom they are signed, and whether one that somebody has is still what was signed."""

from gateway.signing.keys import SigningFailed, SigningUnavailable
from gateway.signing.signer import LARGEST, Known, Signer, known_certificates, open_signer, published_certificates
from gateway.signing.verdict import TooBusy, Verdict, verify

__all__ = [
    "LARGEST",
    "Known",
    "Signer",
    "SigningFailed",
    "SigningUnavailable",
    "TooBusy",
    "Verdict",
    "known_certificates",
    "open_signer",
    "published_certificates",
    "verify",
]
