"""Sessions under fire: tokens used twice, notices of logout, cookies planted, changed or sealed with another key."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, Response
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.settings import SessionKey
from portal.web import coordination
from portal.web.sealing import Sealer
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.integration.portal.conftest import ORIGIN, portal_at
from tests.integration.portal.scripted_site import BOTH, Site, carrying, expire, gets_in, held, is_signed_out
from tests.support.portal import KEYS, opened_refresh, opened_session

NEW_KEY = SessionKey("t2", b"fedcba9876543210fedcba9876543210")


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
    site.issuer.faults["keys"] = lambda: Response("", 500)
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
