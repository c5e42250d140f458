"""Whose key signs: settings that fit and such that do not, and a development key that is made once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.settings import GatewaySettings, SettingsError
from gateway.signing import known_certificates, open_signer, published_certificates, verify
from gateway.signing.keys import pem_of
from tests.support.reports import NOW, keys, report

OURS, FORMER = keys(), keys("Last year's")


def settings(folder: Path, **env: str) -> GatewaySettings:
    return GatewaySettings.from_env({"GATEWAY_DATA_DIR": str(folder), **env})


def by_file(folder: Path, **env: str) -> GatewaySettings:
    (folder / "key.pem").write_text(OURS.key_pem)
    (folder / "chain.pem").write_text(OURS.certificate_pem)
    return settings(
        folder, GATEWAY_SIGNER="file", GATEWAY_SIGNING_KEY_FILE=str(folder / "key.pem"),
        GATEWAY_SIGNING_CERTIFICATE_FILE=str(folder / "chain.pem"), **env,
    )  # fmt: skip


def pem_of_key(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes | None = None) -> str:
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed).decode()


def test_without_settings_a_development_key_signs_and_says_so(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    signer = open_signer(ours)
    assert signer.is_development
    assert signer.name == "Development key, not for use"
    found = verify(signer.sign(report(), at=NOW), known_certificates(ours))
    assert (found.state, found.signer) == ("intact", "development")
    assert published_certificates(ours) == signer.certificates


def test_development_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: open_signer(ours).certificates, range(16)))
    assert len(made) == 1
    (kept,) = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_another_installations_development_key_is_foreign(tmp_path: Path) -> None:
    theirs = open_signer(settings(tmp_path / "theirs")).sign(report(), at=NOW)
    ours = settings(tmp_path / "ours")
    open_signer(ours)
    assert verify(theirs, known_certificates(ours)).signer == "foreign"


def test_nothing_is_made_to_look_at_a_report(tmp_path: Path) -> None:
    assert known_certificates(settings(tmp_path / "new")) == ()
    assert not (tmp_path / "new").exists()


def test_key_of_a_file_signs_with_its_chain(tmp_path: Path) -> None:
    ours = by_file(tmp_path)
    signer = open_signer(ours)
    assert not signer.is_development
    assert verify(signer.sign(report(), at=NOW), known_certificates(ours)).genuine
    assert published_certificates(ours) == OURS.certificate_pem


def test_reports_of_a_former_key_and_of_the_development_key_stay_known(tmp_path: Path) -> None:
    tried = open_signer(settings(tmp_path)).sign(report(), at=NOW)
    old = FORMER.signer.sign(report(), at=NOW)
    ours = by_file(tmp_path, GATEWAY_SIGNING_FORMER_CERTIFICATES=pem_of(FORMER.certificates[:1]))
    assert verify(old, known_certificates(ours)).genuine
    assert verify(tried, known_certificates(ours)).signer == "development"
    assert pem_of(FORMER.certificates[:1]) in published_certificates(ours)
    assert verify(old, known_certificates(by_file(tmp_path))).signer == "foreign"


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"GATEWAY_SIGNER": "paper"}, "GATEWAY_SIGNER"),
        ({"GATEWAY_SIGNER": "file"}, "GATEWAY_SIGNING_KEY"),
        ({"GATEWAY_SIGNER": "file", "GATEWAY_SIGNING_KEY": "x"}, "GATEWAY_SIGNING_CERTIFICATE"),
        ({"GATEWAY_SIGNER": "vault"}, "GATEWAY_VAULT_URL"),
        ({"GATEWAY_SIGNER": "vault", "GATEWAY_VAULT_URL": "http://v"}, "GATEWAY_VAULT_TOKEN"),
        ({"GATEWAY_VAULT_URL": "vault:8200"}, "GATEWAY_VAULT_URL"),
        ({"GATEWAY_VAULT_TOKEN_FILE": "/nowhere/token"}, "GATEWAY_VAULT_TOKEN_FILE"),
        ({"GATEWAY_SIGNER": "kms"}, "GATEWAY_KMS_KEY"),
        ({"GATEWAY_REPORT_STORAGE": "tape"}, "GATEWAY_REPORT_STORAGE"),
        ({"GATEWAY_REPORT_STORAGE": "s3"}, "GATEWAY_S3_BUCKET"),
        ({"GATEWAY_S3_URL": "minio:9000"}, "GATEWAY_S3_URL"),
        ({"GATEWAY_NATS_URL": "http://nats:4222"}, "GATEWAY_NATS_URL"),
        ({"GATEWAY_NATS_URL": "nats://a:4222,b"}, "GATEWAY_NATS_URL"),
        ({"GATEWAY_NATS_STREAM": "a.b"}, "GATEWAY_NATS_STREAM"),
        ({"GATEWAY_NATS_CREDENTIALS_FILE": "/nowhere"}, "GATEWAY_NATS_CREDENTIALS_FILE"),
    ],
)
def test_malformed_or_missing_setting_is_named_at_the_start(env: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as raised:
        GatewaySettings.from_env(env)
    assert "x" not in raised.value.wants.split() or name != "GATEWAY_SIGNING_KEY"


@pytest.mark.parametrize(
    ("key", "certificate", "name", "wants"),
    [
        ("no key", OURS.certificate_pem, "GATEWAY_SIGNING_KEY", "a private key in PEM"),
        (pem_of_key(OURS.private, b"secret"), OURS.certificate_pem, "GATEWAY_SIGNING_KEY", "without a password"),
        (pem_of_key(rsa.generate_private_key(65_537, 2048)), OURS.certificate_pem, "GATEWAY_SIGNING_KEY", "P-256"),
        (pem_of_key(ec.generate_private_key(ec.SECP384R1())), OURS.certificate_pem, "GATEWAY_SIGNING_KEY", "P-256"),
        (OURS.key_pem, "no certificate", "GATEWAY_SIGNING_CERTIFICATE", "certificates in PEM"),
        (OURS.key_pem, FORMER.certificate_pem, "GATEWAY_SIGNING_CERTIFICATE", "begin with the certificate of"),
        (
            OURS.key_pem,
            pem_of((OURS.certificates[0], FORMER.certificates[1])),
            "GATEWAY_SIGNING_CERTIFICATE",
            "all above it",
        ),
        (OURS.key_pem, pem_of(OURS.certificates[::-1]), "GATEWAY_SIGNING_CERTIFICATE", "all above it"),
    ],
)
def test_key_and_certificate_that_cannot_be_used_are_named(
    tmp_path: Path, key: str, certificate: str, name: str, wants: str
) -> None:
    given = settings(tmp_path, GATEWAY_SIGNER="file", GATEWAY_SIGNING_KEY=key, GATEWAY_SIGNING_CERTIFICATE=certificate)
    with pytest.raises(SettingsError, match=wants) as raised:
        open_signer(given)
    assert raised.value.name == name
    assert key not in str(raised.value)


def test_damaged_development_key_stops_the_start_with_its_place(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    open_signer(ours)
    (kept,) = tmp_path.iterdir()
    kept.write_text(pem_of(OURS.certificates))
    with pytest.raises(SettingsError, match="GATEWAY_DATA_DIR"):
        open_signer(ours)
