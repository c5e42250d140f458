"""The gateway as a process of its own, and plain requests to it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher import ports

ROOT = Path(__file__).resolve().parents[3]


def fetch(url: str, **headers: str) -> tuple[int, str]:
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 — an address of this test
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@contextmanager
def gateway(
    database_url: str, folder: Path, name: str = "serve", **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    """A gateway that answers: its address, its process, its log. Several may share a database and a folder."""
    port = ports.any_free("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "PORTAL_", "DATABASE_"))
    }
    env |= {
        "DATABASE_URL": database_url,
        "GATEWAY_PORT": str(port),
        "GATEWAY_PUBLIC_URL": url,
        "GATEWAY_DATA_DIR": str(folder),
        **settings,
    }
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"], cwd=ROOT, env=env, stderr=output, stdout=output
        )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                if fetch(f"{url}/ready")[0] == 200:
                    break
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(log.read_text())
            time.sleep(0.05)
        yield url, process, log
    finally:
        process.kill()
        process.wait()
