"""Session cookies: both belong together, and what is too large is cut down or refused."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from flask import Flask, Response, request

from portal.settings import SessionKey
from portal.web.csrf import CsrfTokens
from portal.web.sealing import CookieTooLarge, Sealer
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE, Session, SessionCookies

RING = [SessionKey("k", bytes(32))]
COOKIES = SessionCookies(Sealer(RING), seconds=600, csrf=CsrfTokens(RING, seconds=600))


def noise(size: int) -> str:
    return base64.urlsafe_b64encode(os.urandom(size)).decode()


def make(session_id: str = "one", padding: str = "", **changes: Any) -> Session:
    claims = {"sub": "u", "exp": 2_000_000_000, "padding": padding}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    values: dict[str, Any] = {"sid": "s", "refresh_token": "r", "id_token": "i", "name": "N", "email": "n@x", **changes}
    return Session(session_id=session_id, started_at=1, access_token=f"h.{payload}.s", claims=claims, **values)


def written(session: Session) -> dict[str, str]:
    response = Response()
    COOKIES.save(response, session)
    pairs = [header.partition(";")[0].partition("=") for header in response.headers.getlist("Set-Cookie")]
    return {name: value for name, _, value in pairs}


def read(cookies: dict[str, str]) -> Session | None:
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    with Flask("x").test_request_context(headers={"Cookie": header}):
        return COOKIES.load(request)


def test_session_written_is_read_back() -> None:
    assert read(written(make())) == make()


def test_refresh_cookie_of_another_session_is_left_out() -> None:
    mixed = {**written(make("one")), REFRESH_COOKIE: written(make("two"))[REFRESH_COOKIE]}
    found = read(mixed)
    assert found is not None
    assert found.refresh_token is None


def test_cookies_swapped_do_not_open() -> None:
    cookies = written(make())
    assert read({SESSION_COOKIE: cookies[REFRESH_COOKIE], REFRESH_COOKIE: cookies[SESSION_COOKIE]}) is None


def test_id_token_that_does_not_fit_is_left_out() -> None:
    found = read(written(make(id_token=noise(3500))))
    assert found is not None
    assert (found.refresh_token, found.id_token) == ("r", None)


@pytest.mark.parametrize("session", [make(padding=noise(4000)), make(refresh_token=noise(4000))])
def test_token_that_no_browser_would_keep_is_refused(session: Session) -> None:
    with pytest.raises(CookieTooLarge):
        written(session)


def test_token_of_keycloaks_usual_size_fits() -> None:
    roles = [f"role-{number}-of-some-application" for number in range(40)]
    assert read(written(make(padding=json.dumps(roles) + noise(1200)))) is not None


def test_session_shown_in_a_log_holds_no_token() -> None:
    shown = repr(make(refresh_token="the-refresh-token"))
    assert "the-refresh-token" not in shown
    assert make().access_token not in shown
