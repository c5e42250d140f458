"""How a person wants language, days and digits: a form that the browser itself sends, since it makes a new page."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.states import build_icon
from portal.domain.account import Profile, time_zones
from portal.i18n import SUPPORTED, locale, t

ACTION = "/profile/preferences"
_ZONES = "profile-zones"
_USUAL = "usual"  # is none of the values the platform knows, so that it takes the choice back
_PROBLEMS = ("time_zone", "unavailable")


def build_preferences(profile: Profile, *, problem: str = "", kept: bool = False) -> Component:
    """The form with what is chosen now. What is left open follows the language or, for time, the account."""
    note: Component | None = None
    if problem in _PROBLEMS:
        note = html.Div(
            [build_icon("exclamation-triangle"), html.P(t(f"profile.preferences.problem.{problem}"))],
            className="form-summary",
            role="alert",
        )
    elif kept:
        note = html.P([build_icon("check-lg"), t("profile.preferences.kept")], className="form-kept", role="status")
    languages = {tag: entry.name for tag, entry in SUPPORTED.items()}
    calendars = {name: t(f"profile.calendar.{name}") for name in ("persian", "gregorian", "both")}
    digits = {name: t(f"profile.digits.{name}") for name in ("native", "latin")}
    usual = {_USUAL: t("profile.preferences.usual")}
    zone = html.Div(
        [
            dbc.Input(
                id="profile-zone",
                name="time_zone",
                value=profile.time_zone or "",
                placeholder=locale().time_zone,
                list=_ZONES,
                autoComplete="off",
                maxLength=64,
            ),
            html.Datalist([html.Option(value=name) for name in time_zones()], id=_ZONES),
        ],
        dir="ltr",
    )
    return html.Form(
        [
            note,
            html.Div(
                [
                    _field("profile-language", t("profile.language"), _choice("locale", languages, locale().tag)),
                    _field("profile-zone", t("profile.time_zone"), zone, t("profile.time_zone.help")),
                    _field(
                        "profile-calendar",
                        t("profile.calendar"),
                        _choice("calendar", {**usual, **calendars}, profile.calendar or _USUAL),
                    ),
                    _field(
                        "profile-digits",
                        t("profile.digits"),
                        _choice("digits", {**usual, **digits}, profile.digits or _USUAL),
                    ),
                ],
                className="form-columns profile-choices",
            ),
            html.Div(
                html.Button(t("profile.preferences.submit"), type="submit", className="btn btn-primary"),
                className="form-buttons",
            ),
        ],
        method="post",
        action=ACTION,
        className="form",
    )


_IDS = {"locale": "profile-language", "calendar": "profile-calendar", "digits": "profile-digits"}


def _choice(name: str, options: Mapping[str, str], chosen: str) -> Component:
    listed = [{"value": value, "label": label} for value, label in options.items()]
    return dbc.Select(id=_IDS[name], name=name, options=listed, value=chosen)


def _field(component_id: str, label: str, control: Component, help: str = "") -> Component:
    return html.Div(
        [
            dbc.Label(label, html_for=component_id, class_name="form-field-label"),
            control,
            html.Div(help, className="form-field-help") if help else None,
        ],
        className="form-field",
    )
