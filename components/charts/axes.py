"""Axes with their words: time buckets in the reader's calendar, and number scales that end at round values."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from components.charts.log_links import whole_period
from components.charts.spec import Categories, Scale, Tick, finite
from portal.domain.periods import Period
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, spans, t

#: Labels under a time axis; the stylesheet hides every second one in a narrow chart.
MOST_TICKS: Final = 9
#: Letters that stand under the narrowest chart of the pages when every second label is hidden: longer labels are fewer.
MOST_LETTERS: Final = 56
#: Below this there is nothing to draw, and dividing by it would lose all precision.
_NOTHING: Final = 1e-9
#: Plotly names a mark by the label under it where there is one, which may say less than the mark's own: labels of time
#: stand beside their marks by so much of the axis, a tenth of a pixel.
_BESIDE: Final = 1 / 4000
_LOWS: Final = ((0.95, 0.01), (0.9, 0.02), (0.8, 0.05), (0.7, 0.1), (0.6, 0.1), (0.5, 0.1), (0.0, 0.2))


def amounts(values: Iterable[float | None], title: str, show: Callable[[float], str], *, whole: bool = False) -> Scale:
    """A zero-based scale over all values. ``whole`` keeps ticks at integers (there is no half message)."""
    top = max((value for value in map(finite, values) if value is not None), default=0.0)
    if top < _NOTHING:
        return Scale(title, 0.0, 1.0, (Tick(0.0, show(0)), Tick(1.0, show(1))) if whole else (Tick(0.0, show(0)),))
    step = nice_step(top / 4, whole=whole)
    count = max(1, math.ceil(top / step - 1e-9))  # what is hardly more than nothing has a step as well
    ticks = tuple(Tick(float(index * step), show(index * step)) for index in range(count + 1))
    return Scale(title, 0.0, float(count * step), ticks)


def nice_step(rough: float, *, whole: bool = False) -> float:
    """The smallest of 1, 2, 2.5, 5 × a power of ten that is not under ``rough``."""
    if rough < _NOTHING:
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10):
        step = factor * magnitude
        if step >= rough * (1 - 1e-9) and not (whole and (step < 1 or step % 1)):
            return step
    return 1.0


def ratios(values: Iterable[float | None], title: str, *, zero: bool = False) -> Scale:
    """A scale up to 100 %, from far enough below the lowest value that it is seen to move.

    Only lines may start above zero: a bar's length must stay in proportion (``zero``).
    """
    lowest = min((value for value in map(finite, values) if value is not None), default=0.0)
    low, step = next(
        (
            candidate
            for candidate in _LOWS
            if candidate[0] == 0 or (not zero and lowest >= candidate[0] + candidate[1] / 5)
        ),
    )
    count = round((1 - low) / step)
    ticks = tuple(Tick(round(low + index * step, 4), fmt.percent(low + index * step, 0)) for index in range(count + 1))
    return Scale(title, low, 1.0, ticks)


def time_axis(buckets: Sequence[str], interval: str, query: AnalyticsQuery) -> Categories:
    """Local time buckets (``2026-11-01`` or ``2026-11-01T13:00``) as categories, each with the log's dates for it.

    The first and last week or month are linked no further than the query's period.
    """
    period = query.period
    moments = [dt.datetime.fromisoformat(bucket) for bucket in buckets]
    return Categories(
        title=t("chart.axis.time"),
        keys=tuple(buckets),
        labels=_distinct([_full_label(moment, interval, period) for moment in moments]),
        ticks=time_ticks(moments, interval),
        links=tuple(_log_dates(moment, interval, period) for moment in moments),
        whole=whole_period(query),
    )


def bucket_days(start: dt.date, interval: str, period: Period) -> tuple[dt.date, dt.date]:
    """The first and last day of a bucket that begins on ``start``, as far as they lie in the period."""
    if interval == "week":
        end = start + dt.timedelta(days=6)
    elif interval == "month":
        end = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    else:
        end = start
    return max(start, period.start), max(start, min(end, period.end))


def time_ticks(moments: Sequence[dt.datetime], interval: str) -> tuple[Tick, ...]:
    """As many labels as fit, evenly apart, and none at the very edge of a long axis."""
    count = len(moments)
    hours = interval == "hour" and count <= 48
    labels = [fmt.hour(each.hour) if hours else fmt.date(each.date(), "axis") for each in moments]
    most = min(MOST_TICKS, max(2, MOST_LETTERS // max(map(len, labels), default=1)))
    step = max(1, math.ceil(count / most))
    return tuple(tick_beside(index, labels[index], count) for index in range(step // 2, count, step))


def tick_beside(index: int, text: str, count: int) -> Tick:
    """What stands below one of ``count`` marks whose own label says more."""
    return Tick(index + count * _BESIDE, text)


def point_label(bucket: str, interval: str) -> str:
    """A bucket named inside a sentence: shorter than on hover."""
    moment = dt.datetime.fromisoformat(bucket)
    day = fmt.date(moment.date(), "day")
    return t("date.with_time", date=day, time=fmt.hour(moment.hour)) if interval == "hour" else day


def _full_label(moment: dt.datetime, interval: str, period: Period) -> str:
    day = moment.date()
    if interval == "hour":
        return t("date.with_time", date=fmt.date(day, "short"), time=fmt.hour(moment.hour))
    if interval == "day":
        return t("chart.day", weekday=fmt.weekday(day.isoweekday()), date=fmt.date(day, "short"))
    first, last = bucket_days(day, interval, period)
    return spans.month(first, last) if interval == "month" else spans.days(first, last, brief=True)


def _log_dates(moment: dt.datetime, interval: str, period: Period) -> str:
    first, last = bucket_days(moment.date(), interval, period)
    query = {"startDate": first.isoformat(), "endDate": last.isoformat()}
    if interval == "hour":
        query["hour"] = str(moment.hour)
    return urlencode(query)


def _distinct(labels: list[str]) -> tuple[str, ...]:
    """Plotly tells categories apart by their label; a zero-width mark separates two that read the same."""
    seen: dict[str, int] = {}
    result = []
    for label in labels:
        seen[label] = seen.get(label, -1) + 1
        result.append(label + "\u200b" * seen[label])
    return tuple(result)


def categories(title: str, keys: Sequence[str], labels: Sequence[str], links: Sequence[str] = ()) -> Categories:
    """Named things (operators, senders), every one with its label on the axis."""
    names = _distinct(list(labels))
    return Categories(title, tuple(keys), names, tuple(Tick(i, n) for i, n in enumerate(names)), tuple(links))


def wrapped(x: Categories, longest: int) -> Categories:
    """Ticks in two lines at most, which leaves room for the bars; hover and table have the whole."""
    return replace(x, ticks=tuple(Tick(tick.at, "\n".join(two_lines(tick.text, longest))) for tick in x.ticks))


def two_lines(text: str, longest: int) -> list[str]:
    """Break at a space; what does not fit into the second line is cut."""
    if len(text) <= longest or " " not in text[: longest + 1]:
        return [_cut(text, longest)]
    at = text.rindex(" ", 0, longest + 1)
    return [text[:at], _cut(text[at + 1 :], longest)]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def unlabelled(scale: Scale) -> Scale:
    """A scale without ticks, for bars that carry their values; it ends at the longest bar."""
    return replace(scale, ticks=())
