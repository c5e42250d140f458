"""Relying parties: registering them, and the face they show to Authlib."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from authlib.oauth2.rfc6749 import ClientMixin, scope_to_list
from werkzeug.datastructures import Authorization

from gateway.identity.policy import ALGORITHM, REVISIONS_SCOPE, SCOPES
from gateway.identity.sealing import digest
from gateway.setting_values import LOCAL_HOSTS
from gateway.store.connections import Connection
from gateway.store.identity import clients as store
from gateway.store.identity.clients import ClientRow

SHORTEST_SECRET = 12


def register_client(
    conn: Connection,
    client_id: str,
    client_secret: str,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str] = (),
    backchannel_logout_uri: str | None = None,
    *,
    name: str | None = None,
    scopes: Sequence[str] = SCOPES,
) -> None:
    """Register a confidential client, or bring a registered one up to date; the caller commits.

    URIs are compared exactly, later, so they are checked here: https (http for localhost only), no fragment, no user.
    Raises ValueError with the field's name.
    """
    if not client_id or not client_id.isascii() or not client_id.isprintable() or " " in client_id:
        raise ValueError("client_id: printable ASCII without spaces is needed")
    if len(client_secret) < SHORTEST_SECRET:
        raise ValueError(f"client_secret: at least {SHORTEST_SECRET} characters are needed")
    if not redirect_uris:
        raise ValueError("redirect_uris: at least one is needed")
    for field, uris in (
        ("redirect_uris", redirect_uris),
        ("post_logout_redirect_uris", post_logout_redirect_uris),
        ("backchannel_logout_uri", [backchannel_logout_uri] if backchannel_logout_uri else []),
    ):
        for uri in uris:
            if not _acceptable(uri):
                raise ValueError(f"{field}: {uri!r} is not an https URL (http is for localhost only)")
    if unknown := set(scopes) - {*SCOPES, REVISIONS_SCOPE}:
        raise ValueError(f"scopes: unknown {', '.join(sorted(unknown))}")
    store.save_client(
        conn,
        client_id=client_id,
        name=name or client_id,
        secret_hash=digest(client_secret),
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=post_logout_redirect_uris,
        backchannel_logout_uri=backchannel_logout_uri,
        scopes=scopes,
    )


def _acceptable(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 — a malformed port raises here
    except ValueError:
        return False
    local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    # Spaces, semicolons and commas would end up in a Content-Security-Policy header and change its meaning.
    if not uri.isascii() or not uri.isprintable() or any(sign in parts.netloc for sign in " ;,'\"\\"):
        return False
    return bool((parts.scheme == "https" or local) and parts.hostname and not parts.fragment and not parts.username)


class Client(ClientMixin):  # type: ignore[misc]
    """A registered client as Authlib's grants want to see it."""

    def __init__(self, row: ClientRow) -> None:
        self.row = row
        self.client_id = row.client_id
        self.client_metadata = {"post_logout_redirect_uris": list(row.post_logout_redirect_uris)}
        self.id_token_signed_response_alg = ALGORITHM

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        # None: a request must always name its redirect_uri (OpenID Connect Core §3.1.2.1).
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        """Of what was asked for in somebody's name, that which this client may have in anybody's."""
        asked = dict.fromkeys(scope_to_list(scope or "") or [])
        return " ".join(name for name in asked if name in self.row.scopes and name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.row.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.row.secret_hash, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        for_itself = grant_type == "client_credentials" and REVISIONS_SCOPE in self.row.scopes
        return for_itself or grant_type in ("authorization_code", "refresh_token")

    @property
    def origins(self) -> list[str]:
        """Origins that a finished sign-in may redirect to."""
        return sorted({origin_of(uri) for uri in self.row.redirect_uris})

    def __repr__(self) -> str:
        return f"<Client {self.client_id}>"


def authenticate_basic(query_client: Callable[[str], Client | None], oauth_request: Any) -> Client | None:
    """``client_secret_basic``. Authlib's own fails with an exception on credentials that are not UTF-8.

    RFC 6749 §2.3.1 wants both parts form-encoded, which few clients do: either form is accepted.
    """
    given = Authorization.from_header(oauth_request.headers.get("Authorization"))
    if given is None or given.type != "basic" or not given.username or not given.password:
        return None
    for client_id, secret in (
        (given.username, given.password),
        (unquote_plus(given.username), unquote_plus(given.password)),
    ):
        client = query_client(client_id)
        if client is not None and client.check_client_secret(secret):
            return client
    return None


def origin_of(uri: str) -> str:
    """Scheme, host and port of a URI."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
