"""Whatever is logged, secrets are not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from portal.web import logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.configure("info", stream)
    yield stream
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
    for handler in [handler for handler in before if handler not in root.handlers]:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [f"got {JWT}", f"Authorization: Bearer {JWT}", "/auth/callback?code=abc123&state=def456", "Cookie: __Host-session=k1.abc",
     "url?id_token_hint=abc123"],
)  # fmt: skip
def test_secret_in_a_text_is_removed(written: io.StringIO, text: str) -> None:
    logging.getLogger("anything").warning("said: %s", text)
    for secret in (JWT, "abc123", "def456", "k1.abc"):
        assert secret not in written.getvalue()
    assert logs.REMOVED in written.getvalue()


@pytest.mark.parametrize(
    "name", ["token", "access_token", "refresh_tokens", "code", "cookie", "client_secret", "Password"]
)
def test_secret_under_its_name_is_removed(written: io.StringIO, name: str) -> None:
    structlog.get_logger("portal.x").info("event", **{name: "abc123"})
    assert "abc123" not in written.getvalue()


def test_line_is_one_json_object_with_level_time_and_name(written: io.StringIO) -> None:
    try:
        raise ValueError(f"bad {JWT}")
    except ValueError:
        logging.getLogger("portal.x").exception("failed")
    (line,) = written.getvalue().splitlines()
    entry = json.loads(line)
    assert entry["level"] == "error"
    assert entry["logger"] == "portal.x"
    assert "ValueError" in entry["exception"]
    assert JWT not in line
