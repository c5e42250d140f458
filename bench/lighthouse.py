"""Lighthouse on the signed-in dashboard, desktop and mobile; left out, and said so, where npm cannot get it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from selenium import webdriver

from bench.measure import Found, Options, Table, median
from bench.stack import DATA

VERSION = "12.8.2"
RUNS = 3
ATTEMPTS = 3
"""Of one run: now and then it finds no beginning in its own recording, and asks to be run again."""
CATEGORIES = {"performance": "performance", "accessibility": "accessibility", "best-practices": "best_practices"}
SHOWN = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "speed-index",
)
INSTALL_SECONDS, RUN_SECONDS = 600, 180


def run(driver: webdriver.Chrome, url: str, options: Options) -> Found:
    """The middle of some runs each; `driver` is signed in and lends its cookies."""
    program = _installed()
    if program is None:
        print("Lighthouse was not run: npm is not there, or could not fetch it", file=sys.stderr)
        return Found()
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in driver.get_cookies())
    found, rows, lows = Found(), [], set()
    worst: dict[str, float] = {}
    for form in ("desktop", "mobile"):
        reports = [_reported(program, url, cookies, form) for _ in range(options.times(RUNS))]
        scores = {
            ours: median([100 * (report["categories"][theirs]["score"] or 0) for report in reports])
            for theirs, ours in CATEGORIES.items()
        }
        found.figures[f"lighthouse_performance_{form}"] = scores["performance"]
        blocked = [float(report["audits"]["total-blocking-time"]["numericValue"]) for report in reports]
        found.figures[f"lighthouse_blocking_{form}_ms"] = median(blocked)
        for name in ("accessibility", "best_practices"):
            worst[name] = min(worst.get(name, 100), scores[name])
        middle = sorted(reports, key=lambda report: report["categories"]["performance"]["score"] or 0)[
            len(reports) // 2
        ]
        rows.append([form, *(f"{scores[name]:.0f}" for name in CATEGORIES.values()),
                     *(str(middle["audits"][name].get("displayValue", "–")).replace("\u00a0", " ") for name in SHOWN)])  # fmt: skip
        lows |= {
            audit["title"]
            for category in ("accessibility", "best-practices")
            for reference in middle["categories"][category]["auditRefs"]
            if reference["weight"] and (audit := middle["audits"][reference["id"]])["score"] not in (1, None)
        }
    found.figures |= {f"lighthouse_{name}": score for name, score in worst.items()}
    failed = f" Not fulfilled: {'; '.join(sorted(lows))}." if lows else ""
    found.tables.append(
        Table(
            "Lighthouse",
            f"Lighthouse {VERSION} on the dashboard of a signed-in customer, the middle of {RUNS} runs; mobile is its own simulation "
            f"of a slow telephone.{failed}",
            ["form", *CATEGORIES, *SHOWN],
            rows,
        )
    )
    return found


def _installed() -> Path | None:
    folder = DATA / "lighthouse"
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if program.exists() and (folder / VERSION).exists():
        return program
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "package.json").write_text("{}")
    try:
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"lighthouse@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, timeout=INSTALL_SECONDS, capture_output=True)
    except (subprocess.SubprocessError, OSError):
        return None
    (folder / VERSION).touch()
    return program


class GaveUp(RuntimeError):
    """Lighthouse ended without a report."""


def _reported(program: Path, url: str, cookies: str, form: str) -> dict:  # type: ignore[type-arg]
    for _ in range(ATTEMPTS - 1):
        try:
            return _report(program, url, cookies, form)
        except GaveUp as error:
            print(error, file=sys.stderr)
    return _report(program, url, cookies, form)


def _report(program: Path, url: str, cookies: str, form: str) -> dict[str, dict[str, dict[str, float]]] | dict:  # type: ignore[type-arg]
    chrome = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    with tempfile.TemporaryDirectory(prefix="bench-lighthouse-") as directory:
        headers, output = Path(directory) / "headers.json", Path(directory) / "report.json"
        headers.write_text(json.dumps({"Cookie": cookies}))
        flags = "--headless=new --disable-gpu --disable-dev-shm-usage" + (" --no-sandbox" if os.geteuid() == 0 else "")
        command = [
            shutil.which("node") or "node", str(program), url, "--quiet", "--output=json", f"--output-path={output}",
            f"--extra-headers={headers}", f"--chrome-flags={flags}", "--no-enable-error-reporting",
            f"--only-categories={','.join(CATEGORIES)}", *(["--preset=desktop"] if form == "desktop" else []),
        ]  # fmt: skip
        done = subprocess.run(
            command,
            check=False,
            timeout=RUN_SECONDS,
            capture_output=True,
            text=True,
            env={**os.environ, "CHROME_PATH": chrome},
        )
        if done.returncode:
            raise GaveUp(f"Lighthouse gave up: {done.stderr[-2000:]}")
        report = json.loads(output.read_text())
    if "/dashboard" not in report["finalDisplayedUrl"]:
        raise RuntimeError(f"Lighthouse was led to {report['finalDisplayedUrl']}")
    return report  # type: ignore[no-any-return]
