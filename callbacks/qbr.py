"""First data of a business review, and what is written into it."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update

from components.charts.card import Values
from components.filters import today
from components.forms import field_id, form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.qbr import (
    CHARTS,
    HEALTH_CHARTS,
    PATH,
    QbrIds,
    failure_values,
    problem_values,
    read_period,
    review_values,
    tenant_of,
)
from components.qbr_comments import (
    BASE,
    FORM,
    STATUS,
    base_of,
    build_clash_summary,
    build_status,
    clash_id,
    clash_values,
    read_base,
)
from components.qbr_sections import IDS
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import Params, from_search
from portal.domain.permissions import Act, require
from portal.domain.qbr_comments import SECTIONS, Saved, cleaned
from portal.shell.live_pages import connect_graphs


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_qbr)
    connect_graphs(app, [IDS.card(chart).graph for chart in CHARTS], opened=IDS.opened, kept=IDS.kept)
    health = [IDS.card(chart).graph for chart in HEALTH_CHARTS]
    connect_graphs(app, health, opened=QbrIds.HEALTH_OPENED, kept=QbrIds.HEALTH_KEPT)
    app.callback(
        [
            Output(STATUS, "children"),
            Output(BASE, "data"),
            *(Output(clash_id(name), "children") for name in SECTIONS),
            *(Output(field_id(FORM, name), "value") for name in SECTIONS),
            *form_outputs(FORM, SECTIONS),
        ],
        Input(submit_id(FORM), "n_clicks"),
        State(QbrIds.ADDRESS, "data"),
        State(BASE, "data"),
        *form_states(FORM, SECTIONS),
        running=while_sending(FORM),
        prevent_initial_call=True,
    )(save_comments)


def load_qbr(params: Params) -> Values:
    """The quarter that the address names. NotFound passes through: the page is then a 404."""
    tenant_id, quarter = tenant_of(params), read_period(params, today())
    if quarter is None:
        return problem_values("invalid", tenant_id, today())
    found = services().qbr.open(tenant_id, quarter, actor=actor())
    review, error = found.review.value, found.review.error
    if isinstance(error, NotFound):
        raise error
    if review is None:
        return failure_values(error or PortalError(), tenant_id, quarter, today(), request_id())
    return review_values(review, found.reports.value, found.reports.error, today(), request_id())


def save_comments(clicks: int | None, address: str | None, base: object, *written: str | None) -> list[Any]:
    """Keep what was written. Where somebody else wrote the same section meanwhile both are shown; nothing is lost."""
    count = 2 + 2 * len(SECTIONS)
    if not clicks:
        return [no_update] * (count + 1 + len(SECTIONS))
    require(actor(), Act.PRESENT_REVIEWS)
    mine = dict(zip(SECTIONS, written, strict=True))
    params = from_search(address)
    quarter, (version, texts) = read_period(params, today()), read_base(base)
    try:
        if quarter is None:
            raise NotFound("review")
        saved = services().qbr.save_comments(tenant_of(params), quarter, version, texts, mine, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * count, *problems(SECTIONS, error, request_id())]
    summary = build_clash_summary() if saved.clashes else None
    return [*_shown(saved, cleaned(mine)), summary, *no_problems(SECTIONS, stays=True)[1:]]


def _shown(saved: Saved, mine: dict[str, str]) -> list[Any]:
    kept = not saved.clashes
    status = build_status(saved.latest, joined=saved.joined, saved=kept)
    # What is in a field already is not put in again: somebody may be typing on.
    fields = [saved.texts[name] if saved.texts[name] != mine[name] else no_update for name in SECTIONS]
    return [status, base_of(saved.latest), *clash_values(saved.clashes, saved.latest.changed_by), *fields]
