"""The sign-in page: what it says, in which language, under which policy, and what it does not give away."""

from __future__ import annotations

import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from gateway.identity.blueprint import create_blueprint
from gateway.identity.passwords import Passwords
from gateway.identity.policy import IdentityPolicy
from gateway.settings import GatewaySettings
from tests.integration.identity.conftest import ISSUER, PASSWORD, Issuer, RelyingParty

HOSTILE = '"><script>alert(1)</script>@bank.example'


def alert(page: TestResponse) -> str | None:
    found = re.search(r'role="alert"[^>]*>([^<]*)<', page.text)
    return html.unescape(found[1]) if found else None


def email_field(page: TestResponse) -> str:
    found = re.search(r'<input id="email"[^>]* value="([^"]*)"', page.text)
    assert found
    return html.unescape(found[1])


def elsewhere(party: RelyingParty, policy: IdentityPolicy) -> RelyingParty:
    """The same client and data behind another process with another policy."""
    app = Flask("another process")
    app.register_blueprint(create_blueprint(GatewaySettings(), party.issuer.engine, policy=policy))
    return replace(party, browser=app.test_client())


def test_page_carries_a_strict_policy_and_only_own_small_resources(party: RelyingParty) -> None:
    _, _, page = party.open_form()
    assert page.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self' http://localhost:8050"
    assert "script-src" not in policy
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert len(page.data) < 10_000


def test_page_resources_are_immutable_and_match_their_integrity(party: RelyingParty) -> None:
    import base64
    import hashlib

    _, _, page = party.open_form()
    link = re.search(r'<link rel="stylesheet" href="([^"]+)" integrity="sha384-([^"]+)"', page.text)
    assert link
    style = party.get(link[1])
    assert style.status_code == 200
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert base64.b64encode(hashlib.sha384(style.data).digest()).decode() == html.unescape(link[2])
    icon = re.search(r'<img src="([^"]+)"', page.text)
    assert icon
    assert party.get(icon[1]).mimetype == "image/svg+xml"
    assert party.get("/v1/auth/assets/unknown.css").status_code == 404


@pytest.mark.parametrize(
    ("header", "cookie", "asked", "lang", "direction", "word"),
    [
        ("", None, None, "en", "ltr", "Sign in"),
        ("fa;q=0.9,en;q=0.5", None, None, "fa-AF", "rtl", "ورود"),
        ("de,ps;q=0.4", None, None, "ps", "rtl", "ننوتل"),
        ("fr", None, None, "en", "ltr", "Sign in"),
        ("en", "ar", None, "ar", "rtl", "تسجيل الدخول"),
        ("en", "ar", "xx ps", "ps", "rtl", "ننوتل"),
        ("en", "'\"><x", None, "en", "ltr", "Sign in"),
    ],
)
def test_page_language_is_what_was_asked_for_then_cookie_then_browser(
    party: RelyingParty, header: str, cookie: str | None, asked: str | None, lang: str, direction: str, word: str
) -> None:
    party.headers = {"Accept-Language": header}
    if cookie:
        party.browser.set_cookie("__locale", cookie)
    _, _, page = party.open_form(ui_locales=asked)
    assert f'<html lang="{lang}" dir="{direction}">' in page.text
    assert f"<h1>{word}</h1>" in page.text
    assert page.headers["Content-Language"] == lang


def test_language_links_change_the_page_and_stay_through_an_error(party: RelyingParty) -> None:
    _, _, page = party.open_form()
    links = [html.unescape(link) for link in re.findall(r'<a href="([^"]+)" lang="ps"', page.text)]
    pashto = party.get(links[0])
    assert '<html lang="ps" dir="rtl">' in pashto.text
    action = html.unescape(re.search(r'<form method="post" action="([^"]+)"', pashto.text)[1])  # type: ignore[index]
    wrong = party.submit(action, pashto, password="wrong password")
    assert '<html lang="ps" dir="rtl">' in wrong.text
    assert alert(wrong)
    assert party.browser.get_cookie("__locale").value == "ps"  # type: ignore[union-attr]


def test_wrong_password_and_unknown_address_look_the_same(party: RelyingParty) -> None:
    _, url, page = party.open_form()
    wrong = party.submit(url, page, password="Wrong-Horse-1")
    unknown = party.submit(url, page, email="nobody@bank.example")
    assert wrong.status_code == unknown.status_code == 200
    assert alert(wrong) == alert(unknown)
    assert "aria-invalid" in wrong.text
    assert email_field(wrong) == "owner@bank.example"
    assert email_field(unknown) == "nobody@bank.example"
    assert wrong.text.replace("owner@", "nobody@") == unknown.text
    assert PASSWORD not in wrong.text
    assert "Wrong-Horse-1" not in wrong.text


