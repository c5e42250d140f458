"""The figures at the head of a business review: each with its change since the quarter before, and its meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components.charts.palette import Role
from components.kpi import Kpi, Meaning, tile_value
from portal.domain.qbr import Numbers, Review
from portal.i18n import fmt, t

#: Changes smaller than this read as none.
SAME: Final = 0.0005


def build_tiles(review: Review) -> Component:
    figures: dict[str, Callable[[Review], Kpi]] = {
        "messages": _messages,
        "rate": _rate,
        "holds": _holds,
        "spend": _spend,
        "latency": _latency,
    }
    if review.health is not None:
        figures["health"] = _health
    return html.Div(
        [html.Div(_tile(name, figure(review)), className="qbr-tile") for name, figure in figures.items()],
        className="qbr-tiles",
    )


def _tile(name: str, figure: Kpi) -> Component:
    label = f"qbr-tile-{name}"
    return html.Div(
        [
            html.H3(t(f"review.tile.{name}"), className="kpi-label", id=label),
            html.Div(tile_value(figure), className="kpi-body"),
        ],
        className="card kpi-tile",
        role="group",
        **{"aria-labelledby": label},
    )


def _messages(review: Review) -> Kpi:
    direction, change = _relative(review, lambda numbers: numbers.totals.messages)
    course = tuple(float(each.numbers.totals.messages) for each in review.months)
    return Kpi(fmt.number(review.numbers.totals.messages), change=change, direction=direction, course=course)


def _rate(review: Review) -> Kpi:
    now, before = _both(review, lambda numbers: numbers.totals.delivery_rate)
    direction, meaning, change = _points(now, before, more_is_good=True)
    course = tuple(each.numbers.totals.delivery_rate for each in review.months)
    return Kpi(
        fmt.percent(now), change=change, direction=direction, meaning=meaning, course=course, role=Role.DELIVERED
    )


def _holds(review: Review) -> Kpi:
    now, before = _both(review, lambda numbers: numbers.hold_rate)
    direction, meaning, change = _points(now, before, more_is_good=False)
    course = tuple(week.hold_rate for week in review.weeks)
    return Kpi(fmt.percent(now, 2), change=change, direction=direction, meaning=meaning, course=course, role=Role.HELD)


def _spend(review: Review) -> Kpi:
    direction, change = _relative(review, lambda numbers: float(numbers.totals.spend.amount))
    course = tuple(float(each.numbers.totals.spend.amount) for each in review.months)
    return Kpi(fmt.money(review.numbers.totals.spend), change=change, direction=direction, course=course)


def _latency(review: Review) -> Kpi:
    now, before = _both(review, lambda numbers: numbers.totals.latency_p95)
    course = tuple(each.numbers.totals.latency_p95 for each in review.months)
    value = fmt.duration(now)
    if now is None or before is None:
        return Kpi(value, change=t("kpi.no_previous"), course=course, role=Role.SECOND)
    if fmt.duration(now) == fmt.duration(before):
        return Kpi(value, change=t("kpi.same"), course=course, role=Role.SECOND)
    slower = now > before
    change = t("review.slower" if slower else "review.faster", before=fmt.duration(before))
    meaning: Meaning = "bad" if slower else "good"
    return Kpi(value, "", change, "up" if slower else "down", meaning, course, Role.SECOND)


def _health(review: Review) -> Kpi:
    health = review.health
    if health is None or health.score is None:
        return Kpi("–")
    value = fmt.number(health.score, 1)
    if health.change is None:
        return Kpi(value, change=t("kpi.no_previous"), course=health.series)
    direction, meaning, change = _points(health.score / 100, (health.score - health.change) / 100, more_is_good=True)
    return Kpi(value, change=change, direction=direction, meaning=meaning, course=health.series)


def _both(review: Review, of: Callable[[Numbers], float | None]) -> tuple[float | None, float | None]:
    return of(review.numbers), of(review.previous) if review.previous else None


def _relative(review: Review, of: Callable[[Numbers], float | None]) -> tuple[Any, str]:
    """An amount against the one before: more of it is neither good nor bad by itself."""
    now, before = _both(review, of)
    if not before or now is None:
        return "", t("kpi.no_previous")
    change = (now - before) / before
    if abs(change) < SAME:
        return "", t("kpi.same")
    key = "kpi.more" if change > 0 else "kpi.less"
    return ("up" if change > 0 else "down"), t(key, change=fmt.percent(abs(change)))


def _points(now: float | None, before: float | None, *, more_is_good: bool) -> tuple[Any, Meaning, str]:
    """A share against the one before, in points."""
    if now is None or before is None:
        return "", "neutral", t("kpi.no_previous")
    change = now - before
    if abs(change) < SAME:
        return "", "neutral", t("kpi.same")
    better = (change > 0) is more_is_good
    size = fmt.number(round(abs(change) * 100, 1), 1)
    said = t("kpi.better" if better else "kpi.worse", points=size)
    return ("up" if change > 0 else "down"), ("good" if better else "bad"), said
