"""Programs that send as fast as they are answered, in a process of their own, and what is watched meanwhile."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from multiprocessing.sharedctypes import Synchronized
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from sqlalchemy import Engine, text

TEXTS = (
    "Your code is {n}. Do not give it to anybody.",
    "Your order {n} is on its way and arrives today between nine and twelve. Thank you for buying from us.",
    "کود شما {n} است. آن را به کسی ندهید.",
)
READS = ("summary", "timeseries", "breakdown", "heatmap", "top")
_PREFIXES = ("70", "71", "72", "79", "73", "78", "744", "75")


@dataclass(frozen=True)
class Load:
    """What was sent: calls of `size` messages each, over `connections`, until `seconds` were over."""

    size: int
    messages: int
    seconds: float
    client_cpu: float
    refused: int


def message(numbers: random.Random) -> dict[str, str]:
    """One to a number of the country, with one of three texts."""
    prefix = numbers.choice(_PREFIXES)
    digits = 9 - len(prefix)
    return {
        "to": f"+93{prefix}{numbers.randrange(10**digits):0{digits}}",
        "from": numbers.choice(("BANK", "SHOP", "ALERTS")),
        "body": numbers.choice(TEXTS).format(n=numbers.randrange(100_000, 999_999)),
    }


def _bodies(size: int) -> list[bytes]:
    numbers = random.Random(size)
    many = 64 if size == 1 else 8
    made: list[Any] = [[message(numbers) for _ in range(size)] for _ in range(many)]
    return [json.dumps(each[0] if size == 1 else {"messages": each}).encode() for each in made]


def _send(url: str, key: str, size: int, seconds: float, connections: int, accepted: Any, pipe: Any) -> None:
    """The sending process: its processor time is told apart from the platform's."""
    bodies, address = _bodies(size), urlsplit(url)
    path = "/v1/messages" if size == 1 else "/v1/messages/batch"
    refused = count()
    began, busy = time.perf_counter(), time.process_time()

    def one(number: int) -> int:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
        done = 0
        while time.perf_counter() - began < seconds:
            headers = {
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid4()),
            }
            connection.request("POST", path, bodies[(number + done) % len(bodies)], headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            if answer.status != 202 or (size > 1 and told["accepted"] != size):
                next(refused)
                continue
            done += 1
            with accepted.get_lock():
                accepted.value += size
        return done * size

    with ThreadPoolExecutor(connections) as pool:
        sent = sum(pool.map(one, range(connections)))
    pipe.send(Load(size, sent, time.perf_counter() - began, time.process_time() - busy, next(refused)))


def send(url: str, key: str, size: int, seconds: float, connections: int, accepted: Synchronized[int]) -> Load:
    """Send calls of `size` messages over so many connections; `accepted` grows with each answer."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_send, args=(url, key, size, seconds, connections, accepted, theirs))
    process.start()
    try:
        while not ours.poll(1):
            if not process.is_alive():
                raise RuntimeError("the sending process ended without a word")
        load: Load = ours.recv()
        return load
    finally:
        process.join()


@dataclass
class Watched:
    """What was seen while something else went on."""

    values: list[float] = field(default_factory=list)


@contextmanager
def watching(look: Callable[[], float | None], every: float) -> Iterator[Watched]:
    """Call `look` again and again in a thread while the block lasts; None is not counted."""
    watched, over = Watched(), threading.Event()

    def run() -> None:
        while not over.wait(every):
            value = look()
            if value is not None:
                watched.values.append(value)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield watched
    finally:
        over.set()
        thread.join()


class Reader:
    """Asks what a dashboard asks, one question after the other; how many milliseconds each took."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._turn = url, 0
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
        self._days = {"from": str(today - timedelta(days=29)), "to": str(today)}

    def __call__(self) -> float:
        name, self._turn = READS[self._turn % len(READS)], self._turn + 1
        more = {
            "timeseries": {"metric": "volume", "interval": "day", "groupBy": "status"},
            "breakdown": {"dimension": "operator"},
            "top": {"dimension": "senderId"},
        }.get(name, {})
        began = time.perf_counter()
        answer = self._session.get(f"{self._url}/v1/analytics/{name}", params={**self._days, **more}, timeout=60)
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1000


class Lag:
    """How long after its acceptance a message is in the rollups, in seconds; nothing while nothing new was accepted."""

    def __init__(self, engine: Engine, tenant: str, accepted: Synchronized[int]) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._tenant, self._accepted = tenant, accepted
        self._begun = self._counted()
        self._waiting: list[tuple[int, float]] = []

    def _counted(self) -> int:
        statement = text("SELECT coalesce(sum(messages), 0) FROM rollup_totals WHERE tenant_id = :tenant")
        return int(self._connection.execute(statement, {"tenant": self._tenant}).scalar_one())

    def __call__(self) -> float | None:
        value, now = self._accepted.value, time.monotonic()
        if value and (not self._waiting or self._waiting[-1][0] < value):
            self._waiting.append((value, now))
        counted, seen = self._counted() - self._begun, time.monotonic()
        done = [moment for value, moment in self._waiting if value <= counted]
        self._waiting = [each for each in self._waiting if each[0] > counted]
        return seen - min(done) if done else None
