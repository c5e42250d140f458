"""Many people at once: signed-in sessions that click every few seconds, and as many dashboard views as the portal can.

Clicks are due at set times, whether or not the answers before them have come: what is told of an answer is how long after
its click was due it was there, so a portal that falls behind cannot hide it by being asked less. The first click of
everybody is told apart: then five hundred sessions are looked at and most of what is shown is drawn for the first time.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import requests

from bench import measure
from bench.load_client import Browser
from bench.sign_in import PASSWORD, Form
from bench.stack import Stack, cpu_seconds, memory_megabytes

SESSIONS = 500
PERIOD_SECONDS = 5.0
SECONDS = 60.0
VIEWS = 1500
AT_ONCE = 8
#: Everybody of the demo who sees a customer's dashboard: two accounts, four roles.
PEOPLE = (
    "owner@demo.example",
    "developer@demo.example",
    "billing@demo.example",
    "viewer@demo.example",
    "owner@other.example",
)
READ_MESSAGES = frozenset({"owner@demo.example", "developer@demo.example", "owner@other.example"})

# What people click, how often of a hundred times: a page by its address, another filter, another page inside the
# application, further rows of the log.
MIX = {"dashboard by its address": 30, "filter of the dashboard": 35, "dashboard inside": 15, "log inside": 20}
SPANS = (7, 14, 30, 60, 90)


@dataclass(frozen=True)
class Clicks:
    """All clicks of one kind. Milliseconds from when they were due to the last byte of the answer."""

    name: str
    count: int
    p50: float
    p99: float
    kilobytes: float


class Answered(NamedTuple):
    """One click's answer: ``due`` in seconds from the beginning, ``ms`` from then on, ``size`` in bytes."""

    due: float
    ms: float
    size: int


@dataclass(frozen=True)
class Crowd:
    """People who click every ``period`` seconds. ``errors``: what went wrong and how often, by status or exception.

    ``arriving`` are the first clicks of all, which are due within the first period; ``clicks``, ``p50`` and ``p99`` are
    of those of the ``seconds`` after it.
    """

    sessions: int
    period: float
    seconds: float
    arriving: Clicks
    clicks: tuple[Clicks, ...]
    p50: float
    p99: float
    errors: dict[str, int]
    portal_cpu_ms: float
    gateway_cpu_ms: float
    generator_cpu_ms: float


@dataclass(frozen=True)
class Saturated:
    """Dashboard views one after the other on ``at_once`` connections, with the gateway's answers cached."""

    at_once: int
    views: int
    per_second: float
    portal_cpu_ms: float
    gateway_cpu_ms: float
    generator_cpu_ms: float
    errors: dict[str, int]


@dataclass(frozen=True)
class Load:
    """``workers``: how many processes the portal has; ``worker_megabytes``: of the largest, after all of it."""

    crowd: Crowd
    saturated: Saturated
    workers: int
    worker_megabytes: float


@dataclass(frozen=True)
class _Spent:
    """Processor seconds that were used so far."""

    portal: float
    gateway: float
    generator: float

    @classmethod
    def now(cls, portal: list[int], gateway: list[int]) -> _Spent:
        return cls(cpu_seconds(portal), cpu_seconds(gateway), time.process_time())

    def since(self, before: _Spent, count: int) -> tuple[float, float, float]:
        """Milliseconds for each of ``count``."""
        each = 1000 / max(1, count)
        return (
            (self.portal - before.portal) * each,
            (self.gateway - before.gateway) * each,
            (self.generator - before.generator) * each,
        )


def sign_in(stack: Stack, email: str, sessions: int) -> list[Browser]:
    """So many sessions of one person: the password once, then the way that a further browser of theirs takes."""
    issuer = requests.Session()
    return [_session(stack, issuer, email) for _ in range(sessions)]


def _session(stack: Stack, issuer: requests.Session, email: str) -> Browser:
    """A sign-in from the portal's own beginning to its cookies, with the issuer's session where there is one."""
    cookies: dict[str, str] = {}

    def portal(url: str) -> requests.Response:
        # Plain http on loopback: requests would withhold Secure cookies. The jar is kept by hand.
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = requests.get(url, headers={"Cookie": header}, allow_redirects=False, timeout=60)
        for name, value in answer.cookies.items():
            cookies[name] = value
        return answer

    answer = portal(f"{stack.portal_url}/auth/start?next=/dashboard")
    answer = issuer.get(answer.headers["Location"], allow_redirects=False, timeout=60)
    while not answer.headers.get("Location", "").startswith(f"{stack.portal_url}/auth/callback"):
        if answer.is_redirect:
            answer = issuer.get(_next(answer), allow_redirects=False, timeout=60)
            continue
        form = Form.of(answer)
        name = next(field for field in form.fields if field in ("username", "email", "login"))
        given = {**form.fields, name: email, "password": PASSWORD}
        answer = issuer.post(form.action, data=given, allow_redirects=False, timeout=60)
        if not answer.is_redirect:
            raise RuntimeError(f"{email} could not sign in: {answer.status_code}")
    portal(answer.headers["Location"]).raise_for_status()
    if "__Host-csrf" not in cookies:
        raise RuntimeError(f"{email} has no session")
    kept = "; ".join(f"{name}={value}" for name, value in cookies.items() if value)
    return Browser(stack.portal_url, kept, cookies["__Host-csrf"])


