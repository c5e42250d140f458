"""The grants, on Authlib, with the races and gaps of its defaults closed.

Authlib looks a code or refresh token up first and marks it as used later, so two parallel requests can both win; its
PKCE extension binds public clients only and allows ``plain``; its messages repeat the caller's input and fail on a
character that RFC 6749 does not allow there. Each override below says which of these it is about.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    TokenMixin,
    scope_to_list,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode, OpenIDToken

from gateway.identity.clients import Client
from gateway.identity.keys import KeyRing
from gateway.identity.policy import ALGORITHM, CLIENT_TOKEN_SECONDS, REVISIONS_SCOPE, IdentityPolicy
from gateway.identity.sealing import digest, open_under, seal_under
from gateway.identity.users import profile
from gateway.store.connections import Engine
from gateway.store.identity import grants as store
from gateway.store.identity import sessions, users
from gateway.store.identity.grants import CodeRow, RefreshRow, Rotation, Successor
from gateway.store.identity.sessions import SessionRow
from gateway.store.identity.users import UserRow

_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
_LONGEST_PARAMETER = 2048
log = logging.getLogger(__name__)


def new_token() -> str:
    """A random code, refresh token or cookie value: 256 bits."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class SignedIn:
    """Who is at the browser: Authlib's "user" at the authorization endpoint."""

    user: UserRow
    session: SessionRow


@dataclass(frozen=True)
class Grantee:
    """Who tokens are issued to: Authlib's "user" at the token endpoint."""

    user: UserRow
    session_id: UUID
    family_id: UUID
    auth_time: datetime
    refresh_token: str | None = None
    """Set by a rotation, whose successor was stored before Authlib asks for a token."""

    def get_user_id(self) -> str:
        return str(self.user.user_id)


class _Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """A redeemed code in the shape that Authlib's checks read."""

    code_challenge_method = "S256"

    def __init__(self, row: CodeRow) -> None:
        self.row = row
        self.code_challenge = row.code_challenge

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scope

    def get_nonce(self) -> str | None:
        return self.row.nonce

    def get_auth_time(self) -> int:
        return int(self.row.auth_time.timestamp())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> list[str]:
        return list(self.row.amr)


class _RefreshToken(TokenMixin):  # type: ignore[misc]
    """A presented refresh token; ``text`` is the token itself, which is stored nowhere."""

    def __init__(self, row: RefreshRow, text: str) -> None:
        self.row = row
        self.text = text

    def check_client(self, client: Client) -> bool:
        return self.row.client_id == client.client_id

    def get_scope(self) -> str:
        return self.row.scope


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Authorization Code; one use, by one conditional update."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS
    engine: Engine
    policy: IdentityPolicy

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Client) -> str:
        uri: str | None = request.payload.redirect_uri
        if not uri:
            raise InvalidRequestError("Missing redirect_uri.")
        # Authlib would repeat the URI in its message and fail on the quotes in it.
        if not client.check_redirect_uri(uri):
            raise InvalidRequestError("This redirect_uri is not registered.")
        return uri

    def validate_requested_scope(self) -> None:
        scope: str = self.request.payload.scope or ""
        if len(scope) > _LONGEST_PARAMETER or "openid" not in scope.split():
            raise InvalidScopeError("The scope must hold openid.")

    def generate_authorization_code(self) -> str:
        return new_token()

    def save_authorization_code(self, code: str, request: Any) -> None:
        who: SignedIn = request.user
        data = request.payload.data
        with self.engine.begin() as conn:
            store.insert_code(
                conn,
                code_hash=digest(code),
                client_id=request.client.client_id,
                session_id=who.session.session_id,
                user_id=who.user.user_id,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=data.get("nonce"),
                code_challenge=data["code_challenge"],
                auth_time=who.session.auth_time,
                amr=who.session.amr,
                lifetime_seconds=self.policy.code_seconds,
            )

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:
        # Used up before the redirect URI and the verifier are compared: a stolen code gives one guess, not many.
        with self.engine.begin() as conn:
            row = store.redeem_code(conn, digest(code), client.client_id)
        return _Code(row) if row else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """Nothing: a used code is kept so that its replay is recognised; purging removes it."""

    def authenticate_user(self, authorization_code: _Code) -> Grantee | None:
        row = authorization_code.row
        return load_grantee(self.engine, row.user_id, row.session_id, row.family_id)


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """Refresh with rotation: the old token is judged and replaced in one transaction, after all other checks."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    engine: Engine
    policy: IdentityPolicy

    def authenticate_refresh_token(self, refresh_token: str) -> _RefreshToken | None:
        with self.engine.begin() as conn:
            row = store.get_refresh_token(conn, digest(refresh_token))
        return _RefreshToken(row, refresh_token) if row and row.usable else None

    def authenticate_user(self, refresh_token: _RefreshToken) -> Grantee:
        row = refresh_token.row
        grantee = load_grantee(self.engine, row.user_id, row.session_id, row.family_id)
        if grantee is None:
            raise InvalidGrantError
        self.request.auth_time = int(grantee.auth_time.timestamp())
        return grantee

    def issue_token(self, user: Grantee, refresh_token: _RefreshToken) -> dict[str, Any]:
        successor = new_token()
        with self.engine.begin() as conn:
            outcome, same = store.rotate_refresh_token(
                conn,
                refresh_token.row.token_hash,
                successor=Successor(digest(successor), seal_under(refresh_token.text, successor)),
                lifetime_seconds=self.policy.refresh_seconds,
                leeway_seconds=self.policy.refresh_leeway_seconds,
                unseal=lambda sealed: open_under(refresh_token.text, sealed),
            )
        # Outside of the transaction: a revocation has to be committed before the caller is refused.
        if outcome is Rotation.REUSED:
            log.warning("refresh token reused: family revoked", extra={"family_id": str(refresh_token.row.family_id)})
        if outcome in (Rotation.REUSED, Rotation.DEAD):
            raise InvalidGrantError
        issued: dict[str, Any] = super().issue_token(replace(user, refresh_token=same or successor), refresh_token)
        return issued

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing: the rotation stored the successor."""

    def revoke_old_credential(self, refresh_token: _RefreshToken) -> None:
        """Nothing: the rotation used it up."""


class ClientGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """A token of a client itself, for the one thing there is to be had in nobody's name; nothing of it is stored."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS
    mint: Callable[[str], str]

    def validate_requested_scope(self) -> None:
        if self.request.payload.scope != REVISIONS_SCOPE:
            raise InvalidScopeError

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        token = {
            "token_type": "Bearer",
            "access_token": self.mint(self.request.client.client_id),
            "expires_in": CLIENT_TOKEN_SECONDS,
            "scope": REVISIONS_SCOPE,
        }
        return 200, token, self.TOKEN_RESPONSE_HEADER


class StrictPkce(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256 from every client: Authlib asks public ones only, and takes ``plain`` (RFC 9700 §2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _IdToken:
    """ID tokens signed by our own key, for either grant."""

    def __init__(self, keys: KeyRing, policy: IdentityPolicy) -> None:
        self._keys = keys
        self._policy = policy

    def resolve_client_private_key(self, client: Client) -> Any:
        return self._keys.signing_key

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": ALGORITHM, "kid": str(self._keys.signing_key.kid), "typ": "JWT"}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": self._policy.issuer, "aud": client.client_id}

    def generate_user_info(self, user: Grantee, scope: str) -> UserInfo:
        return UserInfo(profile(user.user, scope_to_list(scope)) | {"sid": str(user.session_id)})


class OpenIdForCode(_IdToken, OpenIDCode):  # type: ignore[misc]
    """The ID token of a sign-in; a nonce is required."""

    def __init__(self, keys: KeyRing, policy: IdentityPolicy) -> None:
        _IdToken.__init__(self, keys, policy)
        OpenIDCode.__init__(self, require_nonce=True)

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        # The client binds the nonce to its browser session, which is what stops a replay. Refusing a repeated one here
        # would only break the Back button; but what is too long to be a nonce is not stored.
        if len(nonce) > _LONGEST_PARAMETER:
            raise InvalidRequestError("The nonce is too long.")
        return False


class OpenIdForRefresh(_IdToken, OpenIDToken):  # type: ignore[misc]
    """A fresh ID token with each refresh: the time of the sign-in stays, or it would look like a new one."""

    def get_compatible_claims(self, request: Any) -> dict[str, Any]:
        claims: dict[str, Any] = super().get_compatible_claims(request)
        return claims | {"auth_time": request.auth_time}


def load_grantee(engine: Engine, user_id: UUID, session_id: UUID, family_id: UUID) -> Grantee | None:
    """The person as they are now, not as they were at sign-in; None when they were disabled or signed out since."""
    with engine.begin() as conn:
        user = users.get_user(conn, user_id)
        session = sessions.get_live_session(conn, session_id)
    if user is None or session is None or user.disabled_at is not None:
        return None
    return Grantee(user, session.session_id, family_id, session.auth_time)
