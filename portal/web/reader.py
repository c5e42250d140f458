"""How this reader wants pages: language, calendar, digits, time zone and colours; and the forms that change them.

The choice made in this browser (a cookie) wins over the person's profile, that over the token's ``locale`` claim, and
that over what the browser asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Flask, Response, redirect, request

from portal.context import Theme, set_for_request
from portal.domain.account import Profile
from portal.i18n import DEFAULT_TAG, SUPPORTED, Locale, offered_for, resolve
from portal.i18n.locales import activate
from portal.web.return_path import safe_path

LOCALE_COOKIE = "__locale"
THEME_COOKIE = "__theme"
THEMES = ("light", "dark", "auto")
_YEAR_SECONDS = 31_536_000
_CALENDARS = {"persian": "persian", "gregorian": "gregory", "gregory": "gregory", "both": "both"}
_NATIVE_DIGITS = {"fa-AF": "arabext", "ps": "arabext", "ar": "arab", "en": "latn"}


def remember(response: Response, name: str, value: str) -> None:
    """Keep a choice in this browser, out of scripts' reach; but a page's own button sets the colours by itself."""
    response.set_cookie(
        name, value, max_age=_YEAR_SECONDS, path="/", secure=True, httponly=name != THEME_COOKIE, samesite="Lax"
    )


def prepare(profile: Profile | None = None, claimed: str | None = None) -> None:
    """Answer this request in the reader's language and colours."""
    activate(_locale(profile or Profile(), claimed))
    theme = request.cookies.get(THEME_COOKIE)
    set_for_request(theme=cast(Theme, theme) if theme in THEMES else "auto")


def _locale(profile: Profile, claimed: str | None) -> Locale:
    chosen = offered_for(request.cookies.get(LOCALE_COOKIE)) or offered_for(profile.locale) or offered_for(claimed)
    found = chosen or resolve(None, request.headers.get("Accept-Language"))
    digits = {"native": _NATIVE_DIGITS[found.language], "latin": "latn"}.get(profile.digits or "")
    return found.preferring(calendar=_CALENDARS.get(profile.calendar or ""), digits=digits, time_zone=profile.time_zone)


def register(server: Flask, *, save_locale: Callable[[str], None]) -> None:
    """``POST /preferences/…``: forms that work without a script and lead back to where they were sent from.

    ``save_locale`` puts the language into the profile of whoever is signed in, as far as that is possible now.
    """

    def way_back() -> str:
        return safe_path(request.form.get("next"), sign_in=True)

    def answer(name: str, value: str) -> Response:
        response = cast(Response, redirect(way_back(), 303))
        remember(response, name, value)
        return response

    @server.teardown_request
    def put_back(_error: BaseException | None) -> None:
        activate(SUPPORTED[DEFAULT_TAG])  # a thread's context outlives the request

    @server.post("/preferences/locale")
    def choose_locale() -> Response:
        found = offered_for(request.form.get("locale"))
        if found is None:
            return cast(Response, redirect(way_back(), 303))
        if found.tag in SUPPORTED:  # a pseudo-locale stays in this browser
            save_locale(found.tag)
        return answer(LOCALE_COOKIE, found.tag)

    @server.post("/preferences/theme")
    def choose_theme() -> Response:
        theme = request.form.get("theme", "")
        return answer(THEME_COOKIE, theme if theme in THEMES else "auto")
