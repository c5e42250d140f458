"""Keys that are elsewhere: Vault's transit engine and KMS sign digests, refuse, and are away."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from flask import Flask, request

from gateway.settings import GatewaySettings
from gateway.signing import SigningFailed, SigningUnavailable, known_certificates, open_signer, verify
from tests.support.reports import NOW, Keys, keys, report
from tests.support.served import HOST, free_port, served

TOKEN = "hvs.token"


@dataclass
class Vault:
    """The part of Vault's HTTP API that transit signing uses, as its documentation has it."""

    versions: list[ec.EllipticCurvePrivateKey]
    token: str = TOKEN
    sealed: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def application(self) -> Flask:
        app = Flask("vault")

        @app.before_request
        def refuse() -> tuple[dict[str, list[str]], int] | None:
            if self.sealed:
                return {"errors": ["Vault is sealed"]}, 503
            if request.headers.get("X-Vault-Token") != self.token:
                return {"errors": ["permission denied"]}, 403
            return None

        @app.get("/v1/signing/keys/<name>")
        def read_key(name: str) -> Any:
            if name != "reports":
                return {"errors": []}, 404
            keys = {
                str(number): {
                    "creation_time": "2026-11-27T12:00:00Z", "name": "P-256",
                    "public_key": each.public_key().public_bytes(
                        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                    ).decode(),
                }
                for number, each in enumerate(self.versions, 1)
            }  # fmt: skip
            return {"data": {"type": "ecdsa-p256", "latest_version": len(keys), "name": name, "keys": keys}}

        @app.post("/v1/signing/sign/<name>")
        @app.post("/v1/signing/sign/<name>/<algorithm>")
        def sign(name: str, algorithm: str | None = None) -> Any:
            body = request.get_json()
            self.asked.append({**body, "algorithm": algorithm or body.get("hash_algorithm")})
            number = body.get("key_version") or len(self.versions)
            digest = base64.b64decode(body["input"])
            made = self.versions[number - 1].sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
            return {"data": {"signature": f"vault:v{number}:{base64.b64encode(made).decode()}"}}

        return app


OURS = keys()


@contextmanager
def vault(*versions: ec.EllipticCurvePrivateKey) -> Iterator[tuple[Vault, str]]:
    made, port = Vault(list(versions)), free_port()
    with served(made.application(), port):
        yield made, f"http://{HOST}:{port}"


def settings(folder: Path, url: str, key: Keys = OURS, **env: str) -> GatewaySettings:
    return GatewaySettings.from_env(
        {
            "GATEWAY_DATA_DIR": str(folder), "GATEWAY_SIGNER": "vault", "GATEWAY_VAULT_URL": url,
            "GATEWAY_VAULT_MOUNT": "signing", "GATEWAY_VAULT_KEY": "reports",
            "GATEWAY_SIGNING_CERTIFICATE": key.certificate_pem,
            **({} if "GATEWAY_VAULT_TOKEN_FILE" in env else {"GATEWAY_VAULT_TOKEN": TOKEN}), **env,
        }
    )  # fmt: skip


def test_vault_signs_by_the_version_the_certificate_is_of_and_sees_a_digest_only(tmp_path: Path) -> None:
    newer = ec.generate_private_key(ec.SECP256R1())  # rotated, and no certificate of it is configured yet
    with vault(OURS.private, newer) as (served_vault, url):
        ours = settings(tmp_path, url)
        signed = open_signer(ours).sign(report(), at=NOW)
        assert verify(signed, known_certificates(ours)).genuine
        (asked,) = served_vault.asked
    assert asked["key_version"] == 1
    assert asked["prehashed"] is True
    assert (asked["algorithm"], asked["marshaling_algorithm"]) == ("sha2-256", "asn1")
    assert len(base64.b64decode(asked["input"])) == 32


def test_vault_that_is_sealed_or_away_is_worth_another_try_and_found_again(tmp_path: Path) -> None:
    with vault(OURS.private) as (served_vault, url):
        signer = open_signer(settings(tmp_path, url))
        served_vault.sealed = True
        with pytest.raises(SigningUnavailable, match="VaultDown"):
            signer.sign(report(), at=NOW)
        served_vault.sealed = False
        assert signer.sign(report(), at=NOW)
    with pytest.raises(SigningUnavailable, match="does not answer"):
        signer.sign(report(), at=NOW)


def test_token_in_a_file_is_read_for_each_signature(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("expired\n")
    with vault(OURS.private) as (_, url):
        signer = open_signer(settings(tmp_path, url, GATEWAY_VAULT_TOKEN_FILE=str(token)))
        with pytest.raises(SigningUnavailable, match="Forbidden"):
            signer.sign(report(), at=NOW)
        token.write_text(f"{TOKEN}\n")
        assert signer.sign(report(), at=NOW)


def test_key_that_vault_has_not_or_is_not_the_certificates_is_refused_for_good(tmp_path: Path) -> None:
    with vault(ec.generate_private_key(ec.SECP256R1())) as (_, url):
        with pytest.raises(SigningFailed, match="no version of reports"):
            open_signer(settings(tmp_path, url)).sign(report(), at=NOW)
        with pytest.raises(SigningFailed, match="InvalidPath"):
            open_signer(settings(tmp_path, url, GATEWAY_VAULT_KEY="other")).sign(report(), at=NOW)


def kms(private: ec.EllipticCurvePrivateKey, asked: list[dict[str, Any]]) -> Flask:
    """The part of KMS that signing uses, as its documentation has it. moto's signs a digest as if it were a message."""
    app = Flask("kms")

    @app.post("/")
    def sign() -> Any:
        assert request.headers["X-Amz-Target"] == "TrentService.Sign"
        body = request.get_json(force=True)
        if body["KeyId"] != "alias/reports":
            return {"__type": "NotFoundException", "message": "no such key"}, 400
        asked.append(body)
        made = private.sign(base64.b64decode(body["Message"]), ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        return {"KeyId": "arn", "Signature": base64.b64encode(made).decode(), "SigningAlgorithm": "ECDSA_SHA_256"}

    return app


def test_kms_signs_a_digest_and_is_refused_or_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    asked: list[dict[str, Any]] = []
    port = free_port()
    env = {
        "GATEWAY_DATA_DIR": str(tmp_path), "GATEWAY_SIGNER": "kms", "GATEWAY_KMS_URL": f"http://{HOST}:{port}",
        "GATEWAY_KMS_KEY": "alias/reports", "GATEWAY_AWS_REGION": "us-east-1",
        "GATEWAY_SIGNING_CERTIFICATE": OURS.certificate_pem,
    }  # fmt: skip
    ours = GatewaySettings.from_env(env)
    signer = open_signer(ours)
    with served(kms(OURS.private, asked), port):
        assert verify(signer.sign(report(), at=NOW), known_certificates(ours)).genuine
        assert (asked[0]["MessageType"], asked[0]["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
        assert len(base64.b64decode(asked[0]["Message"])) == 32
        with pytest.raises(SigningFailed, match="KMS refused: NotFoundException"):
            open_signer(GatewaySettings.from_env({**env, "GATEWAY_KMS_KEY": "none"})).sign(report(), at=NOW)
        other = GatewaySettings.from_env({**env, "GATEWAY_SIGNING_CERTIFICATE": keys().certificate_pem})
        with pytest.raises(SigningFailed, match="not the one the certificate is of"):
            open_signer(other).sign(report(), at=NOW)
    with pytest.raises(SigningUnavailable, match="KMS does not answer"):
        signer.sign(report(), at=NOW)
