"""A million rows of the log as a file: how long it takes from the request on, and what the worker needs for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import requests

from bench.sign_in import access_token
from bench.stack import Stack

ROWS = 1_000_000
MOST_DAYS = 360
FORMATS = ("csv", "parquet")


@dataclass(frozen=True)
class Written:
    """`seconds` from the request until the file could be fetched; `megabytes` is the worker's highest resident size,
    all that it did before included."""

    file_format: str
    rows: int
    seconds: float
    file_megabytes: float
    worker_megabytes: float


def run(stack: Stack) -> list[Written]:
    """One file of each format, with what was written to whom: the widest there is."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {access_token(stack, 'owner@demo.example')}"
    exports = f"{stack.gateway_url}/v1/messages/exports"
    chosen = {"startDate": str(_first_day(session, stack))}
    found = []
    for file_format in FORMATS:
        _forget_peak(stack)
        began = time.perf_counter()
        body = {"format": file_format, "includeText": True, "filter": chosen}
        asked = session.post(exports, json=body, timeout=60)
        asked.raise_for_status()
        address = f"{exports}/{asked.json()['exportId']}"
        while (state := session.get(address, timeout=60).json())["status"] in {"queued", "running"}:
            time.sleep(0.1)
        seconds = time.perf_counter() - began
        if state["status"] != "ready":
            raise RuntimeError(f"the export failed: {state['problem']}")
        size = state["sizeBytes"] / 1e6
        found.append(Written(file_format, state["rowsTotal"], seconds, size, _peak_megabytes(stack)))
        session.delete(address, timeout=60).raise_for_status()
    return found


def _first_day(session: requests.Session, stack: Stack) -> date:
    """The latest day from which on there are a million messages; the first of all when there are fewer."""
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    query = {"from": str(today - timedelta(days=MOST_DAYS)), "to": str(today), "metric": "volume", "interval": "day"}
    answer = session.get(f"{stack.gateway_url}/v1/analytics/timeseries", params=query, timeout=60)
    answer.raise_for_status()
    buckets = answer.json()["buckets"]
    volumes = [
        sum(each or 0 for each in column)
        for column in zip(*(s["values"] for s in answer.json()["series"]), strict=True)
    ]
    days = dict(zip(buckets, volumes, strict=True))
    total = 0
    for day in sorted(days, reverse=True):
        total += days[day]
        if total >= ROWS:
            return date.fromisoformat(day)
    return date.fromisoformat(min(days))


def _workers(stack: Stack) -> list[int]:
    return stack.pids_of("gateway worker")


def _forget_peak(stack: Stack) -> None:
    for pid in _workers(stack):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak_megabytes(stack: Stack) -> float:
    """The highest resident size since `_forget_peak`."""
    highest = 0
    for pid in _workers(stack):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                highest += int(line.split()[1])
    return highest / 1024
