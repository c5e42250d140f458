"""Verifying tokens, and reading who somebody is out of an access token."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from portal.clients.oidc_errors import TokenInvalid
from portal.clients.oidc_keys import ALGORITHM, SigningKeys
from portal.presets import CUSTOMER_ROLES, INTERNAL_ROLES, Reading

LEEWAY_SECONDS = 30
BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Identity:
    """Who an access token speaks of. ``roles`` are only those the portal knows and that fit ``user_type``."""

    user_id: str
    tenant_id: str | None
    user_type: str
    roles: frozenset[str]
    name: str
    email: str
    locale: str | None


@dataclass(frozen=True)
class LogoutNotice:
    """A verified back-channel logout token: one of ``sid`` and ``sub`` is always there."""

    jti: str
    sid: str | None
    sub: str | None


class TokenVerifier:
    """Signature by the issuer's keys, RS256 only; ``iss``, ``aud``, ``exp``, ``iat`` always."""

    def __init__(self, keys: SigningKeys, *, issuer: str, client_id: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id
        self._audience = audience

    def id_token(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of the ID token that answers ``nonce`` (OpenID Connect Core §3.1.3.7)."""
        claims = self._decode(token, self._client_id, ("exp", "iat", "sub", "nonce"))
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        authorized = claims.get("azp")
        if (len(audiences) > 1 or authorized is not None) and authorized != self._client_id:
            raise TokenInvalid(detail="azp")
        if not secrets.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise TokenInvalid("nonce_mismatch")
        return claims

    def access_token(self, token: str) -> dict[str, Any]:
        """The claims of a platform access token: a JWT for our audience."""
        return self._decode(token, self._audience, ("exp", "iat", "sub"))

    def logout_token(self, token: str) -> LogoutNotice:
        """OpenID Connect Back-Channel Logout 1.0 §2.6. Whether its ``jti`` is new is the caller's to know."""
        claims = self._decode(token, self._client_id, ("iat", "jti", "events"))
        events = claims["events"]
        sid, sub = claims.get("sid"), claims.get("sub")
        if "nonce" in claims or not isinstance(events, dict) or not isinstance(events.get(BACKCHANNEL_EVENT), dict):
            raise TokenInvalid(detail="not a logout token")
        if not (isinstance(sid, str) or isinstance(sub, str)):
            raise TokenInvalid(detail="neither sid nor sub")
        return LogoutNotice(str(claims["jti"]), sid, sub)

    def _decode(self, token: str, audience: str, required: Iterable[str]) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys.key_for(token),
                algorithms=[ALGORITHM],
                audience=audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "aud", *required], "verify_iat": True},
            )
        except jwt.PyJWTError as error:
            raise TokenInvalid(detail=f"{type(error).__name__}: {error}") from None
        return claims


def identity_of(claims: Mapping[str, Any], reading: Reading, *, name: str = "", email: str = "") -> Identity:
    """Read an access token's claims. ``name`` and ``email`` (from the ID token) serve where it has none.

    Keycloak puts roles into the access token only, so nothing here looks at the ID token for them.
    """
    found = reading.roles(claims)
    stated = claims.get("userType")
    # A token that names its kind is held to it: a customer with a role called "tam" is no technical account manager.
    customer = found & CUSTOMER_ROLES if stated in (None, "customer") else frozenset()
    internal = found & INTERNAL_ROLES if stated in (None, "internal") else frozenset()
    tenant = claims.get("accountId") or claims.get("tenant_id")
    return Identity(
        user_id=str(claims["sub"]),
        tenant_id=tenant if isinstance(tenant, str) and not internal else None,
        user_type="internal" if internal or stated == "internal" else "customer",
        roles=internal or customer,
        name=_text(claims.get("name")) or name or _text(claims.get("email")) or email,
        email=_text(claims.get("email")) or email,
        locale=_text(claims.get("locale")) or None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
