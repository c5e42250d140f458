"""The authorization endpoint's decisions: is the request ours, is a password needed, where does the answer go."""

from __future__ import annotations

import time
from dataclasses import dataclass

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Response
from werkzeug.datastructures import Headers, MultiDict

from gateway.identity.clients import Client, origin_of
from gateway.identity.grants import SignedIn
from gateway.identity.provider import ProtocolRequest, Provider

AUTHORIZE_PATH = "/v1/auth/oidc/authorize"
TRANSACTION = "sign-in"
Pairs = list[tuple[str, str]]


class RequestInvalid(Exception):
    """The client or its redirect URI is not known: whoever sent this gets a page, never a redirect."""


@dataclass(frozen=True)
class SignInNeeded:
    """A valid request that waits for somebody to sign in."""

    client: Client
    redirect_uri: str
    login_hint: str
    ui_locales: str

    @property
    def goes_to(self) -> str:
        return origin_of(self.redirect_uri)


def authorize(
    provider: Provider, pairs: Pairs, who: SignedIn | None, *, fresh: bool = False
) -> Response | SignInNeeded:
    """Answer an authorization request: a redirect to the client with a code or an error, or SignInNeeded.

    ``fresh`` says that ``who`` has just entered their password for this very request, which satisfies ``prompt=login``
    and ``max_age``. Raises RequestInvalid.
    """
    values = MultiDict(pairs)
    if who is not None and not fresh and _wants_sign_in(values, who):
        who = None
    protocol = ProtocolRequest("GET", provider.policy.url(AUTHORIZE_PATH), Headers(), values)
    try:
        grant = provider.server.get_consent_grant(protocol, end_user=who)
    except OAuth2Error as error:
        return _refuse(provider, error, values)
    except ValueError:
        # Authlib repeats some of the input in its messages and fails on characters that RFC 6749 forbids there.
        raise RequestInvalid from None
    if who is None:
        return SignInNeeded(
            client=protocol.client,
            redirect_uri=grant.redirect_uri,
            login_hint=values.get("login_hint", ""),
            ui_locales=values.get("ui_locales", ""),
        )
    response: Response = provider.server.create_authorization_response(protocol, grant_user=who, grant=grant)
    response.headers["Cache-Control"] = "no-store"
    return response


def seal(provider: Provider, pairs: Pairs) -> str:
    """The request as a token that the login page carries: it cannot be changed on the way, and it expires."""
    return provider.policy.sealer.seal_token(TRANSACTION, pairs, provider.policy.sign_in_seconds)


@dataclass(frozen=True)
class Transaction:
    pairs: Pairs
    expired: bool

    def start_again(self) -> str:
        """The client's own address: the request was checked before it was sealed, so its redirect URI is registered."""
        return origin_of(MultiDict(self.pairs).get("redirect_uri", "")) + "/"


def open_transaction(provider: Provider, token: str) -> Transaction:
    """The request behind a login page's token. Raises RequestInvalid for a token that is not ours."""
    opened = provider.policy.sealer.open_token(TRANSACTION, token)
    if opened is None:
        raise RequestInvalid
    return Transaction([(name, value) for name, value in opened.value], opened.expired)


def _wants_sign_in(values: MultiDict[str, str], who: SignedIn) -> bool:
    prompts = values.get("prompt", "").split()
    if "login" in prompts or "select_account" in prompts:
        return True
    max_age = values.get("max_age", "")
    if not (max_age.isascii() and max_age.isdigit()):
        return False
    return time.time() - who.session.auth_time.timestamp() > int(max_age[:9])


def _refuse(provider: Provider, error: OAuth2Error, values: MultiDict[str, str]) -> Response:
    """Report an error to the client, at a redirect URI that was checked. Raises RequestInvalid when there is none."""
    if not error.redirect_uri:
        raise RequestInvalid
    # Authlib adds the issuer (RFC 9207) to successes only.
    parameters = [*error.get_body(), ("iss", provider.policy.issuer)]
    if values.get("state") and "state" not in dict(parameters):
        parameters.append(("state", values["state"]))
    response = Response(status=302)
    response.headers["Location"] = add_params_to_uri(error.redirect_uri, parameters)
    response.headers["Cache-Control"] = "no-store"
    return response
