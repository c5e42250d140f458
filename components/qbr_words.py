"""A business review in words: its quarter, its findings, its months."""

from __future__ import annotations

from typing import Final

from components.charts.operators import operator_name
from components.charts.waterfall import input_name
from components.filters import period_text
from portal.domain.health import HealthInput
from portal.domain.money import Money
from portal.domain.periods import Period
from portal.domain.qbr import Finding, Review, ReviewedPeriod
from portal.domain.quarters import Quarter
from portal.i18n import fmt, has, t
from portal.i18n.bidi import isolate

_SCORES: Final = ("health_fell", "health_rose")
_COUNTS: Final = ("traffic_grew", "traffic_fell", "traffic_steady", "first_traffic")


def quarter_name(quarter: Quarter) -> str:
    """``Q3 2026``; where another calendar is in use, with the word that it is the Gregorian one."""
    return t("review.quarter", quarter=str(quarter.number), year=fmt.digits(str(quarter.year)))


def name_of(period: str) -> str:
    """The same for the platform's name of a quarter."""
    found = Quarter.read(period)
    return quarter_name(found) if found else isolate(period)


def days_of(period: ReviewedPeriod) -> str:
    """The days that are told of, in the reader's calendar."""
    return period_text(Period(period.start, period.through))


def told_of(period: ReviewedPeriod) -> str:
    """The quarter and, while it runs, that this is so far."""
    name = name_of(period.name)
    return name if period.complete else t("review.so_far", quarter=name)


def compared_with(period: ReviewedPeriod) -> str:
    days = period_text(Period(period.previous_start, period.previous_end))
    return t("review.compared", quarter=name_of(period.previous_name), days=days)


def title_of(review: Review) -> str:
    """The main finding."""
    return finding_text(review.findings[0], review) if review.findings else t("review.title")


def finding_text(finding: Finding, review: Review) -> str:
    """One finding as a sentence. Of a kind that has no text yet nothing is made up: it is left out by the caller."""
    return t(f"qbr.finding.{finding.kind}", **_values(finding, review))


def told(review: Review) -> tuple[Finding, ...]:
    """The findings that there are words for."""
    return tuple(each for each in review.findings if has(f"qbr.finding.{each.kind}"))


def _values(finding: Finding, review: Review) -> dict[str, str]:
    """What a finding's text may name, as the reader writes it."""
    kind, value, before, change = finding.kind, finding.value, finding.before, finding.change
    if kind in _SCORES:
        shown = [_points(value), _points(before), _points(abs(change) if change is not None else None)]
    elif kind in _COUNTS:
        shown = [_count(value), _count(before), fmt.percent(abs(change)) if change is not None else "–"]
    elif kind == "balance_negative":
        shown = [_balance(review), "–", "–"]
    else:
        shown = [fmt.percent(value), fmt.percent(before), _points(abs(change) * 100 if change is not None else None)]
    return {**dict(zip(("value", "before", "change"), shown, strict=True)), "name": _name(finding)}


def _balance(review: Review) -> str:
    return fmt.money(Money(review.balance.end.amount, review.balance.end.currency))


def _name(finding: Finding) -> str:
    if not finding.name:
        return ""
    if finding.kind in _SCORES:
        known = finding.name in {each.value for each in HealthInput}
        return input_name(HealthInput(finding.name)) if known else isolate(finding.name)
    return isolate(operator_name(finding.name))


def _points(value: float | None) -> str:
    return "–" if value is None else fmt.number(round(value, 1), 1)


def _count(value: float | None) -> str:
    return "–" if value is None else fmt.number(int(value))
