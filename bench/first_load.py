"""The dashboard beside its peers, in alternation: first load, second visit, a filter, the next page, server cost."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import requests
from selenium import webdriver
from selenium.common.exceptions import WebDriverException

from bench import peer_servers
from bench.browser import PROFILES, Load, Page, Profile, chromium, load, sign_in
from bench.interactions import Click, bars_of, filter_ms, navigation_ms, pointed_ms
from bench.machine import descendants
from bench.measure import Options, median
from bench.peer_servers import DAYS, Peer
from bench.questions import Asker
from bench.sign_in import access_token
from bench.stack import Stack, cpu_seconds, memory_megabytes

CHARTS = 5
OWNER = "owner@demo.example"
ROUNDS = {"loopback": 7, "cable": 7, "mobile": 3}
PEER_ROUNDS = {"loopback": 3, "cable": 1, "mobile": 1}
"""Plain Dash and the others wait a minute for one load on a slow line, and vary little there."""

OPTIONAL = frozenset({"Vizro", "Streamlit"})

_SVG = f"() => document.querySelectorAll('.dash-graph > svg').length >= {CHARTS}"
# The page answers: React has it, and each chart says what its marks are and leads to its messages, as the picture that it
# is until a reader points at it (which is measured by itself) or as Plotly's.
_ANSWERS = (
    "() => { const all = [...document.querySelectorAll('#react-entry-point .dash-graph')];"
    f" return all.length >= {CHARTS} && all.every(e => e.querySelector('svg')); }}"
)
# Peers put their charts into the page with their data or before it: only with marks they are there.
_MARKS = (
    "() => [...document.querySelectorAll('.js-plotly-plot')].filter(e => e.querySelector('.main-svg')"
    f" && e.querySelector('.point, .js-line, image')).length >= {CHARTS}"
)
_SECOND_PAGE = (
    "() => location.pathname.endsWith('/statuses') && document.querySelectorAll('tr').length >= 40"
    " && document.querySelectorAll('.js-plotly-plot .js-line').length >= 1"
    " && document.querySelectorAll('.js-plotly-plot').length === 1"
)
# As a picture each day is a link to its messages; drawn by Plotly it is a bar.
_THIRTY_DAYS = (
    "() => { const chart = document.querySelector('#react-entry-point #dashboard-volume-graph');"
    " const bars = chart && chart.querySelector('.barlayer .trace');"
    " return !!chart && (bars ? bars.querySelectorAll('.point') : chart.querySelectorAll('.chart-links a')).length === 30; }"
)
_THIRTY = "//label[normalize-space(.)='30']"
_NEXT = "//a[contains(@href, '/statuses')]"
_LOG_ROWS = "() => document.querySelectorAll('#react-entry-point table.log tbody tr').length >= 25"
# Bars and a line of the two charts that are seen first, as pictures or drawn by Plotly.
_ANALYTICS = (
    "() => !!document.querySelector('#react-entry-point #analytics-volume-graph :is(.point, .chart-svg [data-series])')"
    " && !!document.querySelector('#react-entry-point #analytics-rate-graph :is(.js-line, .chart-svg [data-series] path)')"
)


@dataclass
class Measured:
    """All loads of one page by line, and milliseconds of clicks on it."""

    name: str
    first: dict[str, list[Load]] = field(default_factory=dict)
    repeat: list[Load] = field(default_factory=list)
    pointed: list[float] = field(default_factory=list)
    filters: list[float] = field(default_factory=list)
    next_page: list[float] = field(default_factory=list)
    log_page: list[float] = field(default_factory=list)
    repeat_cpu_ms: list[float] = field(default_factory=list)
    cpu_ms: float | None = None
    memory: float | None = None


@dataclass(frozen=True)
class Subject:
    """A page to measure: who shows it, what is clicked on it, which processes serve it."""

    driver: webdriver.Chrome
    page: Page
    pids: list[int]
    chart: str | None = None
    filter: Click | None = None
    next_page: Click | None = None
    log_page: Click | None = None


def run(stack: Stack, options: Options) -> list[Measured]:
    """Measure the portal, the static floor, plain Dash and, where they can be had, Vizro and Streamlit."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        static = folder / "static"
        static.mkdir()
        portal_driver, other_driver = held.enter_context(chromium()), held.enter_context(chromium())
        sign_in(portal_driver, stack.portal_url, OWNER)
        peer_servers.static_copy(portal_driver, stack.portal_url, dashboard(), static)
        data = peer_servers.data_of(Asker(stack.gateway_url, access_token(stack, OWNER)), folder)
        peers = held.enter_context(peer_servers.running(data, static, folder))
        portal = stack.pids_of("app:server")
        subjects = [_portal(portal_driver, stack, portal), *(_peer(other_driver, peer) for peer in peers)]
        measured = {subject.page.name: Measured(subject.page.name) for subject in subjects}
        for profile in PROFILES:
            print(f"dashboards, {profile.name}", flush=True)
            for number in range(options.times(ROUNDS[profile.name])):
                for subject in list(subjects):
                    _round(subject, measured, profile, number, options)
                    if subject.page.name not in measured:
                        subjects.remove(subject)
        cookie = "; ".join(f"{c['name']}={c['value']}" for c in portal_driver.get_cookies())
        views = options.times(100, 5)
        replay = [("GET", stack.portal_url + dashboard(), None)]
        measured["portal"].cpu_ms = _cpu_per_view(replay, {"Cookie": cookie}, portal, views)
        measured["portal"].memory = max(memory_megabytes([pid]) for pid in portal)
        for peer in (each for each in peers if each.name in measured):
            found, pids = measured[peer.name], descendants(peer.pid)
            found.cpu_ms = median(found.repeat_cpu_ms)
            if peer.name in {"static page", "plain Dash"}:
                found.cpu_ms = _cpu_per_view(_replay(peer), {}, pids, views)
            found.memory = memory_megabytes(pids)
        return list(measured.values())


