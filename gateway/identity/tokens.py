"""Access tokens: minted here, and verified for every call to the platform's API."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from joserfc import jws, jwt
from joserfc.errors import JoseError

from gateway.identity.keys import KeyRing
from gateway.identity.policy import (
    ALGORITHM,
    AUDIENCE,
    CLIENT_TOKEN_SECONDS,
    REVISIONS_AUDIENCE,
    REVISIONS_SCOPE,
    IdentityPolicy,
)
from gateway.identity.users import profile
from gateway.store.connections import Engine
from gateway.store.identity import grants
from gateway.store.identity.users import UserRow

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 — RFC 9068 §2.1
LONGEST_TOKEN = 8192
EXTENSION = "identity-tokens"
_CLOCK_SKEW_SECONDS = 30
_MOST_SEEN = 4096


class InvalidToken(Exception):
    """The bearer cannot be believed. ``reason`` is for logs and tests; callers are told nothing but 401."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Claims:
    """What a verified access token says. ``tenant_id`` (claim ``accountId``) is None for internal users."""

    user_id: UUID
    tenant_id: UUID | None
    user_type: str
    roles: frozenset[str]
    scopes: frozenset[str]
    session_id: UUID
    family_id: UUID
    client_id: str
    token_id: str
    issued_at: datetime
    expires_at: datetime
    name: str | None = None
    email: str | None = None
    locale: str | None = None


class Tokens:
    """Mints and verifies access tokens for one issuer."""

    def __init__(self, engine: Engine, policy: IdentityPolicy, keys: KeyRing) -> None:
        self._engine = engine
        self._policy = policy
        self.keys = keys
        self._seen: dict[bytes, tuple[str, Claims]] = {}
        """By the token's digest: the id of the key whose signature was found right, and the claims."""

    def mint(self, user: UserRow, *, client_id: str, session_id: UUID, family_id: UUID, scopes: Sequence[str]) -> str:
        now = int(time.time())
        return self.keys.sign(
            {
                **profile(user, scopes, everything=True),
                "iss": self._policy.issuer,
                "aud": AUDIENCE,
                "iat": now,
                "exp": now + self._policy.access_seconds,
                "jti": uuid4().hex,
                "sid": str(session_id),
                "fam": str(family_id),
                "client_id": client_id,
                "scope": " ".join(scopes),
            },
            ACCESS_TOKEN_TYPE,
        )

    def mint_for_client(self, client_id: str) -> str:
        """A token of a client itself: nobody's, with an audience of its own, so that it opens nothing else."""
        now = int(time.time())
        return self.keys.sign(
            {
                "iss": self._policy.issuer,
                "aud": REVISIONS_AUDIENCE,
                "sub": client_id,
                "client_id": client_id,
                "iat": now,
                "exp": now + CLIENT_TOKEN_SECONDS,
                "jti": uuid4().hex,
                "scope": REVISIONS_SCOPE,
            },
            ACCESS_TOKEN_TYPE,
        )

    def verify_client(self, token: str) -> str:
        """The id of the client that a token of ``mint_for_client`` is of. Raises InvalidToken."""
        payload = self.read_signed(token, ACCESS_TOKEN_TYPE)
        if payload.get("aud") != REVISIONS_AUDIENCE or payload.get("scope") != REVISIONS_SCOPE:
            raise InvalidToken("audience")
        if not isinstance(payload.get("exp"), int) or payload["exp"] <= time.time():
            raise InvalidToken("expired")
        return str(payload["client_id"])

    def verify(self, token: str, *, check_revoked: bool = True) -> Claims:
        """The claims of a token of ours that is neither expired nor revoked. Raises InvalidToken.

        Costs one primary-key query, and an RSA verification when this process sees the token for the first time. That a
        signature is right stays true; whether it still counts is asked anew each time, so a sign-out counts at once.
        """
        claims = self._read(token)
        if check_revoked and not grants.is_token_live(
            self._engine, token_id=claims.token_id, family_id=claims.family_id, session_id=claims.session_id
        ):
            raise InvalidToken("revoked")
        return claims

    def deny(self, claims: Claims) -> None:
        """Refuse this one token from now on."""
        with self._engine.begin() as conn:
            grants.deny_token(conn, claims.token_id, claims.expires_at)

    def _read(self, token: str) -> Claims:
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        seen = self._seen.get(digest)
        if seen is None:
            kid, claims = self._believed(token)
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()  # as cheap as any other way to stay small, and all it costs is a verification each
            self._seen[digest] = kid, claims
            return claims
        kid, claims = seen
        if self.keys.find(kid) is None:
            raise InvalidToken("unknown key")
        if claims.expires_at.timestamp() <= time.time():
            raise InvalidToken("expired")
        return claims

    def _believed(self, token: str) -> tuple[str, Claims]:
        """The id of the key that signed a token of ours, and what the token says."""
        payload = self.read_signed(token, ACCESS_TOKEN_TYPE)
        kid = str(jws.extract_compact(token.encode()).protected["kid"])
        now = time.time()
        if payload.get("aud") != AUDIENCE:
            raise InvalidToken("audience")
        try:
            if payload["exp"] <= now:
                raise InvalidToken("expired")
            if payload["iat"] > now + _CLOCK_SKEW_SECONDS:
                raise InvalidToken("issued in the future")
            return kid, Claims(
                user_id=UUID(payload["sub"]),
                tenant_id=UUID(payload["accountId"]) if "accountId" in payload else None,
                user_type=str(payload["userType"]),
                roles=frozenset(payload["roles"]),
                scopes=frozenset(payload["scope"].split()),
                session_id=UUID(payload["sid"]),
                family_id=UUID(payload["fam"]),
                client_id=str(payload["client_id"]),
                token_id=str(payload["jti"]),
                issued_at=datetime.fromtimestamp(payload["iat"], UTC),
                expires_at=datetime.fromtimestamp(payload["exp"], UTC),
                name=payload.get("name"),
                email=payload.get("email"),
                locale=payload.get("locale"),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise InvalidToken("claims") from None

    def read_signed(self, token: str, typ: str) -> dict[str, Any]:
        """The payload of any token of this issuer, whatever its lifetime: signature, type and issuer are checked.

        The algorithm is pinned and the key is chosen by us from the token's ``kid``: ``alg: none``, an HMAC made with
        the public key, or a key sent along in the header lead nowhere. The type keeps an ID token from opening the API.
        """
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken("too long")
        try:
            header = jws.extract_compact(token.encode()).protected
            if header.get("alg") != ALGORITHM:
                raise InvalidToken("algorithm")
            key = self.keys.find(str(header.get("kid")))
            if key is None:
                raise InvalidToken("unknown key")
            decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, UnicodeError) as problem:
            raise InvalidToken("signature") from problem
        if str(decoded.header.get("typ", "")).lower() != typ:
            raise InvalidToken("type")
        if decoded.claims.get("iss") != self._policy.issuer:
            raise InvalidToken("issuer")
        return dict(decoded.claims)


def verify_access_token(token: str) -> Claims:
    """The claims of a bearer of the current application's identity service. Raises InvalidToken."""
    tokens: Tokens = current_app.extensions[EXTENSION]
    return tokens.verify(token)


def verify_client_token(token: str) -> str:
    """The id of the client whose own token this is, at the current application. Raises InvalidToken."""
    tokens: Tokens = current_app.extensions[EXTENSION]
    return tokens.verify_client(token)
