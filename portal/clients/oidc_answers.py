"""What an issuer's answers mean: sorted into success, refusal, too many and trouble before anybody believes them.

Only a refusal in the protocol's own words ends a session. A proxy's error page, half an answer or another document than
was asked for is trouble, and trouble passes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from portal.clients.oidc_errors import GrantRefused, IssuerUnavailable, OidcError, RateLimited

DEFAULT_RETRY_AFTER_SECONDS = 30
LONGEST_RETRY_AFTER_SECONDS = 3600
LARGEST_ANSWER_BYTES = 1_048_576


@dataclass(frozen=True)
class Tokens:
    """What a token response gave. ``id_token`` may be missing after a refresh, ``refresh_token`` if none is issued."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


def checked(response: requests.Response) -> requests.Response:
    """Sort a token response into success, refusal, too many and trouble, before Authlib parses it."""
    status = response.status_code
    if status == 429:
        raise RateLimited(retry_after=retry_after_seconds(response.headers.get("Retry-After")))
    if status >= 500 or 300 <= status < 400:
        raise IssuerUnavailable(
            detail=f"token endpoint: {status}", retry_after=retry_after_seconds(response.headers.get("Retry-After"), 2)
        )
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        if status == 400 and not response.content:
            raise GrantRefused()  # some issuers refuse with an empty body
        raise IssuerUnavailable(detail=f"token endpoint: {status} and no object", retry_after=2)
    error = body.get("error")
    if error == GrantRefused.code:
        raise GrantRefused(detail=str(body.get("error_description", "")))
    if status >= 400 or error:
        # A wrong client secret, or a path that is gone, is our mistake or theirs, and not the end of a session.
        raise OidcError(error if isinstance(error, str) else None, str(body.get("error_description", status)))
    return response


def object_in(response: requests.Response, url: str) -> dict[str, Any]:
    """The JSON object of a streamed answer, a mebibyte at most. Raises IssuerUnavailable."""
    try:
        response.raise_for_status()
        content = b""
        for piece in response.iter_content(65_536):
            content += piece
            if len(content) > LARGEST_ANSWER_BYTES:
                raise IssuerUnavailable(detail=f"{url}: too large")
        document = json.loads(content)
    except (requests.RequestException, ValueError, RecursionError) as error:
        raise IssuerUnavailable(detail=f"{url}: {type(error).__name__}") from None
    if not isinstance(document, dict):
        raise IssuerUnavailable(detail=f"{url}: not an object")
    return document


def retry_after_seconds(value: str | None, default: int = DEFAULT_RETRY_AFTER_SECONDS) -> int:
    """``Retry-After`` (RFC 9110 §10.2.3: seconds or a date) as 1–3600 seconds."""
    seconds = default
    if value and value.strip().isascii() and value.strip().isdigit():
        seconds = int(value)
    elif value:
        try:
            seconds = int(parsedate_to_datetime(value).timestamp() - time.time())
        except (ValueError, TypeError):
            seconds = default
    return max(1, min(seconds, LONGEST_RETRY_AFTER_SECONDS))


def tokens_of(raw: Mapping[str, Any]) -> Tokens:
    access = raw.get("access_token")
    refresh, id_token = raw.get("refresh_token"), raw.get("id_token")
    if not isinstance(access, str) or str(raw.get("token_type", "")).lower() != "bearer":
        raise IssuerUnavailable(detail="no bearer token in the token response")
    return Tokens(
        access, refresh if isinstance(refresh, str) else None, id_token if isinstance(id_token, str) else None
    )
