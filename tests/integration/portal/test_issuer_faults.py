"""The issuer slow, down, out of its mind or with other keys: nobody is signed out for it, and nothing forged gets in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, Response

from portal.clients import oidc_keys
from tests.integration.portal.conftest import portal_at
from tests.integration.portal.scripted_site import (
    Site,
    carrying,
    expire,
    gets_in,
    held,
    is_asked_to_wait,
    is_signed_out,
)


def give_up_soon(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Where the issuer hangs, and only there: a busy machine may take its time everywhere else."""
    for name in ("grant_timeout", "ask_timeout"):
        monkeypatch.setattr(app.extensions["portal"].oidc, name, (5.0, 0.3))


def says(text: str, status: int = 200, **headers: str) -> Callable[[], Response]:
    kind = "application/json" if text.startswith(("{", "[")) else "text/html"
    return lambda: Response(text, status, {"Content-Type": kind} | {k.replace("_", "-"): v for k, v in headers.items()})


def cut_short() -> Response:
    answer = Response('{"access_token": "')
    answer.headers["Content-Length"], answer.headers["Connection"] = "4000", "close"
    return answer


# What is no refusal in the protocol's words. None of them spends the refresh token.
TRANSIENT: dict[str, Callable[[], Response]] = {
    "500": says("<h1>Oops</h1>", 500),
    "503": says("", 503, Retry_After="9"),
    "429": says("{}", 429, Retry_After="7"),
    "redirect": says("", 302, Location="/somewhere"),
    "html": says("<!doctype html><title>Maintenance</title>"),
    "html-400": says("<h1>400 Bad Request</h1>", 400),
    "html-403": says("<h1>Blocked by a firewall</h1>", 403),
    "html-404": says("<h1>Not here</h1>", 404),
    "object-404": says('{"message": "no route matched"}', 404),
    "list": says("[1]"),
    "number": says("17"),
    "empty-object": says("{}"),
    "empty": says(""),
    "wrong-kinds": says('{"access_token": 7, "token_type": ["Bearer"], "refresh_token": {}}'),
    "other-error": says('{"error": "invalid_client"}', 401),
    "error-of-no-text": says('{"error": {"a": 1}}', 400),
    "cut": cut_short,
    "deep": says("[" * 100_000),
}
REFUSALS = {"protocol": says('{"error": "invalid_grant"}', 400), "empty-400": says("", 400)}


@pytest.mark.parametrize("name", TRANSIENT)
def test_refresh_answered_with_nonsense_is_tried_later_and_signs_nobody_out(site: Site, name: str) -> None:
    client = site.sign_in()
    expire(client)
    site.issuer.faults["token"] = TRANSIENT[name]
    answer = client.get("/")
    assert is_asked_to_wait(answer), (answer.status_code, answer.headers)
    if name in ("503", "429"):
        assert answer.headers["Retry-After"] == {"503": "9", "429": "7"}[name], "as the issuer asks"
    data = client.get("/_dash-layout")
    assert (data.status_code, data.get_json()["code"]) == (503, "unavailable")
    site.issuer.heal()
    before = site.issuer.refreshes
    assert gets_in(client)
    assert site.issuer.refreshes == before + 1


def test_token_that_lasts_a_moment_longer_is_used_while_the_issuer_is_away(site: Site) -> None:
    client = site.sign_in()
    expire(client, 20)
    site.issuer.faults["token"] = TRANSIENT["500"]
    answer = client.get("/")
    assert answer.headers["Location"] == "/dashboard"
    assert "Set-Cookie" not in answer.headers


def test_issuer_that_hangs_is_given_up_once_for_all_who_wait(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = site.sign_in()
    expire(client)
    give_up_soon(monkeypatch, site.app)
    asked = []

    def hang() -> Response:
        asked.append(1)
        return site.issuer.hang()

    site.issuer.faults["token"] = hang
    cookies = held(client)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: carrying(site.app, cookies).get("/"), range(20)))
    assert all(is_asked_to_wait(answer) for answer in answers)
    assert len(asked) < 20
    site.issuer.heal()
    monkeypatch.undo()
    assert gets_in(client)


@pytest.mark.parametrize("name", REFUSALS)
def test_refresh_refused_in_the_protocols_words_ends_the_session(site: Site, name: str) -> None:
    client = site.sign_in()
    expire(client)
    site.issuer.faults["token"] = REFUSALS[name]
    assert is_signed_out(client.get("/"))
    assert held(client) == {}


