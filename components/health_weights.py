"""What health scores are weighed by: the weights with their curves, the form that changes them, and all there were."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.curve import HEIGHT, WIDTH, curve
from components.charts.summary import values
from components.charts.waterfall import input_name
from components.forms import build_field, build_form, error_id, field_id
from components.health import input_value
from components.health_runs import RunIds, build_run_parts
from components.numbers import build_number
from components.page import page_header
from components.portfolio import PATH as PORTFOLIO_PATH
from components.sheets import Column, build_sheet
from components.states import build_error, build_icon, build_skeleton
from portal.domain.errors import PortalError
from portal.domain.health import HealthInput
from portal.domain.weights import LONGEST_REASON, WHOLE, CurvePoint, HealthWeights, WeightsDraft, WeightsVersion
from portal.i18n import fmt, locale, ltr, t
from portal.i18n.bidi import isolate

PATH: Final = "/health-weights"
RUN: Final = RunIds("health-weights")
BASED: Final = "basedOn"
FIELDS: Final = (*(name.value for name in HealthInput), "reason")


class WeightsIds(StrEnum):
    """``IMPACT`` is what other weights would do, for those who may change them."""

    HELD = "health-weights-held"
    EDITOR = "health-weights-editor"
    FORM = "health-weights-form"
    SUM = "health-weights-sum"
    IMPACT = "health-weights-impact"
    HISTORY = "health-weights-history"


def version_address(version: int) -> str:
    """Where a version is told."""
    return f"{PATH}#version-{version}"


def build_weights() -> Component:
    """The page without its data."""
    back = html.A([build_icon("arrow-left"), t("health.back")], href=PORTFOLIO_PATH, className="back-link")
    run = build_run_parts(RUN, t("run.all"), hidden=True)
    return html.Div(
        [
            page_header(t("weights.title"), t("weights.lead"), actions=[run], before=back),
            html.Div(build_skeleton(1), id=WeightsIds.HELD, className="panel health-head"),
            html.Div(build_skeleton(8), id=WeightsIds.EDITOR, className="panel weights-editor"),
            html.Div(id=WeightsIds.IMPACT, className="weights-impact"),
            html.Section(
                [
                    html.H2(t("weights.history"), className="sheet-title", id="health-weights-history-heading"),
                    html.Div(build_skeleton(3, className="sheet-waiting"), id=WeightsIds.HISTORY),
                ],
                className="panel panel-flush sheet-panel",
                **attributes(aria_labelledby="health-weights-history-heading"),
            ),
        ],
        className="page vstack gap-3",
    )


def build_held(version: WeightsVersion) -> list[Component]:
    """Which version holds, since when and by whom."""
    name = html.Div(t("weights.held", version=fmt.number(version.version)), className="health-name")
    notes = [html.P(_made(version), className="health-note")]
    if version.reason:
        notes.append(html.P(version.reason, className="health-note", dir="auto"))
    return [name, *notes]


def _made(version: WeightsVersion) -> Component | str:
    if version.changed_by is None:
        return t("weights.first")
    return html.Span([html.Bdi(version.changed_by), " · ", fmt.datetime(version.changed_at)])


def build_editor(weights: HealthWeights) -> Component:
    """The form: a field for each input beside its curve, their sum, and why."""
    form, held = WeightsIds.FORM, weights.current
    rows = [_build_row(name, weights.curves[name], _build_weight(name, held.of[name])) for name in HealthInput]
    reason = dbc.Input(id=field_id(form, "reason"), type="text", value="", maxLength=LONGEST_REASON, autoComplete="off")
    based = dbc.Input(id=field_id(form, BASED), type="hidden", value=str(held.version))
    return build_form(
        form,
        [
            html.Div(rows, className="weights-rows"),
            html.Div(build_sum(WeightsDraft(held.of)), id=WeightsIds.SUM, className="weights-sum", role="status"),
            build_field(form, "reason", t("weights.reason"), reason, help=t("weights.reason.help")),
            based,
        ],
        t("weights.save"),
    )


def build_reading(weights: HealthWeights) -> Component:
    """The same for those who may not change them."""
    rows = [
        _build_row(name, weights.curves[name], html.P(fmt.number(weights.current.of[name]), className="weights-fixed"))
        for name in HealthInput
    ]
    who = html.P([build_icon("info-circle"), t("weights.who")], className="health-note")
    return html.Div([html.Div(rows, className="weights-rows"), who])


def _build_weight(name: HealthInput, value: int) -> Component:
    form = WeightsIds.FORM
    control = build_number(field_id(form, name.value), value, between=(0, WHOLE), class_name="weights-field")
    label = [html.Span(t("health.column.weight")), html.Span(input_name(name), className="visually-hidden")]
    dom_id = f'{{"field":"{name.value}","form":"{form}","type":"form-field"}}'
    return html.Div(
        [
            dbc.Label(label, html_for=dom_id, class_name="form-field-label"),
            control,
            html.Div(id=error_id(form, name.value), className="form-field-error"),
        ],
        className="form-field",
        **attributes(data_field=name.value),
    )


def _build_row(name: HealthInput, corners: tuple[CurvePoint, ...], weight: Component) -> Component:
    picture = curve([(corner.value, corner.points) for corner in corners], rtl=locale().rtl)
    image = html.Img(src=picture, alt="", width=str(WIDTH), height=str(HEIGHT), className="weights-curve")
    return html.Div(
        [
            html.Div(
                [
                    html.H2(input_name(name), className="weights-name"),
                    html.P(t(f"weights.what.{name}"), className="health-note"),
                ],
                className="weights-what",
            ),
            weight,
            image if picture else None,
            html.Ul([html.Li(text) for text in curve_words(name, corners)], className="weights-words"),
        ],
        className="weights-row",
    )


def curve_words(name: HealthInput, corners: tuple[CurvePoint, ...]) -> list[str]:
    """A curve as a list: so many points at each of its corners, the first and the last going on for ever."""
    last = len(corners) - 1
    # What falls begins with its best value, which cannot be bettered: nothing lies before it.
    keys = {0: "first" if name in (HealthInput.DELIVERY, HealthInput.NPS) else "at", last: "last"}
    return [
        t(
            f"weights.curve.{keys.get(at, 'at')}",
            value=_value(name, corner.value),
            points=fmt.number(round(corner.points)),
        )
        for at, corner in enumerate(corners)
    ]


def _value(name: HealthInput, value: float) -> str:
    """In whole numbers where these are: a list of tenths that are all zero says less."""
    return ltr(fmt.number(round(value))) if name is HealthInput.NPS else isolate(input_value(name, value))


def build_sum(draft: WeightsDraft | None, other_band: int | None = None) -> Component:
    """What the fields add up to, and what is missing or too much; None where a field holds no weight. ``other_band``:
    of how many accounts these weights would change the band, which is seen further down."""
    if draft is None:
        text, wrong = t("weights.sum.none"), True
    elif draft.complete:
        text, wrong = t("weights.sum.whole", sum=fmt.number(draft.total)), False
    elif draft.total < WHOLE:
        text = t("weights.sum.missing", sum=fmt.number(draft.total), count=WHOLE - draft.total)
        wrong = True
    else:
        text = t("weights.sum.over", sum=fmt.number(draft.total), count=draft.total - WHOLE)
        wrong = True
    look = "exclamation-triangle" if wrong else "check-circle"
    said: list[Any] = [build_icon(look), html.Span(text)]
    if other_band is not None:
        said.append(html.A(t("weights.other_band", count=other_band), href=f"#{WeightsIds.IMPACT}"))
    return html.P(said, className="weights-wrong" if wrong else "weights-whole")


def build_history(versions: tuple[WeightsVersion, ...]) -> Component:
    """Every version, newest first; scores that name one lead here."""
    columns = [
        Column(t("weights.column.version"), True),
        *(Column(input_name(name), True) for name in HealthInput),
        Column(t("weights.column.who")),
        Column(t("weights.column.reason")),
    ]
    rows: list[list[Any]] = [
        [
            html.Span(fmt.number(version.version), id=f"version-{version.version}", className="weights-version"),
            *(fmt.number(version.of[name]) for name in HealthInput),
            _made(version),
            html.Bdi(version.reason) if version.reason else "–",
        ]
        for version in versions
    ]
    return build_sheet(t("weights.history"), columns, rows)


def build_conflict(meanwhile: WeightsVersion) -> list[Component]:
    """Somebody else saved first: what they saved, and that nothing entered is lost."""
    said = t(
        "weights.conflict",
        version=fmt.number(meanwhile.version),
        name=meanwhile.changed_by or t("weights.somebody"),
    )
    of = values([(input_name(name), fmt.number(meanwhile.of[name])) for name in HealthInput])
    parts: list[Component] = [html.P(said), html.P(of)]
    if meanwhile.reason:
        parts.append(html.P(meanwhile.reason, dir="auto"))
    parts.append(html.P(t("weights.conflict.kept")))
    return [build_icon("exclamation-triangle"), html.Div(parts)]


def weights_failure(error: PortalError, request_id: str = "") -> Mapping[tuple[str, str], Any]:
    """The weights could not be had; the link asks again."""
    retry = html.A(t("state.retry"), href=PATH, className="btn btn-outline-secondary")
    return {
        (WeightsIds.HELD, "children"): build_error(error, retry=retry, request_id=request_id),
        (WeightsIds.EDITOR, "children"): build_error(error),
        (WeightsIds.HISTORY, "children"): build_error(error),
    }
