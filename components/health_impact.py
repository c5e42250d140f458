"""What other weights would do to all accounts: how many change their band, which move most, how scores spread."""

from __future__ import annotations

from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components.charts.card import Values, build_card, card_values
from components.charts.spread import spread_chart
from components.health import build_change, build_score
from components.portfolio import HEALTH_PATH, tenant_address
from components.sheets import Column, build_sheet
from components.states import build_error
from components.traffic import PageIds
from portal.domain.errors import PortalError
from portal.domain.health import Band
from portal.domain.weights import ScoreMove, WeightsPreview
from portal.i18n import fmt, t

IDS: Final = PageIds("health-weights")
CARD: Final = IDS.card("spread")
MOVES: Final = "health-weights-moves"


def build_impact() -> list[Component]:
    """Room for the picture and the list."""
    return [
        build_card(CARD, t("chart.spread.question")),
        html.Section(id=MOVES, className="panel panel-flush", role="status"),
        html.Div(id=IDS.kept),
        dcc.Location(id=IDS.opened, refresh=True),
    ]


def impact_outputs() -> list[tuple[Any, str]]:
    """Everything :func:`impact_values` sets, in a fixed order."""
    return [(MOVES, "children"), *CARD.outputs()]


def impact_values(preview: WeightsPreview | None, error: PortalError | None = None, request_id: str = "") -> Values:
    """The picture and the list; a failure where they could not be had."""
    if preview is None:
        failure = error or PortalError()
        return {(MOVES, "children"): build_error(failure, request_id=request_id), **card_values(CARD, None, failure)}
    return {(MOVES, "children"): _build_moves(preview), **card_values(CARD, spread_chart(preview))}


def _build_moves(preview: WeightsPreview) -> list[Component]:
    bands = [
        [t(f"health.band.{band}"), fmt.number(preview.before[band]), fmt.number(preview.after[band])] for band in Band
    ]
    counted = build_sheet(
        t("weights.bands"),
        [
            Column(t("weights.column.band")),
            Column(t("chart.spread.before"), True),
            Column(t("chart.spread.after"), True),
        ],
        bands,
    )
    title = t("weights.other_band", count=preview.other_band)
    parts: list[Component] = [html.H2(title, className="sheet-title"), counted]
    if preview.largest:
        parts += [html.H2(t("weights.largest"), className="sheet-title"), _build_largest(preview.largest)]
    return parts


def _build_largest(moves: tuple[ScoreMove, ...]) -> Component:
    columns = [
        Column(t("portfolio.column.name")),
        Column(t("chart.spread.before")),
        Column(t("chart.spread.after")),
        Column(t("weights.column.change"), True),
    ]
    rows: list[list[Any]] = [
        [
            html.A(html.Bdi(move.name), href=tenant_address(HEALTH_PATH, move.tenant_id), className="sheet-link"),
            build_score(move.before, move.band_before),
            build_score(move.after, move.band_after),
            build_change(None if move.before is None or move.after is None else move.after - move.before),
        ]
        for move in moves
    ]
    return build_sheet(t("weights.largest"), columns, rows)
