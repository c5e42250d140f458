"""The issuer's signing keys, cached for 300 s; an unknown ``kid`` fetches them once, every 10 s at most.

A list that cannot be had, or in which there is no usable key, takes nobody's key away: what was good a moment ago is
good for one period more. After a failure nobody asks again for some seconds, so requests do not queue behind an issuer
that hangs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt

from portal.clients.oidc_errors import IssuerUnavailable, SigningKeyUnknown, TokenInvalid

ALGORITHM = "RS256"
KEYS_TTL_SECONDS = 300.0
UNKNOWN_KID_COOL_DOWN_SECONDS = 10.0
FAILURE_COOL_DOWN_SECONDS = 2.0


class SigningKeys:
    """RSA signature keys by ``kid``. Anyone can send a token with a made-up kid, hence the cool-down."""

    def __init__(self, fetch: Callable[[], Mapping[str, Any]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._missed_at: float | None = None
        self._failed_at: float | None = None

    def key_for(self, token: str) -> jwt.PyJWK:
        """The key that ``token`` says it is signed with. Raises TokenInvalid, IssuerUnavailable."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise TokenInvalid(detail=str(error)) from None
        # Pinned here and again when decoding: what the issuer advertises never widens it.
        if header.get("alg") != ALGORITHM:
            raise TokenInvalid(detail=f"algorithm {header.get('alg')!r}")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise TokenInvalid(detail="no kid")
        with self._lock:
            now = self._clock()
            if self._fetched_at is None or now - self._fetched_at > KEYS_TTL_SECONDS:
                self._refetch(now)
            elif kid not in self._keys and self._may_look_for_more(now) and self._refetch(now):
                self._missed_at = now
            key = self._keys.get(kid)
        if key is None:
            raise SigningKeyUnknown(detail="unknown kid")
        return key

    def _may_look_for_more(self, now: float) -> bool:
        return self._missed_at is None or now - self._missed_at > UNKNOWN_KID_COOL_DOWN_SECONDS

    def _refetch(self, now: float) -> bool:
        """Whether the issuer's list was had; if not, known keys serve on, or IssuerUnavailable is raised."""
        known = self._fetched_at is not None and now - self._fetched_at <= 2 * KEYS_TTL_SECONDS
        if self._failed_at is not None and now - self._failed_at < FAILURE_COOL_DOWN_SECONDS:
            if known:
                return False
            raise IssuerUnavailable(detail="keys: failed a moment ago")
        try:
            found = _usable(self._fetch())
            if not found:
                raise IssuerUnavailable(detail="keys: none that can be used")
        except IssuerUnavailable:
            self._failed_at = self._clock()
            if known:
                return False
            raise
        self._keys, self._fetched_at, self._failed_at = found, now, None
        return True


def _usable(document: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """RSA signature keys by ``kid``; whatever else stands there is passed over."""
    listed = document.get("keys")
    found: dict[str, jwt.PyJWK] = {}
    for entry in listed if isinstance(listed, list) else ():
        usable = (
            isinstance(entry, dict)
            and entry.get("kty") == "RSA"
            and entry.get("use", "sig") == "sig"
            and entry.get("alg", ALGORITHM) == ALGORITHM
            and isinstance(entry.get("kid"), str)
        )
        if not usable:
            continue
        try:
            found[entry["kid"]] = jwt.PyJWK(entry, algorithm=ALGORITHM)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
    return found
