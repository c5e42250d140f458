"""Forms: a label above, help below, what is wrong beside the field and summed up, nothing lost on an error.

A form's fields have the names the platform uses, so that its answer finds its field. A submit button's ``value`` is the
idempotency key of what is being sent: a double click, a retry after a lost answer and, where a form ``keeps`` what is
in it, a reload have one effect.
assets/js/forms.js adds what components cannot say: Enter submits, wrong fields are marked for screen readers, the first
of them takes the focus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import dash_bootstrap_components as dbc
from dash import Output, State, html, no_update
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_icon, explain
from portal.domain.errors import InvalidInput, PortalError
from portal.i18n import has, ltr, t

FIELD_TYPE = "form-field"
ERROR_TYPE = "form-error"


def field_id(form: str, name: str) -> dict[str, str]:
    """The id of a field's control; its ``value`` is what was entered."""
    return {"type": FIELD_TYPE, "form": form, "field": name}


def error_id(form: str, name: str) -> dict[str, str]:
    return {"type": ERROR_TYPE, "form": form, "field": name}


def summary_id(form: str) -> str:
    return f"{form}-summary"


def submit_id(form: str) -> str:
    return f"{form}-submit"


def build_field(form: str, name: str, label: str, control: Component, *, help: Any = None) -> Component:
    """A control made with ``id=field_id(form, name)``, with its label, its help and room for what is wrong with it."""
    return html.Div(
        [
            dbc.Label(label, html_for=_dom_id(form, name), class_name="form-field-label"),
            control,
            html.Div(help, className="form-field-help") if help else None,
            html.Div(id=error_id(form, name), className="form-field-error"),
        ],
        className="form-field",
        **attributes(data_field=name),
    )


def build_choices(form: str, name: str, label: str, control: Component, *, help: Any = None) -> Component:
    """The same for a group of boxes or radio buttons, which share one name."""
    return html.Fieldset(
        [
            html.Legend(label, className="form-field-label"),
            control,
            html.Div(help, className="form-field-help") if help else None,
            html.Div(id=error_id(form, name), className="form-field-error"),
        ],
        className="form-field",
        **attributes(data_field=name),
    )


def build_form(
    form: str,
    fields: Sequence[Component | None],
    submit: str,
    *,
    cancel: Component | None = None,
    danger: bool = False,
    keeps: bool = False,
) -> Component:
    """Fields, the summary of what is wrong, and the button that sends it all, with a new idempotency key.

    ``keeps``: a page loaded anew while it is being sent shows it again as it was sent (assets/js/unfinished.js). For
    texts alone, and nothing secret: it is kept in the tab's history meanwhile.
    """
    return html.Form(
        [
            html.Div(id=summary_id(form), className="form-summary", role="alert"),
            *fields,
            html.Div([cancel, build_submit(form, submit, danger=danger)], className="form-buttons"),
        ],
        className="form",
        **attributes(data_form=form, **({"data_keeps": ""} if keeps else {})),
    )


def build_submit(form: str, label: str, *, danger: bool = False) -> Component:
    """The button that sends a form; ``value`` is the idempotency key."""
    return html.Button(
        label,
        id=submit_id(form),
        type="submit",
        value=new_key(),
        className="btn btn-danger" if danger else "btn btn-primary",
    )


def new_key() -> str:
    """A new idempotency key."""
    return str(uuid4())


def form_states(form: str, names: Sequence[str]) -> list[State]:
    """What was entered, in the order of ``names``, for a callback's arguments."""
    return [State(field_id(form, name), "value") for name in names]


def form_outputs(form: str, names: Sequence[str]) -> list[Output]:
    """Where ``problems`` and ``no_problems`` go: the summary, then the fields in the order of ``names``."""
    return [Output(summary_id(form), "children"), *(Output(error_id(form, name), "children") for name in names)]


def while_sending(form: str) -> list[tuple[Output, bool, bool]]:
    """For a callback's ``running``: the button rests until the answer is there."""
    return [(Output(submit_id(form), "disabled"), True, False)]


def no_problems(names: Sequence[str], *, stays: bool = False) -> list[Any]:
    """Values for ``form_outputs`` when nothing was wrong. ``stays``: the form is, and old ones go.

    A form that the same answer takes away must not be written to: Dash's renderer fails where an output has vanished.
    """
    return [None if stays else no_update for _ in ("summary", *names)]


def problems(names: Sequence[str], error: PortalError, request_id: str = "") -> list[Any]:
    """Values for ``form_outputs``: what is wrong, where.

    Problems of fields that are not in the form are told in the summary.
    """
    found = _by_field(error) if isinstance(error, InvalidInput) else {}
    beside = {name: text for name, text in found.items() if name in names}
    elsewhere = [text for name, text in found.items() if name not in names]
    if beside:
        summary: list[Any] = [html.P(t("form.check", count=len(beside))), *map(html.P, elsewhere)]
    else:
        reference = error.request_id or request_id
        summary = [html.P(elsewhere[0] if elsewhere else explain(error)), *map(html.P, elsewhere[1:])]
        if reference:
            summary.append(html.P(t("state.request", id=ltr(reference)), className="form-reference"))
    return [
        [build_icon("exclamation-triangle"), html.Div(summary)],
        *(beside.get(name) for name in names),
    ]


def _by_field(error: InvalidInput) -> dict[str, str]:
    """The first problem of each field in the reader's language; ``scopes.0`` belongs to ``scopes``."""
    found: dict[str, str] = {}
    for name, code in error.codes.items():
        key = f"problem.{code}"
        found.setdefault(name.partition(".")[0], t(key) if has(key) else t("problem.invalid"))
    return found


def invalid(**codes: str) -> InvalidInput:
    """What the portal itself finds wrong before it asks the platform: field → code of a ``problem.…`` text."""
    return InvalidInput(codes=codes)


def labels_of(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """``{value: label}`` as the options of a select, a list of boxes or radio buttons."""
    return [{"value": value, "label": label} for value, label in fields.items()]


def _dom_id(form: str, name: str) -> str:
    """The element id that Dash makes of ``field_id``."""
    return f'{{"field":"{name}","form":"{form}","type":"{FIELD_TYPE}"}}'
