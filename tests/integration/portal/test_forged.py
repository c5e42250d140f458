"""Requests that no page of the session sent, to every route that changes something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.web.csrf import COOKIE, FIELD, HEADER, CsrfTokens
from portal.web.legacy_sign_in import RETURN_PATH
from portal.web.policy import REPORT_PATH
from portal.web.sign_out import BACKCHANNEL_PATH
from tests.integration.portal.conftest import ORIGIN
from tests.integration.portal.test_platform_refuses import signed_in
from tests.support.portal import KEYS

TOKENS = CsrfTokens(KEYS, seconds=600)
OWN, OTHER = TOKENS.of("id"), TOKENS.of("another")
SAME = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
SAFE = {"GET", "HEAD", "OPTIONS"}

# cookie, headers, the reason it is refused for
FORGED: dict[str, tuple[str | None, dict[str, str], str]] = {
    "cookie without header": (OWN, SAME, "csrf"),
    "header without cookie": (None, {**SAME, HEADER: OWN}, "csrf"),
    "neither": (None, SAME, "csrf"),
    "wrong token in the header": (OWN, {**SAME, HEADER: OWN[:-2] + "AA"}, "csrf"),
    "empty header": (OWN, {**SAME, HEADER: ""}, "csrf"),
    "cookie and header alike, but made up": ("t1.made-up", {**SAME, HEADER: "t1.made-up"}, "csrf"),
    "cookie and header of another session": (OTHER, {**SAME, HEADER: OTHER}, "csrf"),
    "header of another session": (OWN, {**SAME, HEADER: OTHER}, "csrf"),
    "cookie changed": (OWN[:-2] + "AA", {**SAME, HEADER: OWN}, "csrf"),
    "from another site": (OWN, {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site", HEADER: OWN}, "cross_site"),
    "from another site of the same domain": (OWN, {"Sec-Fetch-Site": "same-site", HEADER: OWN}, "cross_site"),
    "origin of another site": (OWN, {"Origin": "https://evil.example", HEADER: OWN}, "cross_site"),
    "origin null": (OWN, {"Origin": "null", HEADER: OWN}, "cross_site"),
    "no word of where from": (OWN, {HEADER: OWN}, "cross_site"),
}


def changing(server: Flask) -> Iterator[tuple[str, str]]:
    """Method and path of every route that changes something and is asked by pages."""
    for rule in server.url_map.iter_rules():
        if rule.rule not in (REPORT_PATH, BACKCHANNEL_PATH, RETURN_PATH):  # the last has a state of its own
            for method in sorted((rule.methods or set()) - SAFE):
                yield method, re.sub(r"<[^>]+>", "x", rule.rule)


def code_of(answer: Any) -> str | None:
    """The reason a request was refused for, whether it was told to a script or to a person."""
    if answer.status_code != 403:
        return None
    if answer.is_json:
        return str(answer.get_json()["code"])
    words = {"csrf": "This page is out of date", "cross_site": "This request came from another site"}
    return next((code for code, title in words.items() if title in answer.text), "?")


@pytest.fixture
def client(lonely: Flask) -> FlaskClient:
    """Signed in; the token's cookie is each test's own affair."""
    client = signed_in(lonely)
    client.delete_cookie(COOKIE)
    return client


def carry(client: FlaskClient, cookie: str | None) -> None:
    client.delete_cookie(COOKIE)
    if cookie is not None:
        client.set_cookie(COOKIE, cookie, domain="localhost")


def test_there_are_routes_to_forge_for(lonely: Flask) -> None:
    found = set(changing(lonely))
    known = {"/_dash-update-component", "/auth/logout", "/preferences/locale", "/preferences/theme"}
    assert {("POST", path) for path in known | {"/profile/preferences"}} <= found


@pytest.mark.parametrize("forgery", FORGED)
def test_forged_request_changes_nothing(client: FlaskClient, forgery: str) -> None:
    cookie, headers, reason = FORGED[forgery]
    for method, path in changing(client.application):
        carry(client, cookie)
        answer = client.open(path, method=method, headers=headers, json={})
        assert code_of(answer) == reason, f"{method} {path}: {answer.status_code}"


def test_forms_own_content_types_reach_no_callback(client: FlaskClient) -> None:
    """What a form of another page can send without asking the browser's leave."""
    carry(client, OWN)
    body = f'{{"{FIELD}": "{OWN}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post("/_dash-update-component", data=body, content_type=kind, headers=SAME)
        assert code_of(answer) == "csrf", kind
    answer = client.post("/_dash-update-component", data={FIELD: OWN}, headers=SAME)
    assert code_of(answer) == "csrf"


def test_true_request_passes_everywhere(lonely: Flask) -> None:
    for method, path in changing(lonely):
        session_id = f"true request to {path}"  # signing out ends it
        answer = signed_in(lonely, session_id).open(
            path, method=method, headers={**SAME, HEADER: TOKENS.of(session_id)}, data=b""
        )
        if path == "/preview/start":  # refused for what it is: whoever asks is no internal user
            assert (answer.status_code, answer.mimetype) == (403, "text/html")
            continue
        assert code_of(answer) is None, f"{method} {path}"


def test_form_without_a_script_brings_the_field_that_the_server_drew(client: FlaskClient) -> None:
    page = client.get("/login?reason=session_expired&next=/messages").text
    forms = re.findall(r"<form [^>]*method=\"post\".*?</form>", page, re.S)
    assert len(forms) == 2
    for form in forms:
        (token,) = re.findall(rf'name="{FIELD}" value="([^"]+)"', form)
        assert token == OWN
    carry(client, OWN)
    answer = client.post("/preferences/theme", data={"theme": "dark", FIELD: OWN}, headers=SAME)
    assert answer.status_code == 303


def test_refusal_says_to_load_the_page_again_and_makes_that_work(client: FlaskClient) -> None:
    """Also a session from before there were tokens."""
    headers = {**SAME, "Referer": f"{ORIGIN}/messages?status=failed"}
    refused = client.post("/profile/preferences", data={"locale": "ps"}, headers=headers)
    assert refused.status_code == 403
    assert "Load the page again" in refused.text
    assert 'href="/messages?status=failed"' in refused.text
    (cookie,) = (header for header in refused.headers.getlist("Set-Cookie") if header.startswith(f"{COOKIE}="))
    assert cookie.startswith(f"{COOKIE}={OWN};")
    assert {"Secure", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "HttpOnly" not in cookie
    assert "Domain" not in cookie
    answer = client.post("/_dash-update-component", json={}, headers=SAME)
    assert "Load the page again" in answer.get_json()["detail"]


@pytest.mark.parametrize("held", [None, OTHER, "t1.changed"], ids=["none", "of another session", "changed"])
def test_page_gives_a_session_its_token_when_it_has_none_that_serves(client: FlaskClient, held: str | None) -> None:
    carry(client, held)
    set_cookies = client.get("/nowhere").headers.getlist("Set-Cookie")
    assert any(header.startswith(f"{COOKIE}={OWN};") for header in set_cookies)
    assert not [header for header in client.get("/nowhere").headers.getlist("Set-Cookie") if COOKIE in header]


def test_sign_out_takes_the_token_along(lonely: Flask) -> None:
    client = signed_in(lonely, "leaving")
    client.post("/auth/logout", data={FIELD: TOKENS.of("leaving")}, headers=SAME)
    assert client.get_cookie(COOKIE) is None
