"""What reports are told by the environment: who signs them, where they are kept, and where their events go.

A part of `gateway.settings`, which reads it with everything else. Whether a key and its certificate belong together is
found out when they are opened (gateway/signing), with the names of the variables here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway import setting_values as values
from gateway.setting_values import SettingMeta, SettingsError

SIGNERS = ("development", "file", "vault", "kms")
STORAGES = ("local", "s3")


@dataclass(frozen=True)
class ReportSettings:
    """`certificates` is PEM, the signer's first, then those above it; `former_certificates` likewise, of keys that signed
    reports in the past. `vault_token_file` is read anew for each signature: agents renew what is in it."""

    signer: str = SIGNERS[0]
    signing_key: str | None = field(default=None, repr=False)
    certificates: str | None = None
    former_certificates: str | None = None
    vault_url: str | None = None
    vault_token: str | None = field(default=None, repr=False)
    vault_token_file: Path | None = None
    vault_mount: str = "transit"
    vault_key: str | None = None
    vault_namespace: str | None = None
    kms_key: str | None = None
    kms_url: str | None = None
    storage: str = STORAGES[0]
    directory: Path | None = None
    s3_bucket: str | None = None
    s3_prefix: str = "reports"
    s3_url: str | None = None
    aws_region: str | None = None
    nats_url: str | None = field(default=None, repr=False)
    nats_stream: str = "CUSTOMER_PORTAL"
    nats_credentials: Path | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> ReportSettings:
        """Read them from `env`. Raises SettingsError for the first value that is malformed or that another one needs."""
        found = cls(
            signer=values.choice(env, "GATEWAY_SIGNER", SIGNERS),
            signing_key=values.secret(env, "GATEWAY_SIGNING_KEY"),
            certificates=values.secret(env, "GATEWAY_SIGNING_CERTIFICATE"),
            former_certificates=values.secret(env, "GATEWAY_SIGNING_FORMER_CERTIFICATES"),
            vault_url=values.url(env, "GATEWAY_VAULT_URL"),
            vault_token=values.secret_word(env, "GATEWAY_VAULT_TOKEN"),
            vault_token_file=values.file(env, "GATEWAY_VAULT_TOKEN_FILE"),
            vault_mount=(values.word(env, "GATEWAY_VAULT_MOUNT") or "transit").strip("/"),
            vault_key=values.word(env, "GATEWAY_VAULT_KEY"),
            vault_namespace=values.word(env, "GATEWAY_VAULT_NAMESPACE"),
            kms_key=values.word(env, "GATEWAY_KMS_KEY"),
            kms_url=values.url(env, "GATEWAY_KMS_URL"),
            storage=values.choice(env, "GATEWAY_REPORT_STORAGE", STORAGES),
            directory=values.folder(env, "GATEWAY_REPORT_DIR"),
            s3_bucket=values.word(env, "GATEWAY_S3_BUCKET"),
            s3_prefix=(values.word(env, "GATEWAY_S3_PREFIX") or "reports").strip("/"),
            s3_url=values.url(env, "GATEWAY_S3_URL"),
            aws_region=values.word(env, "GATEWAY_AWS_REGION"),
            nats_url=_nats_url(env, "GATEWAY_NATS_URL"),
            nats_stream=_stream(env, "GATEWAY_NATS_STREAM"),
            nats_credentials=values.file(env, "GATEWAY_NATS_CREDENTIALS_FILE"),
        )
        found._refuse_what_is_missing()
        return found

    def _refuse_what_is_missing(self) -> None:
        needed: dict[str, tuple[tuple[str, object], ...]] = {
            "file": (("GATEWAY_SIGNING_KEY", self.signing_key), ("GATEWAY_SIGNING_CERTIFICATE", self.certificates)),
            "vault": (
                ("GATEWAY_VAULT_URL", self.vault_url),
                ("GATEWAY_VAULT_TOKEN", self.vault_token),
                ("GATEWAY_VAULT_KEY", self.vault_key),
                ("GATEWAY_SIGNING_CERTIFICATE", self.certificates),
            ),
            "kms": (("GATEWAY_KMS_KEY", self.kms_key), ("GATEWAY_SIGNING_CERTIFICATE", self.certificates)),
            "s3": (("GATEWAY_S3_BUCKET", self.s3_bucket),),
        }
        for setting, choice in (("GATEWAY_SIGNER", self.signer), ("GATEWAY_REPORT_STORAGE", self.storage)):
            for name, value in needed.get(choice, ()):
                if value is None:
                    raise SettingsError(name, f"is needed with {setting}={choice}")


def _nats_url(env: Mapping[str, str], name: str) -> str | None:
    value = values.secret_word(env, name)  # it may hold a password, so it is not repeated
    if value is None:
        return None
    for each in value.split(","):
        scheme, _, rest = each.partition("://")
        if scheme not in {"nats", "tls", "ws", "wss"} or not rest.rpartition("@")[2]:
            raise SettingsError(name, "must be one nats:// or tls:// URL, or several with commas between them")
    return value


def _stream(env: Mapping[str, str], name: str) -> str:
    value = values.text(env, name) or "CUSTOMER_PORTAL"
    if not (value.isascii() and value.replace("-", "").replace("_", "").isalnum() and len(value) <= 64):
        raise SettingsError(name, f"must be letters, digits, - and _, not {value!r}")
    return value


REPORT_SETTINGS: tuple[SettingMeta, ...] = (
    SettingMeta("GATEWAY_SIGNER", "development", "Who signs reports: `development` (a key made once in the data folder; reports say so), `file`, `vault` or `kms`; docs/reports.md."),
    SettingMeta("GATEWAY_SIGNING_KEY", "", "The private key, PEM, ECDSA P-256, without a password; needed with `file`.", secret=True),
    SettingMeta("GATEWAY_SIGNING_CERTIFICATE", "", "PEM: the certificate of the key, then those above it. Needed with all but `development`; usually given as GATEWAY_SIGNING_CERTIFICATE_FILE."),
    SettingMeta("GATEWAY_SIGNING_FORMER_CERTIFICATES", "", "PEM: certificates of keys that signed in the past and are still to be known; or GATEWAY_SIGNING_FORMER_CERTIFICATES_FILE."),
    SettingMeta("GATEWAY_VAULT_URL", "", "Vault's address; needed with `vault`."),
    SettingMeta("GATEWAY_VAULT_TOKEN", "", "Its token. Of GATEWAY_VAULT_TOKEN_FILE the file is read for each signature, as agents renew it.", secret=True),
    SettingMeta("GATEWAY_VAULT_MOUNT", "transit", "Where its transit engine is mounted."),
    SettingMeta("GATEWAY_VAULT_KEY", "", "Name of the key there, type ecdsa-p256; needed with `vault`."),
    SettingMeta("GATEWAY_VAULT_NAMESPACE", "", "Vault's namespace, where it has several."),
    SettingMeta("GATEWAY_KMS_KEY", "", "Id, ARN or alias of a key in AWS KMS, ECC_NIST_P256 for signing; needed with `kms`. Credentials are found as boto3 finds them."),
    SettingMeta("GATEWAY_KMS_URL", "AWS", "Address of a service that speaks like KMS."),
    SettingMeta("GATEWAY_AWS_REGION", "as boto3 finds it", "Region of KMS and S3."),
    SettingMeta("GATEWAY_REPORT_STORAGE", "local", "Where reports are kept: `local` or `s3`."),
    SettingMeta("GATEWAY_REPORT_DIR", "reports in GATEWAY_DATA_DIR", "The folder with `local`; gateway and worker need the same one."),
    SettingMeta("GATEWAY_S3_BUCKET", "", "The bucket with `s3`. Credentials are found as boto3 finds them."),
    SettingMeta("GATEWAY_S3_PREFIX", "reports", "What the names of objects begin with."),
    SettingMeta("GATEWAY_S3_URL", "AWS", "Address of another service that speaks like S3, as browsers reach it."),
    SettingMeta("GATEWAY_NATS_URL", "none: events are not sent", "NATS with JetStream for events such as `customer-portal.qbr.exported.v1`; several with commas between them.", secret=True),
    SettingMeta("GATEWAY_NATS_STREAM", "CUSTOMER_PORTAL", "The stream that takes them; it is made when there is none."),
    SettingMeta("GATEWAY_NATS_CREDENTIALS_FILE", "", "Credentials file (`.creds`) to connect with."),
)  # fmt: skip