def _round(subject: Subject, measured: dict[str, Measured], profile: Profile, number: int, options: Options) -> None:
    """One load, and on loopback all that follows it. An optional peer that fails on loopback is left out; one that is not
    ready in time on a slower line has no loads there, and is not asked again."""
    name = subject.page.name
    rounds = ROUNDS if name in {"portal", "static page"} else PEER_ROUNDS
    loads = measured[name].first.setdefault(profile.name, [])
    if number >= options.times(rounds[profile.name]) or (number and not loads):
        return
    try:
        loads.append(load(subject.driver, subject.page, profile))
        if profile.name == "loopback":
            _visit_again(subject, measured[name])
    except (RuntimeError, WebDriverException) as error:
        if name not in OPTIONAL:
            raise
        print(f"{name}, {profile.name}: {error}", file=sys.stderr, flush=True)
        if profile.name == "loopback":
            del measured[name]


def dashboard() -> str:
    """The portal's dashboard over the peers' days."""
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    return f"/dashboard?from={today - timedelta(days=DAYS - 1)}&to={today}"


def middle(loads: list[Load], what: str) -> float:
    """The median of one figure over loads."""
    return median([float(getattr(one, what)) for one in loads])


def _portal(driver: webdriver.Chrome, stack: Stack, pids: list[int]) -> Subject:
    return Subject(
        driver,
        Page("portal", stack.portal_url + dashboard(), _SVG, _ANSWERS),
        pids,
        "#react-entry-point #dashboard-volume-graph",
        Click(
            "(//*[@id='react-entry-point']//*[@id='filters-presets']//a)[3]",
            _THIRTY_DAYS,
        ),
        Click("//*[@id='react-entry-point']//nav//a[starts-with(@href, '/analytics')]", _ANALYTICS),
        Click("//*[@id='react-entry-point']//nav//a[starts-with(@href, '/messages')]", _LOG_ROWS),
    )


def _peer(driver: webdriver.Chrome, peer: Peer) -> Subject:
    pids = descendants(peer.pid)
    if peer.name == "static page":
        return Subject(driver, Page(peer.name, peer.url + "/", _SVG, _SVG), pids)
    opener = "//*[@id='collapse-icon']" if peer.name == "Vizro" else None  # of its side panel, folded up at first
    filtered = Click(_THIRTY, bars_of(30, ".js-plotly-plot"), opener)
    following = Click(_NEXT, _SECOND_PAGE, opener)
    return Subject(driver, Page(peer.name, peer.url + "/", _MARKS, _MARKS), pids, None, filtered, following)


def _visit_again(subject: Subject, found: Measured) -> None:
    loopback = PROFILES[0]
    before = cpu_seconds(subject.pids)
    found.repeat.append(load(subject.driver, subject.page, loopback, keep_cache=True))
    found.repeat_cpu_ms.append(1000 * (cpu_seconds(subject.pids) - before))
    if subject.chart is not None:
        found.pointed.append(pointed_ms(subject.driver, subject.chart))
        load(subject.driver, subject.page, loopback, keep_cache=True)  # nobody has come near its charts
    if subject.filter is not None:
        found.filters.append(filter_ms(subject.driver, subject.filter))
    if subject.next_page is not None:
        found.next_page.append(navigation_ms(subject.driver, subject.next_page))
    if subject.log_page is not None:
        found.log_page.append(navigation_ms(subject.driver, subject.log_page))


def _cpu_per_view(
    replay: list[tuple[str, str, str | None]], headers: Mapping[str, str], pids: list[int], views: int
) -> float:
    """CPU milliseconds that a repeated dashboard view costs the server: the requests of one, sent again and again."""
    session = requests.Session()
    session.headers.update(headers)

    def view() -> None:
        for method, url, body in replay:
            kind = {"Content-Type": "application/json"} if body else None
            session.request(method, url, data=body, timeout=60, headers=kind)

    for _ in range(5):
        view()
    before = cpu_seconds(pids)
    for _ in range(views):
        view()
    return (cpu_seconds(pids) - before) * 1000 / views


def _replay(peer: Peer) -> list[tuple[str, str, str | None]]:
    """What one view asks a peer's server for once its files are cached."""
    if peer.name == "static page":
        return [("GET", peer.url + "/", None)]
    callbacks = requests.get(f"{peer.url}/_dash-dependencies", timeout=30).json()
    spec = next(each for each in callbacks if "volume.figure" in each["output"])
    body = {
        "output": spec["output"],
        "outputs": [
            dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
            for part in spec["output"].strip(".").split("...")
        ],
        "inputs": [{**spec["inputs"][0], "value": "all"}, {**spec["inputs"][1], "value": DAYS}],
        "changedPropIds": [],
    }
    return [
        ("GET", peer.url + "/", None),
        ("GET", peer.url + "/_dash-layout", None),
        ("GET", peer.url + "/_dash-dependencies", None),
        ("POST", peer.url + "/_dash-update-component", json.dumps(body)),
    ]
