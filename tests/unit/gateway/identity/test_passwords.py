"""Password hashes: right, wrong, unknown, outdated, and too many at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.identity.passwords import Passwords, PasswordsBusy, check_strength

FAST = Passwords(time_cost=1, memory_kib=64, parallelism=1)


def test_default_parameters_are_argon2id_with_64_mib() -> None:
    assert Passwords().hash("Demo-1234").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_right_password_is_right_and_wrong_is_wrong() -> None:
    stored = FAST.hash("پټنوم-1234")
    assert FAST.verify(stored, "پټنوم-1234").ok
    assert not FAST.verify(stored, "پټنوم-1235").ok
    assert FAST.verify(stored, "پټنوم-1234").new_hash is None


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$broken", "$2b$12$abcdefghijklmnopqrstuv"])
def test_unusable_stored_hash_is_never_right(stored: str) -> None:
    assert not FAST.verify(stored, "anything").ok
    assert not FAST.verify(stored, "").ok


def test_nobody_has_the_password_of_the_decoy() -> None:
    assert not FAST.verify(None, "nobody has this password").ok


def test_outdated_parameters_are_renewed() -> None:
    verdict = Passwords(time_cost=2, memory_kib=64, parallelism=1).verify(FAST.hash("Demo-1234"), "Demo-1234")
    assert verdict.ok
    assert verdict.new_hash is not None
    assert "t=2" in verdict.new_hash


def test_unknown_user_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(time_cost=1, memory_kib=64, parallelism=1)
    stored = passwords.hash("Demo-1234")
    checked: list[str] = []
    genuine = passwords._hasher.verify

    def watch(hashed: str, password: str) -> bool:
        checked.append(hashed.rsplit("$", 2)[0])
        return bool(genuine(hashed, password))

    monkeypatch.setattr(
        passwords, "_hasher", type("Watched", (), {"verify": staticmethod(watch), "hash": passwords._hasher.hash})()
    )
    passwords.verify(stored, "wrong")
    passwords.verify(None, "wrong")
    assert len(checked) == 2
    assert checked[0] == checked[1], "the same parameters"


def test_concurrency_is_bounded_and_waiting_ends() -> None:
    passwords = Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=1, wait_seconds=0.01)
    entered, release = threading.Event(), threading.Event()

    def occupy() -> None:
        with passwords._slot():
            entered.set()
            release.wait(60)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(occupy)
        assert entered.wait(60)
        try:
            with pytest.raises(PasswordsBusy) as busy:
                passwords.verify(None, "x")
        finally:
            release.set()
        job.result()
    assert busy.value.retry_after >= 1
    assert not passwords.verify(None, "x").ok


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_password_of_impossible_length_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        check_strength(password)


def test_password_of_the_demo_is_long_enough() -> None:
    check_strength("Demo-1234")
