"""The issuer, as the portal uses it: discovery, the code flow with PKCE, refresh, revocation, logout.

Authlib's ``OAuth2Session`` speaks OAuth; PyJWT verifies tokens (Authlib's own Flask client accepts ``alg: none``
where an issuer advertises it, keeps keys for ever and does not look at ``iss``).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from portal.clients.oidc_answers import Tokens, checked, object_in, tokens_of
from portal.clients.oidc_errors import IssuerUnavailable, OidcError, ResponseInvalid
from portal.clients.oidc_keys import SigningKeys
from portal.clients.oidc_tokens import TokenVerifier
from portal.presets import PRESETS, Preset

# Connect, read. A refresh given up may have spent its token, hence the patience; both together are well under the 15 s
# that others wait for it. Everything else can be asked again.
GRANT_TIMEOUT = (3.05, 8.0)
ASK_TIMEOUT = (2.0, 3.0)
METADATA_TTL_SECONDS = 3600.0
METADATA_RETRY_SECONDS = 10.0  # how soon to ask again when what is known is old and the issuer did not answer
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
T = TypeVar("T")


@dataclass(frozen=True)
class LoginAttempt:
    """What the portal must remember, unseen, until the browser comes back (RFC 9700 §2.1)."""

    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(frozen=True)
class SignIn:
    """A finished login: verified tokens and their claims."""

    tokens: Tokens
    id_claims: dict[str, Any] = field(repr=False)
    access_claims: dict[str, Any] = field(repr=False)


class OidcClient:
    """One issuer and our registration there. Thread-safe; no request is made until something is asked."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        audience: str,
        scopes: tuple[str, ...],
        preset: Preset = PRESETS["platform"],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._scopes = scopes
        self._preset = preset
        self.grant_timeout = GRANT_TIMEOUT
        self.ask_timeout = ASK_TIMEOUT
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] | None = None
        self._metadata_until = 0.0
        self._http = requests.Session()
        self._http.trust_env = not self._is_local
        self.tokens = TokenVerifier(
            SigningKeys(lambda: self._get_json(self.endpoint("jwks_uri")), clock=clock),
            issuer=issuer,
            client_id=client_id,
            audience=audience,
        )

    @property
    def provider(self) -> str:
        """A short name for metrics: the issuer's host."""
        return urlsplit(self.issuer).hostname or "unknown"

    @property
    def _is_local(self) -> bool:
        host = urlsplit(self.issuer).hostname or ""
        return host in _LOOPBACK or host.endswith(".localhost")

    def close(self) -> None:
        self._http.close()

    # -- discovery ---------------------------------------------------------------------------------------------

    def metadata(self) -> dict[str, Any]:
        """The issuer's discovery document. Raises IssuerUnavailable, or OidcError when it speaks for another issuer."""
        with self._lock:
            known = self._metadata
            if known is not None and self._clock() < self._metadata_until:
                return known
        try:
            document = self._get_json(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            # OpenID Connect Discovery §4.3: exactly equal, or another's endpoints would get our codes.
            if document.get("issuer") != self.issuer:
                raise OidcError("issuer_mismatch", f"discovery says {document.get('issuer')!r}")
        except OidcError:
            if known is None:
                raise
            with self._lock:
                self._metadata_until = self._clock() + METADATA_RETRY_SECONDS
            return known
        with self._lock:
            self._metadata, self._metadata_until = document, self._clock() + METADATA_TTL_SECONDS
        return document

    def endpoint(self, name: str) -> str:
        """A required endpoint of the discovery document."""
        value = self.metadata().get(name)
        if not isinstance(value, str):
            raise IssuerUnavailable(detail=f"discovery has no {name}")
        return value

    # -- the code flow -----------------------------------------------------------------------------------------

    def begin(self, ui_locales: str) -> tuple[str, LoginAttempt]:
        """Where to send the browser, asking for its form in ``ui_locales``, and what to remember."""
        attempt = LoginAttempt(secrets.token_urlsafe(32), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        supported = self.metadata().get("scopes_supported")
        scopes = [s for s in self._scopes if s == "openid" or not isinstance(supported, list) or s in supported]
        with self._oauth(code_challenge_method="S256") as oauth:
            url, _ = oauth.create_authorization_url(
                self.endpoint("authorization_endpoint"),
                state=attempt.state,
                code_verifier=attempt.code_verifier,
                nonce=attempt.nonce,
                scope=" ".join(scopes),
                response_type="code",
                ui_locales=ui_locales,
                **self._preset.authorize,
            )
        return url, attempt

    def finish(
        self, answer: Mapping[str, str], attempt: LoginAttempt, headers: Mapping[str, str] | None = None
    ) -> SignIn:
        """Exchange the code of an authorization response. ``answer`` is the callback's query.

        Raises ResponseInvalid, GrantRefused, RateLimited, IssuerUnavailable, TokenInvalid, or OidcError with the
        issuer's own error code.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise ResponseInvalid()  # before anything else in the answer is believed
        self._check_response_issuer(answer)
        if "error" in answer:
            raise OidcError(answer["error"], answer.get("error_description", ""))
        if not answer.get("code"):
            raise ResponseInvalid("invalid_request", "no code")
        with self._oauth() as oauth:
            raw = self._call(
                lambda: oauth.fetch_token(
                    self.endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=attempt.code_verifier,
                    headers={"Accept": "application/json", **(headers or {})},
                    timeout=self.grant_timeout,
                    allow_redirects=False,
                )
            )
        tokens = tokens_of(raw)
        if tokens.id_token is None:
            raise IssuerUnavailable(detail="no id_token in the token response")
        id_claims = self.tokens.id_token(tokens.id_token, attempt.nonce)
        tokens = self._as_borne(tokens)
        access_claims = self.tokens.access_token(tokens.access_token)
        if access_claims["sub"] != id_claims["sub"]:
            raise OidcError("token_invalid", "ID token and access token speak of different people")
        return SignIn(tokens, id_claims, access_claims)

    def _check_response_issuer(self, answer: Mapping[str, str]) -> None:
        """RFC 9207 §2.4: refuses an answer that another issuer mixed in."""
        stated = answer.get("iss")
        required = self.metadata().get("authorization_response_iss_parameter_supported") is True
        if (stated is None and required) or (stated is not None and stated != self.issuer):
            raise ResponseInvalid("iss_mismatch")

    # -- later -------------------------------------------------------------------------------------------------

    def refresh(self, refresh_token: str, headers: Mapping[str, str] | None = None) -> Tokens:
        """New tokens, *not yet verified*: the old refresh token is spent by now, so the new one must be kept even when
        the issuer's keys cannot be had. Raises GrantRefused, RateLimited, IssuerUnavailable or OidcError."""
        with self._oauth() as oauth:
            raw = self._call(
                lambda: oauth.refresh_token(
                    self.endpoint("token_endpoint"),
                    refresh_token=refresh_token,
                    headers={"Accept": "application/json", **(headers or {})},
                    timeout=self.grant_timeout,
                    allow_redirects=False,
                )
            )
        return self._as_borne(tokens_of(raw))

    def own_token(self, scope: str) -> str:
        """An access token of the portal itself, for nobody (RFC 6749 §4.4), *not verified*: only the platform reads it.
        Raises RateLimited, IssuerUnavailable, or OidcError where the issuer gives none."""
        with self._oauth(scope=scope) as oauth:
            raw = self._call(
                lambda: oauth.fetch_token(
                    self.endpoint("token_endpoint"),
                    grant_type="client_credentials",
                    scope=scope,
                    headers={"Accept": "application/json"},
                    timeout=self.grant_timeout,
                    allow_redirects=False,
                )
            )
        return tokens_of(raw).access_token

    def revoke(self, refresh_token: str) -> None:
        """RFC 7009: end the family of ``refresh_token``. Does nothing where the issuer has no such endpoint."""
        endpoint = self.metadata().get("revocation_endpoint")
        if not isinstance(endpoint, str):
            return
        self._post_as_client(endpoint, {"token": refresh_token, "token_type_hint": "refresh_token"})

    def still_active(self, refresh_token: str) -> bool | None:
        """RFC 7662: whether the session behind ``refresh_token`` stands; None where the issuer does not tell."""
        endpoint = self.metadata().get("introspection_endpoint")
        if not isinstance(endpoint, str):
            return None
        response = self._post_as_client(endpoint, {"token": refresh_token, "token_type_hint": "refresh_token"})
        try:
            active = response.json().get("active")
        except (ValueError, AttributeError):
            active = None
        if not isinstance(active, bool):
            raise IssuerUnavailable(detail="introspection without active")
        return active

    def end_session_url(self, id_token: str | None, post_logout_redirect_uri: str, state: str) -> str | None:
        """Where the browser ends the issuer's own session (OpenID Connect RP-Initiated Logout 1.0); None: nowhere."""
        endpoint = self.metadata().get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        query = {"client_id": self.client_id, "post_logout_redirect_uri": post_logout_redirect_uri, "state": state}
        if id_token:
            query["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def _as_borne(self, tokens: Tokens) -> Tokens:
        """With the token that speaks to the platform where the access token stands: some issuers' are opaque."""
        if self._preset.bearer == "access_token":
            return tokens
        if tokens.id_token is None:
            raise IssuerUnavailable(detail="no id_token in the token response")
        return Tokens(tokens.id_token, tokens.refresh_token, None)

    # -- wire --------------------------------------------------------------------------------------------------

    def _oauth(self, **options: Any) -> Any:
        """One OAuth2Session per call: it keeps the last token on itself, so sharing one would mix people up."""
        session = OAuth2Session(
            self.client_id,
            self._client_secret,
            redirect_uri=self._redirect_uri,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the name of a method
            **options,
        )
        session.trust_env = not self._is_local
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, checked)
        return session

    def _call(self, exchange: Callable[[], T]) -> T:
        try:
            return exchange()
        except OidcError:
            raise
        except requests.RequestException as error:
            raise IssuerUnavailable(detail=type(error).__name__) from None
        except (AuthlibBaseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IssuerUnavailable(detail=f"token response: {type(error).__name__}") from None

    def _get_json(self, url: str) -> dict[str, Any]:
        try:
            response = self._http.get(
                url, timeout=self.ask_timeout, headers={"Accept": "application/json"}, stream=True
            )
        except requests.RequestException as error:
            raise IssuerUnavailable(detail=f"{url}: {type(error).__name__}") from None
        with response:
            return object_in(response, url)

    def _post_as_client(self, url: str, form: Mapping[str, str]) -> requests.Response:
        try:
            response = self._http.post(
                url,
                data=form,
                auth=(self.client_id, self._client_secret),
                timeout=self.ask_timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise IssuerUnavailable(detail=type(error).__name__) from None
        if response.status_code != 200:
            raise IssuerUnavailable(detail=f"{urlsplit(url).path}: {response.status_code}")
        return response
