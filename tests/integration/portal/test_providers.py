"""Each preset with tokens of the shape its provider gives: who it is, what they may, staying and leaving."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.account import Profile
from portal.domain.errors import UpstreamUnavailable
from portal.presets import PRESETS
from portal.web.csrf import COOKIE, FIELD
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.integration.portal.conftest import portal_at
from tests.integration.portal.scripted_site import signed_in_at
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount
from tests.support.portal import changed_session, opened_refresh, opened_session
from tests.support.provider import CLIENT_ID, TENANT
from tests.support.scripted_issuer import ScriptedIssuer, scripted_issuer

# Access tokens as each gives them, with what is of no consequence here left out.
KEYCLOAK = {
    "aud": ["platform", "account"], "azp": CLIENT_ID, "typ": "Bearer", "acr": "1", "preferred_username": "owner",
    "allowed-origins": ["https://portal.example.com"], "scope": "openid email profile", "email_verified": True,
    "realm_access": {"roles": ["default-roles-sms", "offline_access", "uma_authorization"]},
    "resource_access": {
        CLIENT_ID: {"roles": ["developer"]}, "account": {"roles": ["manage-account", "platform_admin"]},
    },
    "groups": ["/billing"], "roles": None, "accountId": str(TENANT), "name": "Owner", "email": "owner@bank.example",
}  # fmt: skip
GENESYS = {
    "roles": None, "accountId": str(TENANT), "name": "Owner", "email": "owner@bank.example",
    "authorization": {
        "roles": [{"id": "a", "name": "employee"}, {"id": "b", "name": "SMS-Owner"}], "permissions": ["sms:*"],
    },
}  # fmt: skip
# Its ID token; the access token is opaque.
GOOGLE = {
    "azp": CLIENT_ID, "hd": "bank.example", "email": "owner@bank.example", "email_verified": True, "at_hash": "x",
    "name": "Owner", "picture": "https://pictures.example/o", "sid": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def issuer() -> Iterator[ScriptedIssuer]:
    with scripted_issuer() as found:
        yield found


def preset_settings(name: str, **changes: Any) -> dict[str, Any]:
    """What the environment's PORTAL_OIDC_PRESET makes of the other settings."""
    preset = PRESETS[name]
    given = {
        "oidc_preset": name, "oidc_scopes": preset.scopes, "oidc_role_claims": preset.role_claims,
        "oidc_audience": preset.audience or CLIENT_ID,
    }  # fmt: skip
    return given | changes


def roles_shown(app: Flask, client: FlaskClient) -> dict[str, int]:
    """What some pages of different roles are answered."""
    return {path: client.get(path).status_code for path in ("/dashboard", "/api-keys", "/billing", "/portfolio")}


def expire(client: FlaskClient) -> None:
    cookie = client.get_cookie(SESSION_COOKIE, domain="localhost")
    assert cookie is not None
    client.set_cookie(SESSION_COOKIE, changed_session(cookie.value, exp=int(time.time()) - 1), domain="localhost")


def sealed(client: FlaskClient, name: str) -> str:
    cookie = client.get_cookie(name, domain="localhost")
    assert cookie is not None
    return cookie.value


def test_keycloak_roles_of_the_client_count_and_those_of_other_clients_do_not(
    issuer: ScriptedIssuer, tmp_path: Path
) -> None:
    issuer.claims = KEYCLOAK
    client = signed_in_at(portal_at(issuer, tmp_path, **preset_settings("keycloak")))
    assert roles_shown(client.application, client) == {
        "/dashboard": 200, "/api-keys": 200, "/billing": 200, "/portfolio": 403,
    }  # fmt: skip
    expire(client)
    assert client.get("/").headers["Location"] == "/dashboard"


def test_keycloak_groups_count_where_they_are_named(issuer: ScriptedIssuer, tmp_path: Path) -> None:
    issuer.claims = KEYCLOAK
    client = signed_in_at(portal_at(issuer, tmp_path, **preset_settings("keycloak", oidc_role_claims=("groups",))))
    assert roles_shown(client.application, client) == {
        "/dashboard": 200, "/api-keys": 403, "/billing": 200, "/portfolio": 403,
    }  # fmt: skip


