"""Sealed cookies open for those who may, under their own name, in time."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.settings import SessionKey
from portal.web.sealing import CookieTooLarge, Sealer

OLD, NEW = SessionKey("old", bytes(range(32))), SessionKey("new", bytes(range(32, 64)))


@given(st.dictionaries(st.text(max_size=8).filter(lambda name: name != "_exp"), st.text(max_size=40), max_size=6))
def test_sealed_value_opened_is_the_same(value: dict[str, str]) -> None:
    sealer = Sealer([NEW])
    assert sealer.open("name", sealer.seal("name", value, 60)) == value


def test_sealed_value_under_another_name_does_not_open() -> None:
    sealer = Sealer([NEW])
    assert sealer.open("__Host-refresh", sealer.seal("__Host-session", {"a": 1}, 60)) is None


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_sealed_value_with_any_byte_changed_does_not_open(position: int, change: int) -> None:
    sealer = Sealer([NEW])
    sealed = bytearray(sealer.seal("name", {"a": "b"}, 60).encode())
    sealed[position % len(sealed)] ^= change
    assert sealer.open("name", sealed.decode("latin-1")) is None


@given(st.integers(min_value=0), st.text(min_size=1, max_size=4))
def test_sealed_value_with_anything_added_or_cut_off_does_not_open(position: int, added: str) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("name", {"a": "b"}, 60)
    at = position % len(sealed)
    for changed in (sealed[:at] + added + sealed[at:], sealed + added, sealed[:at], sealed[at + 1 :]):
        assert sealer.open("name", changed) is None


def test_sealed_value_after_its_time_does_not_open() -> None:
    now = [1000.0]
    sealer = Sealer([NEW], clock=lambda: now[0])
    sealed = sealer.seal("name", {}, 60)
    now[0] += 59
    assert sealer.open("name", sealed) == {}
    now[0] += 1
    assert sealer.open("name", sealed) is None


def test_key_ring_opens_what_an_older_key_sealed_until_it_is_retired() -> None:
    sealed = Sealer([OLD]).seal("name", {"a": 1}, 60)
    assert Sealer([NEW, OLD]).open("name", sealed) == {"a": 1}
    assert Sealer([NEW]).open("name", sealed) is None


@pytest.mark.parametrize("text", [None, "", ".", "new.", "new.!!!", "new.AAAA", "other.AAAA", "new." + "A" * 9000])
def test_nonsense_does_not_open(text: str | None) -> None:
    assert Sealer([NEW]).open("name", text) is None


def test_value_that_no_browser_would_keep_is_refused() -> None:
    with pytest.raises(CookieTooLarge) as caught:
        Sealer([NEW]).seal("name", {"a": os.urandom(5000).hex()}, 60)
    assert caught.value.size > 4096
