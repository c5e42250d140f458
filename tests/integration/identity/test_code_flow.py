"""Authorization Code with PKCE, from the first redirect to the tokens."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote_plus

import jwt
import pytest

from tests.integration.identity.conftest import (
    AFTER_LOGOUT,
    CALLBACK,
    CLIENT_ID,
    ISSUER,
    TENANT,
    Issuer,
    RelyingParty,
    SignIn,
    returned,
)


def public_key(party: RelyingParty, token: str) -> Any:
    keys = party.get("/.well-known/jwks.json").get_json()["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.PyJWK(next(key for key in keys if key["kid"] == kid)).key


def decode(party: RelyingParty, token: str, audience: str) -> dict[str, Any]:
    return dict(jwt.decode(token, public_key(party, token), algorithms=["RS256"], audience=audience, issuer=ISSUER))


def test_code_flow_with_right_password_yields_verifiable_tokens(party: RelyingParty) -> None:
    signed_in = party.sign_in()
    assert signed_in.values["state"] == signed_in.asked.state
    assert signed_in.values["iss"] == ISSUER

    answer = party.exchange(signed_in)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.get_json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    access = decode(party, tokens["access_token"], "platform")
    assert access["accountId"] == str(TENANT)
    assert access["userType"] == "customer"
    assert access["roles"] == ["customer", "owner"]
    assert access["email"] == "owner@bank.example"
    assert access["name"] == "Owner"
    assert access["client_id"] == CLIENT_ID
    assert access["exp"] - access["iat"] == 3600
    assert jwt.get_unverified_header(tokens["access_token"])["typ"] == "at+jwt"
    identity = decode(party, tokens["id_token"], CLIENT_ID)
    assert identity["nonce"] == signed_in.asked.nonce
    assert identity["sub"] == access["sub"]
    assert identity["sid"] == access["sid"]
    assert identity["amr"] == ["pwd"]
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert identity["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_userinfo_with_access_token_names_the_person_once_more(party: RelyingParty) -> None:
    tokens = party.tokens()
    answer = party.userinfo(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.get_json()["email"] == "owner@bank.example"
    assert answer.get_json()["sub"] == decode(party, tokens["access_token"], "platform")["sub"]


def test_userinfo_without_or_with_wrong_token_challenges(party: RelyingParty) -> None:
    assert party.get("/v1/auth/oidc/userinfo").headers["WWW-Authenticate"] == 'Bearer realm="platform"'
    answer = party.userinfo("nonsense")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_internal_user_has_no_account_claim(issuer: Issuer) -> None:
    issuer.user("tam@ops.example", user_type="internal", roles=["tam"], tenant_id=None)
    party = issuer.party()
    claims = decode(party, party.tokens(email="tam@ops.example")["access_token"], "platform")
    assert "accountId" not in claims
    assert claims["roles"] == ["tam"]


def test_user_without_roles_may_sign_in(issuer: Issuer) -> None:
    issuer.user("nobody@bank.example", roles=[])
    party = issuer.party()
    assert decode(party, party.tokens(email="nobody@bank.example")["access_token"], "platform")["roles"] == []


def test_email_in_any_case_signs_in(party: RelyingParty) -> None:
    assert "code" in party.sign_in(email="  Owner@BANK.example ").values


def test_client_secret_post_is_accepted(party: RelyingParty) -> None:
    signed_in = party.sign_in()
    answer = party.post(
        "/v1/auth/oidc/token",
        data={
            "grant_type": "authorization_code",
            "code": signed_in.values["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": signed_in.asked.verifier,
            "client_id": party.client_id,
            "client_secret": party.secret,
        },
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("encode", [False, True])
def test_client_secret_with_reserved_characters_is_accepted_in_either_form(issuer: Issuer, encode: bool) -> None:
    secret = "50%+ more:secret/ü"
    issuer.user()
    party = issuer.party(client_secret=secret)
    party.secret = quote_plus(secret) if encode else secret
    assert party.exchange(party.sign_in()).status_code == 200


@pytest.mark.parametrize("auth", [None, (CLIENT_ID, "wrong"), ("stranger", "wrong"), ("a\0b", "wrong")])
def test_token_without_client_authentication_is_refused(party: RelyingParty, auth: tuple[str, str] | None) -> None:
    signed_in = party.sign_in()
    values = {"grant_type": "authorization_code", "code": signed_in.values["code"], "redirect_uri": CALLBACK}
    answer = party.post("/v1/auth/oidc/token", data=values, auth=auth)
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "invalid_client"
    assert party.exchange(signed_in).status_code == 200, "a stranger must not be able to use up the code"


def test_token_parameters_in_the_url_are_not_read(party: RelyingParty) -> None:
    signed_in = party.sign_in()
    answer = party.post(
        f"/v1/auth/oidc/token?grant_type=authorization_code&code={signed_in.values['code']}&redirect_uri={CALLBACK}",
        auth=(party.client_id, party.secret),
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "too-short"},
        {"nonce": None},
    ],
)
def test_authorize_without_strict_pkce_or_nonce_is_refused_at_the_client(
    party: RelyingParty, changes: dict[str, str | None]
) -> None:
    asked = party.authorization(**changes)
    values = returned(party.get(asked.url))
    assert values["error"] == "invalid_request"
    assert values["state"] == asked.state
    assert values["iss"] == ISSUER


@pytest.mark.parametrize("scope", ["profile", None, "openid " + "x" * 3000])
def test_authorize_without_openid_scope_is_refused(party: RelyingParty, scope: str | None) -> None:
    assert returned(party.get(party.authorization(scope=scope).url))["error"] == "invalid_scope"


@pytest.mark.parametrize("verifier", ["", "x" * 43, "short"])
def test_exchange_with_wrong_verifier_is_refused_for_good(party: RelyingParty, verifier: str) -> None:
    signed_in = party.sign_in()
    assert party.exchange(signed_in, code_verifier=verifier).status_code == 400
    assert party.exchange(signed_in).get_json()["error"] == "invalid_grant"


def test_exchange_with_other_redirect_uri_is_refused(issuer: Issuer) -> None:
    issuer.user()
    other = "http://localhost:8050/other"
    party = issuer.party(redirect_uris=[CALLBACK, other])
    answer = party.exchange(party.sign_in(), redirect_uri=other)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_grant"


def test_code_of_another_client_is_refused_and_stays_good(issuer: Issuer, party: RelyingParty) -> None:
    thief = issuer.party("thief", redirect_uris=["http://localhost:8051/cb"])
    signed_in = party.sign_in()
    assert thief.exchange(signed_in).get_json()["error"] == "invalid_grant"
    assert party.exchange(signed_in).status_code == 200


def test_code_replayed_revokes_everything_it_gave(party: RelyingParty) -> None:
    signed_in = party.sign_in()
    tokens = party.exchange(signed_in).get_json()
    assert party.userinfo(tokens["access_token"]).status_code == 200

    assert party.exchange(signed_in).get_json()["error"] == "invalid_grant"

    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_code_expires(issuer: Issuer, party: RelyingParty) -> None:
    signed_in = party.sign_in()
    issuer.sql("UPDATE oidc_codes SET expires_at = now() - interval '1 second'")
    assert party.exchange(signed_in).get_json()["error"] == "invalid_grant"


def test_code_of_a_user_disabled_meanwhile_is_refused(issuer: Issuer, party: RelyingParty) -> None:
    signed_in = party.sign_in()
    issuer.sql("UPDATE users SET disabled_at = now()")
    assert party.exchange(signed_in).get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        None,
        "https://evil.example/",
        CALLBACK + "/",
        CALLBACK + "?x=1",
        CALLBACK + "#f",
        "http://localhost:8050/auth/callback.evil.example",
        "http://localhost:8050@evil.example/auth/callback",
        "http://localhost:8050/auth/../auth/callback",
        "//evil.example",
        "javascript:alert(1)",
        'http://x/"><script>alert(1)</script>',
        "http://evil.example/\u2028",
        "http://localhost:8050/auth/callback\0",
    ],
)
def test_authorize_to_unregistered_uri_redirects_nowhere(party: RelyingParty, redirect_uri: str | None) -> None:
    answer = party.get(party.authorization(redirect_uri=redirect_uri).url)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "<script" not in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize("client_id", [None, "stranger", "", 'a"b', "a\0b", "پورتال"])
def test_authorize_for_unknown_client_redirects_nowhere(party: RelyingParty, client_id: str | None) -> None:
    answer = party.get(party.authorization(client_id=client_id).url)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("response_type", ["token", "code id_token", 'x"y', "آ", None])
def test_authorize_with_other_response_type_is_no_server_error(party: RelyingParty, response_type: str | None) -> None:
    answer = party.get(party.authorization(response_type=response_type).url)
    assert answer.status_code in (302, 400)
    if answer.status_code == 302:
        assert returned(answer)["error"] == "unsupported_response_type"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge"])
def test_authorize_with_repeated_parameter_is_refused(party: RelyingParty, name: str) -> None:
    answer = party.get(f"{party.authorization().url}&{name}=again")
    assert answer.status_code in (302, 400)
    assert answer.status_code == 400 or "error" in returned(answer)


def test_authorize_by_post_starts_the_same_sign_in(party: RelyingParty) -> None:
    query = party.authorization().url.partition("?")[2]
    answer = party.post("/v1/auth/oidc/authorize", data=query, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 303
    assert "/v1/auth/login?tx=" in answer.headers["Location"]


def test_authorize_while_signed_in_asks_no_password(party: RelyingParty) -> None:
    party.tokens()
    asked = party.authorization()
    values = returned(party.get(asked.url))
    assert party.exchange(SignIn(asked, values)).status_code == 200


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "60"}])
def test_authorize_asking_for_fresh_sign_in_shows_the_form_once(
    issuer: Issuer, party: RelyingParty, changes: dict[str, str]
) -> None:
    party.tokens()
    issuer.sql("UPDATE oidc_sessions SET auth_time = auth_time - interval '2 minutes'")
    answer = party.exchange(party.sign_in(**changes))
    assert answer.status_code == 200
    assert issuer.sql("SELECT count(*) FROM oidc_sessions")[0][0] == 1, "the same person keeps one session"


def test_authorize_with_prompt_none_answers_without_a_page(party: RelyingParty) -> None:
    assert returned(party.get(party.authorization(prompt="none").url))["error"] == "login_required"
    party.tokens()
    assert "code" in returned(party.get(party.authorization(prompt="none").url))


def test_sign_in_of_another_person_ends_the_first_ones_session(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    first = party.tokens()
    second = party.tokens(email="viewer@bank.example", prompt="login")
    assert party.userinfo(first["access_token"]).status_code == 401
    assert party.userinfo(second["access_token"]).status_code == 200


def test_discovery_names_endpoints_that_answer(party: RelyingParty) -> None:
    document = party.get("/.well-known/openid-configuration").get_json()
    assert document["issuer"] == ISSUER
    for name in ("authorization_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"):
        assert party.get(document[name]).status_code != 404, name
    for name in ("token_endpoint", "revocation_endpoint"):
        assert party.post(document[name]).status_code in (400, 401), name
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert AFTER_LOGOUT not in str(document)
