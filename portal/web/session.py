"""The session: two sealed cookies and nothing on the server.

``__Host-session`` holds the access token, ``__Host-refresh`` the refresh and ID tokens: together they would pass the
4,096 bytes a browser keeps. Both are Strict, so another site can cause no request that carries them. The token against
forged requests (portal/web/csrf.py) comes and goes with them.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Request, Response

from portal.clients.oidc import SignIn
from portal.clients.oidc_answers import Tokens
from portal.clients.oidc_tokens import Identity, identity_of
from portal.domain.actor import Actor
from portal.presets import Reading
from portal.web.csrf import CsrfTokens
from portal.web.sealing import CookieTooLarge, Sealer

SESSION_COOKIE = "__Host-session"
REFRESH_COOKIE = "__Host-refresh"
PREVIEW_COOKIE = "__Host-preview"
# Where a request's session stays for those who ask next: no header of a request gets a name like this (PEP 3333).
_OPENED = "portal.session"


@dataclass(frozen=True)
class Session:
    """A signed-in browser. ``session_id`` is ours, ``sid`` the issuer's; ``started_at`` is in epoch seconds."""

    session_id: str
    started_at: int
    sid: str | None
    access_token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)
    name: str = field(repr=False)
    email: str = field(repr=False)

    @property
    def subject(self) -> str:
        return str(self.claims["sub"])

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called where it is said to have ended; last by the person, of whom all earlier ones end."""
        own = (f"id:{self.session_id}", *((f"sid:{self.sid}",) if self.sid else ()))
        return (*own, f"sub:{self.subject}")

    @property
    def expires_at(self) -> float:
        """When the access token expires, in epoch seconds."""
        return float(self.claims["exp"])

    def identity(self, reading: Reading) -> Identity:
        return identity_of(self.claims, reading, name=self.name, email=self.email)

    def actor(self, reading: Reading) -> Actor:
        """Who this is, as the access token says."""
        found = self.identity(reading)
        return Actor(
            user_id=found.user_id,
            tenant_id=found.tenant_id,
            user_type="internal" if found.user_type == "internal" else "customer",
            roles=found.roles,
            name=found.name,
            email=found.email,
            token=self.access_token,
        )

    def refreshed(self, tokens: Tokens) -> Session:
        """This session with newer tokens; what the issuer did not repeat stays."""
        return replace(
            self,
            access_token=tokens.access_token,
            claims=unverified_claims(tokens.access_token),
            refresh_token=tokens.refresh_token or self.refresh_token,
            id_token=tokens.id_token or self.id_token,
        )


def started(session_id: str, sign_in: SignIn) -> Session:
    """The session of a finished login."""
    sid = sign_in.id_claims.get("sid") or sign_in.access_claims.get("sid")
    return Session(
        session_id=session_id,
        started_at=int(time.time()),
        sid=sid if isinstance(sid, str) else None,
        access_token=sign_in.tokens.access_token,
        claims=sign_in.access_claims,
        refresh_token=sign_in.tokens.refresh_token,
        id_token=sign_in.tokens.id_token,
        name=str(sign_in.id_claims.get("name") or ""),
        email=str(sign_in.id_claims.get("email") or ""),
    )


def unverified_claims(token: str) -> dict[str, Any]:
    """The claims of a token whose signature was verified before it was sealed. Raises ValueError."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("claims are not an object")
    return claims


class SessionCookies:
    """Reads sessions from requests and writes them to responses. Written at sign-in and refresh only."""

    def __init__(self, sealer: Sealer, *, seconds: int, csrf: CsrfTokens) -> None:
        self._sealer = sealer
        self._csrf = csrf
        self._seconds = seconds

    def present(self, request: Request) -> bool:
        """Whether the browser sent a session cookie at all, readable or not."""
        return SESSION_COOKIE in request.cookies

    def load(self, request: Request) -> Session | None:
        """The session, or None when its cookie is missing, expired or not ours. Opened once for each request."""
        known = request.environ.get(_OPENED)
        if known is None or known[0] is not self:
            known = request.environ[_OPENED] = (self, self._opened(request))
        found: Session | None = known[1]
        return found

    def _opened(self, request: Request) -> Session | None:
        main = self._sealer.open(SESSION_COOKIE, request.cookies.get(SESSION_COOKIE))
        if main is None:
            return None
        rest = self._sealer.open(REFRESH_COOKIE, request.cookies.get(REFRESH_COOKIE)) or {}
        if rest.get("id") != main.get("id"):
            rest = {}  # left over from another login in this browser
        try:
            return Session(
                session_id=main["id"],
                started_at=main["t"],
                sid=main.get("sid"),
                access_token=main["at"],
                claims=unverified_claims(main["at"]),
                refresh_token=rest.get("rt"),
                id_token=rest.get("it"),
                name=main.get("n", ""),
                email=main.get("e", ""),
            )
        except (KeyError, ValueError, IndexError, AttributeError):
            return None  # sealed by an older version of this program

    def save(self, response: Response, session: Session) -> None:
        """Set the cookies. Raises CookieTooLarge when a token alone passes what a browser keeps."""
        main = {"id": session.session_id, "t": session.started_at, "at": session.access_token}
        main |= {"sid": session.sid} if session.sid else {}
        main |= {"n": session.name, "e": session.email}
        rest = {"id": session.session_id, "rt": session.refresh_token, "it": session.id_token}
        sealed_main = self._sealer.seal(SESSION_COOKIE, main, self._seconds)
        try:
            sealed_rest = self._sealer.seal(REFRESH_COOKIE, rest, self._seconds)
        except CookieTooLarge:
            # The ID token only spares a question at sign-out; the session works without it.
            sealed_rest = self._sealer.seal(REFRESH_COOKIE, {**rest, "it": None}, self._seconds)
        for name, value in ((SESSION_COOKIE, sealed_main), (REFRESH_COOKIE, sealed_rest)):
            response.set_cookie(
                name, value, max_age=self._seconds, path="/", secure=True, httponly=True, samesite="Strict"
            )
        self._csrf.save(response, session.session_id)

    def clear(self, response: Response) -> None:
        """Have the browser forget the session."""
        for name in (SESSION_COOKIE, REFRESH_COOKIE, PREVIEW_COOKIE):
            response.set_cookie(name, "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict")
        self._csrf.clear(response)
