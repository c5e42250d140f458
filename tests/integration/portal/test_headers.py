"""Every answer carries every header, whatever kind of answer it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from portal.web import limits, policy
from tests.integration.portal.conftest import lonely_portal
from tests.support import portal_on_fakes

OWN = {"Origin": "https://portal.example"}
NONCE = re.compile(r"'nonce-[\w-]{32}'")
IMMUTABLE = "public, max-age=31536000, immutable"
REPORT = "application/csp-report"

#: The whole of it. "{nonce}" is the response's own.
EXPECTED = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'report-sample' {nonce}; style-src 'report-sample' {nonce}; font-src 'self'; "
        "img-src data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "worker-src 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types ghasi-portal; "
        "upgrade-insecure-requests ; report-to portal; report-uri /csp-report"
    ),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Integrity-Policy": "blocked-destinations=(script), endpoints=(portal)",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in policy.PERMISSIONS),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Reporting-Endpoints": 'portal="/csp-report"',
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}


@dataclass(frozen=True)
class Asked:
    """A request, and the status it must have so that it stands for what its name says."""

    status: int
    method: str
    path: str
    more: dict[str, Any] = field(default_factory=dict)


EDGE = {
    "page": Asked(200, "GET", "/login"),
    "page's head": Asked(200, "HEAD", "/login"),
    "methods": Asked(200, "OPTIONS", "/login"),
    "redirect": Asked(303, "GET", "/dashboard"),
    "redirect of a form": Asked(303, "POST", "/preferences/theme", {"data": {"theme": "dark"}, "headers": OWN}),
    "way onward": Asked(200, "GET", "/messages", {"headers": {"Sec-Fetch-Site": "cross-site"}}),
    "data without a session": Asked(401, "GET", "/_dash-layout"),
    "callback without a session": Asked(401, "POST", "/_dash-update-component", {"json": {}, "headers": OWN}),
    "unknown component suite": Asked(404, "GET", "/_dash-component-suites/nothing/x.js"),
    "component suite": Asked(404, "GET", "/_dash-component-suites/dash/deps/react@18.3.1.min.js"),
    "bad request": Asked(400, "POST", "/auth/backchannel-logout", {"data": {"logout_token": "x"}}),
    "other site's form": Asked(403, "POST", "/auth/logout"),
    "nothing there": Asked(404, "GET", "/auth/nowhere"),
    "asset that is not there": Asked(404, "GET", "/assets/pinned/nothing.js"),
    "sign-in asset that is not there": Asked(404, "GET", "/auth/assets/nothing.css"),
    "other method": Asked(405, "DELETE", "/login", {"headers": OWN}),
    "too large": Asked(413, "POST", "/preferences/theme", {"data": {"theme": "x" * 2_000_000}, "headers": OWN}),
    "report": Asked(204, "POST", "/csp-report", {"json": {"csp-report": {}}}),
    "report that is none": Asked(400, "POST", "/csp-report", {"data": "{", "content_type": REPORT}),
    "report that is too large": Asked(413, "POST", "/csp-report", {"data": b" " * 70_000, "content_type": REPORT}),
    "report in another format": Asked(415, "POST", "/csp-report", {"data": "x", "content_type": "text/plain"}),
    "health": Asked(200, "GET", "/health"),
    "not ready": Asked(503, "GET", "/ready"),
    "metrics": Asked(200, "GET", "/metrics"),
    "favicon": Asked(404, "GET", "/favicon.ico"),
}


def assert_whole(answer: Response, cache: str = "no-store", without: tuple[str, ...] = ()) -> None:
    nonces = set(NONCE.findall(answer.headers["Content-Security-Policy"]))
    assert len(nonces) == 1
    (nonce,) = nonces
    for name, value in EXPECTED.items():
        if name not in without:
            assert answer.headers.getlist(name) == [value.format(nonce=nonce)], name
    assert answer.headers["Cache-Control"] == cache


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The portal behind TLS with nobody signed in and no platform."""
    return lonely_portal(tmp_path_factory.mktemp("headers"), public_url="https://portal.example")


