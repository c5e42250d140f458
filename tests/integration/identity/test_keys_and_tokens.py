"""Signing keys and access tokens: rotation with overlap, and tokens that only look like ours."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from gateway.identity.keys import KeyRing, rotate_keys
from gateway.identity.sealing import Sealer
from gateway.identity.tokens import EXTENSION, InvalidToken, Tokens, verify_access_token
from gateway.identity.users import disable_user
from tests.integration.identity.conftest import ISSUER, TENANT, Issuer, RelyingParty
from tests.integration.identity.test_code_flow import decode


def tokens_of(issuer: Issuer) -> Tokens:
    found: Tokens = issuer.app.extensions[EXTENSION]
    return found


def kids(party: RelyingParty) -> list[str]:
    return [key["kid"] for key in party.get("/.well-known/jwks.json").get_json()["keys"]]


def another_ring(issuer: Issuer) -> KeyRing:
    """The keys as another process, or this one half a minute later, sees them."""
    return KeyRing(issuer.engine, issuer.policy)


def published(ring: KeyRing) -> set[str]:
    return {key["kid"] for key in ring.published()}


def test_verify_gives_the_claims_of_a_good_token(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["access_token"]
    with issuer.app.app_context():
        claims = verify_access_token(token)
    assert claims.tenant_id == TENANT
    assert claims.roles == {"owner", "customer"}
    assert claims.user_type == "customer"
    assert "openid" in claims.scopes
    assert claims.email == "owner@bank.example"
    assert (claims.expires_at - claims.issued_at).total_seconds() == 3600


def test_first_key_is_made_once_by_many_workers(issuer: Issuer) -> None:
    issuer.sql("DELETE FROM oidc_signing_keys")
    rings = [KeyRing(issuer.engine, issuer.policy) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(lambda ring: ring.signing_key.kid, rings))
    assert len(made) == 1


def test_rotated_key_is_published_first_and_signs_later(issuer: Issuer, party: RelyingParty) -> None:
    before = party.tokens()["access_token"]
    old = jwt.get_unverified_header(before)["kid"]
    new = rotate_keys(issuer.engine, issuer.policy)
    fresh = another_ring(issuer)
    assert published(fresh) == {old, new}
    assert fresh.signing_key.kid == old, "clients have not had time to fetch the new one"

    issuer.sql("UPDATE oidc_signing_keys SET signs_from = now() - interval '1 second' WHERE kid = :kid", kid=new)
    later = another_ring(issuer)
    assert later.signing_key.kid == new
    verified = Tokens(issuer.engine, issuer.policy, later).verify(before)
    assert verified.tenant_id == TENANT, "tokens of the old key stay valid"
    assert published(later) == {old, new}

    issuer.sql("UPDATE oidc_signing_keys SET published_until = now() WHERE kid = :kid", kid=old)
    assert published(another_ring(issuer)) == {new}


def test_old_key_stays_published_as_long_as_its_last_token_lives(issuer: Issuer, party: RelyingParty) -> None:
    party.tokens()
    rotate_keys(issuer.engine, issuer.policy)
    remaining = issuer.sql(
        "SELECT extract(epoch FROM published_until - now()) FROM oidc_signing_keys WHERE published_until IS NOT NULL"
    )
    assert remaining[0][0] >= issuer.policy.key_lead_seconds + issuer.policy.access_seconds


def test_token_of_a_key_made_elsewhere_at_once_is_accepted(
    issuer: Issuer, party: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = party.tokens()["access_token"]
    new = rotate_keys(issuer.engine, issuer.policy, at_once=True)
    claims = decode(party, before, "platform")
    monkeypatch.setattr("gateway.identity.keys._UNKNOWN_RELOAD_SECONDS", -1)
    token = another_ring(issuer).sign(claims, "at+jwt")
    assert jwt.get_unverified_header(token)["kid"] == new
    assert tokens_of(issuer).verify(token).tenant_id == TENANT
    assert new in kids(party)


def test_unknown_key_ids_do_not_cost_a_query_each(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing(issuer.engine, issuer.policy)
    assert ring.signing_key
    monkeypatch.setattr("gateway.identity.keys._UNKNOWN_RELOAD_SECONDS", 3600)
    rotated = rotate_keys(issuer.engine, issuer.policy)
    assert ring.find(rotated) is None
    ring.forget()
    assert ring.find(rotated) is not None


def test_private_keys_are_sealed_and_useless_under_another_secret(issuer: Issuer, party: RelyingParty) -> None:
    old = kids(party)
    sealed = bytes(issuer.sql("SELECT sealed_private FROM oidc_signing_keys")[0][0])
    assert b"PRIVATE KEY" not in sealed
    stranger = replace(issuer.policy, sealer=Sealer(b"another secret " * 4))
    ring = KeyRing(issuer.engine, stranger)
    assert ring.signing_key.kid not in old, "a key that cannot be opened is replaced, not crashed on"


def is_accepted(verifier: Tokens, token: str) -> bool:
    try:
        verifier.verify(token)
    except InvalidToken:
        return False
    return True


def forge(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_tokens_that_only_look_like_ours_are_refused(issuer: Issuer, party: RelyingParty) -> None:
    genuine = party.tokens()
    claims = decode(party, genuine["access_token"], "platform")
    jwk = party.get("/.well-known/jwks.json").get_json()["keys"][0]
    kid = jwk["kid"]
    public_pem = RSAKey.import_key(jwk).as_pem(private=False)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ring = KeyRing(issuer.engine, issuer.policy)
    typ = {"typ": "at+jwt"}
    later = int(time.time()) + 600

    def ours(typ: str = "at+jwt", **changes: Any) -> str:
        return ring.sign({name: value for name, value in (claims | changes).items() if value is not None}, typ)

    import hmac

    signing_input = forge({"alg": "HS256", "kid": kid, **typ}, claims).rsplit(".", 1)[0]
    confused = hmac.digest(public_pem, signing_input.encode(), "sha256")
    embedded = RSAKey.import_key(stranger).as_dict(private=False)
    forged = {
        "none": forge({"alg": "none", "kid": kid, **typ}, claims),
        "None": forge({"alg": "None", **typ}, claims),
        "hs256 with the public key": signing_input + "." + base64.urlsafe_b64encode(confused).rstrip(b"=").decode(),
        "foreign key, our kid": jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": kid, **typ}),
        "foreign key, unknown kid": jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "x", **typ}),
        "key in the header": jwt.encode(
            claims, stranger, algorithm="RS256", headers={"jwk": embedded, "kid": kid, **typ}
        ),
        "no kid": jwt.encode(claims, stranger, algorithm="RS256", headers=typ),
        "kid of another kind": forge({"alg": "RS256", "kid": ["a"], **typ}, claims, b"x"),
        "unknown critical header": forge({"alg": "RS256", "kid": kid, "crit": ["x"], "x": 1, **typ}, claims, b"x"),
        "changed payload": ".".join(
            [
                genuine["access_token"].split(".")[0],
                forge({}, claims | {"roles": ["platform_admin"]}).split(".")[1],
                genuine["access_token"].split(".")[2],
            ]
        ),
        "id token": genuine["id_token"],
        "logout token type": ours(typ="logout+jwt"),
        "no type": ours(typ="JWT"),
        "other issuer": ours(iss="https://evil.example"),
        "other audience": ours(aud="portal"),
        "several audiences": ours(aud=["platform", "portal"]),
        "expired": ours(exp=int(time.time()) - 1, iat=int(time.time()) - 60),
        "from the future": ours(iat=later, exp=later + 60),
        "no expiry": ours(exp=None),
        "expiry as text": ours(exp="9999999999"),
        "endless expiry": ours(exp=1e400),
        "no subject": ours(sub=None),
        "subject that is no id": ours(sub="root"),
        "no session": ours(sid=None),
        "unknown session": ours(sid=str(uuid4())),
        "unknown family": ours(fam=str(uuid4())),
        "roles as text": ours(roles=7),
        "too long": ours(name="x" * 9000),
        "empty": "",
        "dots": "..",
        "text": "پیام",
        "bytes": "\ud800.x.y",
        "surplus part": genuine["access_token"] + ".x",
    }
    verifier = tokens_of(issuer)
    assert verifier.verify(genuine["access_token"])
    accepted = [name for name, token in forged.items() if is_accepted(verifier, token)]
    assert accepted == []


def test_token_is_refused_from_the_moment_its_user_is_disabled(issuer: Issuer, party: RelyingParty) -> None:
    token = party.tokens()["access_token"]
    verifier = tokens_of(issuer)
    claims = verifier.verify(token)
    with issuer.engine.begin() as conn:
        assert disable_user(conn, claims.user_id)
        assert not disable_user(conn, claims.user_id)
    with pytest.raises(InvalidToken, match="revoked"):
        verifier.verify(token)
    assert issuer.sql("SELECT count(*) FROM oidc_sessions WHERE ended_at IS NULL") == [(0,)]


def test_signature_is_checked_once_and_everything_that_can_change_each_time(
    issuer: Issuer, party: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = party.tokens()["access_token"]
    verifier = Tokens(issuer.engine, issuer.policy, another_ring(issuer))
    claims = verifier.verify(token)
    with monkeypatch.context() as patched:
        patched.setattr(verifier, "read_signed", lambda *_: pytest.fail("the signature was checked again"))
        assert verifier.verify(token) == claims
        head, _, signature = token.rpartition(".")
        patched.undo()
        assert not is_accepted(verifier, f"{head}.{signature[:-8]}AAAAAAAA"), "another token, whatever it resembles"
    with monkeypatch.context() as patched:
        patched.setattr("gateway.identity.tokens.time.time", lambda: claims.expires_at.timestamp())
        with pytest.raises(InvalidToken, match="expired"):
            verifier.verify(token)
    assert is_accepted(verifier, token)
    issuer.sql("UPDATE oidc_families SET revoked_at = now()")
    with pytest.raises(InvalidToken, match="revoked"):
        verifier.verify(token)
    rotate_keys(issuer.engine, issuer.policy, at_once=True)
    issuer.sql("DELETE FROM oidc_signing_keys WHERE kid = :kid", kid=jwt.get_unverified_header(token)["kid"])
    verifier.keys.forget()
    with pytest.raises(InvalidToken, match="unknown key"):
        verifier.verify(token)


def test_session_claim_of_another_session_does_not_revive_a_token(issuer: Issuer, party: RelyingParty) -> None:
    mine, theirs = party.tokens(), party.another_browser().tokens()
    claims = decode(party, mine["access_token"], "platform")
    other = decode(party, theirs["access_token"], "platform")
    mixed = KeyRing(issuer.engine, issuer.policy).sign(claims | {"sid": other["sid"]}, "at+jwt")
    with pytest.raises(InvalidToken, match="revoked"):
        tokens_of(issuer).verify(mixed)


@pytest.mark.parametrize("table", ["oidc_refresh_tokens", "oidc_codes", "oidc_signing_keys", "oidc_clients"])
def test_api_role_cannot_read_the_services_secrets(api_engine: Engine, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), api_engine.connect() as conn:
        conn.execute(text(f"SELECT 1 FROM {table}"))


def test_api_role_sees_sessions_without_their_cookies(api_engine: Engine, party: RelyingParty) -> None:
    party.tokens()
    with api_engine.connect() as conn:
        assert conn.execute(text("SELECT session_id, ended_at FROM oidc_sessions")).all()
    with pytest.raises(ProgrammingError, match="permission denied"), api_engine.connect() as conn:
        conn.execute(text("SELECT cookie_hash FROM oidc_sessions"))


def test_issuer_in_tokens_is_the_public_url(party: RelyingParty) -> None:
    assert decode(party, party.tokens()["access_token"], "platform")["iss"] == ISSUER
