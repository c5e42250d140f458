"""Every request passes here: who is it, may they, and did their browser mean it.

Nothing of the portal is served without a session but what is listed as open. Dash's own routes are guarded like any
other: a hidden component protects nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask, Response, g, jsonify, redirect, request

from portal.context import set_for_request
from portal.domain.account import Profile
from portal.domain.actor import Actor
from portal.i18n import t
from portal.presets import CUSTOMER_ROLES, INTERNAL_ROLES, Reading
from portal.settings import PortalSettings
from portal.web import failures, reader
from portal.web.audience import has_access, home_of, needs_tenant, of_other_audience
from portal.web.csrf import COOKIE, FIELD, CsrfTokens
from portal.web.html_pages import login_url, onward
from portal.web.keeper import PROFILE_MARK_COOKIE, RETRY_AFTER_SECONDS, NotSignedIn, SessionKeeper, SignedIn, TryLater
from portal.web.legacy_sign_in import RETURN_PATH
from portal.web.limits import Limits
from portal.web.policy import REPORT_PATH
from portal.web.preview import Previews
from portal.web.return_path import safe_path
from portal.web.session import SessionCookies
from portal.web.sign_out import BACKCHANNEL_PATH
from portal.web.sign_out import PATH as SIGN_OUT_PATH

LOGIN_HEADER = "X-Login-Location"
OPEN_PATHS = frozenset({"/login", "/health", "/ready", "/metrics", "/favicon.ico", REPORT_PATH})
OPEN_PREFIXES = ("/auth/", "/assets/", "/preferences/", "/_dash-component-suites/")
# Files; what watches over the portal; reports, which have a limit of their own; and the issuer's notices of sign-outs,
# which come in crowds from one address and are not sent twice.
UNCOUNTED_PATHS = frozenset({"/health", "/ready", "/metrics", "/favicon.ico", REPORT_PATH, BACKCHANNEL_PATH})
UNCOUNTED_PREFIXES = ("/assets/", "/auth/assets/", "/_dash-component-suites/")
# The issuer's server; the browser by itself; the former provider's page, whose form a state of our own proves.
_UNSENT_BY_PAGES = frozenset({BACKCHANNEL_PATH, REPORT_PATH, RETURN_PATH})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_open(path: str) -> bool:
    """Whether ``path`` is served to anybody."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)


def is_counted(path: str) -> bool:
    """Whether there is a limit to how often ``path`` is asked for."""
    return path not in UNCOUNTED_PATHS and not path.startswith(UNCOUNTED_PREFIXES)


def is_sign_in(path: str) -> bool:
    """Whether ``path`` is of signing in, which is counted by address even for who is signed in already."""
    return path == "/login" or (path.startswith("/auth/") and path != SIGN_OUT_PATH)


def is_data(path: str) -> bool:
    """Whether ``path`` is asked by script (Dash's routes and ours begin with an underscore), not by navigation."""
    return path.startswith("/_")


