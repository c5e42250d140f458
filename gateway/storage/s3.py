"""A bucket in S3, or in what speaks like it. Files are fetched from there, by addresses that end by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from gateway.report_settings import ReportSettings
from gateway.setting_values import SettingsError
from gateway.storage.port import StorageUnavailable, checked, may_sweep

SECONDS = 10
MEDIA_TYPE = "application/pdf"


class S3Bucket:
    """Below one prefix of one bucket. Credentials are found as boto3 finds them."""

    def __init__(self, settings: ReportSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raises SettingsError where the package for it is not installed, or nobody says which region."""
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError as error:
            raise SettingsError("GATEWAY_REPORT_STORAGE", "s3 needs the packages of requirements-extra.txt") from error
        config = Config(
            # Addresses of the older kind are refused by newer regions, and name their end less strictly.
            signature_version="s3v4",
            connect_timeout=SECONDS,
            read_timeout=SECONDS,
            retries={"total_max_attempts": 2},
            # Others than AWS seldom have a name in DNS for each bucket.
            s3={"addressing_style": "path" if settings.s3_url else "auto"},
        )
        try:
            self._client: Any = boto3.client(
                "s3", region_name=settings.aws_region, endpoint_url=settings.s3_url, config=config
            )
        except BotoCoreError as error:
            raise SettingsError("GATEWAY_AWS_REGION", f"S3 cannot be used: {error}") from error
        self._bucket = settings.s3_bucket
        self._prefix = f"{settings.s3_prefix}/" if settings.s3_prefix else ""
        self._now = now

    def put(self, key: str, content: bytes) -> None:
        with _answering():
            self._client.put_object(Bucket=self._bucket, Key=self._name(key), Body=content, ContentType=MEDIA_TYPE)

    def remove(self, key: str) -> None:
        with _answering():
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def sweep(self, wanted: Callable[[], Iterable[str]]) -> int:
        with _answering():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            named = [each["Key"] for page in pages for each in page.get("Contents", ())]
        found = [name for name in named if may_sweep(name.removeprefix(self._prefix))]
        if not found:
            return 0
        kept = {self._name(key) for key in wanted()}
        unwanted = [name for name in found if name not in kept]
        with _answering():
            for name in unwanted:
                self._client.delete_object(Bucket=self._bucket, Key=name)
        return len(unwanted)

    def address(self, key: str, *, name: str, until: datetime) -> str | None:
        seconds = int((until - self._now()).total_seconds())
        asked = {
            "Bucket": self._bucket,
            "Key": self._name(key),
            "ResponseContentDisposition": f'attachment; filename="{name}"',
            "ResponseContentType": MEDIA_TYPE,
        }
        with _answering():
            return str(self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=max(1, seconds)))

    def _name(self, key: str) -> str:
        return self._prefix + checked(key)


@contextmanager
def _answering() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "?")
        raise StorageUnavailable(f"S3 refused: {code}") from error
    except BotoCoreError as error:
        # Its text may hold addresses and whose credentials: its kind is told.
        raise StorageUnavailable(f"S3 does not answer: {type(error).__name__}") from error
