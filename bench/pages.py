"""First load, repeat visit and server cost of the dashboard, beside plain Dash and a static page, in alternation."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import requests
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from bench.browser import PROFILES, Load, Page, chromium, load
from bench.measure import median
from bench.sign_in import PASSWORD, access_token
from bench.stack import ROOT, Stack, cpu_seconds, memory_megabytes
from launcher import ports
from launcher.processes import Child, wait_until_answers

CHARTS = 5
OWNER = "owner@demo.example"
ROUNDS = {"loopback": 9, "cable": 9, "mobile": 3}
DAYS = 90
_SVG = f"() => document.querySelectorAll('.dash-graph > svg').length >= {CHARTS}"
_PLOTLY = (
    "() => { const all = [...document.querySelectorAll('#react-entry-point .dash-graph')];"
    f" return all.length >= {CHARTS} && all.every(e => e.querySelector('.js-plotly-plot .main-svg')); }}"
)


@dataclass
class Measured:
    """All loads of one page, by line."""

    name: str
    first: dict[str, list[Load]] = field(default_factory=dict)
    repeat: list[Load] = field(default_factory=list)
    cpu_ms: float | None = None
    memory: float | None = None


def sign_in(driver: webdriver.Chrome, stack: Stack) -> None:
    """Through the real sign-in pages, as a person would."""
    driver.get(f"{stack.portal_url}/login")
    driver.find_element(By.CSS_SELECTOR, "a[href*='/auth/start']").click()
    wait = WebDriverWait(driver, 30)
    password = wait.until(lambda d: d.find_element(By.CSS_SELECTOR, "input[type=password]"))
    driver.find_element(By.CSS_SELECTOR, "input[autocomplete=username], input[type=email]").send_keys(OWNER)
    password.send_keys(PASSWORD)
    password.submit()
    wait.until(lambda d: d.current_url.startswith(stack.portal_url) and "/dashboard" in d.current_url)


def _peer_data(stack: Stack, folder: Path) -> Path:
    """The same numbers as the portal's, asked once from the gateway."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {access_token(stack, OWNER)}"
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    days = {"from": str(today - timedelta(days=DAYS - 1)), "to": str(today)}

    def get(path: str, **query: str) -> object:
        period = days if path.startswith("analytics/") else {}
        answer = session.get(f"{stack.gateway_url}/v1/{path}", params={**period, **query}, timeout=60)
        answer.raise_for_status()
        return answer.json()

    data = {
        "volume": get("analytics/timeseries", metric="volume", interval="day", groupBy="status"),
        "rate": get("analytics/timeseries", metric="deliveryRate", interval="day"),
        "operators": get("analytics/breakdown", dimension="operator"),
        "heatmap": get("analytics/heatmap"),
        "errors": get("analytics/top", dimension="errorCode"),
        "balance": get("billing/balance"),
    }
    file = folder / "data.json"
    file.write_text(json.dumps(data))
    return file


def _static_copy(driver: webdriver.Chrome, stack: Stack, folder: Path) -> None:
    """The portal's HTML of the same view with its scripts taken out, and the stylesheets it links."""
    session = requests.Session()
    for cookie in driver.get_cookies():
        session.cookies.set(cookie["name"], cookie["value"])
    agent = {"User-Agent": driver.execute_script("return navigator.userAgent")}
    # Plain http on loopback: requests would withhold Secure cookies.
    agent["Cookie"] = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in driver.get_cookies())
    page = requests.get(f"{stack.portal_url}{_dashboard()}", headers=agent, timeout=60)
    page.raise_for_status()
    text = re.sub(r"<script\b.*?</script>", "", page.text, flags=re.S)
    text = re.sub(r"<link[^>]+(?:preload|modulepreload)[^>]*>", "", text)
    for number, link in enumerate(re.findall(r'<link[^>]+rel="stylesheet"[^>]*>', text)):
        address = re.search(r'href="([^"]+)"', link)
        assert address is not None
        (folder / f"s{number}.css").write_bytes(requests.get(stack.portal_url + address.group(1), timeout=60).content)
        text = text.replace(link, f'<link rel="stylesheet" href="/s{number}.css">')
    (folder / "index.html").write_text(text, encoding="utf-8")


def _dashboard() -> str:
    today = date.today()  # noqa: DTZ011
    return f"/dashboard?from={today - timedelta(days=DAYS - 1)}&to={today}"


