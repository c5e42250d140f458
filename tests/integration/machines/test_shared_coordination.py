"""Portals with a Redis agree at once; without it each machine goes on by itself, and comes back to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from portal.web import shared_coordination
from portal.web.coordination import StillBusy
from portal.web.shared_coordination import SharedCoordination
from tests.support.redis_server import RedisServer, redis_below

Machine = Callable[[str], SharedCoordination]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    with redis_below(tmp_path / "redis") as running:
        yield running


@pytest.fixture
def machine(server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A portal's coordination on a machine of this name: each has a folder of its own."""
    monkeypatch.setattr(shared_coordination, "_RESTS_SECONDS", 0.0)

    def make(name: str, wait_seconds: float = 30.0) -> SharedCoordination:
        return SharedCoordination(server.url, tmp_path / name, remember_seconds=3600, wait_seconds=wait_seconds)

    return make


def test_what_ended_on_one_machine_has_ended_on_all(machine: Machine) -> None:
    here, there = machine("a"), machine("b")
    assert there.ended(["id:1", "sid:2", "sub:3"]) == [None, None, None]
    here.mark_ended("id:1", "sub:3")
    mine, none, everywhere = there.ended(["id:1", "sid:2", "sub:3"])
    assert none is None
    ours = here.ended(["id:1", "sub:3"])
    assert [mine, everywhere] == pytest.approx(ours, abs=1)


def test_a_name_is_seen_first_once_on_all_machines(machine: Machine) -> None:
    machines = [machine(f"m{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda each: each.first_sight("jti:1"), machines))
    assert sorted(seen) == [False, False, False, True]


def test_one_machine_refreshes_and_all_get_its_result(machine: Machine) -> None:
    machines, ready, calls = [machine(f"m{number}") for number in range(3)], threading.Barrier(12), []

    def act() -> dict[str, Any]:
        calls.append(1)
        return {"at": f"new {len(calls)}"}

    def ask(number: int) -> dict[str, Any]:
        ready.wait()
        return machines[number % 3].once("the refresh token", act)

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(ask, range(12))) == [{"at": "new 1"}] * 12
    assert calls == [1]
    assert machine("late").once("the refresh token", act) == {"at": "new 1"}
    assert machine("late").once("another", act) == {"at": "new 2"}


def test_an_error_is_not_kept_and_holds_nobody_up(machine: Machine) -> None:
    def fail() -> dict[str, Any]:
        raise LookupError

    with pytest.raises(LookupError):
        machine("a").once("t", fail)
    assert machine("b").once("t", lambda: {"at": "new"}) == {"at": "new"}


def test_a_machine_that_is_at_it_is_waited_for(machine: Machine) -> None:
    acting, finish = threading.Event(), threading.Event()

    def act() -> dict[str, Any]:
        acting.set()
        finish.wait(60)
        return {"at": "new"}

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(machine("a").once, "t", act)
        assert acting.wait(60)
        with pytest.raises(StillBusy):
            machine("b", 0.05).once("t", act)  # type: ignore[call-arg]
        finish.set()
        assert first.result(60) == {"at": "new"}


def test_a_machine_that_dies_in_the_midst_holds_the_others_for_its_lease_only(
    machine: Machine, server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"""
import pathlib, time
from portal.web.shared_coordination import SharedCoordination
def act():
    print("acting", flush=True)
    time.sleep(600)
SharedCoordination({server.url!r}, pathlib.Path({str(tmp_path / "dying")!r}), remember_seconds=60,
                   wait_seconds=5).once("t", act)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == b"acting\n"
        dying.kill()
    with Redis.from_url(server.url) as client:
        [lease] = client.keys("portal-session:lease:*")
        assert 0 < client.pttl(lease) <= shared_coordination.LEASE_SECONDS * 1000
    assert machine("b").once("t", lambda: {"at": "new"}) == {"at": "new"}


def test_leases_are_shorter_than_the_issuers_leeway() -> None:
    from gateway.settings import GatewaySettings

    assert GatewaySettings().refresh_leeway_seconds / 2 > shared_coordination.LEASE_SECONDS


def test_without_redis_each_machine_goes_on_and_comes_back(machine: Machine, server: RedisServer) -> None:
    here, there, same = machine("a"), machine("b"), machine("a")
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        here.mark_ended("id:1")
        assert same.ended(["id:1"])[0] is not None
        assert there.ended(["id:1"]) == [None]
        assert here.once("t", lambda: {"at": "1"}) == same.once("t", lambda: {"at": "2"}) == {"at": "1"}
        assert (here.first_sight("j"), same.first_sight("j")) == (True, False)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    here.mark_ended("id:2")
    assert there.ended(["id:2"])[0] is not None


def test_nothing_readable_lies_in_redis(machine: Machine, server: RedisServer) -> None:
    here = machine("a")
    here.once("the-refresh-token", lambda: {"at": "the-access-token"})
    here.mark_ended("sid:the-session")
    here.first_sight("jti:the-notice")
    here.prolong("the-refresh-token")
    with Redis.from_url(server.url) as client:
        found = b" ".join([*client.keys("*"), *(client.get(key) or b"" for key in client.keys("*"))])
        assert {client.ttl(key) > 0 for key in client.keys("*")} == {True}
        assert 500 < max(client.ttl(key) for key in client.keys("portal-session:refresh:*")) <= 600
    for secret in (b"the-refresh-token", b"the-access-token", b"the-session", b"the-notice"):
        assert secret not in found
