"""Tokens are believed only when everything about them is right."""

from __future__ import annotations

import json
import time
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from portal.clients.oidc_errors import IssuerUnavailable, SigningKeyUnknown, TokenInvalid
from portal.clients.oidc_keys import SigningKeys
from portal.clients.oidc_tokens import BACKCHANNEL_EVENT, TokenVerifier, identity_of
from portal.presets import Reading

ISSUER = "https://issuer.example"


@cache
def key(name: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def jwk(name: str, **changes: Any) -> dict[str, Any]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(name).public_key()))
    return {**public, "kid": name, "use": "sig", "alg": "RS256", **changes}


class Issuer:
    def __init__(self) -> None:
        self.names, self.fetched, self.away, self.now = ["one"], 0, False, 0.0
        self.keys = SigningKeys(self._fetch, clock=lambda: self.now)
        self.verifier = TokenVerifier(self.keys, issuer=ISSUER, client_id="portal", audience="platform")

    def _fetch(self) -> dict[str, Any]:
        self.fetched += 1
        if self.away:
            raise IssuerUnavailable
        return {"keys": [jwk(name) for name in self.names] + [{"kty": "oct", "kid": "secret", "k": "AAAA"}]}


def token(name: str = "one", *, algorithm: str = "RS256", kid: str | None = "same", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "portal", "sub": "u", "iat": now, "exp": now + 60, "nonce": "n", **changes}
    claims = {claim: value for claim, value in claims.items() if value is not None}
    headers = {} if kid is None else {"kid": name if kid == "same" else kid}
    signer: Any = (
        key(name) if algorithm == "RS256" else "a secret of thirty-two bytes or more" if algorithm != "none" else None
    )
    return jwt.encode(claims, signer, algorithm, headers=headers)


def test_id_token_that_is_right_is_believed() -> None:
    assert Issuer().verifier.id_token(token(), "n")["sub"] == "u"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"}, {"iss": None}, {"aud": "another"}, {"aud": None}, {"exp": 1}, {"exp": None},
        {"iat": int(time.time()) + 3600}, {"iat": None}, {"sub": None}, {"nonce": "another"}, {"nonce": None},
        {"azp": "another"}, {"aud": ["portal", "another"]}, {"nbf": int(time.time()) + 3600},
    ],
)  # fmt: skip
def test_id_token_with_one_thing_wrong_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        Issuer().verifier.id_token(token(**changes), "n")


def test_id_token_for_several_is_believed_when_we_are_the_authorized_party() -> None:
    assert Issuer().verifier.id_token(token(aud=["portal", "another"], azp="portal"), "n")


def test_clocks_may_differ_by_half_a_minute_and_no_more() -> None:
    now = int(time.time())
    verifier = Issuer().verifier
    for skew in (-20, 20):  # seconds by which the issuer's clock is ahead of ours; a slow machine has ten to spare
        assert verifier.id_token(token(iat=now + skew, nbf=now + skew, exp=now + 60), "n")
    assert verifier.id_token(token(iat=now - 90, exp=now - 10), "n")
    for changes in ({"iat": now + 90}, {"nbf": now + 90}, {"exp": now - 31}):
        with pytest.raises(TokenInvalid):
            verifier.id_token(token(**{"exp": now + 600, **changes}), "n")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_token_with_another_algorithm_is_refused(algorithm: str) -> None:
    with pytest.raises(TokenInvalid):
        Issuer().verifier.id_token(token(algorithm=algorithm), "n")


def test_token_signed_by_another_key_under_a_known_kid_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        Issuer().verifier.id_token(token("two", kid="one"), "n")


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.AA"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        Issuer().verifier.id_token(text, "n")


def test_keys_are_fetched_once_in_their_time() -> None:
    issuer = Issuer()
    for issuer.now in (0.0, 100.0, 299.0):
        issuer.verifier.id_token(token(), "n")
    assert issuer.fetched == 1
    issuer.now = 301.0
    issuer.verifier.id_token(token(), "n")
    assert issuer.fetched == 2


def test_unknown_kid_fetches_once_and_then_cools_down() -> None:
    issuer = Issuer()
    issuer.verifier.id_token(token(), "n")
    issuer.names = ["one", "two"]
    assert issuer.verifier.id_token(token("two"), "n")
    assert issuer.fetched == 2
    for _ in range(5):
        with pytest.raises(SigningKeyUnknown):
            issuer.verifier.id_token(token("one", kid="made-up"), "n")
    assert issuer.fetched == 2
    issuer.now += 11
    with pytest.raises(SigningKeyUnknown):
        issuer.verifier.id_token(token("one", kid="made-up"), "n")
    assert issuer.fetched == 3


