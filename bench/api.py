"""The gateway's answers at ten million messages: how long the largest customer waits for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import requests

from bench.measure import median, quantile
from bench.sign_in import access_token
from bench.stack import Stack

ROUNDS = 200


@dataclass(frozen=True)
class Timing:
    """Milliseconds over loopback HTTP, authentication included."""

    name: str
    p50: float
    p99: float
    kilobytes: float


def _timed(name: str, ask: Callable[[int], requests.Response], rounds: int) -> Timing:
    times, size = [], 0
    for number in range(rounds + 10):
        began = time.perf_counter()
        answer = ask(number)
        took = (time.perf_counter() - began) * 1000
        answer.raise_for_status()
        size = len(answer.content)
        if number >= 10:  # connections and caches of the database are warm then
            times.append(took)
    return Timing(name, median(times), quantile(times, 0.99), size / 1000)


def run(stack: Stack, rounds: int = ROUNDS) -> list[Timing]:
    """Time every question that the pages ask, each ``rounds`` times."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {access_token(stack, 'owner@demo.example')}"
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    days = {"from": str(today - timedelta(days=89)), "to": str(today)}
    month = {"from": str(today - timedelta(days=29)), "to": str(today)}

    def get(path: str, **query: str | int) -> Callable[[int], requests.Response]:
        return lambda _number: session.get(f"{stack.gateway_url}/v1/{path}", params=query, timeout=60)

    sender = session.get(f"{stack.gateway_url}/v1/analytics/filters", timeout=60).json()["senderIds"][0]
    sample = session.get(f"{stack.gateway_url}/v1/messages", params={"limit": 200}, timeout=60).json()["items"]
    questions: list[tuple[str, Callable[[int], requests.Response]]] = [
        ("summary, 90 days, compared", get("analytics/summary", **days, compare="previous")),
        ("summary, 90 days, one sender", get("analytics/summary", **days, senderId=sender)),
        (
            "volume by status, 90 days by day",
            get("analytics/timeseries", **days, metric="volume", interval="day", groupBy="status"),
        ),
        ("delivery rate, 90 days by day", get("analytics/timeseries", **days, metric="deliveryRate", interval="day")),
        ("latency p95, 90 days by day", get("analytics/timeseries", **days, metric="latencyP95", interval="day")),
        ("volume by operator, 30 days", get("analytics/breakdown", **month, dimension="operator")),
        ("heatmap, 90 days", get("analytics/heatmap", **days)),
        ("top senders, 90 days", get("analytics/top", **days, dimension="senderId")),
        ("top destinations, 90 days", get("analytics/top", **days, dimension="destination")),
        ("error codes, 90 days", get("analytics/top", **days, dimension="errorCode")),
        ("log, first page", get("messages", limit=50)),
        (
            "log, failed only, 30 days",
            get("messages", limit=50, status="failed", startDate=month["from"], endDate=month["to"]),
        ),
        ("log, one operator", get("messages", limit=50, operator="Roshan")),
        ("log, one sender, failed", get("messages", limit=50, senderId=sender, status="failed")),
        ("log, one recipient", get("messages", limit=50, to=sample[0]["to"])),
        (
            "log, one hour of the week",
            get("messages", limit=50, weekday=5, hour=3, startDate=days["from"], endDate=days["to"]),
        ),
    ]
    timings = [_timed(name, ask, rounds) for name, ask in questions]
    timings.append(
        _timed(
            "one message with its timeline",
            lambda number: session.get(
                f"{stack.gateway_url}/v1/messages/{sample[number % len(sample)]['messageId']}", timeout=60
            ),
            rounds,
        )
    )
    timings.append(_deep(session, stack, rounds))
    return timings


def _deep(session: requests.Session, stack: Stack, rounds: int) -> Timing:
    """Pages from the first to the ``rounds``-th, one after the other: the cost must not grow with depth."""
    cursor: list[str | None] = [None]

    def ask(_number: int) -> requests.Response:
        query = {"limit": "50"} | ({"cursor": cursor[0]} if cursor[0] else {})
        answer = session.get(f"{stack.gateway_url}/v1/messages", params=query, timeout=60)
        cursor[0] = answer.json()["nextCursor"]
        return answer

    return _timed(f"log, pages 1 to {rounds + 10}", ask, rounds)
