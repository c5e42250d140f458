"""The weights of health scores: first data, what others would do while they are entered, and the change itself."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from components.charts.card import Values, drawn
from components.forms import field_id, form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.health_impact import CARD, IDS, build_impact, impact_outputs, impact_values
from components.health_runs import run_values
from components.health_weights import (
    BASED,
    FIELDS,
    PATH,
    RUN,
    WeightsIds,
    build_conflict,
    build_editor,
    build_held,
    build_history,
    build_reading,
    build_sum,
    weights_failure,
)
from components.toasts import ToastsIds, toast
from portal.context import actor, request_id, services
from portal.domain.errors import InvalidInput, PortalError, Unauthenticated, UpstreamRefused
from portal.domain.health import HealthInput
from portal.domain.params import Params
from portal.domain.permissions import Act, may
from portal.domain.weights import HealthWeights, WeightsDraft, WeightsPreview
from portal.i18n import fmt, t
from portal.shell.live_pages import connect_graphs

FORM = WeightsIds.FORM
WEIGHTS = [name.value for name in HealthInput]
SHOWN = ((WeightsIds.HELD, "children"), (WeightsIds.HISTORY, "children"), (field_id(FORM, BASED), "value"))


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_weights)
    app.callback(
        [Output(WeightsIds.SUM, "children"), *(Output(each, prop) for each, prop in impact_outputs())],
        *(Input(field_id(FORM, name), "value") for name in WEIGHTS),
        # What was saved is what others are compared with from then on; a button of the picture asks once more.
        Input(field_id(FORM, BASED), "value"),
        Input(IDS.retries, "n_clicks"),
        prevent_initial_call=True,
    )(preview_weights)
    app.callback(
        [
            *(Output(each, prop) for each, prop in SHOWN),
            *(Output(each, prop, allow_duplicate=True) for each, prop in RUN.outputs()),
            *form_outputs(FORM, FIELDS),
        ],
        Input(submit_id(FORM), "n_clicks"),
        *form_states(FORM, FIELDS),
        State(field_id(FORM, BASED), "value"),
        running=while_sending(FORM),
        prevent_initial_call=True,
    )(save_weights)
    connect_graphs(app, [CARD.graph], opened=IDS.opened, kept=IDS.kept)


def load_weights(_params: Params) -> Values:
    """First data: for those who may change them with what they do now."""
    asker = actor()
    try:
        weights = services().health.show_weights(actor=asker)
    except Unauthenticated:
        raise
    except PortalError as error:
        return dict(weights_failure(error, request_id()))
    values: Values = {
        (WeightsIds.HELD, "children"): build_held(weights.current),
        (WeightsIds.HISTORY, "children"): build_history(weights.history),
    }
    if not may(asker, Act.CHANGE_WEIGHTS):
        return {**values, (WeightsIds.EDITOR, "children"): build_reading(weights)}
    return {
        **values,
        (WeightsIds.EDITOR, "children"): build_editor(weights),
        (WeightsIds.IMPACT, "children"): build_impact(),
        **_impact(WeightsDraft(weights.current.of))[1],
        **_run(),
    }


def _impact(draft: WeightsDraft) -> tuple[WeightsPreview | None, Values]:
    try:
        preview = services().health.preview_weights(draft, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return None, impact_values(None, error, request_id())
    return preview, impact_values(preview)


def _run() -> Values:
    """The run that was asked for last: one that goes on is found again."""
    try:
        run = services().health.latest_run(actor=actor())
    except Unauthenticated:
        raise
    except PortalError:
        run = None
    return {**dict(zip(RUN.outputs(), run_values(run), strict=True)), (RUN.ask, "hidden"): False}


def preview_weights(*given: Any) -> list[Any]:
    """The sum of what is entered and, where that is whole, what it would do."""
    unchanged = [no_update] * len(impact_outputs())
    try:
        draft = WeightsDraft.from_entered(dict(zip(HealthInput, given, strict=False)))
    except InvalidInput:
        return [build_sum(None), *unchanged]
    if not draft.complete:
        return [build_sum(draft), *unchanged]
    preview, values = _impact(draft)
    values = drawn(values)
    return [build_sum(draft, preview.other_band if preview else None), *(values[output] for output in impact_outputs())]


def save_weights(clicks: int | None, *given: Any) -> list[Any]:
    """Have them hold; or say what is wrong, beside its field. Nothing entered is ever lost."""
    if not clicks:
        raise PreventUpdate
    *entered, reason, based_on = given
    kept = [no_update] * (len(SHOWN) + len(RUN.outputs()))
    try:
        draft = WeightsDraft.from_entered(dict(zip(HealthInput, entered, strict=True)))
        weights = services().health.change_weights(draft, str(reason or ""), based_on=_version(based_on), actor=actor())
    except Unauthenticated:
        raise
    except UpstreamRefused as error:
        return _after_another(error) if error.status == 409 else [*kept, *problems(FIELDS, error, request_id())]
    except PortalError as error:
        return [*kept, *problems(FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("weights.saved", version=fmt.number(weights.current.version))))
    run = list(_run().values())[: len(RUN.outputs())]
    return [*_shown(weights), *run, *no_problems(FIELDS, stays=True)]


def _after_another(error: UpstreamRefused) -> list[Any]:
    """Somebody else was faster: theirs is shown, and what was entered can be saved on top of it."""
    kept = [no_update] * len(RUN.outputs())
    try:
        weights = services().health.show_weights(actor=actor())
    except Unauthenticated:
        raise
    except PortalError:
        return [*[no_update] * len(SHOWN), *kept, *problems(FIELDS, error, request_id())]
    return [*_shown(weights), *kept, build_conflict(weights.current), *[None] * len(FIELDS)]


def _shown(weights: HealthWeights) -> list[Any]:
    return [build_held(weights.current), build_history(weights.history), str(weights.current.version)]


def _version(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 10 else 0
