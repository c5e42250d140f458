"""The profile page: first data, the forms for address and password, and the ends of sessions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props

from components.dialogs import closing_outputs, dialog_outputs
from components.forms import (
    field_id,
    form_outputs,
    form_states,
    no_problems,
    problems,
    submit_id,
    while_sending,
)
from components.profile import (
    EMAIL_FIELDS,
    PASSWORD_FIELDS,
    ProfileIds,
    build_elsewhere,
    build_email_form,
    build_password_form,
    build_person,
    build_profile_failure,
)
from components.profile_preferences import build_preferences
from components.profile_sessions import (
    END_OTHERS_TYPE,
    END_TYPE,
    SESSION_FIELD,
    build_end_others,
    build_end_session,
    build_sessions,
)
from components.toasts import ToastsIds, failure_toast, toast
from portal.context import actor, request_id, services
from portal.domain import clock
from portal.domain.account import Profile, SignedInSession
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params, one
from portal.i18n import t
from portal.services.concurrency import Outcome

EMAIL, PASSWORD = ProfileIds.EMAIL_FORM, ProfileIds.PASSWORD_FORM
END, END_OTHERS = ProfileIds.END_SESSION_FORM, ProfileIds.END_OTHERS_FORM


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/profile", load_profile)
    changed = Output(ProfileIds.CHANGED, "data", allow_duplicate=True)
    app.callback(Output(ProfileIds.SESSIONS, "children"), Input(ProfileIds.CHANGED, "data"), prevent_initial_call=True)(
        show_sessions
    )
    app.callback(
        [
            Output(ProfileIds.EMAIL, "children"),
            Output(field_id(EMAIL, "currentPassword"), "value"),
            *form_outputs(EMAIL, EMAIL_FIELDS),
        ],
        Input(submit_id(EMAIL), "n_clicks"),
        *form_states(EMAIL, EMAIL_FIELDS),
        running=while_sending(EMAIL),
        prevent_initial_call=True,
    )(change_email)
    app.callback(
        [
            *(Output(field_id(PASSWORD, name), "value") for name in PASSWORD_FIELDS),
            changed,
            *form_outputs(PASSWORD, PASSWORD_FIELDS),
        ],
        Input(submit_id(PASSWORD), "n_clicks"),
        *form_states(PASSWORD, PASSWORD_FIELDS),
        running=while_sending(PASSWORD),
        prevent_initial_call=True,
    )(change_password)
    for dialog, clicked, ask in (
        (ProfileIds.END_SESSION, {"type": END_TYPE, "session": ALL}, ask_about_session),
        (ProfileIds.END_OTHERS, {"type": END_OTHERS_TYPE, "place": ALL}, ask_about_others),
    ):
        app.callback(dialog_outputs(dialog), Input(clicked, "n_clicks"), prevent_initial_call=True)(ask)
    app.callback(
        [*closing_outputs(ProfileIds.END_SESSION), changed],
        Input(submit_id(END), "n_clicks"),
        State(field_id(END, SESSION_FIELD), "value"),
        running=while_sending(END),
        prevent_initial_call=True,
    )(end_session)
    app.callback(
        [*closing_outputs(ProfileIds.END_OTHERS), changed],
        Input(submit_id(END_OTHERS), "n_clicks"),
        running=while_sending(END_OTHERS),
        prevent_initial_call=True,
    )(end_others)


def load_profile(params: Params) -> dict[tuple[Any, str], Any]:
    """First data. A platform that leaves signing in to another service has no forms for it, and says so."""
    view, reader = services().own_account.open_profile(actor=actor()), actor()
    profile, error = view.profile.value, view.profile.error
    known = profile or Profile()
    email = known.email or reader.email
    elsewhere = view.signs_in_elsewhere
    failure = build_profile_failure(error, request_id()) if error else None
    problem, kept = one(params, "problem"), bool(one(params, "kept"))
    return {
        (ProfileIds.PERSON, "children"): build_person(reader, known),
        (ProfileIds.PREFERENCES, "children"): failure or build_preferences(known, problem=problem, kept=kept),
        (ProfileIds.EMAIL_PLACE, "children"): build_elsewhere() if elsewhere else build_email_form(email),
        (ProfileIds.PASSWORD_PLACE, "children"): build_elsewhere() if elsewhere else build_password_form(email),
        (ProfileIds.SESSIONS, "children"): build_elsewhere() if elsewhere else _sessions(view.sessions),
    }


def show_sessions(_changed: str | None) -> Any:
    """The list anew, after something was changed."""
    try:
        return _sessions(Outcome(value=services().own_account.list_sessions(actor=actor())))
    except Unauthenticated:
        raise
    except PortalError as error:
        return _sessions(Outcome(error=error))


def _sessions(found: Outcome[tuple[SignedInSession, ...]]) -> Any:
    if found.value is None:
        return build_profile_failure(found.error or PortalError(), request_id())
    return build_sessions(found.value, clock.now())


def change_email(clicks: int | None, email: str | None, password: str | None) -> list[Any]:
    """Another address, or what is wrong beside the fields."""
    if not clicks:
        return [no_update] * 5
    try:
        profile = services().own_account.change_email(email or "", password or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, no_update, *problems(EMAIL_FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("profile.email.changed")))
    return [profile.email, "", *no_problems(EMAIL_FIELDS, stays=True)]


def change_password(clicks: int | None, current: str | None, new: str | None) -> list[Any]:
    """Another password, or what is wrong beside the fields. No answer holds one."""
    if not clicks:
        return [no_update] * 6
    try:
        services().own_account.change_password(current or "", new or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, no_update, no_update, *problems(PASSWORD_FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("profile.password.changed")))
    return ["", "", uuid4().hex, *no_problems(PASSWORD_FIELDS, stays=True)]


def ask_about_session(clicks: list[int | None]) -> Any:
    """Ask before one session is ended; drawing the list anew uses no button."""
    found = _listed() if any(clicks) else None
    if found is None:
        return no_update, no_update
    chosen = next((each for each in found if each.session_id == ctx.triggered_id["session"]), None)
    if chosen is None:
        set_props(ProfileIds.CHANGED, {"data": uuid4().hex})  # it has ended meanwhile: the list will show
        return no_update, no_update
    return True, build_end_session(chosen)


def ask_about_others(clicks: list[int | None]) -> Any:
    """Ask before all the others are ended."""
    found = _listed() if any(clicks) else None
    if found is None:
        return no_update, no_update
    return True, build_end_others(sum(not each.current for each in found))


def _listed() -> tuple[SignedInSession, ...] | None:
    try:
        return services().own_account.list_sessions(actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return None


def end_session(clicks: int | None, session_id: str | None) -> list[Any]:
    """End one; a failure is told in the corner, and the question stays."""
    return _end(clicks, lambda: services().own_account.end_session(session_id or "-", actor=actor()), "ended")


def end_others(clicks: int | None) -> list[Any]:
    """End all the others."""
    return _end(clicks, lambda: services().own_account.end_other_sessions(actor=actor()), "others_ended")


def _end(clicks: int | None, act: Any, done: str) -> list[Any]:
    if not clicks:
        return [no_update] * 3
    try:
        act()
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return [no_update] * 3
    set_props(ToastsIds.LATEST, toast(t(f"profile.sessions.{done}")))
    return [False, None, uuid4().hex]