def test_genesys_cloud_roles_by_their_own_names(issuer: ScriptedIssuer, tmp_path: Path) -> None:
    issuer.claims = GENESYS
    names = {"SMS-Owner": "owner"}
    client = signed_in_at(portal_at(issuer, tmp_path, **preset_settings("genesys-cloud", oidc_role_names=names)))
    assert roles_shown(client.application, client) == {
        "/dashboard": 200, "/api-keys": 200, "/billing": 200, "/portfolio": 403,
    }  # fmt: skip


@dataclasses.dataclass
class Google:
    issuer: ScriptedIssuer
    account: FakeAccount
    app: Flask


@pytest.fixture
def google(issuer: ScriptedIssuer, tmp_path: Path) -> Iterator[Google]:
    issuer.id_claims, issuer.opaque_access_tokens, issuer.rotates = GOOGLE, True, False
    account = FakeAccount()
    account.profile = Profile(
        name="Owner", user_type="customer", roles=frozenset({"owner", "tam"}), tenant_id=str(TENANT)
    )
    services = fake_services(account=account)
    yield Google(
        issuer, account, portal_at(issuer, tmp_path, services, session_check_seconds=0, **preset_settings("google"))
    )
    issuer.id_claims, issuer.opaque_access_tokens, issuer.rotates = {}, False, True


def test_google_says_who_and_the_platform_what_they_may(google: Google) -> None:
    client = signed_in_at(google.app)
    asked = google.issuer.asked_to_authorize
    assert (asked["access_type"], asked["prompt"], asked["scope"]) == ("offline", "consent", "openid email profile")
    assert roles_shown(google.app, client)["/portfolio"] == 403, "a customer with an internal role is a customer"
    assert roles_shown(google.app, client)["/billing"] == 200
    google.account.profile = dataclasses.replace(google.account.profile, roles=frozenset({"viewer"}))
    assert client.get("/api-keys").status_code == 403, "what the platform says counts from then on"
    google.account.profile = dataclasses.replace(google.account.profile, roles=frozenset())
    assert client.get("/dashboard").status_code == 403


def test_google_unknown_to_the_platform_is_nobody(google: Google) -> None:
    google.account.profile = Profile(name="Anybody with an account")
    client = signed_in_at(google.app)
    assert client.get("/dashboard").status_code == 403


def test_google_with_the_platform_away_lets_nobody_in_and_signs_nobody_out(
    google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in_at(google.app)

    def away(*, actor: Any) -> Profile:
        raise UpstreamUnavailable("away")

    monkeypatch.setattr(google.account, "get_profile", away)
    answer = client.get("/dashboard")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert "Set-Cookie" not in answer.headers


def test_google_keeps_its_refresh_token_and_the_cookies_hold_one_token_once(google: Google) -> None:
    client = signed_in_at(google.app)
    first = opened_refresh(sealed(client, REFRESH_COOKIE))
    for _ in range(2):
        expire(client)
        assert client.get("/").headers["Location"] == "/dashboard"
    again = opened_refresh(sealed(client, REFRESH_COOKIE))
    assert first["rt"] == again["rt"]
    assert (first["it"], again["it"]) == (None, None)
    assert opened_session(sealed(client, SESSION_COOKIE))["at"].count(".") == 2


def test_google_has_nowhere_to_sign_out_and_the_portal_is_left_all_the_same(google: Google) -> None:
    client = signed_in_at(google.app)
    proof = {FIELD: sealed(client, COOKIE)}
    answer = client.post("/auth/logout", data=proof, headers={"Origin": "http://localhost"})
    assert "/login?reason=signed_out" in answer.text
    assert client.get("/").status_code == 303
    assert client.get_cookie(SESSION_COOKIE, domain="localhost") is None
