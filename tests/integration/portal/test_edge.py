"""The portal's edge with nobody signed in: who gets in, what every answer carries, what is said in which language."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from flask import Response
from flask.testing import FlaskClient

from portal.web.guard import is_open

OWN = {"Origin": "http://localhost"}
PAGES = ("/", "/dashboard", "/analytics", "/messages", "/messages/msg_1", "/portfolio", "/nowhere")


@pytest.mark.parametrize("path", PAGES)
def test_page_without_a_session_leads_to_sign_in_and_back(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")
    assert answer.text.count("__Host") == 0


def test_every_route_of_the_server_is_guarded_unless_it_is_listed(client: FlaskClient) -> None:
    """Whatever Dash or a part of the portal adds later is guarded too."""
    for rule in client.application.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        if is_open(path):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = client.open(path, method=method, headers=OWN)
            refused = answer.status_code == 401 or answer.headers.get("Location", "").startswith("/login")
            assert refused, f"{method} {path}: {answer.status_code}"


@pytest.mark.parametrize("path", ["/_dash-update-component", "/_dash-layout", "/_dash-dependencies"])
def test_dash_route_without_a_session_says_where_to_sign_in(client: FlaskClient, path: str) -> None:
    referer = {"Referer": "http://localhost/messages?status=failed", **OWN}
    answer = client.open(path, method="POST" if "update" in path else "GET", headers=referer, json={})
    assert answer.status_code == 401
    assert answer.headers["X-Login-Location"] == "/login?reason=session_expired&next=%2Fmessages%3Fstatus%3Dfailed"


def test_referer_of_another_site_is_no_way_back(client: FlaskClient) -> None:
    answer = client.get("/_dash-layout", headers={"Referer": "https://evil.example/x"})
    assert answer.headers["X-Login-Location"] == "/login?reason=session_expired"


def test_deep_link_from_another_site_is_asked_again_from_ours(client: FlaskClient) -> None:
    answer = client.get("/messages?to=%2B9370", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/messages?to=%2B9370">' in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", **OWN}, 403),
        ({"Sec-Fetch-Site": "same-site", **OWN}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        (OWN, 303),
    ],
)
def test_form_is_accepted_from_our_own_pages_only(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/preferences/theme", data={"theme": "dark"}, headers=headers)
    assert answer.status_code == status
    assert ("Set-Cookie" in answer.headers) == (status == 303)


def answers(client: FlaskClient) -> list[Response]:
    asked = ["/login", "/health", "/metrics", "/nowhere", "/auth/nowhere", "/_dash-layout", "/assets/nothing.css"]
    return [client.get(path) for path in asked] + [client.post("/auth/logout"), client.delete("/login", headers=OWN)]  # type: ignore[misc]


def test_policy_is_on_every_answer(client: FlaskClient) -> None:
    for answer in answers(client):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "trusted-types ghasi-portal" in policy
        assert "unsafe" not in policy
        assert "upgrade-insecure-requests" not in policy
        for name, value in {
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Integrity-Policy": "blocked-destinations=(script), endpoints=(portal)",
            "Reporting-Endpoints": 'portal="/csp-report"',
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }.items():
            assert answer.headers[name] == value
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert re.fullmatch(r"req_[0-9a-f]{24}", answer.headers["X-Request-Id"])
        assert "Strict-Transport-Security" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_nonce_is_new_each_time(client: FlaskClient) -> None:
    found = {
        re.search(r"'nonce-([^']{22,})'", client.get("/login").headers["Content-Security-Policy"])[1] for _ in range(3)
    }  # type: ignore[index]
    assert len(found) == 3


def test_public_https_address_adds_transport_security(make_client: Callable[..., FlaskClient]) -> None:
    answer = make_client(public_url="https://portal.example").get("/login")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "upgrade-insecure-requests" in answer.headers["Content-Security-Policy"]


def test_sign_in_page_is_small_and_without_script(client: FlaskClient) -> None:
    page = client.get("/login")
    (stylesheet,) = re.findall(
        r'<link rel="stylesheet" href="([^"]+)"[^>]* integrity="sha384-[^"]+" crossorigin', page.text
    )
    style = client.get(stylesheet)
    assert style.status_code == 200
    assert "immutable" in style.headers["Cache-Control"]
    assert len(gzip.compress(page.data)) + len(gzip.compress(style.data)) < 45 * 1024
    assert len(page.data) + len(style.data) < 45 * 1024
    assert "<script" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize(
    ("asked", "tag", "direction"),
    [
        ("en", "en", "ltr"),
        ("fa-AF,fa;q=0.9", "fa-AF", "rtl"),
        ("ps", "ps", "rtl"),
        ("ar-EG", "ar", "rtl"),
        ("de", "en", "ltr"),
    ],
)
def test_sign_in_page_speaks_the_readers_language(client: FlaskClient, asked: str, tag: str, direction: str) -> None:
    assert f'<html lang="{tag}" dir="{direction}">' in client.get("/login", headers={"Accept-Language": asked}).text


def test_language_chosen_wins_and_leads_back(client: FlaskClient) -> None:
    where = "/login?reason=session_expired&next=%2Fmessages%3Fto%3D1"
    answer = client.post("/preferences/locale", data={"locale": "ps", "next": where}, headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, where)
    assert 'lang="ps"' in client.get(where, headers={"Accept-Language": "en"}).text


def test_choices_are_out_of_scripts_reach_but_for_the_colours(client: FlaskClient) -> None:
    for name, value, hidden in (("locale", "ps", True), ("theme", "dark", False)):
        cookie = client.post(f"/preferences/{name}", data={name: value}, headers=OWN).headers["Set-Cookie"]
        assert {"Secure", "SameSite=Lax"} <= set(cookie.split("; "))
        assert ("HttpOnly" in cookie) is hidden, cookie


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/auth/logout"])
def test_preferences_never_lead_elsewhere(client: FlaskClient, goal: str) -> None:
    answer = client.post("/preferences/locale", data={"locale": "ar", "next": goal}, headers=OWN)
    assert answer.headers["Location"] == "/"


def test_language_that_is_unknown_is_not_kept(client: FlaskClient) -> None:
    answer = client.post("/preferences/locale", data={"locale": "xx"}, headers=OWN)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "reason",
    ["session_expired", "signed_out", "state_mismatch", "access_denied", "issuer_unavailable", "issuer_error",
     "code_refused", "session_too_large"],
)  # fmt: skip
def test_each_reason_is_explained(client: FlaskClient, reason: str) -> None:
    assert 'id="signin-message"' in client.get(f"/login?reason={reason}").text


@pytest.mark.parametrize("reason", ["", "unknown", "<b>x</b>", "rate_limited", "signin.title"])
def test_reason_from_outside_puts_no_words_on_the_page(client: FlaskClient, reason: str) -> None:
    page = client.get("/login", query_string={"reason": reason})
    assert page.status_code == 200
    assert "signin-message" not in page.text
    assert "<b>" not in page.text


def test_wait_after_too_many_attempts_reloads_by_itself(client: FlaskClient) -> None:
    page = client.get("/login?reason=rate_limited&until=99999999999&next=%2Fmessages").text
    assert '<meta http-equiv="refresh" content="3600;url=/login?next=%2Fmessages">' in page
    assert "/auth/start" not in page


def test_sign_in_with_the_issuer_away_is_explained(client: FlaskClient) -> None:
    answer = client.get("/auth/start?next=/messages")
    assert answer.headers["Location"] == "/login?reason=issuer_unavailable&next=%2Fmessages"


def test_sign_in_begun_under_another_name_moves_to_the_public_address(client: FlaskClient) -> None:
    answer = client.get("/auth/start?next=/messages", headers={"Host": "127.0.0.1:8050"})
    assert answer.headers["Location"] == "http://localhost/auth/start?next=%2Fmessages&here=1"


@pytest.mark.parametrize(("path", "status"), [("/auth/nowhere", 404), ("/assets/nothing.css", 404)])
def test_error_is_a_page_in_the_readers_language_with_the_request_id(
    client: FlaskClient, path: str, status: int
) -> None:
    answer = client.get(path, headers={"Accept-Language": "ar", "X-Request-Id": "given-by-proxy-1"})
    assert answer.status_code == status
    assert 'dir="rtl"' in answer.text
    assert "given-by-proxy-1" in answer.text


def test_unexpected_error_shows_no_trace(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client()

    def fail() -> str:
        raise RuntimeError("the database password is hunter2")

    # Routes cannot be added after the first request; an open path that exists is made to fail instead.
    client.application.view_functions["health"] = fail
    answer = client.get("/health")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_health_is_up_and_ready_names_what_is_missing(client: FlaskClient) -> None:
    assert client.get("/health").get_json() == {"status": "ok"}
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"issuer": "failing", "platform": "failing"}


def test_violation_report_needs_no_session_and_no_page_of_ours(client: FlaskClient) -> None:
    report = {"csp-report": {"effective-directive": "script-src", "blocked-uri": "eval"}}
    assert client.post("/csp-report", json=report).status_code == 204
    assert client.post("/csp-report", data="{", content_type="application/csp-report").status_code == 400
    assert b"customer_portal_policy_violations_total" in client.get("/metrics").data


def test_candidate_policy_is_told_only_where_that_is_switched_on(make_client: Callable[..., FlaskClient]) -> None:
    header = "Content-Security-Policy-Report-Only"
    assert header not in make_client().get("/login").headers
    answer = make_client(csp_candidate=True).get("/login")
    (nonce,) = re.findall(r"script-src[^;]* 'nonce-([^']{22,})'", answer.headers["Content-Security-Policy"])
    told = answer.headers[header]
    assert f"'nonce-{nonce}'" in told, "both policies go with the same page"
    assert "; connect-src http://localhost/_dash-update-component http://localhost/_live; " in told
    assert told.endswith("; report-uri /csp-report")
    assert "unsafe" not in told
    assert answer.headers["Reporting-Endpoints"] == 'portal="/csp-report"'


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_back_channel_logout_without_a_proof_is_refused(client: FlaskClient, token: str) -> None:
    answer = client.post("/auth/backchannel-logout", data={"logout_token": token})
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_request"


def test_cookie_that_cannot_be_opened_is_cleared_and_explained(client: FlaskClient) -> None:
    client.set_cookie("__Host-session", "t1.forged", domain="localhost")
    answer = client.get("/messages")
    assert answer.headers["Location"] == "/login?reason=session_expired&next=%2Fmessages"
    assert any("__Host-session=;" in header for header in answer.headers.getlist("Set-Cookie"))
