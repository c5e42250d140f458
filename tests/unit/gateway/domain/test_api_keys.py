from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.api_keys import (
    KeyStatus,
    KnownKey,
    Refusal,
    is_well_formed,
    last_four_of,
    new_raw_key,
    prefix_of,
    refusal_of,
    rotated_expiry,
    status_of,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
KEY = KnownKey(UUID(int=1), UUID(int=2), "live", frozenset({"sms:send"}), (), None, None, None)
LETTERS = string.digits + string.ascii_letters


@pytest.mark.parametrize("mode", ["live", "test"])
def test_new_key_has_its_mode_its_length_and_a_checksum_that_fits(mode: str) -> None:
    made = {new_raw_key(mode) for _ in range(200)}
    assert len(made) == 200
    for key in made:
        assert key.startswith(f"gsk_{mode}_")
        assert len(key) == 9 + 36 + 6
        assert is_well_formed(key)
        assert key.startswith(prefix_of(key))
        assert len(prefix_of(key)) == 13
        assert key.endswith(last_four_of(key))


@given(st.integers(0, 50), st.sampled_from(LETTERS + "_-é "))
def test_one_wrong_character_is_noticed(place: int, letter: str) -> None:
    key = new_raw_key("live")
    changed = key[:place] + letter + key[place + 1 :]
    assert is_well_formed(changed) == (changed == key)


@given(st.text())
def test_arbitrary_text_is_no_key(text: str) -> None:
    assert not is_well_formed("gsk_live_" + text) or len(text) == 42


@pytest.mark.parametrize(
    ("change", "scope", "address", "refusal"),
    [
        ({}, "sms:send", "192.0.2.1", None),
        ({}, "sms:read", "192.0.2.1", Refusal.SCOPE),
        ({}, None, "192.0.2.1", Refusal.CLOSED),
        ({"revoked_at": NOW + timedelta(days=1)}, "sms:send", None, Refusal.REVOKED),
        ({"works_until": NOW}, "sms:send", None, Refusal.REVOKED),
        ({"works_until": NOW + MICROSECOND}, "sms:send", None, None),
        ({"expires_at": NOW}, "sms:send", None, Refusal.EXPIRED),
        ({"expires_at": NOW + MICROSECOND}, "sms:send", None, None),
        ({"allowed_ips": (ip_network("192.0.2.0/24"),)}, "sms:send", "192.0.2.255", None),
        ({"allowed_ips": (ip_network("192.0.2.0/24"),)}, "sms:send", "::ffff:192.0.2.255", None),
        ({"allowed_ips": (ip_network("192.0.2.0/24"),)}, "sms:send", "192.0.3.0", Refusal.ADDRESS),
        ({"allowed_ips": (ip_network("192.0.2.0/24"),)}, "sms:send", "2001:db8::1", Refusal.ADDRESS),
        ({"allowed_ips": (ip_network("192.0.2.0/24"),)}, "sms:send", None, Refusal.ADDRESS),
        ({"allowed_ips": (ip_network("0.0.0.0/0"),)}, "sms:read", "192.0.3.0", Refusal.SCOPE),
    ],
)
def test_refusal_is_the_first_reason_that_holds(
    change: dict[str, object], scope: str | None, address: str | None, refusal: Refusal | None
) -> None:
    assert refusal_of(replace(KEY, **change), scope, address, NOW) is refusal  # type: ignore[arg-type]


MOMENTS = st.none() | st.integers(-30, 30).map(lambda days: NOW + timedelta(days=days))


@given(MOMENTS, st.none() | st.just(NOW), MOMENTS)
def test_status_that_works_is_what_the_door_lets_in(
    expires_at: datetime | None, revoked_at: datetime | None, works_until: datetime | None
) -> None:
    moments = {"expires_at": expires_at, "revoked_at": revoked_at, "works_until": works_until}
    status = status_of(NOW, **moments)
    works = refusal_of(replace(KEY, **moments), "sms:send", None, NOW) is None
    assert works == (status in {KeyStatus.ACTIVE, KeyStatus.EXPIRING, KeyStatus.GRACE})


def test_successor_lives_as_long_as_the_key_was_made_for() -> None:
    made = NOW - timedelta(days=80)
    assert rotated_expiry(NOW, made, made + timedelta(days=90)) == NOW + timedelta(days=90)
    assert rotated_expiry(NOW, made, None) is None
