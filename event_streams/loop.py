"""One thread that holds all event streams of a process: writes, notices who has gone, keeps quiet streams alive.

A reader that is too slow costs a few kilobytes: while something waits to be sent to it, only the newest event is kept
behind it, which is enough where events tell how things stand. Where each event counts so many bytes are kept, and then
the stream is dropped. So is one that takes nothing for `STALLED_SECONDS`.
"""

from __future__ import annotations

import atexit
import heapq
import logging
import random
import resource
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count

from event_streams.framing import HEARTBEAT, LAST_CHUNK, as_chunk

HEARTBEAT_SECONDS = (20.0, 25.0)
STALLED_SECONDS = 30.0
LINGER_SECONDS = 2.0
CLOSING_SECONDS = 1.0
_TICK = 0.25  # timers are rounded up to it: streams that are due together cost one waking
_SEND_BUFFER = 16 * 1024
_OTHER_DESCRIPTORS = 512
_log = logging.getLogger(__name__)


class Stream:
    """One client. Everything but `on_closed` belongs to the loop's thread."""

    __slots__ = (
        "blocked_since", "chunked", "closed", "connection", "ending", "ends_at", "keeps", "on_closed", "out", "waiting",
    )  # fmt: skip

    def __init__(
        self,
        connection: socket.socket,
        chunked: bool,
        ends_at: float,
        on_closed: Callable[[Stream], None],
        *,
        keeps: int = 0,
    ) -> None:
        """`ends_at`: monotonic seconds at which it is ended, so that its reader comes back and is looked at anew.
        `keeps`: bytes that may wait to be sent where each event counts; 0 where the newest stands for all."""
        self.keeps = keeps
        self.connection = connection
        self.chunked = chunked
        self.ends_at = ends_at
        self.on_closed = on_closed
        self.out = b""
        self.waiting: bytes | None = None
        self.blocked_since = 0.0
        self.ending = False
        self.closed = False


