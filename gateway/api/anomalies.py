"""Is an operator's delivery rate unusual? Compared with its own days before: a route that is always weak is not."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum, sqrt
from statistics import fmean

from gateway.api.models.analytics import Anomaly
from gateway.api.tally import Tally

BASELINE_DAYS = 28
FEWEST_BASELINE_DAYS = 7
FEWEST_RATED = 50
FEWEST_RATED_A_DAY = 10
SIGNIFICANT = 3.0
SMALLEST_DIFFERENCE = 0.02


def find_anomaly(tally: Tally, days: int, before: Iterable[Tally]) -> Anomaly | None:
    """Mark a rate that is both significantly and noticeably away from the daily rates `before` the period.

    The error of a mean over `days` days has two parts: days differ (their spread, over √days), and a rate of few
    messages is blurred (binomial). Below FEWEST_RATED messages or FEWEST_BASELINE_DAYS days nothing is claimed.
    """
    rates = [day.delivered / day.rated for day in before if day.rated >= FEWEST_RATED_A_DAY]
    if tally.rated < FEWEST_RATED or len(rates) < FEWEST_BASELINE_DAYS:
        return None
    expected = fmean(rates)
    binomial = max(expected * (1 - expected), 1e-4) / tally.rated
    # The library's variance reckons in fractions, which takes a hundred times as long.
    variance = fsum((rate - expected) ** 2 for rate in rates) / (len(rates) - 1)
    error = sqrt(variance / days + variance / len(rates) + binomial)
    difference = tally.delivered / tally.rated - expected
    score = difference / error
    if abs(score) < SIGNIFICANT or abs(difference) < SMALLEST_DIFFERENCE:
        return None
    return Anomaly(expected=round(expected, 6), z_score=round(score, 2))