def _next(answer: requests.Response) -> str:
    return requests.compat.urljoin(answer.url, answer.headers["Location"])  # type: ignore[attr-defined]


class Questions:
    """The bodies of callbacks, as the portal's own graph of callbacks has them."""

    def __init__(self, stack: Stack, browser: Browser) -> None:
        headers = {"Cookie": browser.cookie}
        page = requests.get(f"{stack.portal_url}/dashboard", headers=headers, timeout=60).text
        address = re.search(r'id="portal-bundle"[^>]*href="([^"]+)"', page)
        assert address is not None
        bundle = requests.get(stack.portal_url + address.group(1), timeout=60).text
        graph = re.search(r'window\.portalCallbacks = ("(?:[^"\\]|\\.)*");', bundle)
        assert graph is not None
        self._callbacks: list[dict[str, Any]] = json.loads(json.loads(graph.group(1)))

    def body(self, marker: str, values: dict[str, Any]) -> bytes:
        """The request of the callback whose outputs name ``marker``; ``values`` by component id."""
        spec = next(
            each for each in self._callbacks if marker in each["output"] and not each.get("clientside_function")
        )
        outputs = [
            dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
            for part in spec["output"].strip(".").split("...")
        ]
        several = spec["output"].startswith("..")

        def filled(entry: dict[str, str]) -> Any:
            if entry["id"].startswith("{"):
                return []  # of a pattern: nothing of it is on the page
            return {**entry, "value": values.get(entry["id"])}

        return json.dumps(
            {
                "output": spec["output"],
                "outputs": outputs if several else outputs[0],
                "inputs": [filled(entry) for entry in spec["inputs"]],
                "state": [filled(entry) for entry in spec["state"]],
                "changedPropIds": [f"{name}.{prop}" for name, prop in _changed(spec, values)],
            }
        ).encode()


def _changed(spec: dict[str, Any], values: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["id"], entry["property"]) for entry in spec["inputs"] if entry["id"] in values][:1]


@dataclass(frozen=True)
class Click:
    """One request that people cause."""

    name: str
    method: str
    path: str
    body: bytes = b""


CALLBACK = "/_dash-update-component"


def clicks(questions: Questions) -> dict[str, list[Click]]:
    """What may be clicked, by the names of ``MIX``."""
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    spans = [f"from={today - timedelta(days=days - 1)}&to={today}" for days in SPANS]

    def inside(name: str, path: str, search: str = "") -> Click:
        values = {"_pages_location": path}
        body = json.loads(questions.body("_pages_content.children", values))
        body["state"][0]["value"] = search
        return Click(name, "POST", CALLBACK, json.dumps(body).encode())

    by_address, change, dashboard, log = MIX
    return {
        by_address: [Click(by_address, "GET", f"/dashboard?{span}") for span in spans],
        change: [
            Click(change, "POST", CALLBACK, questions.body("dashboard-revision.data", {"filters-address": span}))
            for span in spans
        ],
        dashboard: [inside(dashboard, "/dashboard", f"?{span}") for span in spans],
        log: [inside(log, "/messages"), inside(log, "/messages", "?status=failed")],
    }