def test_user_without_password_cannot_sign_in(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("invited@bank.example", password=None)
    _, url, page = party.open_form()
    for password in ("", "None", PASSWORD):
        assert alert(party.submit(url, page, email="invited@bank.example", password=password))


def test_disabled_user_is_told_only_after_the_right_password(issuer: Issuer, party: RelyingParty) -> None:
    issuer.sql("UPDATE users SET disabled_at = now()")
    _, url, page = party.open_form()
    assert "disabled" not in str(alert(party.submit(url, page, password="Wrong-Horse-1")))
    answer = party.submit(url, page)
    assert answer.status_code == 403
    assert "disabled" in str(alert(answer))
    assert "identity-session" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("changes", [{"login_hint": HOSTILE}, {"login_hint": "x" * 2000}, {"ui_locales": HOSTILE}])
def test_hostile_request_values_are_escaped(party: RelyingParty, changes: dict[str, str]) -> None:
    _, _, page = party.open_form(**changes)
    assert "<script" not in page.text
    if changes.get("login_hint") == HOSTILE:
        assert email_field(page) == HOSTILE


def test_hostile_address_is_escaped_and_kept(party: RelyingParty) -> None:
    _, url, page = party.open_form()
    answer = party.submit(url, page, email=HOSTILE)
    assert "<script" not in answer.text
    assert email_field(answer) == HOSTILE


@pytest.mark.parametrize("email", ["", " ", "a\u2028b@x", "x" * 5000 + "@bank.example", "😀@x"])
@pytest.mark.parametrize("password", ["", "x" * 5000])
def test_unusable_input_is_a_refusal_like_any_other(party: RelyingParty, email: str, password: str) -> None:
    _, url, page = party.open_form()
    assert alert(party.submit(url, page, email=email, password=password))


def test_nul_in_the_form_is_refused(party: RelyingParty) -> None:
    _, url, page = party.open_form()
    assert party.submit(url, page, email="a\0@bank.example").status_code == 400


@pytest.mark.parametrize("token", ["", "forged"])
def test_form_without_its_token_signs_nobody_in(party: RelyingParty, token: str) -> None:
    _, url, _ = party.open_form()
    answer = party.post(url, data={"form_token": token, "email": "owner@bank.example", "password": PASSWORD})
    assert answer.status_code == 400
    assert alert(answer)
    assert email_field(answer) == "owner@bank.example"


def test_form_token_of_another_browser_signs_nobody_in(party: RelyingParty) -> None:
    _, url, _ = party.open_form()
    _, _, theirs = party.another_browser().open_form()
    assert party.submit(url, theirs).status_code == 400


def test_form_posted_from_another_site_signs_nobody_in(party: RelyingParty) -> None:
    _, url, page = party.open_form()
    party.headers = {"Sec-Fetch-Site": "cross-site"}
    assert party.submit(url, page).status_code == 400


def test_two_tabs_sign_in_one_after_the_other(party: RelyingParty) -> None:
    first, second = party.open_form(), party.open_form()
    for asked, url, page in (first, second):
        answer = party.submit(url, page)
        assert answer.status_code == 303
        assert parse_qs(urlsplit(answer.headers["Location"]).query)["state"] == [asked.state]


def test_tab_left_open_goes_on_once_another_tab_signed_in(party: RelyingParty) -> None:
    asked, url, _ = party.open_form()
    party.tokens()
    answer = party.get(url)
    assert answer.status_code == 302
    assert asked.state in answer.headers["Location"]


def test_page_open_too_long_offers_to_start_again(party: RelyingParty) -> None:
    late = elsewhere(party, replace(party.issuer.policy, sign_in_seconds=-1))
    _, url, page = late.open_form()
    for answer in (page, late.post(url, data={"email": "x", "password": "y"})):
        assert answer.status_code == 400
        assert "This took too long" in answer.text
        assert 'href="http://localhost:8050/"' in answer.text


@pytest.mark.parametrize("query", ["", "?tx=", "?tx=forged", "?tx=" + "A" * 60, "?tx=%FF%00x", "?tx=" + quote("پیام")])
def test_page_without_genuine_request_sends_nobody_anywhere(party: RelyingParty, query: str) -> None:
    for answer in (party.get(f"/v1/auth/login{query}"), party.post(f"/v1/auth/login{query}")):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_attempts_are_throttled_per_account_with_the_seconds_to_wait(issuer: Issuer, party: RelyingParty) -> None:
    _, url, page = party.open_form()
    limit = issuer.policy.attempts_per_account
    for _ in range(limit):
        assert party.submit(url, page, password="Wrong-Horse-1").status_code == 200
    refused = party.submit(url, page)
    assert refused.status_code == 429
    seconds = int(refused.headers["Retry-After"])
    assert 0 < seconds <= issuer.policy.attempt_window_seconds
    assert f"Try again in {seconds} second" in str(alert(refused))
    assert email_field(refused) == "owner@bank.example"

    issuer.user("viewer@bank.example", roles=["viewer"])
    assert party.submit(url, page, email="viewer@bank.example").status_code == 303, "others are not locked out"
    away = replace(party.another_browser(), peer="203.0.113.9")
    assert "code" in away.sign_in().values, "nor is the owner, from elsewhere"

    issuer.sql("UPDATE oidc_login_attempts SET window_ends_at = now() - interval '1 second'")
    _, url, page = party.another_browser().open_form()
    assert "code" in party.another_browser().sign_in().values


def test_unknown_accounts_are_throttled_like_known_ones(issuer: Issuer, party: RelyingParty) -> None:
    _, url, page = party.open_form()
    answers = [
        party.submit(url, page, email="nobody@bank.example").status_code
        for _ in range(issuer.policy.attempts_per_account + 1)
    ]
    assert answers == [200] * issuer.policy.attempts_per_account + [429]


def test_parallel_guesses_cannot_pass_the_limit(issuer: Issuer, party: RelyingParty) -> None:
    forms = []
    for _ in range(20):
        browser = party.another_browser()
        forms.append((browser, *browser.open_form()[1:]))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda form: form[0].submit(form[1], form[2], password="Wrong-Horse-1"), forms))
    statuses = sorted(answer.status_code for answer in answers)
    allowed = issuer.policy.attempts_per_account
    assert statuses == [200] * allowed + [429] * (20 - allowed)


