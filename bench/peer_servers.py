"""The peers, running: their data, their own environment where they need one, a port each."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from selenium import webdriver

from bench.questions import Asker, period
from bench.stack import DATA, ROOT
from launcher import ports
from launcher.processes import Child, wait_until_answers

DAYS = 90
REQUIREMENTS = ROOT / "bench" / "peers" / "requirements.txt"
INSTALL_SECONDS = 1200


@dataclass(frozen=True)
class Peer:
    """A peer that answers at `url`; `pid` is the root of its processes."""

    name: str
    url: str
    pid: int


def data_of(asker: Asker, folder: Path) -> Path:
    """The same numbers as the portal's, asked once from the gateway."""
    days = period(DAYS)
    data = {
        name: asker.told(path, query)
        for name, path, query in (
            ("volume", "analytics/timeseries", {**days, "metric": "volume", "interval": "day", "groupBy": "status"}),
            ("rate", "analytics/timeseries", {**days, "metric": "deliveryRate", "interval": "day"}),
            ("operators", "analytics/breakdown", {**days, "dimension": "operator"}),
            ("heatmap", "analytics/heatmap", days),
            ("errors", "analytics/top", {**days, "dimension": "errorCode"}),
            ("balance", "billing/balance", {}),
        )
    }
    file = folder / "data.json"
    file.write_text(json.dumps(data))
    return file


def static_copy(driver: webdriver.Chrome, portal_url: str, address: str, folder: Path) -> None:
    """The portal's HTML of the same view with its scripts taken out, and the stylesheets it links."""
    agent = {"User-Agent": driver.execute_script("return navigator.userAgent")}
    # Plain http on loopback: requests would withhold Secure cookies.
    agent["Cookie"] = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in driver.get_cookies())
    page = requests.get(portal_url + address, headers=agent, timeout=60)
    page.raise_for_status()
    text = re.sub(r"<script\b.*?</script>", "", page.text, flags=re.S)
    text = re.sub(r"<link[^>]+(?:preload|modulepreload)[^>]*>", "", text)
    for number, link in enumerate(re.findall(r'<link[^>]+rel="stylesheet"[^>]*>', text)):
        found = re.search(r'href="([^"]+)"', link)
        assert found is not None
        (folder / f"s{number}.css").write_bytes(requests.get(portal_url + found.group(1), timeout=60).content)
        text = text.replace(link, f'<link rel="stylesheet" href="/s{number}.css">')
    (folder / "index.html").write_text(text, encoding="utf-8")


@contextmanager
def running(data: Path, static: Path, folder: Path) -> Iterator[list[Peer]]:
    """The static page and plain Dash in the product's own environment; Vizro and Streamlit where theirs can be made."""
    with ExitStack() as held:
        assets = folder / "assets"
        assets.mkdir()
        vendored = min((ROOT / "assets" / "vendor").rglob("bootstrap*.min.css"), key=lambda path: len(path.name))
        (assets / "bootstrap.min.css").write_bytes(vendored.read_bytes())
        given = {"BENCH_DATA": str(data), "BENCH_ASSETS": str(assets), "BENCH_STATIC": str(static)}

        def serve(name: str, command: list[str], path: str = "/") -> Peer:
            return held.enter_context(_served(name, command, given, folder, path))

        ours = Path(sys.executable)
        peers = [
            serve("static page", _gunicorn(ours, "bench.peers.static_page:server")),
            serve("plain Dash", _gunicorn(ours, "bench.peers.plain_dash:server")),
        ]
        theirs = environment()
        if theirs is not None:
            streamlit = [str(theirs), "-m", "streamlit", "run", str(ROOT / "bench" / "peers" / "streamlit_app.py"),
                         "--server.address", "127.0.0.1", "--server.headless", "true", "--server.port", "{port}",
                         "--browser.gatherUsageStats", "false"]  # fmt: skip
            peers.append(serve("Vizro", _gunicorn(theirs, "bench.peers.vizro_app:server")))
            peers.append(serve("Streamlit", streamlit))
        yield peers


def environment() -> Path | None:
    """The Python of the peers' own environment, made when it is not there; None when it cannot be made."""
    folder = DATA / "peers"
    python, marker = folder / "bin" / "python", folder / "made.txt"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if marker.exists() and marker.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print("making the environment of Vizro and Streamlit (some minutes, once)", flush=True)
    try:
        # Debian's python3 comes without ensurepip: our own pip fills it.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
        install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "-r", str(REQUIREMENTS)]
        subprocess.run(install, check=True, timeout=INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"Vizro and Streamlit are not measured: {error}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    marker.write_text(wanted)
    return python


def _gunicorn(python: Path, target: str) -> list[str]:
    return [str(python), "-m", "gunicorn", target, "--bind", "127.0.0.1:{port}", "--worker-class", "gthread",
            "--threads", "8", "--workers", "1"]  # fmt: skip


@contextmanager
def _served(name: str, command: list[str], given: dict[str, str], folder: Path, path: str) -> Iterator[Peer]:
    port = ports.any_free("127.0.0.1")
    filled = [part.replace("{port}", str(port)) for part in command]
    log = folder / f"{name.replace(' ', '-')}.log"
    child = Child(name, filled, {**os.environ, **given, "PYTHONPATH": str(ROOT)}, log)
    child.start()
    try:
        wait_until_answers(f"http://127.0.0.1:{port}{path}", child, 120)
        assert child.process is not None
        yield Peer(name, f"http://127.0.0.1:{port}", child.process.pid)
    finally:
        child.stop()
