"""Assignments: first data, and one change to all accounts that are ticked, which can be taken back."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from components.assignments import (
    PATH,
    PERSON_FIELD,
    ROW_TYPE,
    AssignmentsIds,
    build_assignments,
    build_failure,
    build_people,
    build_problem,
    build_result,
)
from components.forms import field_id
from components.states import explain
from portal.context import actor, request_id, services
from portal.domain.assignments import AssignmentFilter, Change, InternalPerson
from portal.domain.errors import InvalidInput, PortalError, Unauthenticated
from portal.domain.params import Params
from portal.domain.permissions import Act, require
from portal.i18n import t

LOCATION = "_pages_location"


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_assignments)
    shown = [
        Output(AssignmentsIds.LIST, "children", allow_duplicate=True),
        Output(AssignmentsIds.RESULT, "children", allow_duplicate=True),
        Output(AssignmentsIds.DONE, "data", allow_duplicate=True),
        Output(AssignmentsIds.PEOPLE, "children", allow_duplicate=True),
    ]
    resting = [(Output(name, "disabled"), True, False) for name in (AssignmentsIds.ADD, AssignmentsIds.REMOVE)]
    app.callback(
        shown,
        Input(AssignmentsIds.ADD, "n_clicks"),
        Input(AssignmentsIds.REMOVE, "n_clicks"),
        State(field_id(AssignmentsIds.FORM, PERSON_FIELD), "value"),
        State({"type": ROW_TYPE, "tenantId": ALL}, "value"),
        State({"type": ROW_TYPE, "tenantId": ALL}, "id"),
        State(LOCATION, "search"),
        running=resting,
        prevent_initial_call=True,
    )(change_assignments)
    app.callback(
        shown,
        Input(AssignmentsIds.UNDO, "n_clicks"),
        State(AssignmentsIds.DONE, "data"),
        State(LOCATION, "search"),
        running=[(Output(AssignmentsIds.UNDO, "disabled"), True, False)],
        prevent_initial_call=True,
    )(undo_assignments)


def load_assignments(params: Params) -> dict[tuple[Any, str], Any]:
    """The accounts of the address, and everybody who can look after them."""
    shown, people, _ = _shown(AssignmentFilter.from_params(params))
    return {(AssignmentsIds.LIST, "children"): shown, (AssignmentsIds.PEOPLE, "children"): people}


def change_assignments(
    added: int | None,
    removed: int | None,
    person: str | None,
    ticked: list[bool | None],
    rows: list[dict[str, str]],
    search: str | None,
) -> Any:
    """Assign those that are ticked to the person, or take them away from them."""
    if not (added or removed):
        return (no_update,) * 4
    require(actor(), Act.ASSIGN)
    chosen = tuple(row["tenantId"] for row, is_ticked in zip(rows, ticked, strict=False) if is_ticked)
    return _change(Change(person or "", chosen, ctx.triggered_id == AssignmentsIds.ADD), search)


def undo_assignments(clicks: int | None, done: Any, search: str | None) -> Any:
    """Take the last change back, where it did something."""
    if not clicks or not isinstance(done, dict):
        return (no_update,) * 4
    require(actor(), Act.ASSIGN)
    tenants = tuple(str(each) for each in done.get("tenants", ())[:200])
    return _change(Change(str(done.get("person", "")), tenants, bool(done.get("adds"))), search)


def _change(change: Change, search: str | None) -> Any:
    try:
        results = services().assignments.change(change, actor=actor())
    except Unauthenticated:
        raise
    except InvalidInput as error:
        what = next((name for name in ("person", "tenant", "add") if name in error.codes), "add")
        return no_update, build_problem(error, t(f"assignments.problem.{what}")), no_update, no_update
    except PortalError as error:
        return no_update, build_problem(error, explain(error)), no_update, no_update
    undone = change.undone(results)
    shown, people, known = _shown(AssignmentFilter.from_search(search), change.person_id)
    name = next((each.name for each in known if each.user_id == change.person_id), "")
    again = {"person": undone.person_id, "tenants": list(undone.tenant_ids), "adds": undone.adds}
    return shown, build_result(change, results, name), again, people


def _shown(wanted: AssignmentFilter, chosen: str | None = None) -> tuple[Any, Any, tuple[InternalPerson, ...]]:
    found = services().assignments.open(wanted, actor=actor())
    people = found.people.value or ()
    if found.page.value is None:
        shown = build_failure(found.page.error or PortalError(), wanted, request_id())
    else:
        shown = build_assignments(found.page.value, wanted, people)
    return shown, build_people(people, found.people.error, chosen=chosen), people
