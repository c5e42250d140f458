"""``POST /profile/preferences``: how a person wants to read, kept in their profile and in this browser.

A form that works without a script and leads back to the page, which is then as it was asked to be: pages are drawn by
the server in one language, so a new language is a new page. Guarded like any page, unlike ``/preferences/…``.
"""

from __future__ import annotations

from typing import cast
from uuid import uuid4

from flask import Flask, Response, redirect, request

from portal import context
from portal.domain.account import known_time_zone
from portal.domain.errors import PortalError, Unauthenticated
from portal.i18n import SUPPORTED, offered_for
from portal.services import Services
from portal.web.keeper import PROFILE_MARK_COOKIE
from portal.web.reader import LOCALE_COOKIE, remember

PATH = "/profile/preferences"
_PAGE = "/profile"
_CALENDARS = ("persian", "gregorian", "both")
_DIGITS = ("native", "latin")


def register(server: Flask, *, services: Services) -> None:
    """Answer the form of the profile page."""

    @server.post(PATH)
    def keep_preferences() -> Response:
        zone = request.form.get("time_zone", "").strip()
        if zone and not known_time_zone(zone):
            return _back("time_zone")
        language = offered_for(request.form.get("locale"))
        changes: dict[str, str | None] = {
            "time_zone": zone or None,
            "calendar": _one_of(_CALENDARS, "calendar"),
            "digits": _one_of(_DIGITS, "digits"),
        }
        if language is not None and language.tag in SUPPORTED:
            changes["locale"] = language.tag
        try:
            services.account.prefer(changes, actor=context.actor())
        except Unauthenticated:
            raise
        except PortalError:
            return _back("unavailable")
        response = _back("")
        if language is not None:
            remember(response, LOCALE_COOKIE, language.tag)
        remember(response, PROFILE_MARK_COOKIE, uuid4().hex)
        return response


def _one_of(known: tuple[str, ...], name: str) -> str | None:
    """What was chosen in a field; anything else means "as usual"."""
    value = request.form.get(name, "")
    return value if value in known else None


def _back(problem: str) -> Response:
    """To the page again, saying what kept the choices from being kept, or that they were."""
    address = f"{_PAGE}?problem={problem}" if problem else f"{_PAGE}?kept=1"
    return cast(Response, redirect(f"{address}#preferences", 303))