def register(
    server: Flask,
    settings: PortalSettings,
    *,
    keeper: SessionKeeper,
    cookies: SessionCookies,
    csrf: CsrfTokens,
    limits: Limits,
    previews: Previews,
) -> None:
    """Guard ``server``. Must come before anything else registers a ``before_request``."""

    @server.before_request
    def guard() -> Any:
        reader.prepare()
        if (refusal := _too_many()) is not None:
            return refusal
        if request.method not in _SAFE_METHODS and request.path not in _UNSENT_BY_PAGES:
            if not _meant(settings):
                return failures.answer(403, "cross_site", data=is_data(request.path))
            if (refusal := _unproven()) is not None:
                return refusal
        if is_open(request.path):
            return None
        found = keeper.look_at(request)
        if isinstance(found, NotSignedIn):
            return _ask_to_sign_in(found)
        if isinstance(found, TryLater):
            return failures.answer(503, "unavailable", data=is_data(request.path), retry_after=found.retry_after)
        return _admit(found)

    @server.context_processor
    def for_templates() -> dict[str, Any]:
        return {"form_fields": _form_fields}

    def _form_fields() -> Mapping[str, str]:
        """The hidden fields of a form on a page that is served to anybody."""
        if "form_fields" not in g:
            session = cookies.load(request)
            g.form_fields = {} if session is None else {FIELD: csrf.of(session.session_id)}
        return cast(Mapping[str, str], g.form_fields)

    def _too_many() -> Response | None:
        """The refusal of what is beyond a limit, before it costs anything. Nothing is looked up for it: an account that
        only the platform knows of counts as soon as it has been asked."""
        if not is_counted(request.path):
            return None
        session = None if is_sign_in(request.path) else cookies.load(request)
        if session is None or keeper.has_ended(session):
            met = limits.of_stranger(request.remote_addr or "")
        else:
            profile = keeper.last_known(session)
            met = limits.of_person(_as_known_now(session.actor(settings.reading), profile, settings.reading))
            if met is not None:
                reader.prepare(profile, session.identity(settings.reading).locale)
        if met is None:
            return None
        back = None if request.method in _SAFE_METHODS else _page_of_request(settings)
        data = is_data(request.path) or not _takes_pages()
        return met.mark(failures.answer(429, "rate_limited", data=data, retry_after=met.seconds, again=back))

    def _unproven() -> Response | None:
        """The refusal of what no page of this session sent. Without a session there is nothing to misuse, and one that
        has ended is told so."""
        session = cookies.load(request)
        if session is None or csrf.proven(request, session.session_id) or keeper.has_ended(session):
            return None
        response = failures.answer(403, "csrf", data=is_data(request.path), again=_page_of_request(settings))
        csrf.save(response, session.session_id)  # "try again" is all it takes
        return response

    def _admit(found: SignedIn) -> Any:
        session = found.session
        if settings.reading.roles_from == "platform" and found.profile is None:
            return failures.answer(503, "unavailable", data=is_data(request.path), retry_after=RETRY_AFTER_SECONDS)
        known = _as_known_now(session.actor(settings.reading), found.profile, settings.reading)
        actor = previews.seen_by(known, session, request)
        set_for_request(actor=actor, ask_opinion_at=found.profile.ask_opinion_at if found.profile else None)
        g.portal_session = found
        g.form_fields = {FIELD: csrf.of(session.session_id)}  # for every form the server draws
        reader.prepare(found.profile, session.identity(settings.reading).locale)
        if not has_access(actor):
            return failures.answer(403, "no_role", data=is_data(request.path), who=actor.name)
        if is_data(request.path):
            return None
        if request.path == "/":
            return redirect(home_of(actor), 303)
        if actor.preview_role and of_other_audience(actor, request.path):
            return redirect(home_of(actor), 303)  # its banner says why, and how to leave
        if of_other_audience(actor, request.path):
            return failures.answer(403, "other_audience", data=False, who=actor.name, home=home_of(actor))
        if needs_tenant(actor, request.path, request.args.get("tenantId", "")):
            return redirect(home_of(actor), 303)
        return None

    def _ask_to_sign_in(found: NotSignedIn) -> Response:
        if is_data(request.path):
            return _unauthenticated(_page_of_request(settings))
        if request.method == "GET" and found.reason is None and request.headers.get("Sec-Fetch-Site") == "cross-site":
            # From a mail or another site the browser withholds Strict cookies: ask again from a page of ours.
            return onward(request.full_path.rstrip("?"), t("signin.going_on"))
        next_path = safe_path(request.full_path.rstrip("?")) if request.method == "GET" else "/"
        response = cast(Response, redirect(login_url(found.reason, next_path), 303))
        if found.reason:
            cookies.clear(response)
        return response

    def _unauthenticated(next_path: str) -> Response:
        url = login_url("session_expired", next_path)
        response = jsonify(code="unauthenticated", title=t("signin.reason.session_expired"), login=url)
        response.status_code = 401
        response.headers[LOGIN_HEADER] = url
        cookies.clear(response)
        return response

    @server.after_request
    def keep(response: Response) -> Response:
        found = g.get("portal_session")
        if not isinstance(found, SignedIn):
            return response
        if g.get("refused_upstream"):
            # The platform refused the token in the middle of the request: ask anew next time, sign in again now.
            keeper.forget_standing(found.session)
            if is_data(request.path):
                return _unauthenticated(_page_of_request(settings))
            response = cast(Response, redirect(login_url("session_expired", safe_path(request.full_path)), 303))
            cookies.clear(response)
            return response
        if g.get("profile_changed"):
            keeper.forget_standing(found.session)
            reader.remember(response, PROFILE_MARK_COOKIE, uuid4().hex)
        # Not for a session that was signed out while this request was on its way: that would bring it back.
        if found.changed and not keeper.has_ended(found.session):
            cookies.save(response, found.session)
        elif not csrf.holds(request.cookies.get(COOKIE), found.session.session_id):
            csrf.save(response, found.session.session_id)  # of another session, changed, or lost
        return response


def _as_known_now(actor: Actor, profile: Profile | None, reading: Reading) -> Actor:
    """The actor with the name and address that the platform has now; the session remembers those of the sign-in.

    What they may is the platform's to say as well, where the issuer's tokens do not.
    """
    if profile is None:
        return actor
    actor = replace(actor, name=profile.name or actor.name, email=profile.email or actor.email)
    if reading.roles_from == "token":
        return actor
    internal = profile.user_type == "internal"
    return replace(
        actor,
        user_type="internal" if internal else "customer",
        roles=profile.roles & (INTERNAL_ROLES if internal else CUSTOMER_ROLES),
        tenant_id=None if internal else profile.tenant_id,
    )


def _meant(settings: PortalSettings) -> bool:
    """Whether a state-changing request comes from a page of ours, as its browser says (Fetch Metadata, else Origin)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    own = f"{urlsplit(request.host_url).scheme}://{request.host}".lower()
    return origin is not None and origin.lower() in (settings.public_origin, own)


def _takes_pages() -> bool:
    """Whether the asker can show a page. Who does not say what they take is given one."""
    return not request.accept_mimetypes or request.accept_mimetypes.accept_html


def _page_of_request(settings: PortalSettings) -> str:
    """The page whose script asked, to come back to."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc.lower() not in (request.host.lower(), urlsplit(settings.public_url).netloc.lower()):
        return "/"
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else ""))
