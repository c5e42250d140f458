"""Refresh tokens: rotation, parallel use, reuse, the older contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.integration.identity.conftest import Issuer, RelyingParty
from tests.integration.identity.test_code_flow import decode


def age_tokens(issuer: Issuer, seconds: int) -> None:
    issuer.sql("UPDATE oidc_refresh_tokens SET used_at = used_at - make_interval(secs => :s)", s=seconds)


def test_refresh_rotates_the_token_and_keeps_session_and_sign_in_time(party: RelyingParty) -> None:
    first = party.tokens()
    answer = party.refresh(first["refresh_token"])
    assert answer.status_code == 200
    second = answer.get_json()
    assert second["refresh_token"] != first["refresh_token"]
    before, after = (decode(party, each["id_token"], party.client_id) for each in (first, second))
    assert (after["sid"], after["auth_time"], after["sub"]) == (before["sid"], before["auth_time"], before["sub"])
    assert party.userinfo(second["access_token"]).status_code == 200
    assert party.refresh(second["refresh_token"]).status_code == 200


def test_refresh_in_twenty_parallel_requests_yields_one_successor(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda each: each.refresh(token), [party.another_browser() for _ in range(20)]))
    assert [answer.status_code for answer in answers] == [200] * 20
    successors = {answer.get_json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert issuer.sql("SELECT count(*) FROM oidc_refresh_tokens")[0][0] == 2
    assert party.refresh(successors.pop()).status_code == 200


def test_refresh_repeated_within_leeway_gives_same_successor(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    first, second = party.refresh(token).get_json(), party.refresh(token).get_json()
    assert first["refresh_token"] == second["refresh_token"]


def test_refresh_repeated_after_leeway_revokes_the_family(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    second = party.refresh(token).get_json()
    age_tokens(issuer, 11)
    assert party.refresh(token).get_json() == {"error": "invalid_grant"}
    assert party.refresh(second["refresh_token"]).get_json() == {"error": "invalid_grant"}
    assert party.userinfo(second["access_token"]).status_code == 401


def test_refresh_repeated_after_successor_was_used_revokes_the_family(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    second = party.refresh(token).get_json()
    third = party.refresh(second["refresh_token"]).get_json()
    assert party.refresh(token).status_code == 400
    assert party.refresh(third["refresh_token"]).status_code == 400


def test_refresh_without_leeway_treats_every_repeat_as_reuse(issuer: Issuer, party: RelyingParty) -> None:
    # The policy is frozen; grants read it when they are used, so a second application with another one shares the data.
    from flask import Flask

    from gateway.identity.blueprint import create_blueprint
    from gateway.settings import GatewaySettings

    strict = Flask("strict")
    policy = replace(issuer.policy, refresh_leeway_seconds=0)
    strict.register_blueprint(create_blueprint(GatewaySettings(), issuer.engine, policy=policy))
    token = party.tokens()["refresh_token"]
    elsewhere = replace(party, browser=strict.test_client())
    assert elsewhere.refresh(token).status_code == 200
    assert elsewhere.refresh(token).status_code == 400
    assert issuer.sql("SELECT revoke_reason FROM oidc_families")[0][0] == "refresh token reused"


def test_refresh_by_another_client_is_refused_and_harmless(issuer: Issuer, party: RelyingParty) -> None:
    thief = issuer.party("thief")
    token = party.tokens()["refresh_token"]
    assert thief.refresh(token).status_code == 400
    assert party.refresh(token).status_code == 200


def test_refresh_with_wider_scope_is_refused_before_the_token_is_used(party: RelyingParty) -> None:
    token = party.tokens(scope="openid")["refresh_token"]
    assert party.refresh(token, scope="openid email").get_json()["error"] == "invalid_scope"
    assert party.refresh(token).status_code == 200


def test_refresh_after_expiry_is_refused(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    issuer.sql("UPDATE oidc_refresh_tokens SET expires_at = now() - interval '1 second'")
    assert party.refresh(token).get_json() == {"error": "invalid_grant"}


def test_refresh_of_disabled_user_is_refused_and_counts_again_when_enabled(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    issuer.sql("UPDATE users SET disabled_at = now()")
    assert party.refresh(token).get_json() == {"error": "invalid_grant"}
    issuer.sql("UPDATE users SET disabled_at = NULL")
    assert party.refresh(token).status_code == 200


def test_refresh_carries_roles_as_they_are_now(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    issuer.sql("UPDATE users SET roles = ARRAY['customer', 'viewer']")
    claims = decode(party, party.refresh(token).get_json()["access_token"], "platform")
    assert claims["roles"] == ["customer", "viewer"]


@pytest.mark.parametrize("token", ["", "nonsense", "\u200c", "x" * 5000])
def test_refresh_with_no_token_of_ours_is_refused(party: RelyingParty, token: str) -> None:
    assert party.refresh(token).status_code == 400


def test_tables_hold_no_token_in_the_clear(issuer: Issuer, party: RelyingParty) -> None:
    first = party.tokens()
    second = party.refresh(first["refresh_token"]).get_json()
    stored = str(issuer.sql("SELECT t::text FROM oidc_refresh_tokens t"))
    for token in (first["refresh_token"], second["refresh_token"]):
        assert token not in stored
        assert token.encode().hex() not in stored


def test_older_refresh_call_rotates_the_same_family(party: RelyingParty) -> None:
    first = party.tokens()
    answer = party.post(
        "/v1/auth/refresh", json={"refreshToken": first["refresh_token"]}, auth=(party.client_id, party.secret)
    )
    assert answer.status_code == 200
    body = answer.get_json()
    assert set(body) == {"accessToken", "refreshToken", "idToken", "tokenType", "expiresIn", "scope"}
    assert party.userinfo(body["accessToken"]).status_code == 200
    assert party.refresh(first["refresh_token"]).get_json()["refresh_token"] == body["refreshToken"]


def test_older_refresh_call_takes_client_credentials_in_the_body(party: RelyingParty) -> None:
    body = {
        "refreshToken": party.tokens()["refresh_token"],
        "clientId": party.client_id,
        "clientSecret": party.secret,
    }
    assert party.post("/v1/auth/refresh", json=body).status_code == 200


@pytest.mark.parametrize("body", [None, [], {}, {"refreshToken": 7}, "text"])
def test_older_refresh_call_with_unusable_body_is_422(party: RelyingParty, body: object) -> None:
    assert party.post("/v1/auth/refresh", json=body).status_code == 422


def test_older_refresh_call_without_client_or_with_spent_token_is_401(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    assert party.post("/v1/auth/refresh", json={"refreshToken": token}).status_code == 401
    answer = party.post("/v1/auth/refresh", json={"refreshToken": "\ud800"}, auth=(party.client_id, party.secret))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