def test_issuer_that_blinks_does_not_invalidate_known_keys() -> None:
    issuer = Issuer()
    issuer.verifier.id_token(token(), "n")
    issuer.away, issuer.now = True, 400.0
    assert issuer.verifier.id_token(token(), "n")
    issuer.now = 700.0
    with pytest.raises(IssuerUnavailable):
        issuer.verifier.id_token(token(), "n")


def test_issuer_that_lists_no_key_does_not_invalidate_known_keys_either() -> None:
    issuer = Issuer()
    issuer.verifier.id_token(token(), "n")
    issuer.names, issuer.now = [], 400.0
    assert issuer.verifier.id_token(token(), "n")


def test_issuer_that_fails_is_not_asked_by_everybody_at_once() -> None:
    issuer = Issuer()
    issuer.away = True
    for _ in range(5):
        with pytest.raises(IssuerUnavailable):
            issuer.verifier.id_token(token(), "n")
    assert issuer.fetched == 1
    issuer.away, issuer.now = False, 3.0
    assert issuer.verifier.id_token(token(), "n")


def logout(**changes: Any) -> str:
    return token(**{"nonce": None, "jti": "j", "sid": "s", "events": {BACKCHANNEL_EVENT: {}}, **changes})


def test_logout_token_that_is_right_is_believed() -> None:
    notice = Issuer().verifier.logout_token(logout())
    assert (notice.jti, notice.sid, notice.sub) == ("j", "s", "u")


@pytest.mark.parametrize(
    "changes",
    [{"nonce": "n"}, {"events": {}}, {"events": None}, {"events": "x"}, {"jti": None}, {"sid": None, "sub": None},
     {"aud": "another"}, {"iss": "https://other.example"}],
)  # fmt: skip
def test_logout_token_with_one_thing_wrong_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        Issuer().verifier.logout_token(logout(**changes))


def test_id_token_is_no_logout_token() -> None:
    with pytest.raises(TokenInvalid):
        Issuer().verifier.logout_token(token())


@pytest.mark.parametrize(
    ("claims", "user_type", "roles", "tenant"),
    [
        ({"roles": ["owner"], "accountId": "t"}, "customer", {"owner"}, "t"),
        ({"realm_access": {"roles": ["customer", "offline_access"]}, "tenant_id": "t"}, "customer", {"customer"}, "t"),
        ({"resource_access": {"portal": {"roles": ["viewer"]}, "x": {"roles": ["tam"]}}, "accountId": "t"},
         "customer", {"viewer"}, "t"),
        ({"roles": ["tam"]}, "internal", {"tam"}, None),
        ({"roles": ["tam", "owner"], "userType": "customer", "accountId": "t"}, "customer", {"owner"}, "t"),
        ({"roles": ["owner"], "userType": "internal", "accountId": "t"}, "internal", set(), "t"),
        ({"roles": ["platform_admin"], "userType": "internal", "accountId": "t"}, "internal", {"platform_admin"}, None),
        ({"roles": "owner", "realm_access": [], "resource_access": {"portal": None}}, "customer", set(), None),
        ({}, "customer", set(), None),
    ],
)  # fmt: skip
def test_identity_is_read_from_every_shape_of_roles(
    claims: dict[str, Any], user_type: str, roles: set[str], tenant: str | None
) -> None:
    found = identity_of({"sub": "u", **claims}, Reading("portal"))
    assert (found.user_type, found.roles, found.tenant_id) == (user_type, roles, tenant)


@pytest.mark.parametrize(
    ("paths", "claims", "roles"),
    [
        (("https://portal.example/roles",), {"https://portal.example/roles": ["owner"]}, {"owner"}),
        (("a.b", "c"), {"a": {"b": ["owner"]}, "c": ["viewer"]}, {"owner", "viewer"}),
        (("resource_access.{client_id}.roles",), {"resource_access": {"the.portal": {"roles": ["owner"]}}}, {"owner"}),
        (("groups",), {"groups": ["/owner", "/somewhere/viewer"]}, {"owner"}),
        (("roles",), {"roles": [{"name": "boss"}, {"name": 7}, ["owner"], None, 7]}, {"owner"}),
        (("roles",), {"roles": "owner"}, set()),
        (("roles.owner", "a.b.c", ""), {"roles": ["owner"], "a": "b"}, set()),
        ((), {"roles": ["owner"]}, set()),
    ],
)
def test_roles_are_read_where_they_are_said_to_stand(
    paths: tuple[str, ...], claims: dict[str, Any], roles: set[str]
) -> None:
    reading = Reading("the.portal", paths, {"boss": "owner"})
    assert identity_of({"sub": "u", **claims}, reading).roles == roles
