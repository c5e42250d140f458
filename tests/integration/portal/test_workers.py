"""Two machines with worker processes under gunicorn, as in production: they refresh once and forget nobody's sign-out."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from launcher.processes import answers
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.support.portal import KEYS, PortalSite, changed_session, opened_refresh, portal_settings
from tests.support.postgres import NewDatabase
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.support.served import free_port
from tests.support.visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 2
START_SECONDS = 90


@dataclass(frozen=True)
class Replicas:
    """One portal on two machines, each with workers that believe the platform's word for five minutes: only what the
    workers of a machine share helps there, and between machines only the issuer."""

    provider: Provider
    one: PortalSite
    two: PortalSite


@contextmanager
def replica(provider: Provider, public_url: str, port: int, folder: Path) -> Iterator[PortalSite]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_PUBLIC_URL": public_url,
        "PORTAL_GATEWAY_URL": provider.platform_url,
        "PORTAL_OIDC_ISSUER": provider.issuer,
        "PORTAL_OIDC_CLIENT_ID": CLIENT_ID,
        "PORTAL_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "PORTAL_SESSION_KEYS": ",".join(f"{key.kid}:{base64.b64encode(key.key).decode()}" for key in KEYS),
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SESSION_CHECK_SECONDS": "300",
    }
    settings = portal_settings(public_url, provider, folder)
    command = [sys.executable, "-m", "gunicorn", "app:server", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
               "--worker-class", "gthread", "--threads", "8", "--limit-request-field_size", "16384"]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/ready"):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail((folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        yield PortalSite(f"http://localhost:{port}", settings)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[Replicas]:
    port, folder = free_port(), tmp_path_factory.mktemp("workers")
    url = f"http://localhost:{port}"
    with (
        running_provider("bundled", url, new_database=new_database, data_dir=folder / "gateway") as provider,
        ExitStack() as machines,
    ):
        one = machines.enter_context(replica(provider, url, port, folder / "one"))
        two = machines.enter_context(replica(provider, url, free_port(), folder / "two"))
        yield Replicas(provider, one, two)


def answered(site: PortalSite, cookies: dict[str, str]) -> tuple[int, str, str]:
    """What a browser with these cookies is answered over a connection of its own, and its refresh token afterwards."""
    with Visitor(site) as browser:
        browser.carry(cookies)
        answer = browser.get("/messages")
        token = opened_refresh(browser.cookies()[REFRESH_COOKIE])["rt"] if answer.status_code == 200 else ""
        return answer.status_code, answer.headers.get("Location", "").partition("&")[0], token


def asked_at_once(sites: list[PortalSite], cookies: dict[str, str]) -> set[tuple[int, str, str]]:
    with ThreadPoolExecutor(len(sites)) as pool:
        return set(pool.map(lambda site: answered(site, cookies), sites))


def test_forty_requests_at_two_machines_refresh_an_expired_token_once(replicas: Replicas) -> None:
    with Visitor(replicas.one) as visitor:
        visitor.sign_in()
        replicas.provider.forget()
        cookies = visitor.cookies()
    old = opened_refresh(cookies[REFRESH_COOKIE])["rt"]
    cookies[SESSION_COOKIE] = changed_session(cookies[SESSION_COOKIE], exp=int(time.time()) - 1)
    found = asked_at_once([replicas.one, replicas.two] * 20, cookies)
    assert {(status, location) for status, location, _ in found} == {(200, "")}
    assert len(found) == 1, "everybody holds the one successor"
    assert found.pop()[2] != old
    # Workers of a machine agree among themselves; the other machine is given the same successor by the issuer.
    assert replicas.provider.refreshes() <= 2


def test_workers_all_refuse_a_cookie_that_was_signed_out_at_one_of_them(replicas: Replicas) -> None:
    with Visitor(replicas.one) as visitor:
        visitor.sign_in()
        stolen = visitor.cookies()
        assert {found[:2] for found in asked_at_once([replicas.one] * 12, stolen)} == {(200, "")}
        visitor.post("/auth/logout")
    refused = {found[:2] for found in asked_at_once([replicas.one] * 12, stolen)}
    assert refused == {(303, "/login?reason=session_expired")}
