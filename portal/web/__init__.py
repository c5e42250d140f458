"""The portal's edge: sign-in, session, guard, policy, errors, health. Knows HTTP and no Dash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from flask import Flask, request

from portal.clients import budget
from portal.clients.legacy_exchange import LegacyExchange
from portal.clients.oidc import OidcClient
from portal.domain.account import Profile
from portal.domain.actor import Actor
from portal.domain.errors import PortalError, Unauthenticated
from portal.services import Services
from portal.settings import PortalSettings
from portal.web import (
    downloads,
    failures,
    guard,
    health,
    html_pages,
    legacy_sign_in,
    limits,
    live,
    logs,
    policy,
    preferences,
    preview,
    reader,
    report_checks,
    sign_in,
    sign_out,
    violations,
)
from portal.web.coordination import WAIT_SECONDS, HostCoordination
from portal.web.csrf import CsrfTokens
from portal.web.failures import show_not_found_with
from portal.web.keeper import SessionKeeper
from portal.web.login_attempts import LoginAttempts
from portal.web.logs import configure as configure_logs
from portal.web.report_checks import show_with as show_report_checks_with
from portal.web.sealing import Sealer
from portal.web.session import SessionCookies
from portal.web.shared_coordination import SharedCoordination
from portal.web.standing import StandingCheck

PROFILE_SECONDS = 1.5
TEMPLATES_FOLDER = Path(__file__).with_name("templates")
__all__ = ["TEMPLATES_FOLDER", "configure_logs", "register", "show_not_found_with", "show_report_checks_with"]


def register(
    server: Flask,
    settings: PortalSettings,
    *,
    oidc: OidcClient,
    services: Services,
    checks: Mapping[str, Callable[[], bool]],
) -> None:
    """Put the whole edge on ``server``. The order is that of the doors a request comes through."""
    sealer = Sealer(settings.session_keys)
    csrf = CsrfTokens(settings.session_keys, seconds=settings.session_seconds)
    cookies = SessionCookies(sealer, seconds=settings.session_seconds, csrf=csrf)
    coordination = _coordination(settings)
    standing = StandingCheck(
        ask_platform=lambda actor: _profile_soon(services, actor),
        ask_issuer=oidc.still_active,
        reading=settings.reading,
        seconds=settings.session_check_seconds,
    )
    previews = preview.Previews(sealer)
    keeper = SessionKeeper(oidc=oidc, cookies=cookies, coordination=coordination, standing=standing)

    def save_locale(tag: str) -> None:
        session = cookies.load(request)
        # In a preview the reader reads in another language, and their profile is not touched.
        if session is None or keeper.has_ended(session) or previews.is_open(session, request):
            return
        try:
            services.account.prefer({"locale": tag}, actor=session.actor(settings.reading))
        except PortalError:
            return  # the cookie holds the choice in this browser all the same
        keeper.forget_standing(session)

    logs.register(server)
    candidate_for = settings.public_origin if settings.csp_candidate else None
    policy.register(server, https=settings.https, candidate_for=candidate_for)
    counted = limits.register(server, settings)
    report_checks.allow_uploads(server)
    guard.register(server, settings, keeper=keeper, cookies=cookies, csrf=csrf, limits=counted, previews=previews)
    failures.register(server)
    html_pages.register(server, settings.data_dir / "compressed")
    health.register(server, checks=checks)
    violations.register(server, counted.of_report)
    reader.register(server, save_locale=save_locale)
    live.register(server, settings, oidc=oidc, services=services, keeper=keeper, coordination=coordination)
    preferences.register(server, services=services)
    preview.register(server, previews=previews, services=services)
    downloads.register(server, services=services)
    report_checks.register(server, services=services)
    admission = sign_in.Admission(settings, keeper, cookies)
    sign_in.register(server, settings, oidc=oidc, keeper=keeper, admission=admission, attempts=LoginAttempts(sealer))
    exchange = LegacyExchange(settings.gateway_url, settings.oidc_client_id, settings.oidc_client_secret, oidc)
    legacy_sign_in.register(server, settings, exchange=exchange, admission=admission, sealer=sealer)
    sign_out.register(server, settings, oidc=oidc, keeper=keeper, cookies=cookies, coordination=coordination)


def _coordination(settings: PortalSettings) -> HostCoordination:
    folder, seconds = settings.data_dir / "sessions", settings.session_seconds
    if settings.coordination_url is None:
        return HostCoordination(folder, remember_seconds=seconds)
    return SharedCoordination(settings.coordination_url, folder, remember_seconds=seconds, wait_seconds=WAIT_SECONDS)


def _profile_soon(services: Services, actor: Actor) -> Profile:
    """The profile, unless the platform takes so long to tell that nothing would be left of the page's own time."""
    with budget.limited_to(PROFILE_SECONDS):
        return _profile(services, actor)


def _profile(services: Services, actor: Actor) -> Profile:
    """The person's choices; who chose no time zone reads in that of the account, in which days are counted."""
    profile = services.account.show_preferences(actor=actor)
    if profile.time_zone or (actor.tenant_id or profile.tenant_id) is None:
        return profile
    try:
        return replace(profile, time_zone=services.account.recall(actor=actor).time_zone)
    except Unauthenticated:
        raise
    except PortalError:
        return profile
