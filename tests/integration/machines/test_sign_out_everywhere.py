"""With a Redis, who signs out at one portal is out at all others with the next request, however long they believe."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from bench.sign_in import access_token
from bench.stack import Stack
from tests.integration.machines.users import Browser
from tests.support.machines import Site, running_site
from tests.support.postgres import NewDatabase
from tests.support.redis_server import redis_below

PATIENCE_SECONDS = 150
pytestmark = pytest.mark.timeout(900)
BELIEVED_SECONDS = 300


@pytest.fixture(scope="module")
def site(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Portals that believe for five minutes what the platform said of a session."""
    folder = tmp_path_factory.mktemp("redis-site")
    with redis_below(folder) as redis, new_database() as url:
        settings = {
            "PORTAL_COORDINATION_URL": redis.url,
            "PORTAL_LIMIT_STORE": redis.url,
            "PORTAL_SESSION_CHECK_SECONDS": str(BELIEVED_SECONDS),
        }
        with running_site(url, folder, portals=2, gateways=1, workers=0, messages=300, settings=settings) as running:
            yield running


def _signed_in(site: Site, email: str) -> Browser:
    browser = Browser(site, email)
    browser.sign_in()
    for portal in site.portals:  # which believe it from now on
        assert browser.get("/profile", to=portal.address)[0] == 200
    return browser


def test_a_sign_out_is_known_to_the_other_portal_at_once(site: Site) -> None:
    browser = _signed_in(site, "viewer@demo.example")
    kept = dict(browser.cookies)
    assert browser.sign_out(to=site.portals[0].address) == 200
    browser.cookies = kept
    for portal in site.portals:
        assert browser.get("/profile", to=portal.address)[0] == 303


def test_what_the_issuer_ends_is_over_at_both_though_it_told_only_one(site: Site) -> None:
    """Ended from another device: the issuer's notice comes to whichever portal nginx chooses."""
    browser = _signed_in(site, "developer@demo.example")
    token = access_token(Stack(site.portal_url, site.gateway_url, site.folder, 0), "developer@demo.example")
    headers = {"Authorization": f"Bearer {token}"}
    ended = requests.delete(f"{site.gateway_url}/v1/auth/sessions", headers=headers, timeout=120)
    assert ended.status_code == 204, ended.text
    # The notice is on its way; both portals would go on believing for minutes after it came to one of them.
    for portal in site.portals:
        end = time.monotonic() + PATIENCE_SECONDS
        while browser.get("/profile", to=portal.address)[0] != 303:
            assert time.monotonic() < end, site.logs()[-3000:]
            time.sleep(0.1)