async def _crowd(
    people: Sequence[tuple[str, Browser]],
    known: dict[str, list[Click]],
    seconds: float,
    period: float,
    seed: int = 1,
) -> tuple[dict[str, list[Answered]], Counter[str]]:
    """(answers by kind of click, what went wrong). Each person clicks once in each period."""
    chance = random.Random(seed)
    times: dict[str, list[Answered]] = {name: [] for name in MIX}
    errors: Counter[str] = Counter()
    began = time.perf_counter() + 0.5

    async def click(browser: Browser, wanted: Click, due: float) -> None:
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        try:
            status, size = await browser.ask(wanted.method, wanted.path, wanted.body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            errors[type(error).__name__] += 1
            return
        if status not in (200, 204):
            errors[str(status)] += 1
        times[wanted.name].append(Answered(due, (time.perf_counter() - began - due) * 1000, size))

    async def person(email: str, browser: Browser) -> None:
        first, round_ = chance.random() * period, 0
        while first + round_ * period < seconds:
            names, weights = zip(*MIX.items(), strict=True)
            name = chance.choices(names, weights)[0]
            if name == "log inside" and email not in READ_MESSAGES:
                name = names[0]
            await click(browser, chance.choice(known[name]), first + round_ * period)
            round_ += 1

    await asyncio.gather(*(person(email, browser) for email, browser in people))
    for _, browser in people:
        browser.close()
    return times, errors


async def _saturate(browsers: Sequence[Browser], view: str, views: int) -> tuple[float, Counter[str]]:
    """(seconds, what went wrong) of ``views``, each connection asking again as soon as it is answered."""
    left, errors = iter(range(views)), Counter[str]()

    async def one(browser: Browser) -> None:
        for _ in left:
            status, _size = await browser.ask("GET", view)
            if status != 200:
                errors[str(status)] += 1
        browser.close()

    began = time.perf_counter()
    await asyncio.gather(*map(one, browsers))
    return time.perf_counter() - began, errors


def run(
    stack: Stack,
    *,
    sessions: int = SESSIONS,
    seconds: float = SECONDS,
    period: float = PERIOD_SECONDS,
    views: int = VIEWS,
    said: Callable[[str], None] = lambda _line: None,
) -> Load:
    """Sign ``sessions`` in and have them click for ``seconds``; then ask for ``views`` dashboards as fast as they come.

    The stack's limits of requests must be out of the way (``bench.stack.running`` sees to it).
    """
    share = -(-sessions // len(PEOPLE))
    people = [(email, one) for email in PEOPLE for one in sign_in(stack, email, share)][:sessions]
    said(f"{len(people)} sessions of {len(PEOPLE)} people are signed in")
    known = clicks(Questions(stack, people[0][1]))
    portal, gateway = stack.pids_of("app:server"), stack.pids_of("gateway serve")
    asyncio.run(_crowd(people[: len(PEOPLE) * 2], known, 5, 1))  # connections and caches are warm then
    before = _Spent.now(portal, gateway)
    times, errors = asyncio.run(_crowd(people, known, period + seconds, period))
    spent = _Spent.now(portal, gateway).since(before, sum(map(len, times.values())))
    first = [one for each in times.values() for one in each if one.due < period]
    later = {name: [one for one in each if one.due >= period] for name, each in times.items()}
    everything = _told("all", [one for each in later.values() for one in each])
    crowd = Crowd(
        len(people), period, seconds, _told("as they arrive", first),
        tuple(_told(name, each) for name, each in later.items() if each),
        everything.p50, everything.p99, dict(errors), *spent,
    )  # fmt: skip
    view = known["dashboard by its address"][-1].path
    watched = [browser for _, browser in people[:AT_ONCE]]
    asyncio.run(_saturate(watched, view, 10 * AT_ONCE))
    before = _Spent.now(portal, gateway)
    took, wrong = asyncio.run(_saturate(watched, view, views))
    spent = _Spent.now(portal, gateway).since(before, views)
    saturated = Saturated(AT_ONCE, views, views / took, *spent, dict(wrong))
    workers = [pid for pid in portal if memory_megabytes([pid]) > 0]
    largest = max(memory_megabytes([pid]) for pid in workers)
    return Load(crowd, saturated, max(1, len(workers) - 1), largest)


def _told(name: str, answered: Sequence[Answered]) -> Clicks:
    times = [one.ms for one in answered]
    size = measure.median([one.size for one in answered]) / 1000
    return Clicks(name, len(answered), measure.median(times), measure.quantile(times, 0.99), size)


def table(load: Load) -> tuple[list[str], list[list[str]]]:
    """Head and rows: one for each kind of click, one for all, one for the views at saturation."""
    crowd, full = load.crowd, load.saturated
    head = [
        "clicks",
        "times",
        "p50 ms",
        "p99 ms",
        "KB",
        "errors",
        "portal CPU ms",
        "gateway CPU ms",
        "generator CPU ms",
    ]
    rows = [
        [each.name, f"{each.count:,}", f"{each.p50:.0f}", f"{each.p99:.0f}", f"{each.kilobytes:.0f}", "", "", "", ""]
        for each in (crowd.arriving, *crowd.clicks)
    ]
    everybody = f"all, {crowd.sessions} people, one click in {crowd.period:.0f} s"
    asked = sum(each.count for each in crowd.clicks)
    times = [f"{asked:,}", f"{crowd.p50:.0f}", f"{crowd.p99:.0f}", "", str(sum(crowd.errors.values()))]
    rows.append([everybody, *times, *_processors(crowd)])
    views = f"dashboard, {full.at_once} at once: {full.per_second:.0f} a second"
    rows.append([views, f"{full.views:,}", "", "", "", str(sum(full.errors.values())), *_processors(full)])
    return head, rows


def _processors(one: Crowd | Saturated) -> list[str]:
    return [f"{value:.1f}" for value in (one.portal_cpu_ms, one.gateway_cpu_ms, one.generator_cpu_ms)]


def targets(load: Load) -> dict[str, float]:
    """The figures by name; all but ``arriving_p99_ms`` have a target: ``p99_ms`` ≤ 1,000, ``errors`` 0,
    ``views_a_second`` ≥ 150, ``view_cpu_ms`` ≤ 10, ``worker_mb`` ≤ 150."""
    return {
        "p99_ms": load.crowd.p99,
        "arriving_p99_ms": load.crowd.arriving.p99,
        "errors": float(sum(load.crowd.errors.values()) + sum(load.saturated.errors.values())),
        "views_a_second": load.saturated.per_second,
        "view_cpu_ms": load.saturated.portal_cpu_ms,
        "worker_mb": load.worker_megabytes,
    }
