"""A key in AWS KMS, or in what speaks like it: only digests leave, the key never does."""

from __future__ import annotations

from typing import Any

from gateway.report_settings import ReportSettings
from gateway.setting_values import SettingsError
from gateway.signing.keys import SigningFailed, SigningUnavailable

SECONDS = 5
_PASSING = frozenset(
    {"ThrottlingException", "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException"}
)


class KmsKey:
    """An asymmetric key for signing (ECC_NIST_P256). Credentials are found as boto3 finds them."""

    def __init__(self, settings: ReportSettings) -> None:
        """Raises SettingsError where the package for it is not installed, or nobody says which region."""
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError as error:
            raise SettingsError("GATEWAY_SIGNER", "kms needs the packages of requirements-extra.txt") from error
        config = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
        try:
            self._client: Any = boto3.client(
                "kms", region_name=settings.aws_region, endpoint_url=settings.kms_url, config=config
            )
        except BotoCoreError as error:
            raise SettingsError("GATEWAY_AWS_REGION", f"KMS cannot be used: {error}") from error
        self._key = settings.kms_key

    def sign(self, digest: bytes) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.sign(
                KeyId=self._key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
            )
            return bytes(answer["Signature"])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _PASSING or status >= 500:
                raise SigningUnavailable(f"KMS refused: {code}") from error
            raise SigningFailed(f"KMS refused: {code}") from error
        except BotoCoreError as error:
            raise SigningUnavailable(f"KMS does not answer: {type(error).__name__}") from error
