"""Routes that programs call: discovery, keys, token, userinfo, revocation, the older refresh call."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import Unauthorized

from gateway.identity.authorization import AUTHORIZE_PATH
from gateway.identity.policy import ALGORITHM, SCOPES
from gateway.identity.provider import ProtocolRequest, Provider
from gateway.identity.routes import LOGOUT_PATH
from gateway.identity.tokens import Claims, InvalidToken
from gateway.identity.users import profile
from gateway.store.identity import users

KEYS_PATH = "/.well-known/jwks.json"
DISCOVERY_PATH = "/.well-known/openid-configuration"
TOKEN_PATH = "/v1/auth/oidc/token"  # noqa: S105
USERINFO_PATH = "/v1/auth/oidc/userinfo"
REVOKE_PATH = "/v1/auth/oidc/revoke"
REFRESH_PATH = "/v1/auth/refresh"
_KEYS_CACHE_SECONDS = 300


def register_endpoints(blueprint: Blueprint, provider: Provider) -> None:
    policy = provider.policy
    document = _discovery(provider)

    @blueprint.get(DISCOVERY_PATH)
    def show_discovery() -> Response:
        return _cached(jsonify(document))

    @blueprint.get(KEYS_PATH)
    def show_keys() -> Response:
        return _cached(jsonify(keys=provider.keys.published()))

    @blueprint.post(TOKEN_PATH)
    def issue_token() -> Response:
        response: Response = provider.server.create_token_response()
        return response

    @blueprint.post(REVOKE_PATH)
    def revoke_token() -> Response:
        response: Response = provider.server.create_endpoint_response("revocation")
        return response

    @blueprint.route(USERINFO_PATH, methods=["GET", "POST"])
    def show_userinfo() -> Response:
        claims = _bearer(provider)
        with provider.engine.begin() as conn:
            user = users.get_user(conn, claims.user_id)
        if user is None:
            raise _unauthorized("invalid_token")
        return _private(jsonify(profile(user, claims.scopes)))

    @blueprint.post(REFRESH_PATH)
    def refresh_token() -> Response:
        """The older contract: ``{"refreshToken"}`` in JSON; the client authenticates as at the token endpoint."""
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("refreshToken"), str):
            abort(422)
        values = {"grant_type": "refresh_token", "refresh_token": body["refreshToken"]}
        if isinstance(body.get("clientId"), str) and isinstance(body.get("clientSecret"), str):
            values |= {"client_id": body["clientId"], "client_secret": body["clientSecret"]}
        protocol = ProtocolRequest("POST", policy.url(REFRESH_PATH), request.headers, MultiDict(values))
        answer: Response = provider.server.create_token_response(protocol)
        if answer.status_code != 200:
            raise _unauthorized("invalid_token")
        issued: dict[str, Any] = answer.get_json(force=True)
        names = {
            "accessToken": "access_token",
            "refreshToken": "refresh_token",
            "idToken": "id_token",
            "tokenType": "token_type",
            "expiresIn": "expires_in",
            "scope": "scope",
        }
        return _private(jsonify({name: issued[theirs] for name, theirs in names.items() if theirs in issued}))


def _discovery(provider: Provider) -> dict[str, Any]:
    url, auth_methods = provider.policy.url, ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": provider.policy.issuer,
        "authorization_endpoint": url(AUTHORIZE_PATH),
        "token_endpoint": url(TOKEN_PATH),
        "userinfo_endpoint": url(USERINFO_PATH),
        "jwks_uri": url(KEYS_PATH),
        "revocation_endpoint": url(REVOKE_PATH),
        "end_session_endpoint": url(LOGOUT_PATH),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account"],
        "ui_locales_supported": ["en", "fa-AF", "ps", "ar"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "sid"),
            *("accountId", "userType", "roles", "name", "email", "locale"),
        ],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
    }


def _bearer(provider: Provider) -> Claims:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized()
    try:
        return provider.tokens.verify(token.strip())
    except InvalidToken:
        raise _unauthorized("invalid_token") from None


def _unauthorized(error: str | None = None) -> Unauthorized:
    """401 with the challenge of RFC 6750 §3; why the token was refused stays with us."""
    challenge = Response(status=401)
    challenge.headers["WWW-Authenticate"] = 'Bearer realm="platform"' + (f', error="{error}"' if error else "")
    challenge.headers["Cache-Control"] = "no-store"
    return Unauthorized(response=challenge)


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={_KEYS_CACHE_SECONDS}"
    return response


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
