"""The test sender: the counter while one writes, the sending, and the message's way to the phone."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from components.forms import (
    field_id,
    form_outputs,
    form_states,
    invalid,
    new_key,
    no_problems,
    problems,
    submit_id,
    while_sending,
)
from components.send_code import LANGUAGES
from components.send_preview import PLAIN_TYPE, build_nothing, build_preview, build_preview_failure
from components.send_test import FIELDS, WATCHES, SendIds, build_accepted, build_followed, code_id, code_of
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated, UpstreamRefused
from portal.domain.params import Params
from portal.domain.sending import LONGEST_TEXT, MessageDraft

FORM = SendIds.FORM
INPUTS = [field_id(FORM, name) for name in FIELDS]


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/send-test", load_code)
    app.clientside_callback(
        ClientsideFunction("portal", "onceSettled"),
        Output(SendIds.DRAFT, "data"),
        *(Input(component_id, "value") for component_id in INPUTS),
        prevent_initial_call=True,
    )
    app.callback(
        Output(SendIds.PREVIEW, "children"),
        *(Output(code_id(language), "children") for language in LANGUAGES),
        Input(SendIds.DRAFT, "data"),
        prevent_initial_call=True,
    )(show_preview)
    app.callback(
        Output(field_id(FORM, "body"), "value", allow_duplicate=True),
        Input({"type": PLAIN_TYPE, "segments": ALL}, "n_clicks"),
        State({"type": PLAIN_TYPE, "segments": ALL}, "value"),
        prevent_initial_call=True,
    )(use_plain_version)
    app.callback(
        [
            Output(SendIds.RESULT, "children"),
            Output(SendIds.SENT, "data"),
            Output(SendIds.WATCH, "disabled"),
            Output(SendIds.WATCH, "n_intervals"),
            *(Output(component_id, "value") for component_id in INPUTS),
            Output(submit_id(FORM), "value"),
            *form_outputs(FORM, FIELDS),
        ],
        Input(submit_id(FORM), "n_clicks"),
        State(submit_id(FORM), "value"),
        *form_states(FORM, FIELDS),
        running=while_sending(FORM),
        prevent_initial_call=True,
    )(send_message)
    app.callback(
        Output(SendIds.RESULT, "children", allow_duplicate=True),
        Output(SendIds.WATCH, "disabled", allow_duplicate=True),
        Input(SendIds.WATCH, "n_intervals"),
        State(SendIds.SENT, "data"),
        prevent_initial_call=True,
    )(follow_message)


def load_code(_params: Params) -> dict[tuple[Any, str], Any]:
    """First data: the request as code, with an example's values."""
    shown = code_of(services().sending.api_url, "", "", "")
    return {(code_id(language), "children"): text for language, text in zip(LANGUAGES, shown, strict=True)}


def show_preview(draft: list[str | None] | None) -> list[Any]:
    """What the text would be, and the request as code."""
    to, sender, body = (str(value or "") for value in (draft or [None] * len(FIELDS))[: len(FIELDS)])
    code = code_of(services().sending.api_url, to.strip(), sender.strip(), body)
    if not body:
        return [build_nothing(), *code]
    try:
        view = services().sending.preview(to.strip(), body[:LONGEST_TEXT], actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [build_preview_failure(error, request_id()), *code]
    return [build_preview(view, body[:LONGEST_TEXT]), *code]


def use_plain_version(clicks: list[int | None], texts: list[str | None]) -> Any:
    """Put the text with all replacements made in place of what was written."""
    return texts[0] if any(clicks) and texts and texts[0] is not None else no_update


def send_message(
    clicks: int | None, idempotency_key: str, to: str | None, sender: str | None, body: str | None
) -> list[Any]:
    """Send it and follow it, with an empty form; or say what is wrong beside the fields, which stay as they are."""
    kept = [no_update] * (5 + len(FIELDS))
    if not clicks:
        return [*kept, *[no_update] * (1 + len(FIELDS))]
    draft = MessageDraft((to or "").strip(), (sender or "").strip(), body or "")
    try:
        sent = services().sending.send(draft, idempotency_key=idempotency_key or "", actor=actor())
    except Unauthenticated:
        raise
    except UpstreamRefused as error:
        known = error.code == "insufficient_balance"
        return [*kept, *problems(FIELDS, invalid(balance=error.code) if known else error, request_id())]
    except PortalError as error:
        return [*kept, *problems(FIELDS, error, request_id())]
    accepted = build_accepted(sent, draft.recipient, draft.sender_id)
    return [accepted, sent.message_id, False, 0, *[""] * len(FIELDS), new_key(), *no_problems(FIELDS, stays=True)]


def follow_message(ticks: int | None, message_id: str | None) -> tuple[Any, Any]:
    """The message as it stands now, until it can change no more; a failed look is made good by the next."""
    if not ticks or not message_id:
        return no_update, no_update
    try:
        detail = services().messages.show(message_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError:
        return no_update, ticks > WATCHES
    return build_followed(detail), detail.message.status.final or ticks > WATCHES
