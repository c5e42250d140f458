"""Several worker processes under gunicorn, as in production: they refresh once and forget nobody's sign-out."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from launcher.processes import answers
from portal.web.session import SESSION_COOKIE
from tests.support.portal import KEYS, PortalSite, changed_session, portal_settings
from tests.support.postgres import NewDatabase
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from tests.support.served import free_port
from tests.support.visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 3
START_SECONDS = 90


@pytest.fixture(scope="module")
def workers(
    tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase
) -> Iterator[tuple[Provider, PortalSite]]:
    """The portal with three workers that believe the platform's word for five minutes: only what they share helps."""
    port, folder = free_port(), tmp_path_factory.mktemp("workers")
    url = f"http://localhost:{port}"
    with running_provider("bundled", url, new_database=new_database, data_dir=folder / "gateway") as provider:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
            "PORTAL_PUBLIC_URL": url,
            "PORTAL_GATEWAY_URL": provider.platform_url,
            "PORTAL_OIDC_ISSUER": provider.issuer,
            "PORTAL_OIDC_CLIENT_ID": CLIENT_ID,
            "PORTAL_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "PORTAL_SESSION_KEYS": ",".join(f"{key.kid}:{base64.b64encode(key.key).decode()}" for key in KEYS),
            "PORTAL_DATA_DIR": str(folder / "portal"),
            "PORTAL_SESSION_CHECK_SECONDS": "300",
        }
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
            yield provider, PortalSite(url, portal_settings(url, provider, folder / "portal"))
        finally:
            process.terminate()
            process.wait(30)


def statuses(portal: PortalSite, cookies: dict[str, str], times: int) -> set[tuple[int, str]]:
    """What so many browsers with the same cookies are answered, each over a connection of its own."""

    def ask(_: int) -> tuple[int, str]:
        with Visitor(portal) as browser:
            browser.carry(cookies)
            answer = browser.get("/messages")
            return answer.status_code, answer.headers.get("Location", "").partition("&")[0]

    with ThreadPoolExecutor(times) as pool:
        return set(pool.map(ask, range(times)))


def test_workers_refresh_an_expired_token_once_between_them(workers: tuple[Provider, PortalSite]) -> None:
    provider, portal = workers
    with Visitor(portal) as visitor:
        visitor.sign_in()
        provider.forget()
        cookies = visitor.cookies()
    cookies[SESSION_COOKIE] = changed_session(cookies[SESSION_COOKIE], exp=int(time.time()) - 1)
    assert statuses(portal, cookies, 20) == {(200, "")}
    assert provider.refreshes() == 1


def test_workers_all_refuse_a_cookie_that_was_signed_out_at_one_of_them(workers: tuple[Provider, PortalSite]) -> None:
    _, portal = workers
    with Visitor(portal) as visitor:
        visitor.sign_in()
        stolen = visitor.cookies()
        assert statuses(portal, stolen, 12) == {(200, "")}
        visitor.post("/auth/logout")
    assert statuses(portal, stolen, 12) == {(303, "/login?reason=session_expired")}
