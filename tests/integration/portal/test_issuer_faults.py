"""The issuer slow, down, out of its mind or with other keys: nobody is signed out for it, and nothing forged gets in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clients import oidc as oidc_module
from portal.clients import oidc_keys
from portal.settings import SessionKey
from portal.web import coordination
from portal.web.sealing import Sealer
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.integration.portal.conftest import ORIGIN, portal_at, signed_in_at
from tests.support.portal import KEYS, changed_session, opened_refresh, opened_session
from tests.support.scripted_issuer import ScriptedIssuer, scripted_issuer

BOTH = (SESSION_COOKIE, REFRESH_COOKIE)
NEW_KEY = SessionKey("t2", b"fedcba9876543210fedcba9876543210")


@dataclass
class Site:
    """A portal on fake services that signs people in at an issuer which does as it is told."""

    issuer: ScriptedIssuer
    app: Flask
    another: Flask  # on another machine

    def sign_in(self, app: Flask | None = None, client: FlaskClient | None = None) -> FlaskClient:
        return signed_in_at(app or self.app, client)


def give_up_soon(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Where the issuer hangs, and only there: a busy machine may take its time everywhere else."""
    for name in ("grant_timeout", "ask_timeout"):
        monkeypatch.setattr(app.extensions["portal"].oidc, name, (5.0, 0.3))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def built(folder: Path) -> Iterator[Site]:
    with scripted_issuer() as issuer:
        yield Site(issuer, portal_at(issuer, folder / "one"), portal_at(issuer, folder / "two"))


