"""A page with a form in a dialog that ends in a secret and a note: what the form's parts do together. For tests only."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dash
import dash_bootstrap_components as dbc
from dash import Input, Output, State, ctx, html, no_update, set_props
from flask import Flask

from callbacks import frame
from components.dialogs import build_cancel, build_dialog, build_secret, dialog_outputs
from components.forms import (
    build_field,
    build_form,
    field_id,
    form_outputs,
    form_states,
    invalid,
    no_problems,
    problems,
    submit_id,
    while_sending,
)
from components.toasts import ToastsIds, build_toasts, toast
from portal.domain.errors import RateLimited
from portal.i18n import for_tag, use
from portal.shell import PortalDash
from portal.web import policy
from tests.support.compressed import share_compressed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ASSETS = Path(__file__).resolve().parents[2] / "assets"
FORM, DIALOG, SECRET = "thing", "thing-dialog", "thing-secret-dialog"
NAMES = ("name", "note")
THE_SECRET = "whsec_only-here-" + "x" * 40


def _fresh() -> Any:
    return build_form(
        FORM,
        [
            build_field(FORM, "name", "Name", dbc.Input(id=field_id(FORM, "name"), autofocus=True), help="Of your own"),
            build_field(FORM, "note", "Note", dbc.Textarea(id=field_id(FORM, "note"))),
        ],
        "Create",
        cancel=build_cancel(DIALOG),
    )


def build(data_dir: Path, *, tag: str = "en") -> tuple[Flask, list[tuple[str, str]], threading.Event]:
    """The server, what was created as (idempotency key, name), and an event that lets a slow answer go."""
    server = Flask("forms_demo", static_folder=None)
    policy.register(server, https=False)
    server.add_url_rule("/csp-report", "report", lambda: ("", 204), methods=["POST"])
    app = PortalDash(server, assets_folder=ASSETS, data_dir=share_compressed(data_dir))
    unspoken = server.wsgi_app

    def spoken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with use(for_tag(tag)):
            return unspoken(environ, start_response)

    server.wsgi_app = spoken  # type: ignore[method-assign]
    created: list[tuple[str, str]] = []
    go_on = threading.Event()
    dash.register_page(
        "forms_demo",
        path="/",
        layout=lambda **_: html.Div(
            [
                html.H1("Things"),
                html.Button("New", id="new", type="button"),
                build_dialog(DIALOG, "New thing"),
                build_dialog(SECRET, "The secret", keep=True),
            ]
        ),
    )
    app.layout = lambda: html.Div([html.Main(dash.page_container, id="main"), build_toasts()])
    frame.register(app)
    app.callback(dialog_outputs(DIALOG), Input("new", "n_clicks"), prevent_initial_call=True)(
        lambda _clicks: (True, _fresh())
    )

    def create(_clicks: int | None, key: str, *entered: Any) -> list[Any]:
        given = dict(zip(NAMES, entered, strict=True))
        stay = [no_update] * 4
        if given["name"] == "limited":
            return [*stay, *problems(NAMES, RateLimited(retry_after=7), "request-7")]
        if not given["name"]:
            return [*stay, *problems(NAMES, invalid(name="missing", note="string_too_long", other="taken"))]
        if given["name"] == "slow":
            go_on.wait(20)
        created.append((key, given["name"]))
        set_props(ToastsIds.LATEST, toast("Created", href="/", link="See it"))
        assert ctx.triggered_id == submit_id(FORM)
        return [False, None, True, build_secret(SECRET, THE_SECRET, "Secret", "Only once"), *no_problems(NAMES)]

    app.callback(
        [
            Output(DIALOG, "is_open", allow_duplicate=True),
            Output(f"{DIALOG}-body", "children", allow_duplicate=True),
            *dialog_outputs(SECRET),
            *form_outputs(FORM, NAMES),
        ],
        Input(submit_id(FORM), "n_clicks"),
        State(submit_id(FORM), "value"),
        *form_states(FORM, NAMES),
        running=while_sending(FORM),
        prevent_initial_call=True,
    )(create)
    return server, created, go_on
