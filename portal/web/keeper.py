"""What a request's session is worth: found, refreshed when due, refused when it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from flask import Request

from portal.clients.oidc import OidcClient
from portal.clients.oidc_answers import Tokens
from portal.clients.oidc_errors import GrantRefused, IssuerUnavailable, OidcError, SigningKeyUnknown, TokenInvalid
from portal.domain.account import Profile
from portal.web.coordination import HostCoordination, StillBusy
from portal.web.session import Session, SessionCookies
from portal.web.standing import StandingCheck

# Names the last change that this browser made to the profile, so that every process asks the platform for it again.
PROFILE_MARK_COOKIE = "__profile"
_LONGEST_MARK = 32
REFRESH_BEFORE_SECONDS = 30.0
RETRY_AFTER_SECONDS = 3
_log = structlog.get_logger("portal.session")


@dataclass(frozen=True)
class NotSignedIn:
    """There is no session; ``reason`` says why when there was one, for the sign-in page."""

    reason: Literal["session_expired"] | None = None


@dataclass(frozen=True)
class SignedIn:
    """A session to answer with. ``changed``: its cookies must be written."""

    session: Session
    changed: bool = False
    profile: Profile | None = None


@dataclass(frozen=True)
class TryLater:
    """The session may be good, but it cannot be refreshed right now. Its cookies stay as they are."""

    retry_after: int


class SessionKeeper:
    """Decides about one request at a time; knows no responses."""

    def __init__(
        self,
        *,
        oidc: OidcClient,
        cookies: SessionCookies,
        coordination: HostCoordination,
        standing: StandingCheck,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._oidc = oidc
        self._cookies = cookies
        self._coordination = coordination
        self._standing = standing
        self._clock = clock

    def look_at(self, request: Request) -> NotSignedIn | SignedIn | TryLater:
        """The worth of the session that ``request`` carries."""
        session = self._cookies.load(request)
        if session is None:
            return NotSignedIn("session_expired" if self._cookies.present(request) else None)
        if self.has_ended(session):
            return NotSignedIn("session_expired")
        changed = False
        if session.expires_at - self._clock() < REFRESH_BEFORE_SECONDS:
            outcome = self._refresh(session)
            if isinstance(outcome, TryLater) and session.expires_at <= self._clock():
                return outcome
            if outcome is None:
                return NotSignedIn("session_expired")
            if isinstance(outcome, Session):
                session, changed = outcome, True
        mark = request.cookies.get(PROFILE_MARK_COOKIE, "")[:_LONGEST_MARK]
        standing = self._standing.of(session, mark)
        if standing.stands is False:
            # The platform may only have lost patience with this token: a new one settles it. A copied cookie of an
            # ended session gets none, since sign-out revoked its refresh token.
            outcome = self._refresh(session) if not changed else None
            if isinstance(outcome, TryLater):
                return outcome
            if outcome is None or (standing := self._standing.of(outcome, mark)).stands is False:
                return NotSignedIn("session_expired")
            session, changed = outcome, True
        return SignedIn(session, changed, standing.profile)

    def has_ended(self, session: Session) -> bool:
        """Whether it is known that the session was signed out, here or by the issuer; on which machines, the
        coordination says."""
        *itself, everywhere = self._coordination.ended(session.names)
        if any(moment is not None for moment in itself):
            return True
        return everywhere is not None and session.started_at <= everywhere

    def end(self, session: Session) -> None:
        """Sign out: remembered here, revoked at the issuer. An issuer that is away does not keep anyone signed in."""
        self._coordination.mark_ended(*session.names[:-1])
        self._standing.forget(session)
        if session.refresh_token is None:
            return
        try:
            self._oidc.revoke(session.refresh_token)
        except OidcError as error:
            _log.warning("revocation_failed", error=error.code, detail=error.detail)

    def last_known(self, session: Session) -> Profile | None:
        """The person's profile as it was known last, without asking for it."""
        return self._standing.last_known(session)

    def forget_standing(self, session: Session) -> None:
        self._standing.forget(session)

    def _refresh(self, session: Session) -> Session | TryLater | None:
        """The session with new tokens; None when the issuer refuses for good."""
        token = session.refresh_token
        if token is None:
            return None

        def act() -> dict[str, str | None]:
            tokens = self._oidc.refresh(token)
            return {"at": tokens.access_token, "rt": tokens.refresh_token, "it": tokens.id_token}

        try:
            found = self._coordination.once(token, act)
            claims = self._verified(token, found["at"])
            if claims["sub"] != session.subject:
                raise TokenInvalid(detail="refresh answered for somebody else")
        except SigningKeyUnknown:
            return TryLater(RETRY_AFTER_SECONDS)  # keys were just rotated; they are fetched again in a moment
        except (GrantRefused, TokenInvalid) as error:
            _log.info("refresh_refused", error=error.code, detail=error.detail)
            return None
        except StillBusy:
            return TryLater(RETRY_AFTER_SECONDS)
        except OidcError as error:
            _log.warning("refresh_failed", error=error.code, detail=error.detail)
            return TryLater(error.retry_after or RETRY_AFTER_SECONDS)
        return session.refreshed(Tokens(found["at"], found["rt"], found["it"]))

    def _verified(self, refresh_token: str, access_token: str) -> dict[str, Any]:
        """The claims of a new access token. While the issuer's keys cannot be had, the new tokens are kept for longer:
        the old refresh token is spent, and asking with it again would end the session."""
        try:
            return self._oidc.tokens.access_token(access_token)
        except (SigningKeyUnknown, IssuerUnavailable):
            self._coordination.prolong(refresh_token)
            raise