@contextmanager
def _server(name: str, target: str, env: dict[str, str], folder: Path) -> Iterator[tuple[str, Child]]:
    port = ports.any_free("127.0.0.1")
    command = [sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
               "--threads", "8", "--workers", "1"]  # fmt: skip
    child = Child(name, command, {**os.environ, **env, "PYTHONPATH": str(ROOT)}, folder / f"{name}.log")
    child.start()
    try:
        wait_until_answers(f"http://127.0.0.1:{port}/", child, 120)
        yield f"http://127.0.0.1:{port}", child
    finally:
        child.stop()


def _cpu_per_view(
    replay: list[tuple[str, str, str | None]], headers: dict[str, str], pids: list[int], views: int = 100
) -> float:
    """CPU milliseconds that a repeated dashboard view costs the server: the requests of one, sent again and again."""
    session = requests.Session()
    session.headers.update(headers)

    def view() -> None:
        for method, url, body in replay:
            session.request(
                method, url, data=body, timeout=60, headers={"Content-Type": "application/json"} if body else None
            )

    for _ in range(5):
        view()
    before = cpu_seconds(pids)
    for _ in range(views):
        view()
    return (cpu_seconds(pids) - before) * 1000 / views


def run(stack: Stack, rounds: dict[str, int] | None = None) -> list[Measured]:
    """Measure the portal, plain Dash and the static floor."""
    rounds = rounds or ROUNDS
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        static = folder / "static"
        static.mkdir()
        portal_driver = held.enter_context(chromium())
        sign_in(portal_driver, stack)
        _static_copy(portal_driver, stack, static)
        assets = folder / "assets"
        assets.mkdir()
        vendored = next((ROOT / "assets" / "vendor").rglob("bootstrap*.min.css"))
        (assets / "bootstrap.min.css").write_bytes(vendored.read_bytes())
        data = _peer_data(stack, folder)
        dash_url, dash = held.enter_context(
            _server(
                "plain-dash",
                "bench.peers.plain_dash:server",
                {"BENCH_DATA": str(data), "BENCH_ASSETS": str(assets)},
                folder,
            )
        )
        static_url, floor = held.enter_context(
            _server("static-page", "bench.peers.static_page:server", {"BENCH_STATIC": str(static)}, folder)
        )
        other_driver = held.enter_context(chromium())
        pages = [
            (portal_driver, Page("portal", stack.portal_url + _dashboard(), _SVG, _PLOTLY)),
            (other_driver, Page("static page", static_url + "/", _SVG, _SVG)),
            (other_driver, Page("plain Dash", dash_url + "/", _PLOTLY, _PLOTLY)),
        ]
        measured = {page.name: Measured(page.name) for _, page in pages}
        for profile in PROFILES:
            for _ in range(rounds.get(profile.name, 1)):
                for driver, page in pages:
                    measured[page.name].first.setdefault(profile.name, []).append(load(driver, page, profile))
                    if profile.name == "loopback":
                        measured[page.name].repeat.append(load(driver, page, profile, keep_cache=True))
        cookie = "; ".join(f"{c['name']}={c['value']}" for c in portal_driver.get_cookies())
        portal = stack.pids_of("app:server")
        measured["portal"].cpu_ms = _cpu_per_view(
            [("GET", stack.portal_url + _dashboard(), None)], {"Cookie": cookie}, portal
        )
        measured["portal"].memory = memory_megabytes(portal)
        for name, child, url in (("plain Dash", dash, dash_url), ("static page", floor, static_url)):
            assert child.process is not None
            pids = Stack("", "", folder, child.process.pid).descendants()
            measured[name].cpu_ms = _cpu_per_view(_replay(name, url), {}, pids)
            measured[name].memory = memory_megabytes(pids)
        return list(measured.values())


def _replay(name: str, url: str) -> list[tuple[str, str, str | None]]:
    """What one view asks a peer's server for once its files are cached."""
    if name == "static page":
        return [("GET", url + "/", None)]
    spec = requests.get(f"{url}/_dash-dependencies", timeout=30).json()[0]
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
        ("GET", url + "/", None),
        ("GET", url + "/_dash-layout", None),
        ("GET", url + "/_dash-dependencies", None),
        ("POST", url + "/_dash-update-component", json.dumps(body)),
    ]


def middle(loads: list[Load], what: str) -> float:
    """The median of one figure over loads."""
    return median([float(getattr(one, what)) for one in loads])
