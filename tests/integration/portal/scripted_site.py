"""A portal whose issuer does as a test tells it, and what its visitors carry and are answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient

from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.support.portal import changed_session
from tests.support.scripted_issuer import ScriptedIssuer

BOTH = (SESSION_COOKIE, REFRESH_COOKIE)


@dataclass
class Site:
    """A portal on fake services that signs people in at an issuer which does as it is told."""

    issuer: ScriptedIssuer
    app: Flask
    another: Flask  # on another machine

    def sign_in(self, app: Flask | None = None, client: FlaskClient | None = None) -> FlaskClient:
        return signed_in_at(app or self.app, client)


def signed_in_at(app: Flask, client: FlaskClient | None = None) -> FlaskClient:
    """A browser that went to the portal's issuer and came back."""
    client = client or app.test_client()
    asked = client.get("/auth/start").headers["Location"]
    back = urlsplit(requests.get(asked, allow_redirects=False, timeout=30).headers["Location"])
    assert client.get(f"{back.path}?{back.query}").status_code == 200
    return client


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
