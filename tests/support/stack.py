"""The whole product as processes of its own, started as a person would start it, on the tests' PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from launcher import ports
from launcher.processes import answers
from tests.support import kannel
from tests.support.compressed import share_compressed
from tests.support.kannel import MISSING, Kannel, kannel_below
from tests.support.postgres import NewDatabase

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
DEMO_MESSAGES = 12_000
PASSWORD = "Demo-1234"


@dataclass(frozen=True)
class Stack:
    """Where the running product answers, and its database for looking behind the scenes."""

    portal_url: str
    gateway_url: str
    database_url: str
    data_dir: Path
    process: subprocess.Popen[bytes]

    def gateway(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run an operator's command against this stack's database."""
        env = {**os.environ, "DATABASE_URL": self.database_url, "GATEWAY_DATA_DIR": str(self.data_dir),
               "GATEWAY_PUBLIC_URL": self.gateway_url}  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            cwd=ROOT,
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def logs(self) -> str:
        """What all its processes said so far."""
        return "\n".join(
            f"== {file.name}\n{file.read_text(errors='replace')}" for file in sorted((self.data_dir / "logs").glob("*"))
        )


@contextmanager
def running_stack(database_url: str, data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start everything on free ports; stop it at the end. Fails with the logs when it does not come up."""
    share_compressed(data_dir)
    (data_dir / "logs").mkdir(exist_ok=True)
    port = ports.any_free("127.0.0.1")
    gateway_port = ports.any_free("127.0.0.1")
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "GATEWAY_", "DATABASE_"))
    }
    env |= {
        "PORTAL_PORT": str(port),
        "PORTAL_DATA_DIR": str(data_dir),
        "PORTAL_CSP_CANDIDATE": "1",  # so that whatever looks at the console also holds the policy that is to follow
        "DATABASE_URL": database_url,
        "GATEWAY_DEMO_MESSAGES": str(DEMO_MESSAGES),
        "GATEWAY_PORT": str(gateway_port),
        # The issuer on another host than the portal is another site to the browser: what production looks like.
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{gateway_port}",
        # Receivers of tests are on this machine; what is refused otherwise is tested at the gateway.
        "GATEWAY_WEBHOOK_ALLOW_PRIVATE": "true",
        **(settings or {}),
    }
    with (data_dir / "logs" / "launcher.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=log, stderr=log)
    stack = Stack(f"http://localhost:{port}", f"http://127.0.0.1:{gateway_port}", database_url, data_dir, process)
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/ready"):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"the product did not start:\n{stack.logs()[-6000:]}")
            time.sleep(0.1)
        yield stack
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel | None]:
    """The Kannel by which the running product sends; None where none is installed."""
    if MISSING:
        yield None
        return
    with kannel_below(tmp_path_factory.mktemp("line") / "kannel") as running:
        yield running


@pytest.fixture(scope="session")
def stack(new_database: NewDatabase, line: Kannel | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running product with a small demo data set, shared by the tests of a worker that only read or add.

    It sends by a real Kannel where there is one, and else by the simulator.
    """
    settings = {}
    if line is not None:
        settings = {
            "GATEWAY_CARRIER": "kannel",
            "GATEWAY_KANNEL_URL": line.url,
            "GATEWAY_KANNEL_USERNAME": kannel.USERNAME,
            "GATEWAY_KANNEL_PASSWORD": kannel.PASSWORD,
        }
    with new_database() as url, running_stack(url, tmp_path_factory.mktemp("stack"), settings) as running:
        yield running
