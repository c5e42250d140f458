"""Dashboards that are open: what two thousand streams cost while nothing happens, and how soon a message is told.

The whole product with people of customers of their own; each stream is a real connection of a signed-in session. The
other side, which browsers would be, is this process, whose own time does not count.
"""

from __future__ import annotations

import argparse
import re
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import uuid4

import requests
from sqlalchemy import text

from bench import measure
from bench.measure import median, quantile
from bench.stack import Stack, cpu_seconds, memory_megabytes, running
from event_streams import make_room
from gateway.domain.api_keys import new_raw_key
from gateway.identity.passwords import Passwords
from gateway.identity.sealing import Sealer, read_or_create_secret
from gateway.identity.users import create_user
from gateway.postgres import EmbeddedPostgres
from gateway.settings import GatewaySettings
from gateway.store.accounts import create_tenant
from gateway.store.engine import create_engine
from portal.web.live_seats import MOST_OF_PERSON

STREAMS = 2000
IDLE_SECONDS = 60.0
MESSAGES = 12_000
TOLD = 20
CORES = 2
POLL_SECONDS = 15.0
PASSWORD = "Correct-Horse-1"  # noqa: S105 - of people who are made for the measurement
_REVISION = re.compile(rb'"revision":(\d+)')
_QUICK = Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=8)


@dataclass(frozen=True)
class Live:
    """Of one process of the portal. `portal_percent` and `all_percent` (gateway, worker and database too) are of all
    cores while nothing happens; `stream_kb` is the portal's memory for one stream. Times from the answer to a message's
    submission to the event in an open page, in ms: the gateway folds new messages into its numbers once a second.
    `calls_per_minute` are what the gateway was asked while nothing happened; `polled_per_minute` what as many pages ask
    that poll."""

    streams: int
    portal_percent: float
    all_percent: float
    stream_kb: float
    told_p50_ms: float
    told_p99_ms: float
    calls_per_minute: float
    polled_per_minute: float


def run(streams: int = STREAMS, idle_seconds: float = IDLE_SECONDS, stack: Stack | None = None) -> Live:
    """Measure on `stack`, or on a product of its own."""
    if stack is not None:
        return _run(stack, streams, idle_seconds)
    with running(MESSAGES) as own:
        return _run(own, streams, idle_seconds)


def figures(found: Live) -> dict[str, float]:
    """The figures by the names that targets have."""
    return {one.name: float(getattr(found, one.name)) for one in fields(found)}


def table(found: Live) -> str:
    """What was measured, in Markdown."""
    rows: list[Sequence[object]] = [
        ("portal, processor while nothing happens, % of the machine", f"{found.portal_percent:.1f}"),
        ("portal, gateway, worker and database together, %", f"{found.all_percent:.1f}"),
        ("portal's memory for one stream, KB", f"{found.stream_kb:.1f}"),
        ("accepted message to event, p50, ms", f"{found.told_p50_ms:.0f}"),
        ("accepted message to event, p99, ms", f"{found.told_p99_ms:.0f}"),
        ("calls to the gateway a minute while nothing happens", f"{found.calls_per_minute:.0f}"),
        ("the same where pages poll", f"{found.polled_per_minute:.0f}"),
    ]
    return measure.table((f"{found.streams:,} open dashboards", ""), rows)


def targets() -> tuple[tuple[str, str, float | None, bool], ...]:
    """(key, name, limit, whether at least) of the figures."""
    return (
        ("streams", "open dashboards", 2000, True),
        ("portal_percent", "portal, % of the machine while nothing happens", 10, False),
        ("all_percent", "whole product, % of the machine while nothing happens", 10, False),
        ("stream_kb", "portal's memory for one stream, KB", 20, False),
        ("told_p50_ms", "accepted message to event, p50, ms", 2000, False),
        ("told_p99_ms", "accepted message to event, p99, ms", 5000, False),
        ("calls_per_minute", "calls to the gateway a minute while nothing happens", None, False),
    )


