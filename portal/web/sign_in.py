"""``/login``, ``/auth/start`` and ``/auth/callback``."""

from __future__ import annotations

import re
import secrets
import time
from typing import cast
from urllib.parse import urlencode

import structlog
from flask import Flask, Response, redirect, request

from portal.clients.oidc import OidcClient, SignIn
from portal.clients.oidc_errors import IssuerUnavailable, OidcError, RateLimited, ResponseInvalid, SigningKeyUnknown
from portal.i18n import locale, t
from portal.settings import PortalSettings
from portal.web import telemetry
from portal.web.audience import has_access, home_of
from portal.web.html_pages import login_url, onward, page
from portal.web.keeper import SessionKeeper, SignedIn
from portal.web.login_attempts import LoginAttempts, PendingLogin
from portal.web.return_path import HOME, safe_path
from portal.web.sealing import CookieTooLarge
from portal.web.session import SessionCookies, started

# What /login can be asked to say. Anything else in the address says nothing: a link from outside must not be able to
# put words on this page.
_GOOD = ("signed_out",)
_BAD = (
    "session_expired", "state_mismatch", "access_denied", "issuer_unavailable", "issuer_error", "rate_limited",
    "code_refused", "session_too_large",
)  # fmt: skip
_LONGEST_WAIT_SECONDS = 3600
_log = structlog.get_logger("portal.sign_in")


class Admission:
    """What follows when somebody's tokens came, or did not. Each answer goes with the reason why it failed, if so."""

    def __init__(self, settings: PortalSettings, keeper: SessionKeeper, cookies: SessionCookies) -> None:
        self._settings = settings
        self._keeper = keeper
        self._cookies = cookies

    def admit(self, sign_in: SignIn, next_path: str) -> tuple[Response, str | None]:
        """Begin a session, always a new one: what the browser brought is not gone on with."""
        session = started(secrets.token_urlsafe(16), sign_in)
        actor = session.actor(self._settings.reading)
        wanted = home_of(actor) if next_path == HOME and has_access(actor) else next_path
        response = onward(wanted, t("signin.going_on"))
        try:
            self._cookies.save(response, session)
        except CookieTooLarge as error:
            _log.error("session_too_large", name=error.name, size=error.size)
            self._keeper.end(session)
            return _to(login_url("session_too_large", next_path)), "session_too_large"
        _log.info("signed_in", user=actor.user_id, tenant=actor.tenant_id, roles=sorted(actor.roles))
        return response, None

    def refused(self, error: OidcError, next_path: str) -> tuple[Response, str]:
        """Back to the sign-in page, which says why."""
        if isinstance(error, RateLimited):
            until = int(time.time()) + (error.retry_after or 1)
            return _to(login_url("rate_limited", next_path, until=until)), "rate_limited"
        reason = _reason(error)
        return _to(login_url(reason, next_path)), reason


def register(
    server: Flask,
    settings: PortalSettings,
    *,
    oidc: OidcClient,
    keeper: SessionKeeper,
    admission: Admission,
    attempts: LoginAttempts,
) -> None:
    """Add the three routes."""

    @server.get("/login")
    def login() -> Response:
        # The issuer sends people back here after signing them out, with the state we gave it.
        reason = request.args.get("reason") or ("signed_out" if request.args.get("state") == "signed_out" else "")
        next_path = safe_path(request.args.get("next"))
        if not reason:
            found = keeper.look_at(request)
            if isinstance(found, SignedIn):
                return _to(next_path)
        wait = _seconds_left(request.args.get("until")) if reason == "rate_limited" else 0
        message = ""
        if reason == "rate_limited":
            message = t("signin.reason.rate_limited", seconds=wait) if wait else ""
        elif reason in _GOOD + _BAD:
            message = t(f"signin.reason.{reason}")
        start = "/auth/start" + (f"?{urlencode({'next': next_path})}" if next_path != HOME else "")
        return page(
            "login.html",
            message=message,
            tone="good" if reason in _GOOD else "bad",
            wait=wait,
            again=login_url(None, next_path),
            start=start,
            legacy=start.replace("/auth/start", "/auth/legacy/start") if settings.legacy_handoff_url else None,
            next_path=next_path,
            here=request.full_path.rstrip("?"),
        )

    @server.get("/auth/start")
    def start() -> Response:
        next_path = safe_path(request.args.get("next"))
        # The issuer sends the browser to the public address, and cookies do not follow from one host to another.
        if request.host.lower() != settings.public_origin.partition("://")[2] and "here" not in request.args:
            return _to(f"{settings.public_url}/auth/start?{urlencode({'next': next_path, 'here': 1})}")
        try:
            url, attempt = oidc.begin(locale().tag)
        except OidcError as error:
            _log.warning("sign_in_not_started", error=error.code, detail=error.detail)
            return _to(login_url("issuer_unavailable", next_path))
        response = _to(url)
        attempts.remember(request, response, PendingLogin(attempt, next_path))
        return response

    @server.get("/auth/callback")
    def callback() -> Response:
        state = request.args.get("state", "")
        pending = attempts.find(request, state)
        with telemetry.login(oidc.provider) as measure:
            if pending is None:
                # Too late, from another browser, or a second time. Somebody already signed in just goes on.
                if isinstance(keeper.look_at(request), SignedIn):
                    measure.reason = "repeated"
                    return onward(HOME, t("signin.going_on"))
                measure.reason = "state_mismatch"
                return _to(login_url("state_mismatch"))
            response, measure.reason = _finish(pending, measure.headers)
        attempts.forget(response, state)
        return response

    def _finish(pending: PendingLogin, headers: dict[str, str]) -> tuple[Response, str | None]:
        """The answer to an authorization response, and why it failed if it did."""
        next_path = pending.next_path
        try:
            sign_in = oidc.finish(request.args, pending.attempt, headers)
        except OidcError as error:
            if not isinstance(error, RateLimited):
                _log.warning("sign_in_failed", error=_plain(error.code), detail=_plain(error.detail))
            return admission.refused(error, next_path)
        return admission.admit(sign_in, next_path)


def _reason(error: OidcError) -> str:
    if isinstance(error, ResponseInvalid):
        return "state_mismatch"
    if isinstance(error, IssuerUnavailable | SigningKeyUnknown):
        return "issuer_unavailable"
    if error.code == "invalid_grant":
        return "code_refused"
    return {"access_denied": "access_denied", "temporarily_unavailable": "issuer_unavailable"}.get(
        error.code, "issuer_error"
    )


def _seconds_left(until: str | None) -> int:
    if not until or not until.isascii() or not until.isdigit():
        return 0
    return max(0, min(int(until[:12]) - int(time.time()), _LONGEST_WAIT_SECONDS))


def _plain(text: str) -> str:
    """What another party wrote, short and in one line, for the log."""
    return re.sub(r"[^\x20-\x7e]", "?", text)[:200]


def _to(url: str) -> Response:
    return cast(Response, redirect(url, 303))