@pytest.mark.parametrize("kind", list(EDGE))
def test_answer_of_the_edge_carries_every_header(edge: Flask, kind: str) -> None:
    asked = EDGE[kind]
    answer = edge.test_client().open(asked.path, method=asked.method, **asked.more)
    assert answer.status_code == asked.status
    assert_whole(answer)


LIMITED = {
    "page": Asked(429, "GET", "/login"),
    "callback": Asked(429, "POST", "/_dash-update-component", {"json": {}, "headers": OWN}),
    "report": Asked(429, "POST", "/csp-report", {"data": "{", "content_type": REPORT}),
}


@pytest.mark.parametrize("kind", list(LIMITED))
def test_answer_to_too_many_requests_carries_every_header(
    half_past: None, make_client: Callable[..., FlaskClient], kind: str
) -> None:
    asked, client = LIMITED[kind], make_client(public_url="https://portal.example", limit_sign_in=1)
    for _ in range(limits.REPORTS_A_MINUTE_FROM_ONE_ADDRESS + 1):
        answer = client.open(asked.path, method=asked.method, **asked.more)
    assert answer.status_code == asked.status
    assert_whole(answer)
    assert answer.headers["Retry-After"] == "30"


def test_answer_to_an_unexpected_error_carries_every_header(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(public_url="https://portal.example")

    def fail() -> str:
        raise RuntimeError

    client.application.view_functions["health"] = fail  # no route can be added after the first request
    answer = client.get("/health")
    assert answer.status_code == 500
    assert_whole(answer)


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    server, _app = portal_on_fakes.build(tmp_path_factory.mktemp("headers-pages"))
    return server.test_client()


def test_answers_of_dash_carry_every_header(signed_in: FlaskClient) -> None:
    page = signed_in.get("/dashboard")
    (nonce,) = set(NONCE.findall(page.headers["Content-Security-Policy"]))
    used = set(re.findall(r'nonce="([^"]*)"', page.text))
    assert {f"'nonce-{one}'" for one in used} == {nonce}, "the page's tags carry the nonce of its own headers"
    for answer in (
        page,
        signed_in.get("/_dash-layout"),
        signed_in.get("/_dash-dependencies"),
        signed_in.post("/_dash-update-component", json={}),
        signed_in.get("/nowhere/at/all"),
    ):
        without = ("Strict-Transport-Security", "Content-Security-Policy")  # on http
        assert_whole(answer, without=without)


def test_every_file_of_a_page_is_kept_for_ever_and_comes_compressed(signed_in: FlaskClient) -> None:
    page = signed_in.get("/dashboard", headers={"Accept-Language": "fa-AF"}).text
    tags = re.findall(r"<(?:script|link)[^>]*(?:src|href)=\"(/[^\"]+)\"[^>]*>", page)
    guard = next(url for url in tags if "/guard." in url)
    later = re.findall(r'\["(/assets/pinned/[^"]+)", "sha384-', signed_in.get(guard).text)
    files = sorted({*(url for url in tags if url.startswith("/assets/pinned/")), *later})
    assert {url.rpartition("/")[2].partition(".")[0] for url in files} >= {"dates", "guard", "ltr", "plotly", "portal"}
    for url in files:
        assert re.search(r"\.[0-9a-f]{16}\.\w+$", url), url
        answer = signed_in.get(url, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200
        assert_whole(answer, IMMUTABLE, without=("Strict-Transport-Security", "Content-Security-Policy"))
        assert answer.headers["Content-Encoding"] == "br"
        assert len(answer.data) < len(brotli.decompress(answer.data))
        known = signed_in.get(url, headers={"If-None-Match": answer.headers["ETag"]})
        assert known.status_code == 304
        assert_whole(known, IMMUTABLE, without=("Strict-Transport-Security", "Content-Security-Policy"))
