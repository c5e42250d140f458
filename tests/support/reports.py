"""PDFs to be signed, keys to sign them with, and certificates of an authority of our own."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.signing import Signer
from gateway.signing.keys import Certified, LocalKey, pem_of

NOW = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)
_PAGE = '#set document(title: "Review")\n#set text(lang: "en")\n= Review\nDelivered: 98.7 %'


@lru_cache(maxsize=1)
def report() -> bytes:
    """One tagged page by the program that makes the product's PDFs, PDF/A-2a and PDF/UA-1."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "page.typ")
        source.write_text(_PAGE)
        made = typst.Compiler(source).compile(format="pdf", timestamp=1_764_244_800, pdf_standards=["a-2a", "ua-1"])
    assert isinstance(made, bytes)
    return made


@dataclass(frozen=True)
class Keys:
    """A key with its certificate and that of the authority above it."""

    private: ec.EllipticCurvePrivateKey
    certificates: tuple[x509.Certificate, ...]

    @property
    def key_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def certificate_pem(self) -> str:
        return pem_of(self.certificates)

    @property
    def signer(self) -> Signer:
        return Signer(Certified(LocalKey(self.private), self.certificates))


def keys(name: str = "Reports of the platform") -> Keys:
    """New ones."""
    authority, private = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    above = _certificate(f"{name}: authority", authority.public_key(), f"{name}: authority", authority, ca=True)
    own = _certificate(name, private.public_key(), f"{name}: authority", authority, ca=False)
    return Keys(private, (own, above))


def _certificate(
    name: str, key: ec.EllipticCurvePublicKey, issuer: str, by: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    usage = x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(
            x509.Name(
                [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ours")]
            )
        )
        .issuer_name(
            x509.Name(
                [x509.NameAttribute(NameOID.COMMON_NAME, issuer), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ours")]
            )
        )
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .sign(by, hashes.SHA256())
    )
