"""The identity service where it runs: inside the API's application, under its rules for every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from gateway.api.app import create_app
from gateway.settings import GatewaySettings
from tests.integration.identity.conftest import ISSUER, Issuer, RelyingParty


@pytest.fixture
def mount(
    gateway_settings: GatewaySettings, api_engine: Engine, identity_engine: Engine, issuer: Issuer
) -> Callable[..., RelyingParty]:
    """Makes the API's application, with settings changed as told, and a client of it."""

    def build(**changes: Any) -> RelyingParty:
        settings = replace(gateway_settings, public_url=ISSUER, **changes)
        return issuer.party(app=create_app(settings, api_engine, identity_engine=identity_engine))

    issuer.user()
    return build


@pytest.fixture
def mounted(mount: Callable[..., RelyingParty]) -> RelyingParty:
    return mount()


def test_token_of_a_sign_in_opens_the_api_until_sign_out(mounted: RelyingParty) -> None:
    tokens = mounted.tokens()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert mounted.browser.get("/v1/me", headers=headers).status_code == 200
    mounted.get(f"/v1/auth/oidc/logout?id_token_hint={tokens['id_token']}")
    assert mounted.browser.get("/v1/me", headers=headers).status_code == 401


def test_denied_token_closes_the_api_and_the_next_one_opens_it(mounted: RelyingParty) -> None:
    tokens = mounted.tokens()
    credentials = (mounted.client_id, mounted.secret)
    mounted.post("/v1/auth/oidc/revoke", data={"token": tokens["access_token"]}, auth=credentials)

    def opens(token: str) -> int:
        return mounted.browser.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code

    assert opens(tokens["access_token"]) == 401
    assert opens(mounted.refresh(tokens["refresh_token"]).get_json()["access_token"]) == 200


def test_sign_in_page_keeps_its_own_policy(mounted: RelyingParty) -> None:
    _, _, page = mounted.open_form()
    assert "form-action 'self' http://localhost:8050" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_refusals_are_problem_documents(mounted: RelyingParty) -> None:
    refused = mounted.userinfo("nonsense")
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["code"] == "unauthenticated"
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    headers = {"Authorization": f"Bearer {mounted.tokens()['access_token']}"}
    missing = mounted.browser.delete("/v1/auth/sessions/unknown", headers=headers)
    assert (missing.status_code, missing.get_json()["code"]) == (404, "not_found")
    unusable = mounted.post("/v1/auth/refresh", json={})
    assert (unusable.status_code, unusable.get_json()["code"]) == (422, "validation_failed")
    oauth = mounted.token(grant_type="password")
    assert oauth.get_json()["error"] == "unsupported_grant_type", "the protocol's own endpoints answer in its own form"


@pytest.mark.parametrize("grant_type", ['x"y', "آ", "", "client_credentials"])
def test_unknown_grant_types_are_no_server_error(mounted: RelyingParty, grant_type: str) -> None:
    assert mounted.token(grant_type=grant_type).status_code == 400


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic x", "Basic /w==", "Basic YQ==", "Basic OnM=", "Basic YQBiOmM=", "Bearer x", "Basic " + "A" * 5000],
)
def test_broken_client_credentials_are_no_server_error(mounted: RelyingParty, header: str) -> None:
    answer = mounted.browser.post(
        "/v1/auth/oidc/token", data={"grant_type": "refresh_token"}, headers={"Authorization": header}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(("trusted", "seen"), [(0, "198.51.100.7"), (1, "203.0.113.50"), (2, "203.0.113.1")])
def test_callers_address_is_the_one_that_trusted_proxies_report(
    mount: Callable[..., RelyingParty], trusted: int, seen: str
) -> None:
    party = mount(trusted_proxies=trusted)
    party.headers = {"X-Forwarded-For": "203.0.113.1, 203.0.113.50"}
    headers = {"Authorization": f"Bearer {party.tokens()['access_token']}"}
    assert party.browser.get("/v1/auth/sessions", headers=headers).get_json()["items"][0]["ip"] == seen


def test_there_is_no_exchange_for_tokens_of_another_provider(mounted: RelyingParty) -> None:
    answer = mounted.post("/v1/auth/firebase", json={"idToken": "x"}, auth=(mounted.client_id, mounted.secret))
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
