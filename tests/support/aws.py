"""moto's server: S3 as boto3 knows it, over a socket, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.served import HOST, free_port, served


@contextmanager
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, with credentials in the environment that it takes; all that was kept in it is gone afterwards."""
    from moto.server import DomainDispatcherApplication, create_backend_app

    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "*",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    port = free_port()
    with served(DomainDispatcherApplication(create_backend_app), port):
        yield f"http://{HOST}:{port}"