@pytest.fixture
def site(built: Site) -> Iterator[Site]:
    yield built
    issuer = built.issuer
    issuer.heal()
    issuer.subject = "owner-1"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of the issuer is always old, and it is asked again at once."""
    for module, name in (
        (oidc_module, "METADATA_TTL_SECONDS"),
        (oidc_module, "METADATA_RETRY_SECONDS"),
        (oidc_keys, "KEYS_TTL_SECONDS"),
        (oidc_keys, "UNKNOWN_KID_COOL_DOWN_SECONDS"),
        (oidc_keys, "FAILURE_COOL_DOWN_SECONDS"),
    ):
        monkeypatch.setattr(module, name, -1.0)


def held(client: FlaskClient) -> dict[str, str]:
    """Its session cookies."""
    found = {name: client.get_cookie(name, domain="localhost") for name in BOTH}
    return {name: cookie.value for name, cookie in found.items() if cookie is not None and cookie.value}


def carrying(app: Flask, cookies: dict[str, str]) -> FlaskClient:
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value, domain="localhost")
    return client


def expire(client: FlaskClient, seconds: int = -1) -> None:
    changed = changed_session(held(client)[SESSION_COOKIE], exp=int(time.time()) + seconds)
    client.set_cookie(SESSION_COOKIE, changed, domain="localhost")


def gets_in(client: FlaskClient) -> bool:
    """Whether it has a session: the start page, which asks the platform for nothing, leads on."""
    return client.get("/").headers["Location"] == "/dashboard"


def is_signed_out(answer: Any) -> bool:
    cleared = {h.partition("=")[0] for h in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in h}
    return bool(
        answer.status_code == 303
        and answer.headers["Location"].startswith("/login?reason=session_expired")
        and cleared >= set(BOTH)
    )


def is_asked_to_wait(answer: Any) -> bool:
    return bool(
        answer.status_code == 503
        and 1 <= int(answer.headers["Retry-After"]) <= 3600
        and "Set-Cookie" not in answer.headers
        and "You are still signed in" in answer.text
    )


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


# -- reuse, replay, fixation -----------------------------------------------------------------------------------


def test_refresh_token_used_by_a_thief_ends_the_session_of_both(site: Site) -> None:
    client = site.sign_in()
    expire(client)
    stolen = held(client)
    assert gets_in(client)
    thief = carrying(site.another, stolen)
    assert is_signed_out(thief.get("/")), "another machine has no successor to give"
    expire(client)
    assert is_signed_out(client.get("/"))


def test_successor_is_not_given_out_for_ever(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = site.sign_in()
    expire(client)
    stolen = held(client)
    assert gets_in(client)
    monkeypatch.setattr(coordination, "SUCCESSOR_SECONDS", -1.0)
    assert is_signed_out(carrying(site.app, stolen).get("/"))


def test_refresh_that_answers_for_somebody_else_is_not_taken(site: Site) -> None:
    client = site.sign_in()
    expire(client)
    site.issuer.subject = "somebody-else"
    assert is_signed_out(client.get("/"))


def test_session_planted_before_sign_in_is_replaced_by_ones_own(site: Site) -> None:
    attacker = site.sign_in()
    planted = held(attacker)
    site.issuer.subject = "owner-2"
    victim = site.sign_in(client=carrying(site.app, planted))
    own = held(victim)
    assert all(own[name] != planted[name] for name in BOTH)
    ids = {opened_session(cookies[SESSION_COOKIE])["id"] for cookies in (planted, own)}
    assert len(ids) == 2
    assert opened_refresh(own[REFRESH_COOKIE])["id"] == opened_session(own[SESSION_COOKIE])["id"]
    # A refresh cookie of another session, set beside one's own, is not used either.
    expire(victim)
    mixed = {SESSION_COOKIE: held(victim)[SESSION_COOKIE], REFRESH_COOKIE: planted[REFRESH_COOKIE]}
    before = site.issuer.refreshes
    assert is_signed_out(carrying(site.app, mixed).get("/"))
    assert site.issuer.refreshes == before


# -- back-channel logout ---------------------------------------------------------------------------------------


def tell(app: Flask, token: str) -> int:
    return app.test_client().post("/auth/backchannel-logout", data={"logout_token": token}).status_code


def test_logout_notice_of_a_session_ends_that_one_alone_and_counts_once(site: Site) -> None:
    ended, other = site.sign_in(), site.sign_in()
    token = site.issuer.logout_token(sid=opened_session(held(ended)[SESSION_COOKIE])["sid"])
    copied = held(ended)
    assert tell(site.app, token) == 200
    assert is_signed_out(ended.get("/"))
    assert is_signed_out(carrying(site.app, copied).get("/"))
    assert gets_in(other)
    assert tell(site.app, token) == 400, "a notice is good for once"


def test_logout_notice_of_a_person_ends_all_their_sessions_and_nobody_elses(site: Site) -> None:
    site.issuer.subject = "leaving"
    theirs = [site.sign_in(), site.sign_in()]
    site.issuer.subject = "staying"
    other = site.sign_in()
    assert tell(site.app, site.issuer.logout_token(sub="leaving")) == 200
    assert all(is_signed_out(client.get("/")) for client in theirs)
    assert gets_in(other)


@pytest.mark.parametrize(
    "changes",
    [{"aud": "another"}, {"nonce": "n"}, {"events": {}}, {"jti": None}, {"iss": "https://other.example"}, {"exp": 1},
     {"sid": None}],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_logout_notice_with_one_thing_wrong_ends_nothing(site: Site, changes: dict[str, Any]) -> None:
    client = site.sign_in()
    sid = opened_session(held(client)[SESSION_COOKIE])["sid"]
    assert tell(site.app, site.issuer.logout_token(**{"sid": sid, **changes})) == 400
    assert gets_in(client)


@pytest.mark.usefixtures("impatient")
def test_logout_notice_that_cannot_be_verified_now_is_asked_for_again(site: Site, folder: Path) -> None:
    cold = portal_at(site.issuer, folder / "untold")
    client = carrying(cold, held(site.sign_in()))
    token = site.issuer.logout_token(sid=opened_session(held(client)[SESSION_COOKIE])["sid"])
    site.issuer.faults["keys"] = KEYS_FAULTS["500"]
    assert tell(cold, token) == 503
    site.issuer.heal()
    assert tell(cold, token) == 200
    assert is_signed_out(client.get("/"))


# -- the cookies themselves ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def genuine(built: Site) -> dict[str, str]:
    return held(built.sign_in())


ALPHABET = "ABCXYZabcxyz0189-_.~!*="


@pytest.mark.filterwarnings("ignore:The '__Host-session' cookie is too large")
@settings(max_examples=80)
@given(data=st.data())
def test_cookie_changed_in_any_way_is_refused_and_cleared(
    built: Site, genuine: dict[str, str], data: st.DataObject
) -> None:
    whole = genuine[SESSION_COOKIE]
    at = data.draw(st.integers(0, len(whole) - 1))
    text = data.draw(
        st.one_of(
            st.sampled_from(ALPHABET).map(lambda char: whole[:at] + char + whole[at + 1 :]),
            st.sampled_from(ALPHABET).map(lambda char: whole[:at] + char + whole[at:]),
            st.just(whole[:at]),
            st.just(whole[at + 1 :]),
            st.just(whole + whole),
            st.just(genuine[REFRESH_COOKIE]),
            st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='";,\\'), max_size=300),
            st.integers(1, 60_000).map(lambda length: "t1." + "A" * length),
        ).filter(lambda text: text not in ("", whole))
    )
    answer = carrying(built.app, {**genuine, SESSION_COOKIE: text}).get("/")
    assert is_signed_out(answer), (answer.status_code, text)


@settings(max_examples=15)
@given(at=st.integers(0, 10_000), char=st.sampled_from(ALPHABET))
def test_refresh_cookie_changed_is_worth_nothing(built: Site, genuine: dict[str, str], at: int, char: str) -> None:
    whole = genuine[REFRESH_COOKIE]
    at %= len(whole)
    changed = {**genuine, REFRESH_COOKIE: whole[:at] + char + whole[at:]}
    assert gets_in(carrying(built.app, changed)), "the session's own token still stands"
    client = carrying(built.app, changed)
    expire(client)
    before = built.issuer.refreshes
    assert is_signed_out(client.get("/"))
    assert built.issuer.refreshes == before


def test_sealing_key_is_changed_without_signing_anybody_out(site: Site, folder: Path) -> None:
    client = site.sign_in()
    asked = client.get("/auth/start").headers["Location"]  # a login under way
    back = urlsplit(requests.get(asked, allow_redirects=False, timeout=30).headers["Location"])
    newer = portal_at(site.issuer, folder / "newer", session_keys=(NEW_KEY, *KEYS))
    under_way = {cookie.key: cookie.value for cookie in client._cookies.values()}
    moved = carrying(newer, under_way)
    assert gets_in(moved)
    assert moved.get(f"{back.path}?{back.query}").status_code == 200, "and the login is finished"
    older = carrying(newer, {name: under_way[name] for name in BOTH})
    expire(older)
    assert gets_in(older)
    for name, sealed in held(older).items():
        assert Sealer((NEW_KEY,)).open(name, sealed) is not None, "a refresh moves cookies to the new key"
        # While replicas change over one by one, those that know the new key as their second open it too.
        assert Sealer((*KEYS, NEW_KEY)).open(name, sealed) is not None
    retired = portal_at(site.issuer, folder / "newer", session_keys=(NEW_KEY,))
    assert gets_in(carrying(retired, held(older)))
    assert is_signed_out(carrying(retired, {name: under_way[name] for name in BOTH}).get("/"))


def test_origin_is_what_the_issuer_is_told(site: Site) -> None:
    site.app.test_client().get("/auth/start")
    site.sign_in()
    asked = site.issuer.asked_to_authorize
    assert (asked["redirect_uri"], asked["code_challenge_method"]) == (f"{ORIGIN}/auth/callback", "S256")