KEYS_FAULTS: dict[str, Callable[[], Response]] = {
    "500": says("", 500),
    "html": says("<h1>Oops</h1>"),
    "empty-object": says("{}"),
    "null": says('{"keys": null}'),
    "number": says('{"keys": 7}'),
    "nonsense": says('{"keys": [1, {"kty": "RSA", "kid": "three", "n": "!", "e": 7}, {"kty": "oct", "kid": "three"}]}'),
    "too-large": says('{"keys": "' + "x" * 2_000_000 + '"}'),
}


@pytest.mark.parametrize("name", KEYS_FAULTS)
@pytest.mark.usefixtures("impatient")
def test_keys_that_cannot_be_had_after_a_rotation_cost_nobody_the_session(site: Site, name: str) -> None:
    """The issuer forgives no reused refresh token: what it gave must not be lost while it cannot be verified."""
    client = site.sign_in()
    expire(client)
    before = site.issuer.refreshes
    site.issuer.change_key()
    site.issuer.faults["keys"] = KEYS_FAULTS[name]
    for _ in range(3):
        assert is_asked_to_wait(client.get("/"))
    site.issuer.heal()
    assert gets_in(client)
    assert site.issuer.refreshes == before + 1


def test_signing_key_changed_without_overlap_signs_nobody_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc_keys, "UNKNOWN_KID_COOL_DOWN_SECONDS", -1.0)
    client = site.sign_in()
    for _ in range(2):
        site.issuer.change_key()
        expire(client)
        assert gets_in(client)
    site.sign_in()


@pytest.mark.usefixtures("impatient")
def test_key_signed_with_before_it_is_published_is_waited_for(site: Site) -> None:
    client = site.sign_in()
    expire(client)
    site.issuer.change_key(published=False)
    assert is_asked_to_wait(client.get("/"))
    site.issuer.publish()
    assert gets_in(client)


DISCOVERY_FAULTS = {
    "500": says("", 500),
    "html": says("<h1>Oops</h1>"),
    "empty-object": says("{}"),
    "list": says("[]"),
    "too-large": says('{"issuer": "' + "x" * 2_000_000 + '"}'),
    "of-another": says('{"issuer": "https://other.example", "token_endpoint": "https://other.example/token"}'),
}


@pytest.mark.usefixtures("impatient")
def test_discovery_that_cannot_be_had_any_more_leaves_what_is_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.sign_in()
    for name, fault in {**DISCOVERY_FAULTS, "hang": site.issuer.hang}.items():
        site.issuer.faults["discovery"] = fault
        expire(client)
        if name == "hang":
            monkeypatch.setattr(site.app.extensions["portal"].oidc, "ask_timeout", (5.0, 0.3))
        assert gets_in(client), name


def test_discovery_that_was_never_had_starts_no_sign_in_and_ends_no_session(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = held(site.sign_in())
    cold = portal_at(site.issuer, folder / "cold")
    for name, fault in {**DISCOVERY_FAULTS, "hang": site.issuer.hang}.items():
        site.issuer.faults["discovery"] = fault
        if name == "hang":
            give_up_soon(monkeypatch, cold)
        answer = cold.test_client().get("/auth/start")
        assert answer.headers["Location"] == "/login?reason=issuer_unavailable", name
        client = carrying(cold, cookies)
        expire(client)
        assert is_asked_to_wait(client.get("/")), name
    site.issuer.heal()
    monkeypatch.undo()
    assert gets_in(client)


@pytest.mark.parametrize("name", ["500", "html", "list", "wrong-kinds", "cut", "429"])
def test_code_answered_with_nonsense_is_explained_and_leaves_nobody_half_signed_in(site: Site, name: str) -> None:
    client = site.app.test_client()
    asked = client.get("/auth/start").headers["Location"]
    back = urlsplit(requests.get(asked, allow_redirects=False, timeout=30).headers["Location"])
    site.issuer.faults["token"] = TRANSIENT[name]
    answer = client.get(f"{back.path}?{back.query}")
    reason = "rate_limited" if name == "429" else "issuer_unavailable"
    assert answer.headers["Location"].startswith(f"/login?reason={reason}")
    assert held(client) == {}
    site.issuer.heal()
    assert len(held(site.sign_in(client=client))) == 2
