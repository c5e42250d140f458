"""Sealed values: opened by whom they are for, and by nobody else."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.sealing import Sealer, digest, open_under, read_or_create_secret, seal_under

SEALER = Sealer(b"s" * 32)


@given(st.binary(max_size=200))
def test_sealed_bytes_open_for_the_same_purpose_only(plain: bytes) -> None:
    sealed = SEALER.seal("keys", plain)
    assert SEALER.open("keys", sealed) == plain
    assert SEALER.open("other", sealed) is None
    assert Sealer(b"t" * 32).open("keys", sealed) is None


@given(st.binary(max_size=100))
def test_arbitrary_bytes_do_not_open(raw: bytes) -> None:
    assert SEALER.open("keys", raw) is None


@given(st.text(max_size=100))
def test_arbitrary_text_is_no_token(text: str) -> None:
    assert SEALER.open_token("page", text) is None
    assert open_under(text, b"x" * 40) is None
    assert len(digest(text)) == 32
    assert not SEALER.check_mac("form", text, text)


def test_token_keeps_its_value_and_says_when_it_is_over() -> None:
    value = [["state", "پیام"], ["nonce", "n"]]
    fresh = SEALER.open_token("page", SEALER.seal_token("page", value, 60))
    assert fresh is not None
    assert (fresh.value, fresh.expired) == (value, False)
    late = SEALER.open_token("page", SEALER.seal_token("page", value, -1))
    assert late is not None
    assert late.expired


def test_token_changed_in_one_character_does_not_open() -> None:
    token = SEALER.seal_token("page", {"a": 1}, 60)
    for position in range(len(token)):
        other = "A" if token[position] != "A" else "B"
        changed = SEALER.open_token("page", token[:position] + other + token[position + 1 :])
        # The last character carries unused bits, so another one may mean the same bytes.
        assert changed is None or position == len(token) - 1


def test_value_under_a_token_opens_with_that_token_only() -> None:
    sealed = seal_under("old token", "successor")
    assert open_under("old token", sealed) == "successor"
    assert open_under("other token", sealed) is None
    assert b"successor" not in sealed


def test_mac_belongs_to_text_and_purpose() -> None:
    mac = SEALER.mac("form", "cookie|login")
    assert SEALER.check_mac("form", "cookie|login", mac)
    assert not SEALER.check_mac("form", "cookie|logout", mac)
    assert not SEALER.check_mac("other", "cookie|login", mac)


def test_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")


def test_secret_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "identity.secret"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: read_or_create_secret(path), range(8)))
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]
