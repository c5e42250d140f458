"""Threads and processes agree: one acts, all get its result, what ended stays ended."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from portal.web.coordination import PROLONGED_SECONDS, SUCCESSOR_SECONDS, HostCoordination, StillBusy


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def make(folder: Path, **options: Any) -> HostCoordination:
    return HostCoordination(folder, remember_seconds=3600, **options)


def test_twenty_threads_act_once_and_all_get_the_result(tmp_path: Path) -> None:
    coordination, ready, calls = make(tmp_path), threading.Barrier(20), []

    def act() -> dict[str, str]:
        calls.append(1)
        return {"at": "new"}

    def ask(_: int) -> dict[str, Any]:
        ready.wait()
        return coordination.once("refresh token", act)

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(ask, range(20)))
    assert results == [{"at": "new"}] * 20
    assert calls == [1]


def _refresh_in_a_process(folder: str, log: str, ready: Any, answers: Any) -> None:
    def act() -> dict[str, str]:
        with open(log, "a") as file:
            file.write("x")
        return {"at": "new"}

    ready.wait()
    answers.put(make(Path(folder)).once("refresh token", act))


def test_processes_of_one_machine_act_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(4), context.Queue()
    arguments = (str(tmp_path / "shared"), str(tmp_path / "log"), ready, answers)
    processes = [context.Process(target=_refresh_in_a_process, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    results = [answers.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert results == [{"at": "new"}] * 4
    assert (tmp_path / "log").read_text() == "x"


def test_result_is_kept_for_stragglers_and_then_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    coordination, calls = make(tmp_path, clock=clock), []

    def act() -> dict[str, int]:
        calls.append(1)
        return {"n": len(calls)}

    assert coordination.once("a", act) == {"n": 1}
    clock.now += SUCCESSOR_SECONDS - 1
    assert coordination.once("a", act) == {"n": 1}
    clock.now += 2
    assert coordination.once("a", act) == {"n": 2}
    assert coordination.once("b", act) == {"n": 3}


def test_result_that_nobody_could_use_yet_is_kept_for_longer(tmp_path: Path) -> None:
    clock = Clock()
    coordination = make(tmp_path, clock=clock)
    coordination.prolong("a")  # nothing there: nothing happens
    assert coordination.once("a", lambda: {"n": 1}) == {"n": 1}
    coordination.prolong("a")
    clock.now += PROLONGED_SECONDS - 1
    make(tmp_path, clock=clock).once("b", dict)  # sweeps
    assert coordination.once("a", lambda: {"n": 2}) == {"n": 1}
    clock.now += 2
    assert coordination.once("a", lambda: {"n": 2}) == {"n": 2}


def test_error_reaches_the_asker_and_is_not_kept(tmp_path: Path) -> None:
    coordination = make(tmp_path)

    def fail() -> dict[str, str]:
        raise LookupError

    with pytest.raises(LookupError):
        coordination.once("a", fail)
    assert coordination.once("a", lambda: {"at": "new"}) == {"at": "new"}


def test_wait_for_somebody_who_does_not_finish_ends(tmp_path: Path) -> None:
    coordination, acting, finish = make(tmp_path, wait_seconds=0.05), threading.Event(), threading.Event()

    def act() -> dict[str, str]:
        acting.set()
        finish.wait(30)
        return {"at": "new"}

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(coordination.once, "a", act)
        assert acting.wait(30)
        with pytest.raises(StillBusy):
            coordination.once("a", act)
        with pytest.raises(StillBusy):
            make(tmp_path, wait_seconds=0.05).once("a", act)
        finish.set()
        assert first.result(30) == {"at": "new"}


def test_nothing_readable_lies_in_the_folder(tmp_path: Path) -> None:
    coordination = make(tmp_path)
    coordination.once("the-refresh-token", lambda: {"at": "the-access-token"})
    coordination.mark_ended("sid:the-session")
    for path in tmp_path.rglob("*"):
        content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        assert b"the-" not in content
        assert path.is_dir() or path.stat().st_mode & 0o077 == 0


def test_ended_session_is_remembered_by_all_and_forgotten_with_its_cookies(tmp_path: Path) -> None:
    clock = Clock()
    one, other = make(tmp_path, clock=clock), make(tmp_path, clock=clock)
    one.mark_ended("id:a")
    assert other.ended_at("id:a") == clock.now
    assert other.ended_at("id:b") is None
    clock.now += 3601
    other.mark_ended("id:c")
    assert one.ended_at("id:a") is None
    assert one.ended_at("id:c") is not None


def test_first_sight_is_true_once(tmp_path: Path) -> None:
    one, other = make(tmp_path), make(tmp_path)
    assert one.first_sight("jti:1")
    assert not other.first_sight("jti:1")
    assert other.first_sight("jti:2")


def test_successor_cut_off_by_a_crash_is_made_again(tmp_path: Path) -> None:
    coordination = make(tmp_path)
    coordination.once("a", lambda: {"at": "new"})
    (file,) = (tmp_path / "refreshes").iterdir()
    file.write_bytes(file.read_bytes()[:20])
    assert coordination.once("a", lambda: {"at": "newer"}) == {"at": "newer"}
