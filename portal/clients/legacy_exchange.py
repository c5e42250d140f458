"""``POST /v1/auth/firebase``: a token of the identity provider that came before, exchanged for the platform's own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests

from portal.clients.oidc import OidcClient, SignIn
from portal.clients.oidc_answers import Tokens, object_in, retry_after_seconds
from portal.clients.oidc_errors import IssuerUnavailable, OidcError, RateLimited
from portal.setting_values import is_loopback

EXCHANGE_PATH = "/v1/auth/firebase"
TIMEOUT = (3.05, 8.0)


class LegacyExchange:
    """Asks the platform; what it gives is verified like any other sign-in's access token."""

    def __init__(self, gateway_url: str, client_id: str, client_secret: str, oidc: OidcClient) -> None:
        self._url = gateway_url + EXCHANGE_PATH
        self._client = (client_id, client_secret)
        self._oidc = oidc

    def exchange(self, provider_token: str, headers: Mapping[str, str] | None = None) -> SignIn:
        """The sign-in that ``provider_token`` is good for.

        Raises OidcError ``access_denied`` when it is refused, ``issuer_error`` where the platform has no such exchange;
        RateLimited, IssuerUnavailable, TokenInvalid.
        """
        given = {"Accept": "application/json", **(headers or {})}
        with requests.Session() as session:
            session.trust_env = not is_loopback(urlsplit(self._url).hostname)
            try:
                response = session.post(
                    self._url, json={"idToken": provider_token}, auth=self._client, headers=given, timeout=TIMEOUT,
                    allow_redirects=False, stream=True,
                )  # fmt: skip
            except requests.RequestException as error:
                raise IssuerUnavailable(detail=type(error).__name__) from None
            with response:
                _sort_out(response)
                body = object_in(response, EXCHANGE_PATH)
        access, refresh, id_token = (body.get(name) for name in ("accessToken", "refreshToken", "idToken"))
        if not isinstance(access, str):
            raise IssuerUnavailable(detail="no access token in the exchange")
        tokens = Tokens(
            access, refresh if isinstance(refresh, str) else None, id_token if isinstance(id_token, str) else None
        )
        return SignIn(tokens, {}, self._oidc.tokens.access_token(access))


def _sort_out(response: requests.Response) -> None:
    status = response.status_code
    if status == 429:
        raise RateLimited(retry_after=retry_after_seconds(response.headers.get("Retry-After")))
    if status in (400, 401, 403, 422):
        raise OidcError("access_denied", f"the exchange refuses: {status}")
    if status in (404, 405, 410, 501):
        raise OidcError("issuer_error", "the platform has no exchange for tokens of the former provider")
    if status != 200:
        raise IssuerUnavailable(detail=f"exchange: {status}")
