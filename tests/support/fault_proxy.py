"""A proxy that passes requests on to an upstream, or treats those a test names as a broken network or program would.

A *fault* is a function of an Exchange: it writes to the client's socket what it likes, or nothing. Faults that wait do so
until the proxy is told to heal or is closed, never for a time.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_BYTE_SECONDS = 0.1
_PIECE = 16 * 1024
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


@dataclass(frozen=True)
class Answer:
    """What goes back: ``body`` as it is, with its length said."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in {**self.headers, "Content-Length": str(len(self.body))}.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass(frozen=True)
class Seen:
    """One request that reached the proxy; ``path`` without its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Exchange:
    """One request being answered. ``healed`` is set when nobody is to be kept waiting any longer."""

    request: Seen
    target: str
    client: socket.socket
    upstream: tuple[str, int]
    healed: threading.Event
    sent: int = 0

    def forward(self) -> Answer:
        """What the upstream answers."""
        connection = http.client.HTTPConnection(*self.upstream, timeout=60)
        try:
            headers = {name: value for name, value in self.request.headers.items() if name.lower() not in _HOP}
            connection.request(self.request.method, self.target, self.request.body or None, headers)
            response = connection.getresponse()
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
            return Answer(response.status, response.read(), kept)
        finally:
            connection.close()

    def send(self, data: bytes) -> None:
        """Piece by piece, counting what the client's machine has taken. Raises OSError when it hangs up."""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self.client.sendall(piece)
            self.sent += len(piece)

    def reset(self) -> None:
        """End the connection as a machine does that knows nothing of it."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Fault = Callable[[Exchange], None]


def refuse(exchange: Exchange) -> None:
    """The request is thrown away and the connection reset."""
    exchange.reset()


def hang(exchange: Exchange) -> None:
    """No answer at all."""
    exchange.healed.wait()


def slow(exchange: Exchange) -> None:
    """The right answer, a byte at a time, from the first letter of its status line."""
    answer = exchange.forward()
    _drip(exchange, answer.head() + answer.body)


def slow_body(exchange: Exchange) -> None:
    """The head of the right answer at once, its body a byte at a time."""
    answer = exchange.forward()
    exchange.send(answer.head())
    _drip(exchange, answer.body)


def _drip(exchange: Exchange, data: bytes) -> None:
    for number in range(len(data)):
        if exchange.healed.wait(_BYTE_SECONDS):
            exchange.send(data[number:])
            return
        exchange.send(data[number : number + 1])


def cut(exchange: Exchange) -> None:
    """Half of the right answer, and the connection is gone."""
    answer = exchange.forward()
    exchange.send(answer.head() + answer.body[: len(answer.body) // 2])


def answering(status: int, body: bytes = b"{}", kind: str = "application/json", **headers: str) -> Fault:
    """Always the same answer; ``retry_after="7"`` becomes ``Retry-After: 7``."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda exchange: exchange.send(
        (answer := Answer(status, body, {"Content-Type": kind, **named})).head() + answer.body
    )


TRACE = b'Traceback (most recent call last):\n  File "server.py", line 1\nRuntimeError: database password is hunter2'
failing = answering(500, TRACE, "text/plain")
too_many = answering(429, b'{"code":"rate_limited"}', "application/problem+json", retry_after="7")
garbage = answering(200, b'{"items": [{"a": 1}, {"b"')
html = answering(200, b"<!doctype html><script>alert(1)</script><h1>Welcome to your router</h1>", "text/html")
empty = answering(200, b"")
redirect = answering(302, b"", "text/html", location="/elsewhere")


def reshaped(change: Callable[[Any], Any]) -> Fault:
    """The right answer with every value at the end of a branch replaced: well-formed, and of another shape."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward()
        if answer.body[:1] == b"{":
            answer = Answer(
                answer.status, json.dumps(_leaves(json.loads(answer.body), change)).encode(), answer.headers
            )
        exchange.send(answer.head() + answer.body)

    return fault


def _leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _leaves(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_leaves(each, change) for each in value] or change(value)
    return change(value)


def padded(size: int, *, said: bool) -> Fault:
    """The right answer with ``size`` bytes of an unknown field in front; its length ``said`` beforehand or not."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward()
        body = b'{"padding": "' + b"x" * size + b'", ' + answer.body.lstrip()[1:]
        exchange.client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        head = Answer(answer.status, body, answer.headers).head()
        exchange.send(head if said else re.sub(rb"Content-Length: \d+\r\n", b"", head))
        exchange.send(body)

    return fault


@dataclass
class _Rule:
    fault: Fault
    path: re.Pattern[str]
    method: str | None
    times: int | None

    def takes(self, request: Seen) -> bool:
        if self.times == 0 or self.method not in (None, request.method) or not self.path.fullmatch(request.path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FaultProxy:
    """Listens on a free port of its own; what no rule takes is passed on. ``seen`` is what was asked, in order."""

    def __init__(self, upstream_url: str) -> None:
        parts = urlsplit(upstream_url)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._open: set[socket.socket] = set()
        self._healed = threading.Event()
        self.seen: list[Seen] = []
        self.exchanges: list[Exchange] = []
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def break_down(
        self, fault: Fault, path: str = ".*", *, method: str | None = None, times: int | None = None
    ) -> None:
        """Treat requests whose whole path matches so; the newest rule that fits wins."""
        with self._lock:
            self._rules.insert(0, _Rule(fault, re.compile(path), method, times))

    def heal(self) -> None:
        """No rules any more; whoever is kept waiting is let go."""
        with self._lock:
            self._rules.clear()
            self._healed.set()
            self._healed = threading.Event()

    def forget(self) -> None:
        """Count from here."""
        with self._lock:
            self.seen.clear()
            self.exchanges.clear()

    def count(self, path: str = ".*", method: str | None = None) -> int:
        """How many such requests have come."""
        with self._lock:
            return sum(bool(re.fullmatch(path, each.path)) and method in (None, each.method) for each in self.seen)

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Nobody listens at the address while the block runs."""
        self._stop_listening()
        try:
            yield
        finally:
            self._listener = self._listen(self.port)

    def close(self) -> None:
        self.heal()
        self._stop_listening()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _stop_listening(self) -> None:
        # shutdown() wakes the thread in accept(); close() alone would leave the port taken until then.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for client in self._open:
                client.close()
            self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, client.makefile("rb") as stream:
                while self._one(client, stream):
                    pass
        except (OSError, ValueError, http.client.HTTPException):
            pass  # the client, or the upstream, hung up
        finally:
            with self._lock:
                self._open.discard(client)

    def _one(self, client: socket.socket, stream: Any) -> bool:
        """Answer one request; whether the connection may stay for another."""
        words = stream.readline().decode("latin-1").split()
        if len(words) != 3:
            return False
        method, target, _ = words
        headers = dict(http.client.parse_headers(stream).items())
        body = stream.read(int(headers.get("Content-Length") or 0))
        request = Seen(method, urlsplit(target).path, headers, body)
        with self._lock:
            exchange = Exchange(request, target, client, self._upstream, self._healed)
            self.seen.append(request)
            self.exchanges.append(exchange)
            fault = next((rule.fault for rule in self._rules if rule.takes(request)), None)
        if fault is not None:
            fault(exchange)
            return False
        answer = exchange.forward()
        exchange.send(answer.head() + answer.body)
        return True


@contextmanager
def fault_proxy(upstream_url: str) -> Iterator[FaultProxy]:
    """A proxy in front of ``upstream_url`` while the block runs."""
    proxy = FaultProxy(upstream_url)
    try:
        yield proxy
    finally:
        proxy.close()
