"""Time series: from sparse counts to complete buckets, gaps shown as gaps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.api.models.analytics import Interval, Metric, Rest, Series
from gateway.api.tally import Tally
from gateway.domain.latency import percentile
from gateway.domain.statuses import Status
from gateway.store.analytics import Bucket, Count, HourCount, LatencyCount

Value = float | int | None
Tallies = Mapping[tuple[str, str], Tally]

MOST_SERIES = 50
BUCKETS: Mapping[Interval, Bucket] = {"day": Bucket.DAY, "week": Bucket.WEEK, "month": Bucket.MONTH}
_QUANTILES = {"latencyP50": 0.5, "latencyP95": 0.95}
_HOURS = tuple(f"T{hour:02d}:00" for hour in range(24))
_STATUS_ORDER = {status.value: place for place, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Chart:
    """The series that are drawn, largest first, and what the rest adds up to."""

    series: list[Series]
    rest: Rest | None


def bucket_labels(start: date, end: date, interval: Interval) -> list[str]:
    """Every bucket that touches the period, oldest first, as the answer names them."""
    days = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    if interval == "hour":
        return [day.isoformat() + hour for day in days for hour in _HOURS]
    return list(dict.fromkeys(first_day(day, interval).isoformat() for day in days))


def first_day(day: date, interval: Interval) -> date:
    """The first day of the bucket `day` falls into; weeks begin on Saturday."""
    if interval == "week":
        return day - timedelta(days=(day.isoweekday() + 1) % 7)
    return day.replace(day=1) if interval == "month" else day


def tallies_of_days(counts: Iterable[Count]) -> Tallies:
    """(key, bucket label) → Tally. The store counts each pair once."""
    return {
        (item.key, item.bucket.isoformat()): Tally(list(item.by_status), item.segments, item.spend) for item in counts
    }


def tallies_of_hours(counts: Iterable[HourCount], *, spend: bool) -> Tallies:
    """(key, hour label) → Tally of messages, or with `spend` of money alone."""
    tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for item in counts:
        day = item.day.isoformat()
        for hour, value in zip(_HOURS, item.values, strict=True):
            if value and spend:
                tallies[item.key, day + hour].spend += value
            elif value:
                tallies[item.key, day + hour].add(item.status, int(value))
    return tallies


def chart_of_tallies(
    tallies: Tallies, labels: Sequence[str], metric: Metric, *, grouped: bool, statuses: bool
) -> Chart:
    """Series of a metric that is counted. Largest groups first; statuses keep the order of a message's life."""
    sizes: Counter[str] = Counter()
    for (key, _), tally in tallies.items():
        sizes[key] += tally.messages or int(tally.spend)
    keys = sorted(sizes, key=lambda key: (_STATUS_ORDER[key] if statuses else -sizes[key], key)) if grouped else ["all"]
    shown, hidden = keys[:MOST_SERIES], keys[MOST_SERIES:]
    empty = Tally()
    series = [
        Series(key=key, values=[_value(tallies.get((key, label), empty), metric) for label in labels]) for key in shown
    ]
    if not hidden:
        return Chart(series, None)
    others: defaultdict[str, Tally] = defaultdict(Tally)
    for (key, label), tally in tallies.items():
        if key in set(hidden):
            others[label].include(tally)
    return Chart(series, Rest(keys=len(hidden), values=[_value(others.get(label, empty), metric) for label in labels]))


def chart_of_statuses(counts: Iterable[Count], labels: Sequence[str]) -> Chart:
    """How many messages of each status that there are any of, in the order of a message's life, from counts that are
    not grouped: they name every status, and by group there would be several times as many."""
    by_label = {item.bucket.isoformat(): item.by_status for item in counts}
    none = (0,) * len(Status)
    # From a tuple of statuses for each bucket to the buckets of each status.
    values = zip(*(by_label.get(label, none) for label in labels), strict=True)
    return Chart(
        [
            Series(key=status.value, values=list(counted))
            for status, counted in zip(Status, values, strict=True)
            if any(counted)
        ],
        None,
    )


def chart_of_latencies(
    counts: Iterable[LatencyCount], labels: Sequence[str], metric: Metric, *, grouped: bool
) -> Chart:
    """Series of a latency percentile, seconds; None where nothing was delivered."""
    histograms: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    sizes: Counter[str] = Counter()
    for item in counts:
        histograms[item.key, item.bucket.isoformat()].update(item.histogram)
        sizes[item.key] += sum(item.histogram.values())
    keys = sorted(sizes, key=lambda key: (-sizes[key], key)) if grouped else ["all"]
    shown, hidden = keys[:MOST_SERIES], keys[MOST_SERIES:]
    series = [
        Series(key=key, values=[seconds(histograms.get((key, label), {}), metric) for label in labels]) for key in shown
    ]
    if not hidden:
        return Chart(series, None)
    others: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for (key, label), histogram in histograms.items():
        if key in set(hidden):
            others[label].update(histogram)
    return Chart(series, Rest(keys=len(hidden), values=[seconds(others.get(label, {}), metric) for label in labels]))


def seconds(histogram: Mapping[int, int], metric: Metric) -> float | None:
    """The percentile `metric` names, to the millisecond."""
    found = percentile(histogram, _QUANTILES[metric])
    return None if found is None else round(found, 3)


def _value(tally: Tally, metric: Metric) -> Value:
    if metric == "volume":
        return tally.messages
    if metric == "delivered":
        return tally.delivered
    if metric == "spend":
        return float(tally.spend)
    return tally.delivery_rate
