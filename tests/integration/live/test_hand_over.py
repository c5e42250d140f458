"""Streams on a real gunicorn with two threads, over real sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from event_streams import Parser, ServerEvent
from launcher import ports
from launcher.processes import answers

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 30


@contextmanager
def gunicorn(*options: str, env: dict[str, str] | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = ports.any_free("127.0.0.1")
    command = [sys.executable, "-m", "gunicorn", "tests.support.stream_app:app", "--bind", f"127.0.0.1:{port}",
               "--worker-class", "gthread", "--threads", "2", "--no-control-socket", "--log-level", "debug",
               "--keep-alive", "5", *options]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(env or {})}, stderr=subprocess.PIPE)
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
    reader.start()
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(f"{url}/page"), process)
        yield url, process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(WAIT_SECONDS)
        reader.join(WAIT_SECONDS)
        if process.stderr is not None:
            process.stderr.close()
    log = b"".join(said).decode()
    assert "Traceback" not in log, log[-3000:]
    assert "Error" not in log, log[-3000:]


@pytest.fixture
def url() -> Iterator[str]:
    with gunicorn() as (url, _):
        yield url


def until(condition: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert process is None or process.poll() is None, "gunicorn stopped"
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


class Reader:
    """A client that reads as a browser does: a response with its framing undone."""

    def __init__(self, url: str, query: str = "", version: str = "1.1") -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)
        self.socket.sendall(f"GET /stream?{query} HTTP/{version}\r\nHost: {host}\r\n\r\n".encode())
        self._file = self.socket.makefile("rb")
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self._file.read(1)
        self._chunked = b"transfer-encoding: chunked" in self.head.lower()
        self._parser = Parser()
        self.ended_well = False

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def events(self) -> Iterator[ServerEvent]:
        """Until the stream ends."""
        while piece := self._piece():
            yield from self._parser.feed(piece)

    def until(self, name: str) -> ServerEvent:
        return next(event for event in self.events() if event.name == name)

    def _piece(self) -> bytes:
        if not self._chunked:
            return self._file.read1(4096)
        size = self._file.readline()
        if not size:
            return b""
        piece = self._file.read(int(size, 16))
        self._file.readline()
        self.ended_well = not piece
        return piece


def test_many_streams_hold_no_thread(url: str) -> None:
    readers = [Reader(url) for _ in range(100)]
    try:
        assert [reader.until("hello").data for reader in readers] == ["a\nb"] * 100
        assert requests.get(f"{url}/page", timeout=WAIT_SECONDS).text == "100"
        requests.get(f"{url}/tell", timeout=WAIT_SECONDS)
        assert [reader.until("told").data for reader in readers] == ["x"] * 100
    finally:
        for reader in readers:
            reader.__exit__()
    until(lambda: requests.get(f"{url}/page", timeout=WAIT_SECONDS).text == "0")


@pytest.mark.parametrize(("version", "framing"), [("1.1", b"Transfer-Encoding: chunked"), ("1.0", b"HTTP/1.0 200 OK")])
def test_stream_is_framed_for_who_asked(url: str, version: str, framing: bytes) -> None:
    with Reader(url, version=version) as reader:
        assert framing in reader.head
        assert {b"X-Own: kept", b"Connection: close"} <= set(reader.head.splitlines())
        assert reader.until("hello").data == "a\nb"
        requests.get(f"{url}/end", timeout=WAIT_SECONDS)
        assert [event.name for event in reader.events()] == ["end"]
        assert reader.ended_well is (version == "1.1")


def test_stream_ends_after_its_time(url: str) -> None:
    with Reader(url, "seconds=0.3") as reader:
        last = list(reader.events())[-1]
        assert (last.name, last.retry_ms) == ("end", 1000)
        assert reader.ended_well


def test_quiet_stream_is_kept_alive(url: str) -> None:
    with Reader(url) as reader:
        reader.until("hello")
        assert [reader._piece() for _ in range(3)] == [b":\n\n"] * 3


def test_connection_can_be_of_a_second_request(url: str) -> None:
    """gunicorn kept it in its poller before: nothing of that may be left when it is handed over."""
    host, port = url.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)) as connection:
        for _ in range(3):
            connection.sendall(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while not received.endswith(b"0\r\n\r\n"):
                received += connection.recv(4096)
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while b"hello" not in received:
            received += connection.recv(4096)
        requests.get(f"{url}/tell", timeout=WAIT_SECONDS)
        while b"told" not in received:
            received += connection.recv(4096)
    until(lambda: requests.get(f"{url}/page", timeout=WAIT_SECONDS).text == "0")


def test_slow_reader_gets_the_newest_and_keeps_nobody_waiting(url: str) -> None:
    with Reader(url) as slow, Reader(url) as quick:
        slow.until("hello")
        for _ in range(40):
            requests.get(f"{url}/tell?200000", timeout=WAIT_SECONDS)
            assert len(quick.until("told").data) == 200000
        requests.get(f"{url}/tell?7", timeout=WAIT_SECONDS)
        sizes = []
        for event in slow.events():
            sizes.append(len(event.data))
            if event.name == "told" and len(event.data) == 7:
                break
        assert len(sizes) < 41


def test_stalled_reader_is_dropped() -> None:
    with gunicorn(env={"STALLED_SECONDS": "0.5"}) as (url, _), Reader(url) as stalled:
        stalled.until("hello")
        requests.get(f"{url}/tell?20000000", timeout=WAIT_SECONDS)
        until(lambda: requests.get(f"{url}/page", timeout=WAIT_SECONDS).text == "0")


def test_stream_where_each_event_counts_loses_none_or_ends(url: str) -> None:
    with Reader(url, "keeps=300000") as slow:
        slow.until("hello")
        for _ in range(60):
            requests.get(f"{url}/tell?200000", timeout=WAIT_SECONDS)
        until(lambda: requests.get(f"{url}/page", timeout=WAIT_SECONDS).text == "0")
        told = 0
        with suppress(ValueError, OSError):  # in the middle of a chunk
            told = sum(event.name == "told" for event in slow.events())
        assert told < 60
        assert not slow.ended_well


def test_stop_ends_streams_and_lets_the_worker_go() -> None:
    with gunicorn("--graceful-timeout", "20") as (url, process), Reader(url) as reader:
        reader.until("hello")
        process.send_signal(signal.SIGTERM)
        assert [event.name for event in reader.events()][-1] == "end"
        assert reader.ended_well
        assert process.wait(WAIT_SECONDS) == 0


def test_another_kind_of_worker_lets_go_as_well() -> None:
    with gunicorn("--worker-class", "sync", "--threads", "1") as (url, _):
        with Reader(url) as reader:  # a plain socket, whatever the worker
            assert reader.until("hello")
        assert requests.get(f"{url}/page", timeout=WAIT_SECONDS).status_code == 200