def test_many_accounts_from_one_address_are_throttled(issuer: Issuer, party: RelyingParty) -> None:
    tight = elsewhere(party, replace(issuer.policy, attempts_per_address=3))
    _, url, page = tight.open_form()
    answers = [tight.submit(url, page, email=f"user{n}@bank.example") for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_right_passwords_do_not_use_up_attempts(issuer: Issuer, party: RelyingParty) -> None:
    for _ in range(issuer.policy.attempts_per_account + 2):
        assert "code" in party.another_browser().sign_in().values
    assert issuer.sql("SELECT coalesce(sum(attempts), 0) FROM oidc_login_attempts") == [(0,)]


def test_ipv6_addresses_of_one_line_count_as_one(issuer: Issuer, party: RelyingParty) -> None:
    _, url, page = party.open_form()
    for n in range(issuer.policy.attempts_per_account):
        party.peer = f"2001:db8:1:2::{n + 1:x}"
        assert party.submit(url, page, password="Wrong-Horse-1").status_code == 200
    party.peer = "2001:db8:1:2:ffff::1"
    assert party.submit(url, page).status_code == 429
    party.peer = "2001:db8:1:3::1"
    assert party.submit(url, page).status_code == 303


def test_overload_is_said_and_not_counted(issuer: Issuer, party: RelyingParty) -> None:
    busy = Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=1, wait_seconds=0.01)
    blocked = elsewhere(party, replace(issuer.policy, passwords=busy))
    _, url, page = blocked.open_form()
    entered, release = threading.Event(), threading.Event()

    def occupy() -> None:
        with busy._slot():
            entered.set()
            release.wait(60)

    thread = threading.Thread(target=occupy)
    thread.start()
    assert entered.wait(60)
    try:
        answer = blocked.submit(url, page)
    finally:
        release.set()
        thread.join()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert issuer.sql("SELECT sum(attempts) FROM oidc_login_attempts") == [(0,)]
    assert blocked.submit(url, page).status_code == 303


def test_sign_in_renews_a_hash_with_outdated_parameters(issuer: Issuer, party: RelyingParty) -> None:
    before = issuer.sql("SELECT password_hash FROM users")[0][0]
    stronger = Passwords(time_cost=2, memory_kib=64, parallelism=1)
    later = elsewhere(party, replace(issuer.policy, passwords=stronger))
    assert "code" in later.sign_in().values
    after = issuer.sql("SELECT password_hash FROM users")[0][0]
    assert "t=1" in before
    assert "t=2" in after
    assert "code" in later.sign_in(prompt="login").values


def test_session_cookie_is_out_of_reach_and_its_value_not_stored(issuer: Issuer, party: RelyingParty) -> None:
    _, url, page = party.open_form()
    answer = party.submit(url, page)
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if "identity-session=" in value)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    value = cookie.split("=", 1)[1].split(";")[0]
    assert value not in str(issuer.sql("SELECT s::text FROM oidc_sessions s"))


def test_cookies_over_https_are_bound_to_the_host(party: RelyingParty) -> None:
    secure = elsewhere(party, replace(party.issuer.policy, issuer="https://id.example"))
    location = secure.get(secure.authorization().url).headers["Location"]
    assert location.startswith("https://id.example/v1/auth/login?tx=")
    page = secure.get(location.removeprefix("https://id.example"))
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-identity-form=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_database_absence_is_a_page_in_the_readers_language(party: RelyingParty) -> None:
    from sqlalchemy import create_engine

    app = Flask("no database")
    engine = create_engine("postgresql+psycopg://nobody@/none?host=/nonexistent")
    app.register_blueprint(create_blueprint(GatewaySettings(), engine, policy=party.issuer.policy))
    answer = app.test_client().get(party.authorization(ui_locales="fa-AF").url)
    assert answer.status_code == 503
    assert 'lang="fa-AF"' in answer.text
    assert answer.headers["Retry-After"] == "5"
    assert ISSUER not in answer.headers.get("Location", "")
