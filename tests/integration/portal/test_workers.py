"""Two machines with worker processes under gunicorn, as in production: they refresh once and forget nobody's sign-out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.support.portal import PortalSite, changed_session, opened_refresh, portal_process, portal_settings
from tests.support.postgres import NewDatabase
from tests.support.provider import Provider, running_provider
from tests.support.served import free_port
from tests.support.visitor import Visitor

WORKERS = 2


@dataclass(frozen=True)
class Replicas:
    """One portal on two machines, each with workers that believe the platform's word for five minutes: only what the
    workers of a machine share helps there, and between machines only the issuer."""

    provider: Provider
    one: PortalSite
    two: PortalSite


@contextmanager
def replica(provider: Provider, public_url: str, port: int, folder: Path) -> Iterator[PortalSite]:
    settings = portal_settings(public_url, provider, folder)
    env = {
        "PORTAL_PUBLIC_URL": public_url,
        "PORTAL_GATEWAY_URL": provider.platform_url,
        "PORTAL_OIDC_ISSUER": provider.issuer,
        "PORTAL_SESSION_CHECK_SECONDS": "300",
    }
    with portal_process(port, folder, env, workers=WORKERS, ready="/ready"):
        yield PortalSite(f"http://localhost:{port}", settings)


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
