"""``/profile``: who one is here, what one signs in with, and how one wants to read."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.profile import ProfileIds, build_section
from components.profile_sessions import build_session_dialogs
from components.states import build_skeleton
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for each part."""
    return html.Div(
        [
            page_header(t("profile.title"), t("profile.lead")),
            build_section(ProfileIds.PERSON, t("profile.person"), build_skeleton(3), anchor="person"),
            build_section(
                ProfileIds.PREFERENCES,
                t("profile.preferences"),
                build_skeleton(4),
                anchor="preferences",
                lead=t("profile.preferences.lead"),
            ),
            html.Div(
                [
                    build_section(ProfileIds.EMAIL_PLACE, t("profile.email.title"), build_skeleton(4), anchor="email"),
                    build_section(
                        ProfileIds.PASSWORD_PLACE,
                        t("profile.password.title"),
                        build_skeleton(4),
                        anchor="password",
                        lead=t("profile.password.lead"),
                    ),
                ],
                className="profile-pair",
            ),
            build_section(
                ProfileIds.SESSIONS,
                t("profile.sessions"),
                build_skeleton(5),
                anchor="sessions",
                lead=t("profile.sessions.lead"),
            ),
            build_session_dialogs(),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("profile.title"))


dash.register_page(__name__, path="/profile", layout=layout, title=title, name="profile")
