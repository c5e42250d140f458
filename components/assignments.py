"""Who of the platform's people looks after which account: rows to tick, and one change for all that are ticked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.controls import build_chip
from components.forms import field_id
from components.portfolio import TENANT_PATH, tenant_address
from components.sheets import Column, build_sheet
from components.states import build_empty, build_error, build_icon
from portal.domain.assignments import (
    AssignedPage,
    AssignedTenant,
    AssignmentFilter,
    Change,
    InternalPerson,
    Result,
    Tam,
)
from portal.domain.errors import PortalError
from portal.i18n import fmt, t
from portal.i18n.bidi import isolate

PATH: Final = "/assignments"
ROW_TYPE: Final = "assignments-row"
PERSON_FIELD: Final = "person"


class AssignmentsIds(StrEnum):
    """``RESULT`` says what became of the last change, and holds ``UNDO``; ``DONE`` is a store with that change."""

    LIST = "assignments-list"
    FORM = "assignments-form"
    PEOPLE = "assignments-people"
    ADD = "assignments-add"
    REMOVE = "assignments-remove"
    RESULT = "assignments-result"
    UNDO = "assignments-undo"
    DONE = "assignments-done"


def row_id(tenant_id: str) -> dict[str, str]:
    """The box that ticks an account."""
    return {"type": ROW_TYPE, "tenantId": tenant_id}


def address_of(wanted: AssignmentFilter) -> str:
    query = wanted.to_query_string()
    return f"{PATH}?{query}" if query else PATH


def build_bar() -> Component:
    """Whom to assign, and the two buttons; what there is to choose from comes with the data."""
    return html.Div(
        [
            html.Div(build_people(()), id=AssignmentsIds.PEOPLE),
            _button(AssignmentsIds.ADD, "plus-lg", "assignments.add", "btn-primary"),
            _button(AssignmentsIds.REMOVE, "slash-circle", "assignments.remove", "btn-outline-secondary"),
            html.Div(build_undo(None), id=AssignmentsIds.RESULT, className="assign-result", role="status"),
            dcc.Store(id=AssignmentsIds.DONE),
        ],
        className="assign-bar",
        role="group",
        **attributes(aria_label=t("assignments.change")),
    )


def _button(name: str, icon: str, key: str, look: str) -> Component:
    return html.Button([build_icon(icon), html.Span(t(key))], id=name, type="button", className=f"btn btn-sm {look}")


def build_people(
    people: Sequence[InternalPerson], error: PortalError | None = None, *, chosen: str | None = None
) -> Component:
    """Everybody who can be chosen, with how many accounts they look after. Who has left can only be taken away."""
    options = [
        {
            "value": each.user_id,
            "label": t(
                "assignments.person" if each.active else "assignments.person.left",
                name=isolate(each.name),
                count=each.tenants,
            ),
        }
        for each in people
    ]
    select = dbc.Select(
        id=field_id(AssignmentsIds.FORM, PERSON_FIELD),
        options=options,
        value=chosen,
        placeholder=t("assignments.choose"),
        size="sm",
        class_name="assign-person",
    )
    label = html.Label([html.Span(t("assignments.who"), className="assign-label"), select], className="assign-who")
    return html.Div([label, build_error(error) if error is not None else None])


def build_assignments(page: AssignedPage, wanted: AssignmentFilter, people: Sequence[InternalPerson]) -> Component:
    """The accounts of a filter, each with a box and those who look after it."""
    bar = _build_filter(page, wanted, people)
    if not page.items:
        return html.Div([bar, build_empty(t("assignments.none.title"), t("assignments.none.advice"), icon="people")])
    columns = [Column(t(f"assignments.column.{name}")) for name in ("tenant", "tams")]
    rows = [[_account(each), _tams(each.tams, wanted)] for each in page.items]
    return html.Div([bar, build_sheet(t("assignments.caption"), columns, rows), _build_foot(page, wanted)])


def build_failure(error: PortalError, wanted: AssignmentFilter, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href=address_of(wanted), className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def _account(each: AssignedTenant) -> Component:
    words = t("assignments.tick", name=isolate(each.name))
    box = dbc.Checkbox(id=row_id(each.tenant_id), value=False, label=words, label_class_name="visually-hidden")
    # A whole page load, so that the frame says whose page it is.
    link = html.A(html.Bdi(each.name), href=tenant_address(TENANT_PATH, each.tenant_id))
    demo = html.Span(t("frame.demo"), className="tag") if each.is_demo else None
    return html.Div([html.Div(box, className="assign-tick"), link, demo], className="assign-account")


def _tams(tams: Sequence[Tam], wanted: AssignmentFilter) -> Any:
    if not tams:
        return html.Span([build_icon("exclamation-triangle"), " ", t("assignments.nobody")], className="assign-nobody")
    return html.Ul(
        [
            html.Li(
                [
                    dcc.Link(html.Bdi(each.name), href=address_of(wanted.of(each.user_id))),
                    None if each.active else html.Span(t("assignments.left"), className="tag"),
                ]
            )
            for each in tams
        ],
        className="assign-tams",
        role="list",
    )


def _build_filter(page: AssignedPage, wanted: AssignmentFilter, people: Sequence[InternalPerson]) -> Component:
    choices = (
        ("all", page.total, wanted.of(), wanted.tam_id is None and not wanted.unassigned),
        ("unassigned", page.unassigned, wanted.of(unassigned=True), wanted.unassigned),
    )
    links = []
    for name, count, leads, chosen in choices:
        content = [t(f"assignments.show.{name}"), html.Span(fmt.number(count), className="segment-count")]
        link = dcc.Link(content, href=address_of(leads), className=f"segment{' active' if chosen else ''}")
        links.append(html.Div(link, role="listitem", **(attributes(aria_current="true") if chosen else {})))
    parts: list[Component] = [
        html.Div(links, className="segments", role="list", **attributes(aria_label=t("assignments.show")))
    ]
    chips = []
    if wanted.tam_id is not None:
        name = next((each.name for each in people if each.user_id == wanted.tam_id), wanted.tam_id)
        chips.append(_chip(t("assignments.column.tams"), name, wanted.of(unassigned=wanted.unassigned)))
    if wanted.text:
        rest = AssignmentFilter("", wanted.tam_id, wanted.unassigned)
        chips.append(_chip(t("messages.search"), wanted.text, rest))
    if chips:
        parts.append(html.Ul(chips, className="chips", **attributes(aria_label=t("filters.active"))))
    return html.Div([*parts, _build_search(wanted)], className="sheet-bar")


def _chip(name: str, value: str, rest: AssignmentFilter) -> Component:
    words = t("filters.chip", name=name, value=isolate(value))
    return build_chip(words, address_of(rest), t("filters.remove", filter=words))


def _build_search(wanted: AssignmentFilter) -> Component:
    """A plain form: what is searched for is in the address."""
    kept = [("tamId", wanted.tam_id or ""), ("unassigned", "true" if wanted.unassigned else "")]
    return html.Form(
        [
            html.Label(
                [
                    html.Span(t("messages.search"), className="visually-hidden"),
                    dbc.Input(
                        name="q",
                        type="search",
                        value=wanted.text,
                        placeholder=t("portfolio.search.placeholder"),
                        maxlength=100,
                        size="sm",
                    ),
                ],
                title=t("portfolio.search.placeholder"),
            ),
            *(dbc.Input(name=name, type="hidden", value=value) for name, value in kept if value),
            html.Button(t("messages.search"), type="submit", className="btn btn-sm btn-outline-secondary"),
        ],
        action=PATH,
        method="get",
        className="assign-search",
        role="search",
    )


def _build_foot(page: AssignedPage, wanted: AssignmentFilter) -> Component:
    look = "btn btn-outline-secondary btn-sm"
    first, more = address_of(wanted.after(None)), address_of(wanted.after(page.next_cursor))
    ways = [
        dcc.Link(t("assignments.first"), href=first, className=look) if wanted.cursor else None,
        dcc.Link(t("assignments.next"), href=more, className=look) if page.next_cursor else None,
    ]
    count = html.P(t("portfolio.shown", count=len(page.items), shown=len(page.items)), className="log-count")
    return html.Div([count, html.Div(ways, className="sheet-ways")], className="log-foot")


def build_result(change: Change, results: Mapping[str, Result], name: str) -> list[Component | None]:
    """What became of a change, and the button that takes it back where it did something."""
    counted = {which: sum(each is which for each in results.values()) for which in Result}
    words = "assignments.done.added" if change.adds else "assignments.done.removed"
    told = [html.Span(t(words, count=counted[Result.CHANGED], name=isolate(name)))]
    for which in (Result.UNCHANGED, Result.NOT_FOUND, Result.FAILED):
        if counted[which]:
            told.append(html.Span(t(f"assignments.done.{which}", count=counted[which])))
    return [*told, build_undo(change if counted[Result.CHANGED] else None)]


def build_undo(change: Change | None) -> Component:
    return html.Button(
        [build_icon("arrow-repeat"), html.Span(t("assignments.undo"))],
        id=AssignmentsIds.UNDO,
        type="button",
        hidden=change is None,
        className="btn btn-sm btn-outline-secondary",
    )


def build_problem(error: PortalError, words: str) -> list[Component]:
    """Why nothing was changed."""
    return [html.Span([build_icon("exclamation-triangle"), " ", words], className="assign-problem"), build_undo(None)]
