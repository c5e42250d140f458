"""Ways for access to end: token revocation (RFC 7009) and OpenID Connect RP-Initiated Logout 1.0."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint

from gateway.identity.clients import Client
from gateway.identity.sealing import digest
from gateway.identity.tokens import Claims, InvalidToken, Tokens
from gateway.store.connections import Engine
from gateway.store.identity import grants
from gateway.store.identity.grants import RefreshRow


class _Revocable:
    def __init__(self, token: RefreshRow | Claims) -> None:
        self.token = token

    def check_client(self, client: Client) -> bool:
        return self.token.client_id == client.client_id


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """A refresh token takes its family along, access tokens included; an access token is denied alone."""

    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def __init__(self, server: Any, engine: Engine, tokens: Tokens) -> None:
        super().__init__(server)
        self._engine = engine
        self._tokens = tokens

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Revocable | None:
        # The hint only saves time (RFC 7009 §2.1): a JWT of ours is never a refresh token, and the other way round.
        with self._engine.begin() as conn:
            row = grants.get_refresh_token(conn, digest(token_string))
        if row is not None:
            return _Revocable(row)
        try:
            return _Revocable(self._tokens.verify(token_string, check_revoked=False))
        except InvalidToken:
            return None

    def revoke_token(self, token: _Revocable, request: Any) -> None:
        if isinstance(token.token, Claims):
            self._tokens.deny(token.token)
            return
        with self._engine.begin() as conn:
            grants.revoke_family(conn, token.token.family_id, reason="revoked by the client")


class EndSession(EndSessionEndpoint):  # type: ignore[misc]
    """Validates logout requests; what ends is decided by the route, which also knows the browser's own session."""

    def __init__(self, server: Any, tokens: Tokens) -> None:
        super().__init__(server)
        self._tokens = tokens

    def _validate_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        """The hint's claims, expired or not. Authlib's own takes any algorithm of a key and any token of ours."""
        try:
            claims = self._tokens.read_signed(id_token_hint, "jwt")
            UUID(str(claims.get("sid")))
        except (InvalidToken, ValueError):
            raise InvalidRequestError("The id_token_hint is not one of ours.") from None
        return claims

    def end_session(self, end_session_request: Any) -> None:
        """Nothing: the route has ended the session when it asks for the response."""
