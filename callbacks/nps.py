"""The question at the end of the dashboard: an answer, or none for a quarter."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from components.forms import form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.nps import FIELDS, NpsIds, build_thanks
from components.toasts import ToastsIds, failure_toast
from portal.context import actor, profile_changed, request_id, services
from portal.domain.errors import PortalError, Unauthenticated


def register(app: Dash) -> None:
    """Connect the card."""
    app.callback(
        [Output(NpsIds.PLACE, "children"), *form_outputs(NpsIds.FORM, FIELDS)],
        Input(submit_id(NpsIds.FORM), "n_clicks"),
        State(submit_id(NpsIds.FORM), "value"),
        *form_states(NpsIds.FORM, FIELDS),
        running=while_sending(NpsIds.FORM),
        prevent_initial_call=True,
    )(give_opinion)
    app.callback(
        Output(NpsIds.PLACE, "children", allow_duplicate=True),
        Input(NpsIds.AWAY, "n_clicks"),
        State(NpsIds.AWAY, "value"),
        prevent_initial_call=True,
    )(keep_opinion)


def give_opinion(clicks: int | None, key: str, score: Any, comment: str | None) -> list[Any]:
    """Keep the answer; or say what is wrong, beside its field."""
    if not clicks:
        raise PreventUpdate
    try:
        services().account.give_opinion(score, comment or "", idempotency_key=key, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, *problems(FIELDS, error, request_id())]
    profile_changed()
    return [build_thanks("nps.thanks"), *no_problems(FIELDS)]


def keep_opinion(clicks: int | None, key: str) -> Any:
    """Put the question away; where that could not be kept, it stays and says so in the corner."""
    if not clicks:
        raise PreventUpdate
    try:
        services().account.keep_opinion(idempotency_key=key, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update
    profile_changed()
    return build_thanks("nps.later")
