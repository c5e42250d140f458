"""Keys that sign digests, wherever they are, and the certificates that go with them.

A key is ECDSA on P-256 and is handed a SHA-256 digest, never a document: what signs may be another machine.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

DEVELOPMENT_NAME = "Development key, not for use"
_PREHASHED = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
_DEVELOPMENT_YEARS = 10


class SigningUnavailable(RuntimeError):
    """Whoever holds the key does not answer, or not now: worth trying again."""


class SigningFailed(RuntimeError):
    """It cannot be signed like this, however often it is tried."""


class DigestKey(Protocol):
    """A private key, wherever it is."""

    def sign(self, digest: bytes) -> bytes:
        """The DER signature of a SHA-256 digest (32 bytes). Raises SigningUnavailable, SigningFailed."""
        ...


@dataclass(frozen=True)
class Certified:
    """A key with its certificate and those above it, PEM and DER of the same order."""

    key: DigestKey
    certificates: tuple[x509.Certificate, ...]
    is_development: bool = False

    def sign(self, digest: bytes) -> bytes:
        """As the key does; what comes back is checked, since another machine may have used another key."""
        signature = self.key.sign(digest)
        try:
            public_key_of(self.certificates[0]).verify(signature, digest, _PREHASHED)
        except InvalidSignature as error:
            raise SigningFailed("the key that signed is not the one the certificate is of") from error
        return signature


class LocalKey:
    """A private key in this process."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def sign(self, digest: bytes) -> bytes:
        return self._key.sign(digest, _PREHASHED)

    def belongs_to(self, certificate: x509.Certificate) -> bool:
        return self._key.public_key() == certificate.public_key()


def read_key(pem: str) -> LocalKey:
    """A private key of PEM. Raises ValueError, saying what it must be."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:  # the library's message may repeat what was given
        raise ValueError("must be a private key in PEM without a password") from error
    if not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
        raise ValueError("must be an ECDSA key on the curve P-256")
    return LocalKey(key)


def read_certificates(pem: str) -> tuple[x509.Certificate, ...]:
    """Certificates of PEM, one or more. Raises ValueError, saying what they must be."""
    try:
        found = tuple(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError as error:
        raise ValueError("must be one or more certificates in PEM") from error
    return found


def public_key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """The P-256 key a certificate is of. Raises ValueError for another kind."""
    key = certificate.public_key()
    if not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)):
        raise ValueError("must begin with the certificate of an ECDSA key on the curve P-256")
    return key


def is_whole_chain(certificates: Sequence[x509.Certificate]) -> bool:
    """Whether each was issued by the next and the last by itself; one alone is fine, too."""
    if len(certificates) == 1:
        return True
    try:
        for one, by in zip(certificates, [*certificates[1:], certificates[-1]], strict=True):
            one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def pem_of(certificates: Sequence[x509.Certificate]) -> str:
    """Certificates one after the other, as programs read them."""
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def name_of(certificate: x509.Certificate) -> str:
    """Whom a certificate names: the common name, else all it says."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def development_key(path: Path) -> Certified:
    """The key kept in `path` with its certificate, made on first use for the owner's eyes only; safe with several
    processes. Raises ValueError for a file that holds something else."""
    if not path.exists():
        _make(path)
    pem = path.read_text(encoding="ascii")
    key, certificates = read_key(pem), read_certificates(pem)
    if not key.belongs_to(certificates[0]):
        raise ValueError(f"{path} holds a key and a certificate that do not belong together")
    return Certified(key, certificates[:1], is_development=True)


def development_certificate(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificate of a development key that was made here once; empty when none was."""
    return read_certificates(path.read_text(encoding="ascii")) if path.exists() else ()


def _make(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode() + pem_of([self_signed(key, DEVELOPMENT_NAME, datetime.now(UTC))])
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(content)
    # A hard link appears complete or not at all, and never replaces the file of a process that was faster.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def self_signed(key: ec.EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    """A certificate that vouches for itself, good for signing documents and nothing else."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365 * _DEVELOPMENT_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
