"""The file in which limits are counted: its law, its size, and whoever shares it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.strategies import SlidingWindowCounterRateLimiter

from portal.web.limit_store import SETS, SharedFile, open_store
from tests.support.served import free_port

NOW = 1_800_000_000.0  # on the minute


class Shared:
    """A file and the time of those who count in it."""

    def __init__(self, folder: Path, sets: int = SETS) -> None:
        self.now = NOW
        self.path = folder / "limits"
        self._sets = sets
        self.one = self.open()

    def open(self) -> SharedFile:
        """The same file, as another process has it."""
        return SharedFile(f"shared-file://{self.path}", sets=self._sets, clock=lambda: self.now)

    def hit(self, name: str, most: int, store: SharedFile | None = None) -> bool:
        return (store or self.one).acquire_sliding_window_entry(name, most, 60)


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    return Shared(tmp_path)


@contextmanager
def fresh(sets: int = 16) -> Iterator[Shared]:
    """For laws, which take a new one for each example."""
    with tempfile.TemporaryDirectory() as folder:
        shared = Shared(Path(folder), sets)
        yield shared
        shared.one.close()


ASKED = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 45)), max_size=120)


@given(most=st.integers(1, 7), asked=ASKED)
def test_never_more_pass_than_the_limit_in_a_minute_of_the_clock_and_twice_that_in_any(
    most: int, asked: list[tuple[str, float]]
) -> None:
    passed: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    with fresh() as shared:
        for name, pause in asked:
            shared.now += pause / 5
            if shared.hit(name, most):
                passed[name].append(shared.now)
    for times in passed.values():
        assert max(Counter(time // 60 for time in times).values(), default=0) <= most
        for first in times:
            assert sum(first <= time < first + 60 for time in times) <= 2 * most


@given(most=st.integers(1, 7), asked=ASKED)
def test_who_never_asks_for_more_than_half_is_never_refused(most: int, asked: list[tuple[str, float]]) -> None:
    with fresh() as shared:
        asks: Counter[tuple[str, float]] = Counter()
        for name, pause in asked:
            shared.now += pause
            asks[name, shared.now // 60] += 1
            if asks[name, shared.now // 60] <= most:
                assert shared.hit(name, 2 * most), "whatever the others ask for"


@given(most=st.integers(1, 7), asked=ASKED)
def test_who_waits_as_long_as_was_said_is_let_through(most: int, asked: list[tuple[str, float]]) -> None:
    item = RateLimitItemPerMinute(most)
    with fresh() as shared:
        strategy = SlidingWindowCounterRateLimiter(shared.one)
        for name, pause in asked:
            shared.now += pause / 5
            if not strategy.hit(item, name):
                previous, left, current, _ = shared.one.get_sliding_window(item.key_for(name), 60)
                assert int(previous * left / 60) + current == most
                ticks = [left % (60 / previous)] if previous else []
                shared.now += min([*ticks, left]) + 0.001
                assert strategy.hit(item, name)


def test_flood_of_strangers_puts_out_strangers_and_not_who_is_held_back(tmp_path: Path) -> None:
    shared = Shared(tmp_path, sets=1)
    held_back = [f"busy {number}" for number in range(7)]
    for name in held_back:
        assert [shared.hit(name, 3) for _ in range(4)] == [True, True, True, False]
    for number in range(500):
        assert shared.hit(f"stranger {number}", 3)
    assert not any(shared.hit(name, 3) for name in held_back)
    assert shared.path.stat().st_size == 8 * 32, "and the file has not grown"


def test_what_is_over_makes_room_first(tmp_path: Path) -> None:
    shared = Shared(tmp_path, sets=1)
    for number in range(8):
        while shared.hit(f"of yesterday {number}", 9):
            pass
    shared.now += 120
    for number in range(8):
        assert [shared.hit(f"of today {number}", 2) for _ in range(3)] == [True, True, False]
    assert not any(shared.hit(f"of today {number}", 2) for number in range(8))


def test_clock_that_was_set_back_holds_nobody_up(shared: Shared) -> None:
    shared.now += 86_400
    assert [shared.hit("a", 1) for _ in range(2)] == [True, False]
    shared.now -= 86_400
    assert [shared.hit("a", 1) for _ in range(2)] == [True, False]


def test_whoever_opens_the_file_later_goes_on_counting(shared: Shared) -> None:
    assert shared.hit("a", 2)
    assert shared.hit("a", 2, shared.open())
    assert not shared.hit("a", 2)
    assert oct(shared.path.stat().st_mode & 0o777) == "0o600"


COUNTING = """
import os, sys
from portal.web.limit_store import SharedFile
store = SharedFile(sys.argv[1], clock=lambda: 1_800_000_000.0)
store.check()
children = int(sys.argv[2])
for _ in range(children):
    if os.fork() == 0:
        break
else:
    children = 0 if not children else sys.exit(max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(children)))
sys.stdin.buffer.peek(1)
passed = sum(store.acquire_sliding_window_entry("all", 700, 60) for _ in range(400))
os.write(1, b"%d\\n" % passed)
os._exit(0)
"""


@pytest.mark.parametrize(("processes", "children"), [(3, 0), (1, 3)], ids=["each opens it", "forked with it open"])
def test_processes_count_together_to_the_last_one(shared: Shared, processes: int, children: int) -> None:
    command = [sys.executable, "-c", COUNTING, f"shared-file://{shared.path}", str(children)]
    with ExitStack() as stack:
        running = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for _ in range(processes)
        ]
        for process in running:  # they wait for this, so that they count at the same time
            assert process.stdin is not None
            process.stdin.close()
        said = [process.stdout.read() for process in running if process.stdout is not None]
    assert [process.returncode for process in running] == [0] * processes
    passed = [int(line) for one in said for line in one.split()]
    assert len(passed) == 3
    assert sum(passed) == 700


HOLDING = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(shared: Shared) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the file and does nothing more, as one that was stopped."""
    assert shared.hit("a", 2)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(shared.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_process_that_stands_still_keeps_nobody(shared: Shared, holder: subprocess.Popen[bytes]) -> None:
    with pytest.raises(StorageError):
        shared.hit("a", 2)
    holder.kill()
    holder.wait()
    assert shared.hit("a", 2), "the dead hold nothing"
    assert not shared.hit("a", 2)


@pytest.mark.parametrize("lost", [Path.unlink, lambda path: os.truncate(path, 0)], ids=["removed", "cut off"])
def test_file_that_is_lost_is_made_anew_and_shared_again(shared: Shared, lost: Callable[[Path], None]) -> None:
    other = shared.open()
    assert [shared.hit("a", 2), shared.hit("a", 2, other)] == [True, True]
    lost(shared.path)
    assert [shared.hit("a", 2), shared.hit("a", 2, other), shared.hit("a", 2)] == [True, True, False]


def test_file_that_cannot_be_made_is_an_error_of_the_store_until_it_can(shared: Shared) -> None:
    assert shared.hit("a", 1)
    shutil.rmtree(shared.path.parent)
    for _ in range(2):
        with pytest.raises(StorageError):
            shared.hit("a", 1)
    shared.path.mkdir(parents=True)
    with pytest.raises(StorageError):
        shared.hit("a", 1)
    shared.path.rmdir()
    assert shared.hit("a", 1)


def test_redis_that_is_away_is_an_error_of_the_store(tmp_path: Path) -> None:
    store = open_store(f"redis://127.0.0.1:{free_port()}/0", tmp_path)
    with pytest.raises(StorageError):
        SlidingWindowCounterRateLimiter(store).hit(RateLimitItemPerMinute(1), "a")
