"""Incidents as bands over a time axis, and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from components.charts.spec import Band
from components.charts.summary import join
from portal.domain.analytics import Incident, TimeSeries
from portal.i18n import fmt, has, spans, t
from portal.i18n.bidi import isolate

_NEVER = dt.datetime.fromisoformat("9999-12-31")


def incident_bands(data: TimeSeries, operators: Sequence[str] = ()) -> tuple[Band, ...]:
    """The buckets that incidents touch; those of an operator that is filtered out are left out."""
    shown = [each for each in data.incidents if not (each.operator and operators and each.operator not in operators)]
    return bands_over(data.buckets, shown)


def bands_over(buckets: Sequence[str], incidents: Sequence[Incident]) -> tuple[Band, ...]:
    """The buckets (local moments, as in a :class:`TimeSeries`) that incidents touch."""
    starts = [_moment(bucket) for bucket in buckets]
    bands = []
    for incident in incidents:
        touched = [
            index
            for index, start in enumerate(starts)
            if start <= _last_moment(incident) and _end(starts, index) > _first_moment(incident)
        ]
        if touched:
            bands.append(Band(touched[0], touched[-1], incident_text(incident)))
    return tuple(bands)


def incident_text(incident: Incident) -> str:
    title = t(incident.title_key) if has(incident.title_key) else t("chart.incident.untitled")
    if incident.operator:
        title = t("chart.named", name=isolate(incident.operator), value=title)
    first, last = _first_moment(incident).date(), _last_moment(incident).date()
    if incident.ends_at is None:
        when = t("date.range", start=fmt.date(first, "day"), end=t("chart.now"))
    else:
        when = spans.days(first, last, years=False)
    return t("chart.incident", title=title, when=when)


def incident_summary(bands: Sequence[Band]) -> str:
    return t("chart.summary.incidents", incidents=join([band.text for band in bands])) if bands else ""


def _moment(bucket: str) -> dt.datetime:
    return dt.datetime.fromisoformat(bucket)


def _first_moment(incident: Incident) -> dt.datetime:
    return _local(incident.starts_at)


def _last_moment(incident: Incident) -> dt.datetime:
    """The end, or the end of time for what is still going on."""
    return _local(incident.ends_at) if incident.ends_at else _NEVER


def _local(moment: dt.datetime) -> dt.datetime:
    return fmt.in_zone(moment).replace(tzinfo=None)


def _end(starts: Sequence[dt.datetime], index: int) -> dt.datetime:
    """Where a bucket ends: at the next one; the last is as long as the one before it."""
    if index + 1 < len(starts):
        return starts[index + 1]
    return starts[index] + (starts[index] - starts[index - 1] if index else dt.timedelta(days=1))
