"""Who asks too often is told so in words and when to come again; nobody else notices."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from redis import Redis
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from portal.domain.account import Profile
from portal.i18n import SUPPORTED, for_tag
from portal.web.csrf import HEADER, CsrfTokens
from portal.web.limit_store import FILE
from portal.web.session import SESSION_COOKIE
from tests.integration.portal.conftest import ORIGIN, lonely_portal
from tests.integration.portal.test_platform_refuses import signed_in
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount
from tests.support.portal import KEYS, START_SECONDS, portal_process
from tests.support.served import free_port

REDIS = "/usr/bin/redis-server"
TOKENS = CsrfTokens(KEYS, seconds=600)
OWN = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
WORDS = {
    "en": "Please wait 30 seconds and try again.",
    "fa-AF": "لطفاً ۳۰ ثانیه صبر کنید",
    "ps": "مهرباني وکړئ ۳۰ ثانیې",
    "ar": "يُرجى الانتظار 30 ثانية",
}
MakePortal = Callable[..., Flask]


@pytest.fixture
def make_portal(half_past: None, tmp_path: Path) -> MakePortal:
    """``make_portal(limit_user=5)``: a portal on fake services whose platform is believed for five minutes."""

    def made(account: FakeAccount | None = None, **changes: Any) -> Flask:
        services = fake_services(account=account) if account else fake_services()
        return lonely_portal(tmp_path / "portal", services, session_check_seconds=300, **changes)

    return made


def statuses(client: FlaskClient, path: str, times: int, address: str = "192.0.2.1", **headers: str) -> list[int]:
    return [client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address}).status_code for _ in range(times)]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"customer_portal_{name}_total", labels) or 0.0


# -- strangers: by address -------------------------------------------------------------------------------------------


def test_sign_in_is_limited_by_address(make_portal: MakePortal) -> None:
    client = make_portal(limit_sign_in=4).test_client()
    before = counted("limited", limit="address")
    assert statuses(client, "/login", 6) == [200] * 4 + [429] * 2
    assert statuses(client, "/auth/start", 1) == [429], "the routes of signing in count together"
    assert statuses(client, "/messages", 1) == [429], "and with whatever else a stranger asks for"
    assert counted("limited", limit="address") == before + 4
    assert statuses(client, "/login", 5, "192.0.2.2") == [200] * 4 + [429]


def test_signed_in_person_signing_in_again_counts_by_address(make_portal: MakePortal) -> None:
    client = signed_in(make_portal(limit_sign_in=3))
    assert statuses(client, "/login", 4) == [303] * 3 + [429]
    assert statuses(client, "/", 1) == [303], "who is signed in goes on"


def test_cookie_that_nobody_sealed_is_a_strangers(make_portal: MakePortal) -> None:
    app = make_portal(limit_sign_in=2, limit_user=100)
    found = []
    for number in range(4):
        client = app.test_client()
        client.set_cookie(SESSION_COOKIE, f"t1.{number}", domain="localhost")
        found += statuses(client, "/messages", 1)
    assert found == [303, 303, 429, 429]


def test_ended_session_counts_as_a_stranger_and_not_for_its_person(make_portal: MakePortal) -> None:
    app = make_portal(limit_sign_in=3, limit_user=4)
    leaver, stays = signed_in(app, "leaving"), signed_in(app, "staying")
    leaver.post("/auth/logout", headers={**OWN, HEADER: TOKENS.of("leaving")})
    thief = signed_in(app, "leaving")
    assert statuses(thief, "/messages", 5) == [303] * 3 + [429] * 2
    assert statuses(stays, "/", 4) == [303] * 3 + [429], "one of the four was the sign-out"


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/favicon.ico", "/assets/x", "/auth/assets/x"])
def test_files_and_what_watches_over_the_portal_have_no_limit(make_portal: MakePortal, path: str) -> None:
    client = make_portal(limit_sign_in=1).test_client()
    assert 429 not in statuses(client, path, 5)
    assert statuses(client, "/login", 2) == [200, 429], "and counted for nothing"


def test_issuers_notices_of_sign_outs_have_no_limit(make_portal: MakePortal) -> None:
    client = make_portal(limit_sign_in=1).test_client()
    answers = [client.post("/auth/backchannel-logout", data={"logout_token": "x"}) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {400}


def test_address_is_the_connections_whatever_is_forged(make_portal: MakePortal) -> None:
    client = make_portal(limit_sign_in=2).test_client()
    found = [statuses(client, "/login", 1, **{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]
    assert found == [[200], [200], [429], [429]]


def test_address_behind_proxies_is_what_the_outermost_of_them_wrote(make_portal: MakePortal) -> None:
    client = make_portal(limit_sign_in=2, trusted_proxies=2).test_client()

    def ask(told: str) -> int:
        return statuses(client, "/login", 1, "10.0.0.1", **{"X-Forwarded-For": told})[0]

    forged = [ask(f"198.51.100.{number}, 203.0.113.7, 10.0.0.2") for number in range(4)]
    assert forged == [200, 200, 429, 429], "what the visitor wrote is not looked at"
    assert [ask("203.0.113.8:4711, 10.0.0.2"), ask("203.0.113.8:4712, 10.0.0.2")] == [200, 200]
    assert ask("203.0.113.8, 10.0.0.2") == 429
    assert [ask(f"2001:db8:0:1::{number}, 10.0.0.2") for number in (1, 2, 3)] == [200, 200, 429]


# -- people: by session ----------------------------------------------------------------------------------------------


def test_person_is_limited_over_all_their_sessions_and_others_are_not(make_portal: MakePortal) -> None:
    app = make_portal(limit_user=5)
    one, two = signed_in(app, "one", sub="a"), signed_in(app, "two", sub="a")
    assert statuses(one, "/", 3, "192.0.2.1") + statuses(two, "/", 3, "192.0.2.2") == [303] * 5 + [429]
    assert statuses(one, "/exports/x/file", 1) == [429], "downloads count with pages"
    assert statuses(signed_in(app, "three", sub="b"), "/", 5) == [303] * 5


def test_account_is_limited_over_all_its_people_and_other_accounts_are_not(make_portal: MakePortal) -> None:
    app = make_portal(limit_tenant=6)
    one, two = signed_in(app, "one", sub="a"), signed_in(app, "two", sub="b")
    assert statuses(one, "/", 4) + statuses(two, "/", 4) == [303] * 6 + [429] * 2
    assert statuses(signed_in(app, "three", sub="c", accountId="other"), "/", 6) == [303] * 6
    staff = signed_in(app, "staff", sub="d", accountId=None, userType="internal", roles=["tam"])
    assert statuses(staff, "/", 9) == [303] * 9


def test_account_that_only_the_platform_knows_of_is_limited(make_portal: MakePortal) -> None:
    profile = Profile(roles=frozenset({"owner"}), tenant_id="t", user_type="customer")
    app = make_portal(FakeAccount(profile=profile), limit_tenant=3, oidc_preset="google", oidc_role_claims=())
    client = signed_in(app, sub="a", roles=[], accountId=None)
    assert statuses(client, "/", 5) == [303] * 4 + [429], "the first one asked the platform"


def test_form_that_is_refused_leads_back_to_its_page(make_portal: MakePortal) -> None:
    client = signed_in(make_portal(limit_user=1))
    headers = {**OWN, HEADER: TOKENS.of("id"), "Referer": f"{ORIGIN}/messages?status=failed"}
    answers = [client.post("/preferences/theme", data={"theme": "dark"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 429]
    assert 'href="/messages?status=failed"' in answers[1].text


# -- what they are told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", SUPPORTED)
def test_page_says_in_the_readers_language_when_to_come_again(make_portal: MakePortal, tag: str) -> None:
    locale = for_tag(tag)
    assert locale is not None
    app = make_portal(FakeAccount(profile=Profile(locale=tag)), limit_user=1)
    client = signed_in(app)
    answer = [client.get("/messages", headers={"Accept": "text/html"}) for _ in range(2)][1]
    assert (answer.status_code, answer.mimetype) == (429, "text/html")
    assert f'<html lang="{locale.lang}" dir="{locale.dir}"' in answer.text
    assert answer.headers["Retry-After"] == "30"
    assert WORDS[tag] in answer.text, "the person's own language, though their browser asked for none"
    assert 'href="/messages"' in answer.text, "the way to try again"


def test_callback_is_told_as_data_with_the_same_words(make_portal: MakePortal) -> None:
    client = signed_in(make_portal(limit_user=1))
    headers = {**OWN, HEADER: TOKENS.of("id")}
    answers = [client.post("/_dash-update-component", json={}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [400, 429]
    refused = answers[1]
    assert refused.mimetype == "application/problem+json"
    problem = refused.get_json()
    assert (problem["status"], problem["code"], problem["detail"]) == (429, "rate_limited", WORDS["en"])
    told = [refused.headers[name] for name in ("Retry-After", "RateLimit-Policy", "RateLimit")]
    assert told == ["30", '"user";q=1;w=60', '"user";r=0;t=30']


@pytest.mark.parametrize(
    ("accept", "told"),
    [("application/json", "application/problem+json"), ("text/html,*/*;q=0.8", "text/html"), ("*/*", "text/html")],
)
def test_download_is_told_as_whoever_asks_can_read_it(make_portal: MakePortal, accept: str, told: str) -> None:
    client = signed_in(make_portal(limit_user=1))
    answer = [client.get("/exports/x/file", headers={"Accept": accept}) for _ in range(2)][1]
    assert (answer.status_code, answer.mimetype) == (429, told)


# -- how it is counted -----------------------------------------------------------------------------------------------


def test_counts_that_cannot_be_kept_stop_nobody(make_portal: MakePortal, tmp_path: Path) -> None:
    (tmp_path / "portal" / FILE).mkdir(parents=True)
    before = counted("limits_uncounted")
    client = make_portal(limit_sign_in=1, limit_user=1).test_client()
    with capture_logs() as logged:
        assert statuses(client, "/login", 20) == [200] * 20
    assert counted("limits_uncounted") == before + 20
    assert [entry["event"] for entry in logged].count("limits_not_counted") == 1


def test_processes_of_a_machine_count_together(tmp_path: Path) -> None:
    most = 40
    env = {
        "PORTAL_PUBLIC_URL": ORIGIN, "PORTAL_GATEWAY_URL": "http://127.0.0.1:9", "PORTAL_OIDC_ISSUER": "http://127.0.0.1:9",
        "PORTAL_LOG_LEVEL": "error", "PORTAL_LIMIT_TENANT": str(most), "PORTAL_SESSION_CHECK_SECONDS": "300",
    }  # fmt: skip
    sealer = lonely_portal(tmp_path / "sealer")
    people = [cookies_of(signed_in(sealer, f"session {name}", sub=name)) for name in "ab"]
    with ExitStack() as running:
        ports = [free_port(), free_port()]
        for port in ports:
            running.enter_context(portal_process(port, tmp_path / "shared", env, workers=1, ready="/health"))
        began = time.monotonic()
        found = [
            asked(ports[number % 2], people[number // 2 % 2])  # each person at each process
            for number in range(2 * most + 20)
        ]
        took = time.monotonic() - began
        other = cookies_of(signed_in(sealer, "other", sub="c", accountId="other"))
        assert [asked(port, other) for port in ports] == [303, 303]
    assert found[:most] == [303] * most
    assert set(found[most:]) <= {303, 429}
    # As time goes by what was counted fades: so many more pass, and no more though there are two processes.
    assert most <= found.count(303) <= most + math.ceil(most * took / 60)


def cookies_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(SESSION_COOKIE, domain="localhost")
    assert cookie is not None
    return f"{SESSION_COOKIE}={cookie.value}"


def asked(port: int, cookie: str) -> int:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"http://127.0.0.1:{port}/", headers={"Cookie": cookie}, allow_redirects=False, timeout=30)
        return answer.status_code


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a Redis of this test's own, and its process."""
    if not os.access(REDIS, os.X_OK):
        pytest.skip(f"{REDIS} is absent; as root: apt-get install redis-server")
    port = free_port()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        url = f"redis://127.0.0.1:{port}/0"
        with Redis.from_url(url) as client:
            end = time.monotonic() + START_SECONDS
            while True:
                try:
                    client.ping()
                    break
                except RedisError:
                    assert process.poll() is None
                    assert time.monotonic() < end
        yield url, process
        process.kill()


def test_portals_on_several_machines_count_together_in_redis(
    redis: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    url, process = redis
    portals = [
        lonely_portal(tmp_path / name, fake_services(), session_check_seconds=300, limit_user=6, limit_store=url)
        for name in ("one", "two")
    ]
    here, there = (signed_in(app) for app in portals)
    found = statuses(here, "/", 4) + statuses(there, "/", 4)
    assert found[:6] == [303] * 6
    assert 429 in found
    refused = there.get("/messages")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "and try again" in refused.text
    os.kill(process.pid, signal.SIGSTOP)
    assert statuses(here, "/", 9) == [303] * 9, "a Redis that hangs keeps nobody"
