"""How an account does, in its parts: the score with its colour and word, what scores are made of, changes."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from components.states import build_icon
from portal.domain.health import Band, HealthInput
from portal.i18n import fmt, t

BAND_ICONS: Final = {
    Band.AT_RISK: "exclamation-triangle",
    Band.WATCH: "eye",
    Band.HEALTHY: "check-circle",
    Band.UNKNOWN: "question-circle",
}
#: A change that is shown as none.
SAME: Final = 0.05


def build_band(band: Band) -> Component:
    """A band by colour, icon and word, so that none of the three is needed."""
    return html.Span([build_icon(BAND_ICONS[band]), t(f"health.band.{band}")], className=f"status band-{band.value}")


def build_score(score: float | None, band: Band) -> Component:
    number = None if score is None else html.Strong(fmt.number(score, 1), className="score-number")
    return html.Span([number, build_band(band)], className="score")


def build_change(change: float | None) -> Component:
    """A change of a score, in points: more is welcome, less is not, which sign and colour both say."""
    if change is None:
        return html.Span("–", className="text-quiet")
    if abs(change) < SAME:
        return html.Span(signed(0.0), className="text-quiet")
    return html.Span(signed(change), className="change-good" if change > 0 else "change-bad")


def signed(points: float) -> str:
    """``+1.2``, ``-33.0``: points of a score."""
    return fmt.points(points / 100)


def input_value(name: HealthInput, value: float | None) -> str:
    """What was counted of an input, in its unit."""
    if value is None:
        return t("health.value.unknown")
    if name in (HealthInput.DELIVERY, HealthInput.HOLDS):
        return fmt.percent(value, 1 if name is HealthInput.DELIVERY else 2)
    if name is HealthInput.PAYMENTS:
        return t("health.value.days", days=fmt.number(round(value, 1)))
    if name is HealthInput.TICKETS:
        return t("health.value.tickets", count=int(value))
    return signed(value)
