"""Who signs reports, as the settings choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.setting_values import SettingsError
from gateway.settings import GatewaySettings
from gateway.signing.keys import (
    Certified,
    DigestKey,
    SigningFailed,
    development_certificate,
    development_key,
    is_whole_chain,
    name_of,
    pem_of,
    public_key_of,
    read_certificates,
    read_key,
)

LARGEST = 10 * 1024 * 1024
"""Bytes of a file that is signed or looked at; a report has a tenth of it."""
DEVELOPMENT_FILE = "report-signing-development.pem"
_CURRENT, _FORMER = "GATEWAY_SIGNING_CERTIFICATE", "GATEWAY_SIGNING_FORMER_CERTIFICATES"


class Signer:
    """Signs with one key. May be kept for the life of a process, and used by several threads."""

    def __init__(self, certified: Certified) -> None:
        self._certified = certified

    @property
    def is_development(self) -> bool:
        """Whether the key was made for trying things out: what it signs has to say so."""
        return self._certified.is_development

    @property
    def name(self) -> str:
        """Whom the certificate names."""
        return name_of(self._certified.certificates[0])

    @property
    def certificates(self) -> str:
        """PEM: the key's certificate, then those above it."""
        return pem_of(self._certified.certificates)

    def sign(self, pdf: bytes, *, at: datetime) -> bytes:
        """The same PDF with one signature over all of it, made `at` (with a zone): PAdES B-B, nothing to be seen on the
        pages, the bytes given being the beginning of those returned.

        Raises SigningUnavailable when whoever holds the key does not answer, SigningFailed for what is no PDF or is
        larger than LARGEST, or when the key refuses.
        """
        if len(pdf) > LARGEST:
            raise SigningFailed(f"{len(pdf)} bytes are more than {LARGEST}")
        # Imported here: the API knows who signs, and never signs.
        from gateway.signing.pades import sign_pdf

        return sign_pdf(pdf, self._certified, at)


def open_signer(settings: GatewaySettings) -> Signer:
    """The signer that the settings name; nobody is asked yet. Raises SettingsError where key and certificates cannot be
    used or do not belong together."""
    if settings.reports.signer != "development":
        return Signer(_configured(settings))
    try:
        return Signer(development_key(settings.data_dir / DEVELOPMENT_FILE))
    except (OSError, ValueError) as error:
        raise SettingsError("GATEWAY_DATA_DIR", f"no development key can be kept there: {error}") from error


@dataclass(frozen=True)
class Known:
    """A certificate by which this platform signs or signed."""

    certificate: x509.Certificate
    is_development: bool


def known_certificates(settings: GatewaySettings) -> tuple[Known, ...]:
    """All of them. Nobody is asked for it, however the key is kept. Raises SettingsError."""
    reports = settings.reports
    # A development key is known for as long as it is there, though another signs by now.
    found = [Known(each, True) for each in development_certificate(settings.data_dir / DEVELOPMENT_FILE)]
    if reports.signer != "development":
        found.append(Known(_certificates(_CURRENT, reports.certificates or "")[0], False))
    if reports.former_certificates is not None:
        found += [Known(each, False) for each in _certificates(_FORMER, reports.former_certificates)]
    return tuple(found)


def published_certificates(settings: GatewaySettings) -> str:
    """PEM for whoever checks reports without us: the signer's with those above it, then those of former keys."""
    if settings.reports.signer == "development":
        return open_signer(settings).certificates
    return pem_of(
        _certificates(_CURRENT, settings.reports.certificates or "")
        + (_certificates(_FORMER, settings.reports.former_certificates) if settings.reports.former_certificates else ())
    )


def _configured(settings: GatewaySettings) -> Certified:
    reports = settings.reports
    certificates = _certificates(_CURRENT, reports.certificates or "")
    try:
        public_key = public_key_of(certificates[0])
    except ValueError as error:
        raise SettingsError(_CURRENT, str(error)) from error
    if not is_whole_chain(certificates):
        raise SettingsError(_CURRENT, "must be one certificate, or it and all above it in order, the root's last")
    key: DigestKey
    if reports.signer == "vault":
        from gateway.signing.vault import VaultKey

        key = VaultKey(reports, public_key)
    elif reports.signer == "kms":
        from gateway.signing.kms import KmsKey

        key = KmsKey(reports)
    else:
        try:
            key = read_key(reports.signing_key or "")
        except ValueError as error:
            raise SettingsError("GATEWAY_SIGNING_KEY", str(error)) from error
        if not key.belongs_to(certificates[0]):
            raise SettingsError(_CURRENT, "must begin with the certificate of GATEWAY_SIGNING_KEY")
    return Certified(key, certificates)


def _certificates(name: str, pem: str) -> tuple[x509.Certificate, ...]:
    try:
        return read_certificates(pem)
    except ValueError as error:
        raise SettingsError(name, str(error)) from error