class StreamLoop:
    """Start it by adopting a stream, never before a fork. All public methods may be called from any thread."""

    def __init__(
        self,
        *,
        farewell: Callable[[], bytes] = lambda: b"",
        heartbeat: tuple[float, float] = HEARTBEAT_SECONDS,
        stalled_seconds: float = STALLED_SECONDS,
    ) -> None:
        """`farewell()` is the last event of a stream that is ended from here; `heartbeat`: the shortest and longest
        time between two comments, in seconds."""
        self._farewell = farewell
        self._heartbeat = heartbeat
        self._stalled_seconds = stalled_seconds
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._calls: deque[Callable[[], object]] = deque()
        self._streams: set[Stream] = set()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def __len__(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def adopt(self, stream: Stream, greeting: Callable[[], bytes | None] = lambda: None) -> None:
        """Hold `stream` from now on; `greeting()` is asked for on the loop's thread, once nothing can be missed."""

        def begin() -> None:
            connection = stream.connection
            if self._until is not None:
                self._close(stream)
                return
            try:
                connection.setblocking(False)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
                if connection.family in (socket.AF_INET, socket.AF_INET6):
                    # A laptop that was closed answers nothing: without it the kernel would go on for a quarter hour.
                    connection.setsockopt(
                        socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(2000 * self._stalled_seconds)
                    )
                self._selector.register(connection, selectors.EVENT_READ, stream)
            except (OSError, ValueError):
                self._close(stream)
                return
            self._streams.add(stream)
            self._later(random.uniform(0, self._heartbeat[1]), lambda: self._keep(stream))  # noqa: S311 - spread
            first = greeting()
            if first:
                self._write(stream, first)

        self.call(begin)

    def send(self, streams: Iterable[Stream], data: bytes) -> None:
        """Write one event to each."""
        chosen = tuple(streams)
        self.call(lambda: self.write(chosen, data))

    def write(self, streams: Iterable[Stream], data: bytes) -> None:
        """The same at once, for what runs on the loop's thread already: nothing comes between."""
        for stream in streams:
            self._write(stream, data)

    def end(self, streams: Iterable[Stream]) -> None:
        """End them as they should: farewell, last chunk, and the connection closed when the client has seen it."""
        chosen = tuple(streams)

        def end() -> None:
            for stream in chosen:
                self._end(stream)

        self.call(end)

    def every(self, seconds: float, act: Callable[[], None]) -> None:
        """Call `act` about every so many seconds while there are streams, on the loop's thread."""

        def again() -> None:
            if self._streams:
                act()
            self._later(seconds, again)

        self.call(again)

    def call(self, act: Callable[[], object]) -> None:
        """Call `act` soon on the loop's thread, which is started when it is first needed."""
        with self._lock:
            self._calls.append(act)
            if self._thread is None:
                self._start()
        if threading.current_thread() is not self._thread:
            with suppress(OSError, AttributeError):
                self._waker.send(b"\0")

    def close(self) -> None:
        """End all streams, wait a moment for it, stop. At the process's end it is called by itself."""
        thread = self._thread
        if thread is None or not thread.is_alive() or thread is threading.current_thread():
            return
        self.call(self._begin_to_stop)
        thread.join(CLOSING_SECONDS + 2)

    # ------------------------------------------------------------------------------------- all below: the loop's thread
    def _start(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wakened, self._waker = socket.socketpair()
        self._wakened.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._wakened, selectors.EVENT_READ, None)
        self._until: float | None = None
        self._thread = threading.Thread(target=self._run, name="event-streams", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def _run(self) -> None:
        while self._until is None or (self._streams and time.monotonic() < self._until):
            wait = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
            if self._until is not None:
                wait = _TICK
            for key, mask in self._selector.select(wait):
                if key.data is None:
                    self._drain()
                else:
                    self._safely(lambda stream=key.data, mask=mask: self._serve(stream, mask))  # type: ignore[misc]
            self._work_off()
        for stream in tuple(self._streams):
            self._close(stream)
        self._work_off()  # who came in the meantime is turned away
        self._selector.close()

    def _safely(self, act: Callable[[], object]) -> None:
        """One that fails must not end the streams of all."""
        try:
            act()
        except Exception:
            _log.exception("event streams: a step failed")

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while self._wakened.recv(4096):
                pass

    def _work_off(self) -> None:
        while self._calls:
            self._safely(self._calls.popleft())
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            self._safely(heapq.heappop(self._timers)[2])

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        at = time.monotonic() + seconds
        heapq.heappush(self._timers, (at - at % _TICK + _TICK, next(self._numbers), act))

    def _keep(self, stream: Stream) -> None:
        """Its heartbeat; whoever has not taken the last one for long, or has been here for long, goes."""
        if stream.closed or stream.ending:
            return
        now = time.monotonic()
        if now >= stream.ends_at:
            self._end(stream)
            return
        if stream.out and now - stream.blocked_since > self._stalled_seconds:
            self._close(stream)
            return
        if not stream.out:
            self._write(stream, HEARTBEAT)
        # Between the two bounds: those who came together do not stay in step.
        self._later(random.uniform(*self._heartbeat), lambda: self._keep(stream))  # noqa: S311

    def _write(self, stream: Stream, data: bytes) -> None:
        if stream.closed or stream.ending:
            return
        if stream.out and stream.keeps:
            if len(stream.out) + len(data) > stream.keeps:
                self._close(stream)  # a clean end would tell that nothing was left out
                return
            stream.out += as_chunk(data) if stream.chunked else data
        elif stream.out:
            stream.waiting = data
        else:
            self._push(stream, as_chunk(data) if stream.chunked else data)

    def _push(self, stream: Stream, data: bytes) -> None:
        try:
            sent = stream.connection.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(stream)
            return
        if sent < len(data):
            if sent or not stream.out:
                stream.blocked_since = time.monotonic()
            if not stream.out:
                self._selector.modify(stream.connection, selectors.EVENT_READ | selectors.EVENT_WRITE, stream)
            stream.out = data[sent:]
        elif stream.out:
            stream.out = b""
            self._selector.modify(stream.connection, selectors.EVENT_READ, stream)

    def _serve(self, stream: Stream, mask: int) -> None:
        if stream.closed:
            return
        if mask & selectors.EVENT_READ:
            try:
                heard = stream.connection.recv(4096)  # nobody has anything to say after the request
            except BlockingIOError:
                heard = b"-"
            except OSError:
                heard = b""
            if not heard:
                self._close(stream)
                return
        if mask & selectors.EVENT_WRITE and stream.out:
            self._push(stream, stream.out)
            if stream.closed or stream.out:
                return
            if stream.ending:
                self._half_close(stream)
            elif stream.waiting is not None:
                data, stream.waiting = stream.waiting, None
                self._write(stream, data)

    def _end(self, stream: Stream) -> None:
        if stream.closed or stream.ending:
            return
        last = self._farewell()
        if stream.chunked:
            last = (as_chunk(last) if last else b"") + LAST_CHUNK
        stream.ending, stream.waiting = True, None
        self._later(LINGER_SECONDS, lambda: self._close(stream))
        if stream.out:
            stream.out += last
            return
        if last:
            self._push(stream, last)
        if not stream.closed and not stream.out:
            self._half_close(stream)

    def _half_close(self, stream: Stream) -> None:
        """No more from here: the client sees the end, closes its side, and is then read as gone."""
        try:
            stream.connection.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(stream)

    def _close(self, stream: Stream) -> None:
        if stream.closed:
            return
        stream.closed = True
        self._streams.discard(stream)
        with suppress(KeyError, ValueError, OSError):
            self._selector.unregister(stream.connection)
        with suppress(OSError):
            stream.connection.close()
        stream.out, stream.waiting = b"", None
        stream.on_closed(stream)

    def _begin_to_stop(self) -> None:
        self._until = time.monotonic() + CLOSING_SECONDS
        for stream in tuple(self._streams):
            self._end(stream)


def make_room(streams: int) -> int:
    """Have the process open as many descriptors as so many streams need, as far as its hard limit lets it. Returns for
    how many there is room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = streams + _OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return streams if soft == resource.RLIM_INFINITY else max(0, min(streams, soft - _OTHER_DESCRIPTORS))