def _run(stack: Stack, streams: int, idle_seconds: float) -> Live:
    portal = stack.pids_of("app:server")
    cookies, key = _people(stack, -(-streams // MOST_OF_PERSON))
    make_room(streams)
    before = memory_megabytes(portal)
    listeners = _Listeners(stack.portal_url)
    try:
        for number in range(streams):
            listeners.open(cookies[number // MOST_OF_PERSON])
        listeners.hear(lambda: listeners.live == streams, 300)
        listeners.hear(lambda: False, 5)
        kilobytes = (memory_megabytes(portal) - before) * 1000 / streams
        everything = stack.descendants()
        calls, busy, all_busy = _calls(stack), cpu_seconds(portal), cpu_seconds(everything)
        began = time.monotonic()
        listeners.hear(lambda: False, idle_seconds)
        took = time.monotonic() - began
        percent = (cpu_seconds(portal) - busy) / took / CORES * 100
        all_percent = (cpu_seconds(everything) - all_busy) / took / CORES * 100
        asked = (_calls(stack) - calls) / took * 60
        told = [_told(stack, listeners, key) for _ in range(TOLD)]
        if listeners.live != streams:
            raise RuntimeError(f"{streams - listeners.live} streams were lost")
    finally:
        listeners.close()
    return Live(
        streams, percent, all_percent, kilobytes, median(told) * 1000, quantile(told, 0.99) * 1000, asked,
        streams * 60 / POLL_SECONDS,
    )  # fmt: skip


def _people(stack: Stack, count: int) -> tuple[list[str], str]:
    """Cookie headers of so many people, each of a customer of their own; and a key of the first customer."""
    emails = [f"{uuid4().hex}@live.example" for _ in range(count)]
    settings = GatewaySettings(
        data_dir=stack.data_dir, database_url=EmbeddedPostgres(stack.data_dir / "postgres").url_of("gateway")
    )
    worker, identity, raw_key = (
        create_engine(settings, "worker"),
        create_engine(settings, "identity"),
        new_raw_key("test"),
    )
    try:
        with worker.begin() as connection:
            tenants = [create_tenant(connection, slug=f"live-{uuid4().hex}", name="Live") for _ in emails]
        with identity.begin() as connection:
            for email, tenant in zip(emails, tenants, strict=True):
                create_user(connection, email, "Live", PASSWORD, "customer", ["owner"], tenant, passwords=_QUICK)
        sealer = Sealer(read_or_create_secret(stack.data_dir / "identity.secret"))
        with worker.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash)"
                    " VALUES (:tenant, 'live', 'test', '{sms:send}', :prefix, :last, :hashed)"
                ),
                {
                    "tenant": tenants[0],
                    "prefix": raw_key[:13],
                    "last": raw_key[-4:],
                    "hashed": sealer.keyed_digest("api-key", raw_key),
                },
            )
    finally:
        worker.dispose()
        identity.dispose()
    return [_cookies(stack, email) for email in emails], raw_key


def _cookies(stack: Stack, email: str) -> str:
    from tests.support.http_sign_in import session_cookies

    found = session_cookies(stack.portal_url, email, PASSWORD, user_agent="bench")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in found)


def _calls(stack: Stack) -> float:
    """How many calls the gateway has answered, but for this question."""
    lines = requests.get(f"{stack.gateway_url}/metrics", timeout=30).text.splitlines()
    counted = [line for line in lines if line.startswith("gateway_http_requests_total{") and "/metrics" not in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in counted)


def _told(stack: Stack, listeners: _Listeners, key: str) -> float:
    """Seconds from a message's acceptance to its event at the first customer's first page."""
    known = listeners.revision_of_first
    requests.post(
        f"{stack.gateway_url}/v1/messages",
        json={"to": "+93700000141", "from": "BANK", "body": "live"},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": uuid4().hex},
        timeout=30,
    ).raise_for_status()
    began = time.monotonic()
    listeners.hear(lambda: listeners.revision_of_first > known, 60)
    took = time.monotonic() - began
    listeners.hear(lambda: False, 2.5)  # its receipt is told as well
    return took


class _Listeners:
    """The pages, as far as the portal sees them."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address, self._host = (host, int(port)), f"{host}:{port}"
        self._selector = selectors.DefaultSelector()
        self._first: socket.socket | None = None
        self._live: set[socket.socket] = set()
        self.revision_of_first = -1

    @property
    def live(self) -> int:
        """How many are told of news."""
        return len(self._live)

    def open(self, cookies: str) -> None:
        connection = socket.create_connection(self._address)
        request = (
            f"GET /_live HTTP/1.1\r\nHost: {self._host}\r\nCookie: {cookies}\r\nSec-Fetch-Site: same-origin\r\n\r\n"
        )
        connection.sendall(request.encode())
        self._first = self._first or connection
        self._selector.register(connection, selectors.EVENT_READ, cookies)
        self.hear(lambda: True, 0.005)

    def hear(self, enough: object, seconds: float) -> None:
        """Read until `enough()`, so many seconds at most; who is sent back comes again."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(min(left, 0.2)):
                self._read(key.fileobj, key.data)  # type: ignore[arg-type]
            if enough():  # type: ignore[operator]
                return

    def _read(self, connection: socket.socket, cookies: str) -> None:
        heard = connection.recv(65536)
        if not heard or b"event: end" in heard:
            self._selector.unregister(connection)
            self._live.discard(connection)
            connection.close()
            if connection is self._first:
                self._first = None
            self.open(cookies)
            return
        if heard.startswith(b"HTTP/1.1 ") and not heard.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(heard[:200].decode(errors="replace"))
        if b'"live":true' in heard:
            self._live.add(connection)
        if connection is self._first and (found := _REVISION.findall(heard)):
            self.revision_of_first = int(found[-1])

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--seconds", type=float, default=IDLE_SECONDS)
    arguments = parser.parse_args()
    print(table(run(arguments.streams, arguments.seconds)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
