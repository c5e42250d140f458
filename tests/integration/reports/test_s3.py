"""Reports in S3, by moto's server: put, fetched by a signed address until it ends, removed; and S3 being away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests

from gateway.report_settings import ReportSettings
from gateway.settings import GatewaySettings
from gateway.storage import StorageUnavailable, open_storage
from gateway.storage.s3 import S3Bucket
from tests.support.aws import aws
from tests.support.served import HOST, free_port

TENANT = "01890000-0000-7000-8000-000000000001"
KEY = f"{TENANT}/a.1.pdf"


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with aws(monkeypatch) as address:
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="kept")
        yield address


def settings(url: str, **changes: str) -> ReportSettings:
    return ReportSettings.from_env(
        {"GATEWAY_REPORT_STORAGE": "s3", "GATEWAY_S3_BUCKET": "kept", "GATEWAY_S3_URL": url, "GATEWAY_AWS_REGION": "us-east-1", **changes}
    )  # fmt: skip


def fetched(address: str | None) -> requests.Response:
    assert address is not None
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, timeout=10)


def test_report_is_put_fetched_by_its_address_and_removed(url: str) -> None:
    storage = open_storage(GatewaySettings(reports=settings(url)))
    storage.put(KEY, b"%PDF-one")
    address = storage.address(KEY, name="qbr-2026-Q1.pdf", until=datetime.now(UTC) + timedelta(minutes=10))
    answer = fetched(address)
    assert (answer.status_code, answer.content) == (200, b"%PDF-one")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="qbr-2026-Q1.pdf"'
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in (address or "")
    assert 590 <= int((address or "").partition("X-Amz-Expires=")[2].partition("&")[0]) <= 600
    storage.remove(KEY)
    storage.remove(KEY)
    assert fetched(address).status_code in {403, 404}  # who may not list is not told which


def test_address_ends(url: str) -> None:
    """moto looks at the end of an address, not at its signature; S3 at both."""
    now = datetime.now(UTC)
    storage = S3Bucket(settings(url), now=lambda: now)
    storage.put(KEY, b"x")
    address = storage.address(KEY, name="a.pdf", until=now - timedelta(hours=1))
    assert "X-Amz-Expires=1&" in (address or "")


def test_sweep_removes_below_its_prefix_only(url: str) -> None:
    storage, other = S3Bucket(settings(url)), S3Bucket(settings(url, GATEWAY_S3_PREFIX="elsewhere"))
    for kept in (storage, other):
        kept.put(KEY, b"x")
    storage.put(f"{TENANT}/b.1.pdf", b"x")
    assert storage.sweep(lambda: [KEY]) == 1
    names = [each["Key"] for each in boto3.client("s3", endpoint_url=url).list_objects_v2(Bucket="kept")["Contents"]]
    assert names == [f"elsewhere/{KEY}", f"reports/{KEY}"]


def test_bucket_that_is_not_there_and_a_server_that_is_away_are_worth_another_try(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageUnavailable, match="S3 refused: NoSuchBucket"):
        S3Bucket(settings(url, GATEWAY_S3_BUCKET="none")).put(KEY, b"x")
    away = S3Bucket(settings(f"http://{HOST}:{free_port()}"))
    for attempt in (lambda: away.put(KEY, b"x"), lambda: away.remove(KEY), lambda: away.sweep(list)):
        with pytest.raises(StorageUnavailable, match="S3 does not answer: EndpointConnectionError"):
            attempt()
