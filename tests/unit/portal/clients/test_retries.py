"""``Retry-After`` in both its forms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.clients.retries import retry_after_seconds

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("-3", None),
        ("soon", None),
        ("9" * 40, None),
        ("Sat, 21 Nov 2026 08:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_not_at_all(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds
