from __future__ import annotations

import datetime as dt

import pytest

from portal.domain.api_keys import KeyDraft, KeyStatus, lines_of

NOW = dt.datetime(2026, 11, 21, 23, 59, tzinfo=dt.UTC)


def draft(**changes: object) -> KeyDraft:
    given = {"name": "A", "scopes": ("sms:send",), "mode": "live", "lifetime": "30", "allowed_ips": ()}
    return KeyDraft(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, {}),
        ({"allowed_ips": ("203.0.113.7", "2001:db8::/32")}, {}),
        ({"name": "", "scopes": ()}, {"name": "missing", "scopes": "too_short"}),
        ({"name": "x" * 81}, {"name": "string_too_long"}),
        ({"allowed_ips": ("203.0.113.7", "10.0.0.1/8")}, {"allowedIps": "network"}),
        ({"allowed_ips": ("everywhere",)}, {"allowedIps": "network"}),
    ],
)
def test_draft_names_every_problem(changes: dict[str, object], problems: dict[str, str]) -> None:
    assert draft(**changes).problems() == problems


def test_expiry_is_the_same_all_day_so_that_a_repeated_request_is_the_same() -> None:
    morning = NOW.replace(hour=0, minute=0)
    assert draft().expires_at(morning) == draft().expires_at(NOW) == dt.datetime(2026, 12, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize("lifetime", ["never", "", "31", "soon"])
def test_lifetime_that_is_not_offered_is_none(lifetime: str) -> None:
    assert draft(lifetime=lifetime).expires_at(NOW) is None


def test_networks_are_read_by_lines_and_commas_of_any_script() -> None:
    assert lines_of(" 10.0.0.1\r\n\n10.0.0.2, 10.0.0.3،10.0.0.4 ") == ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")


def test_ended_keys_cannot_be_rotated() -> None:
    assert [status for status in KeyStatus if status.rotatable] == [KeyStatus.ACTIVE, KeyStatus.EXPIRING]
    assert [status for status in KeyStatus if status.ended] == [KeyStatus.EXPIRED, KeyStatus.REVOKED]
