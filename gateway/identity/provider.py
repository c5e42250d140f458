"""The issuer put together: one object that the routes work with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import OAuth2Payload, scope_to_list
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import request
from werkzeug.datastructures import Headers, MultiDict

from gateway.identity.backchannel import LogoutDelivery
from gateway.identity.clients import Client, authenticate_basic
from gateway.identity.ending import EndSession, Revocation
from gateway.identity.grants import (
    ClientGrant,
    CodeGrant,
    Grantee,
    OpenIdForCode,
    OpenIdForRefresh,
    RefreshGrant,
    StrictPkce,
    new_token,
)
from gateway.identity.keys import KeyRing
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import digest
from gateway.identity.tokens import Tokens
from gateway.store.connections import Engine
from gateway.store.identity import clients, grants, sessions


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, values: MultiDict[str, str]) -> None:
        self._values = values

    @property
    def data(self) -> MultiDict[str, str]:
        return self._values

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: self._values.getlist(name) for name in self._values}


class ProtocolRequest(OAuth2Request):  # type: ignore[misc]
    """A request in Authlib's terms, at the address that browsers use.

    ``values`` is the only source of parameters: the query for GET, the body for POST. Authlib's own Flask request
    merges both, which lets a token be sent in a URL, and judges https by the hop behind the proxy.
    """

    def __init__(self, method: str, url: str, headers: Headers | None, values: MultiDict[str, str]) -> None:
        super().__init__(method, url, headers=headers or Headers())
        self.payload = _Payload(values)
        self._values = values

    @property
    def args(self) -> MultiDict[str, str]:
        return self._values if self.method == "GET" else MultiDict()

    @property
    def form(self) -> MultiDict[str, str]:
        return self._values if self.method == "POST" else MultiDict()


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__(query_client=provider.get_client, save_token=provider.save_token)
        self._provider = provider

    def create_oauth2_request(self, given: Any) -> ProtocolRequest:
        if isinstance(given, ProtocolRequest):
            return given
        values = request.args if request.method == "GET" else request.form
        return ProtocolRequest(request.method, self._provider.policy.url(request.path), request.headers, values)


class _Issuer(IssuerParameter):  # type: ignore[misc]
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class Provider:
    """An OpenID Provider on one database. ``engine`` has the role ``gateway_identity``."""

    def __init__(self, policy: IdentityPolicy, engine: Engine) -> None:
        self.policy = policy
        self.engine = engine
        self.keys = KeyRing(engine, policy)
        self.tokens = Tokens(engine, policy, self.keys)
        self.logouts = LogoutDelivery(engine, policy, self.keys)
        self.server = _Server(self)
        self.server.register_token_generator("default", self._generate)
        self.server.register_client_auth_method("client_secret_basic", authenticate_basic)
        self.server.register_extension(_Issuer(policy.issuer))
        # Authlib makes a grant object for each request from a class, so what they need is given to subclasses.
        bound = {"engine": engine, "policy": policy}
        self.server.register_grant(
            type("BoundCodeGrant", (CodeGrant,), bound), [StrictPkce(), OpenIdForCode(self.keys, policy)]
        )
        self.server.register_grant(
            type("BoundRefreshGrant", (RefreshGrant,), bound), [OpenIdForRefresh(self.keys, policy)]
        )
        mint = staticmethod(self.tokens.mint_for_client)
        self.server.register_grant(type("BoundClientGrant", (ClientGrant,), {"mint": mint}))
        self.server.register_endpoint(Revocation(self.server, engine, self.tokens))
        self.server.register_endpoint(EndSession(self.server, self.tokens))

    def get_client(self, client_id: str) -> Client | None:
        if "\0" in client_id:
            return None  # PostgreSQL has no such text
        with self.engine.begin() as conn:
            row = clients.get_client(conn, client_id)
        return Client(row) if row else None

    def end_sessions(self, reason: str, *, session_id: UUID | None = None, user_id: UUID | None = None) -> list[UUID]:
        """End sessions by id, by user or by both, and tell the clients; returns the ids that ended now."""
        with self.engine.begin() as conn:
            ended = sessions.end_sessions(conn, reason=reason, session_id=session_id, user_id=user_id)
        self.logouts.send_now(ended)
        return ended

    def save_token(self, token: dict[str, Any], oauth_request: Any) -> None:
        """Store the refresh token that was issued for a code; later ones are stored by the rotation."""
        who: Grantee = oauth_request.user
        with self.engine.begin() as conn:
            grants.insert_refresh_token(
                conn,
                token_hash=digest(token["refresh_token"]),
                family_id=who.family_id,
                scope=token["scope"],
                lifetime_seconds=self.policy.refresh_seconds,
            )

    def _generate(
        self,
        grant_type: str,
        client: Client,
        user: Grantee,
        scope: str,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        token: dict[str, Any] = {
            "token_type": "Bearer",
            "access_token": self.tokens.mint(
                user.user,
                client_id=client.client_id,
                session_id=user.session_id,
                family_id=user.family_id,
                scopes=scope_to_list(scope) or [],
            ),
            "expires_in": self.policy.access_seconds,
            "scope": scope,
        }
        if include_refresh_token:
            token["refresh_token"] = user.refresh_token or new_token()
        return token
