"""Sessions over HTTP with both issuers: several machines, parallel requests, replays, and nothing secret in the logs."""

from __future__ import annotations

import base64
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin, urlsplit

import jwt
import pytest
import requests

from portal.clients.oidc_tokens import BACKCHANNEL_EVENT
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.integration.portal.conftest import House
from tests.support.portal import changed_session, opened_refresh, opened_session
from tests.support.provider import CLIENT_ID, TENANT
from tests.support.visitor import Visitor


def expire(visitor: Visitor) -> None:
    visitor.carry({SESSION_COOKIE: changed_session(visitor.cookies()[SESSION_COOKIE], exp=int(time.time()) - 1)})


def claims(visitor: Visitor) -> dict[str, Any]:
    payload = opened_session(visitor.cookies()[SESSION_COOKIE])["at"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def is_sent_to_sign_in(answer: requests.Response) -> bool:
    return answer.status_code == 303 and answer.headers["Location"].startswith("/login?reason=session_expired")


def test_sign_in_over_http_opens_the_page_that_was_asked_for(house: House) -> None:
    visitor = house.visitor()
    page = visitor.sign_in(path="/auth/start?next=/messages%3Fstatus%3Dfailed")
    assert page.url == f"{house.portal.url}/messages?status=failed"
    assert page.status_code == 200
    assert claims(visitor).get("accountId") or claims(visitor).get("tenant_id") == str(TENANT)


def test_cookies_are_written_at_sign_in_and_refresh_only(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    assert "Set-Cookie" not in visitor.get("/messages").headers
    expire(visitor)
    assert SESSION_COOKIE in visitor.get("/messages").headers["Set-Cookie"]
    assert "Set-Cookie" not in visitor.get("/messages").headers


def test_twenty_parallel_requests_with_the_old_cookie_share_one_refresh(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    expire(visitor)
    old = visitor.cookies()

    def ask(_: int) -> tuple[int, str]:
        with Visitor(house.portal) as browser:
            browser.carry(old)
            answer = browser.get("/messages")
            return answer.status_code, opened_refresh(browser.cookies()[REFRESH_COOKIE])["rt"]

    with ThreadPoolExecutor(20) as pool:
        found = set(pool.map(ask, range(20)))
    assert len(found) == 1, "everybody gets the same successor"
    assert found.pop()[0] == 200
    assert house.provider.refreshes() == 1


def test_straggler_with_the_old_cookie_gets_the_same_successor(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    expire(visitor)
    old = visitor.cookies()
    visitor.get("/messages")
    straggler = house.visitor()
    straggler.carry(old)
    assert straggler.get("/messages").status_code == 200
    assert (
        opened_refresh(straggler.cookies()[REFRESH_COOKIE])["rt"]
        == opened_refresh(visitor.cookies()[REFRESH_COOKIE])["rt"]
    )
    assert house.provider.refreshes() == 1


@pytest.mark.parametrize("machines", ["bundled"], indirect=True)  # the other one gives no leeway
def test_two_machines_refreshing_the_same_token_both_go_on_with_the_issuers_leeway(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    expire(visitor)
    elsewhere = house.visitor(house.another)
    elsewhere.carry(visitor.cookies())
    assert visitor.get("/messages").status_code == 200
    assert elsewhere.get("/messages").status_code == 200
    assert visitor.get("/messages").status_code == 200


@pytest.mark.parametrize("path", ["/dashboard", "/messages", "/nowhere"])
def test_stolen_cookie_after_sign_out_is_refused_on_another_machine(house: House, path: str) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    stolen = visitor.cookies()
    thief = house.visitor(house.another)
    thief.carry(stolen)
    assert thief.get("/messages").status_code == 200
    visitor.follow(visitor.post("/auth/logout"))
    assert is_sent_to_sign_in(thief.get(path))
    thief.carry(stolen)
    assert thief.get("/_dash-layout").status_code == 401


def test_sign_out_revokes_the_refresh_family(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    token = opened_refresh(visitor.cookies()[REFRESH_COOKIE])["rt"]
    answer = visitor.post("/auth/logout")
    assert answer.status_code == 200
    assert "__Host-session=;" in answer.headers["Set-Cookie"]
    found = visitor.get(f"{house.provider.issuer}/.well-known/openid-configuration").json()
    refused = visitor.http.post(
        found["token_endpoint"],
        data={"grant_type": "refresh_token", "refresh_token": token},
        auth=(CLIENT_ID, house.portal.settings.oidc_client_secret),
        timeout=30,
    )
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"


def test_refresh_that_was_under_way_does_not_undo_signing_out(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    expire(visitor)
    late = visitor.cookies()
    visitor.post("/auth/logout")
    other = house.visitor()
    other.carry(late)
    answer = other.get("/messages")
    assert is_sent_to_sign_in(answer)
    assert house.provider.refreshes() == 0


def test_sign_out_asked_by_another_site_does_nothing(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    answer = visitor.post("/auth/logout", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert visitor.get("/messages").status_code == 200


def test_callback_sent_to_another_browser_is_refused(house: House) -> None:
    """Login CSRF: an attacker's answer must not sign the victim in as the attacker."""
    attacker, victim = house.visitor(), house.visitor()
    answer = attacker.enter(attacker.to_the_form())
    while not answer.headers["Location"].startswith(house.portal.url):
        answer = attacker.get(urljoin(answer.url, answer.headers["Location"]))
    refused = victim.get(answer.headers["Location"])
    assert refused.headers["Location"] == "/login?reason=state_mismatch"
    assert SESSION_COOKIE not in victim.cookies()
    assert house.provider.grants() == []


def test_answer_naming_another_issuer_is_refused(house: House) -> None:
    visitor = house.visitor()
    answer = visitor.enter(visitor.to_the_form())
    while not answer.headers["Location"].startswith(house.portal.url):
        answer = visitor.get(urljoin(answer.url, answer.headers["Location"]))
    parts = urlsplit(answer.headers["Location"])
    kept = "&".join(part for part in parts.query.split("&") if not part.startswith("iss="))
    for query in (f"{kept}&iss=https%3A%2F%2Fother.example", kept):
        with Visitor(house.portal) as again:
            again.carry(visitor.cookies())
            assert again.get(f"/auth/callback?{query}").headers["Location"].startswith("/login?reason=state_mismatch")
    assert house.provider.grants() == []


def test_login_cancelled_at_the_issuer_is_explained(house: House) -> None:
    visitor = house.visitor()
    asked = visitor.get("/auth/start").headers["Location"]
    (state,) = urlsplit(asked).query.partition("state=")[2].split("&")[:1]
    answer = visitor.get(f"/auth/callback?error=access_denied&state={state}&iss={house.provider.issuer}")
    assert answer.headers["Location"] == "/login?reason=access_denied"
    assert not [name for name in visitor.cookies() if name.startswith("__Host-tx-")]


def test_more_than_five_logins_at_once_keep_the_latest_five(house: House) -> None:
    visitor = house.visitor()
    for _ in range(8):
        visitor.get("/auth/start")
    assert len([name for name in visitor.cookies() if name.startswith("__Host-tx-")]) == 5


def test_logout_token_ends_the_session_once_and_only_with_the_issuers_signature(house: House) -> None:
    visitor = house.visitor()
    visitor.sign_in()
    forged = jwt.encode(
        {"iss": house.provider.issuer, "aud": CLIENT_ID, "iat": int(time.time()), "exp": int(time.time()) + 60, "jti": "j",
         "sub": claims(visitor)["sub"], "events": {BACKCHANNEL_EVENT: {}}},
        "a secret of thirty-two bytes or more", "HS256",
    )  # fmt: skip
    assert visitor.post("/auth/backchannel-logout", data={"logout_token": forged}).status_code == 400
    assert visitor.get("/messages").status_code == 200


def test_metrics_count_sign_ins_by_issuer(house: House) -> None:
    def counted() -> float:
        lines = house.visitor().get("/metrics").text.splitlines()
        name = 'customer_portal_login_total{provider="127.0.0.1"} '
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    before = counted()
    house.visitor().sign_in()
    assert counted() == before + 1


def test_ready_when_issuer_and_platform_answer(house: House) -> None:
    assert house.visitor().get("/ready").json() == {"status": "ready", "checks": {"issuer": "ok", "platform": "ok"}}


def test_logs_of_a_whole_session_hold_no_secret(house: House, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("portal", "werkzeug"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    visitor = house.visitor()
    visitor.sign_in()
    first = visitor.cookies()
    expire(visitor)
    visitor.get("/messages")
    second = visitor.cookies()
    visitor.post("/auth/logout")
    secrets = [house.portal.settings.oidc_client_secret]
    for cookies in (first, second):
        secrets += [cookies[SESSION_COOKIE], cookies[REFRESH_COOKIE], opened_session(cookies[SESSION_COOKIE])["at"]]
        secrets += [
            value for key, value in opened_refresh(cookies[REFRESH_COOKIE]).items() if key in ("rt", "it") and value
        ]
    said = "".join(capfd.readouterr()) + "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("portal")
    )
    assert "signed_in" in said
    for secret in secrets:
        assert secret not in said
