"""The platform may refuse a session's token at any time, also in the middle of a page."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from flask import Response
from flask.testing import FlaskClient

from portal.domain.account import Account, Profile
from portal.domain.errors import Forbidden, RateLimited, Unauthenticated, UpstreamUnavailable
from portal.factory import create_app
from portal.services import services_on
from portal.settings import PortalSettings
from portal.web.csrf import COOKIE, HEADER, CsrfTokens
from portal.web.sealing import Sealer
from portal.web.session import PREVIEW_COOKIE, REFRESH_COOKIE, SESSION_COOKIE, Session, SessionCookies
from tests.integration.portal.conftest import ORIGIN
from tests.support.compressed import share_compressed
from tests.support.portal import KEYS


class Platform:
    """All three ports, answering what it is told to."""

    def __init__(self) -> None:
        self.profile: Profile | Exception = Profile()
        self.messages: Exception = UpstreamUnavailable("not asked for")

    def get_profile(self, *, actor: Any) -> Profile:
        if isinstance(self.profile, Exception):
            raise self.profile
        return self.profile

    def get_account(self, tenant_id: str | None = None, *, actor: Any) -> Account:
        return Account("t", "Bank", "Asia/Tehran", "AFN", "en", False)

    def list_messages(self, *_: Any, **__: Any) -> Any:
        raise self.messages

    def list_error_codes(self, *_: Any, **__: Any) -> Any:
        return ()

    def filter_options(self, *_: Any, **__: Any) -> Any:
        raise self.messages


def signed_in(app: Any, session_id: str = "id", **claims: Any) -> FlaskClient:
    """A client whose cookies hold a session nobody can refresh."""
    token = _token({"sub": "u", "exp": 4_000_000_000, "roles": ["owner"], "accountId": "t", "name": "Owner", **claims})
    held = Session(session_id, 1, f"sid of {session_id}", token[0], token[1], None, None, "Owner", "o@x")
    response = Response()
    SessionCookies(Sealer(KEYS), seconds=600, csrf=CsrfTokens(KEYS, seconds=600)).save(response, held)
    client: FlaskClient = app.test_client()
    for header in response.headers.getlist("Set-Cookie"):
        name, _, value = header.partition(";")[0].partition("=")
        client.set_cookie(name, value, domain="localhost", secure=False)
    return client


def _token(claims: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    import base64
    import json

    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.c2ln", claims


@pytest.fixture(scope="module")
def platform_and_app(tmp_path_factory: pytest.TempPathFactory) -> tuple[Platform, Any]:
    folder: Path = tmp_path_factory.mktemp("portal")
    platform = Platform()
    settings = PortalSettings(
        public_url=ORIGIN, gateway_url="http://127.0.0.1:9", oidc_issuer="http://127.0.0.1:9", oidc_client_id="portal",
        oidc_client_secret="not a secret", session_keys=KEYS, data_dir=share_compressed(folder), session_check_seconds=0,
        log_level="error",
    )  # fmt: skip
    ports: Any = platform
    return platform, create_app(
        settings,
        # One stand-in for every port there is, so that a new one needs no line here.
        services_on(**dict.fromkeys(signature(services_on).parameters, ports)),
    )


@pytest.fixture
def platform(platform_and_app: tuple[Platform, Any]) -> Platform:
    """The platform, answering as at first."""
    found = platform_and_app[0]
    vars(found).update(vars(Platform()))
    return found


@pytest.fixture
def client(platform_and_app: tuple[Platform, Any]) -> FlaskClient:
    return signed_in(platform_and_app[1])


def cleared(answer: Any) -> set[str]:
    return {h.partition("=")[0] for h in answer.headers.getlist("Set-Cookie") if "Max-Age=0" in h}


def test_page_of_a_session_that_stands_is_shown(platform: Platform, client: FlaskClient) -> None:
    answer = client.get("/messages")
    assert answer.status_code == 200
    assert "Bank" in answer.text


def test_token_refused_before_a_page_shows_nothing_of_it(platform: Platform, client: FlaskClient) -> None:
    platform.profile = Unauthenticated()
    answer = client.get("/messages?status=failed")
    assert answer.headers["Location"] == "/login?reason=session_expired&next=%2Fmessages%3Fstatus%3Dfailed"
    assert cleared(answer) == {SESSION_COOKIE, REFRESH_COOKIE, PREVIEW_COOKIE, COOKIE}
    assert "Bank" not in answer.text


def test_token_refused_in_the_middle_of_a_page_leads_to_sign_in(platform: Platform, client: FlaskClient) -> None:
    platform.messages = Unauthenticated()
    answer = client.get("/messages?status=failed")
    assert answer.headers["Location"] == "/login?reason=session_expired&next=%2Fmessages%3Fstatus%3Dfailed"
    assert cleared(answer) == {SESSION_COOKIE, REFRESH_COOKIE, PREVIEW_COOKIE, COOKIE}


def test_platform_away_keeps_the_frame_and_the_session(platform: Platform, client: FlaskClient) -> None:
    platform.profile = UpstreamUnavailable("away")
    answer = client.get("/messages")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("error", [Forbidden(), RateLimited(retry_after=7)])
def test_anticipated_refusal_is_no_crash(platform: Platform, client: FlaskClient, error: Exception) -> None:
    platform.messages = error
    assert client.get("/messages").status_code in (200, 403, 429)


def test_unknown_page_when_signed_in_is_not_found_within_the_frame(platform: Platform, client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": "ps"})
    assert answer.status_code == 404
    assert 'dir="rtl"' in answer.text
    assert "Bank" in answer.text


def test_start_page_leads_home(platform: Platform, client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/dashboard"


def test_profile_decides_the_language_and_the_browsers_choice_wins(platform: Platform, client: FlaskClient) -> None:
    platform.profile = Profile(locale="fa-AF")
    assert 'lang="fa-AF"' in client.get("/messages", headers={"Accept-Language": "ar"}).text
    client.set_cookie("__locale", "ps", domain="localhost")
    assert 'lang="ps"' in client.get("/messages", headers={"Accept-Language": "ar"}).text


def test_session_without_a_role_is_refused_everywhere(
    platform_and_app: tuple[Platform, Any], platform: Platform
) -> None:
    nobody = signed_in(platform_and_app[1], roles=[])
    for path in ("/messages", "/portfolio", "/nowhere"):
        answer = nobody.get(path)
        assert answer.status_code == 403
        assert 'action="/auth/logout"' in answer.text
    proof = {HEADER: CsrfTokens(KEYS, seconds=600).of("id")}
    refused = nobody.post("/_dash-update-component", json={}, headers={"Origin": ORIGIN, **proof})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "no_role")
