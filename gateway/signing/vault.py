"""A key in Vault's transit engine: only digests leave, the key never does.

The key may have several versions. The one that signs is the one whose public key the certificate is of: after a
rotation reports go on being signed by the old version until the new certificate is configured.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.report_settings import ReportSettings
from gateway.setting_values import SettingsError
from gateway.signing.keys import SigningFailed, SigningUnavailable

SECONDS = 5.0


class VaultKey:
    """A transit key (type ecdsa-p256), used over HTTP when something is to be signed and not before."""

    def __init__(self, settings: ReportSettings, public_key: ec.EllipticCurvePublicKey) -> None:
        """Raises SettingsError where the package for it is not installed."""
        try:
            import hvac
        except ImportError as error:
            raise SettingsError("GATEWAY_SIGNER", "vault needs the packages of requirements-extra.txt") from error
        session = requests.Session()
        session.trust_env = False  # no proxies and no netrc of the environment
        self._client = hvac.Client(
            url=settings.vault_url, namespace=settings.vault_namespace, timeout=SECONDS, session=session
        )
        self._token = _token_of(settings)
        self._mount, self._name = settings.vault_mount, settings.vault_key or ""
        self._public_key = public_key
        self._version: int | None = None

    def sign(self, digest: bytes) -> bytes:
        if self._version is None:
            self._version = self._ask(self._find_version)
        answer = self._ask(
            lambda transit: transit.sign_data(
                name=self._name,
                hash_input=base64.b64encode(digest).decode(),
                key_version=self._version,
                hash_algorithm="sha2-256",
                prehashed=True,
                marshaling_algorithm="asn1",
                mount_point=self._mount,
            )
        )
        try:
            mark, _version, encoded = str(answer["data"]["signature"]).split(":")
            if mark != "vault":
                raise ValueError(mark)
            return base64.b64decode(encoded, validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise SigningFailed("Vault answered with something that is no signature") from error

    def _find_version(self, transit: Any) -> int:
        try:
            versions = dict(transit.read_key(name=self._name, mount_point=self._mount)["data"]["keys"])
            for number, version in versions.items():
                if serialization.load_pem_public_key(version["public_key"].encode()) == self._public_key:
                    return int(number)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SigningFailed("Vault answered with something that is no ECDSA key") from error
        raise SigningFailed(f"no version of {self._name} in Vault is the one the certificate is of")

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        from hvac import exceptions

        try:
            self._client.token = self._token()
            return question(self._client.secrets.transit)
        except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
            raise SigningFailed(f"Vault refused: {type(error).__name__}") from error
        except exceptions.VaultError as error:
            # A token may have run out and be renewed in a moment; its text is Vault's and may name paths only.
            raise SigningUnavailable(f"Vault refused: {type(error).__name__}") from error
        except (requests.RequestException, OSError) as error:
            raise SigningUnavailable(f"Vault does not answer: {type(error).__name__}") from error


def _token_of(settings: ReportSettings) -> Callable[[], str]:
    path: Path | None = settings.vault_token_file
    return (lambda: settings.vault_token or "") if path is None else (lambda: path.read_text("ascii").strip())
