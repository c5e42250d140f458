"""Local days and hours of a tenant as instants, across clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.store.log_filter import Window


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant the local day begins, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_range(start: date, end: date, zone: ZoneInfo) -> Window:
    """The instants of local days `start`…`end`, both inclusive."""
    return Window(start_of_day(start, zone), start_of_day(end + timedelta(days=1), zone))


def hour_windows(span: Window, zone: ZoneInfo, *, weekday: int | None, hour: int | None) -> list[Window]:
    """The parts of `span` that lie on this ISO weekday and in this local hour, newest first.

    An hour that a clock change repeats gives two windows, one it skips gives none.
    """
    found = []
    day = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    first = span.start.astimezone(zone).date()
    while day >= first:
        if weekday is None or day.isoweekday() == weekday:
            whole = [day_range(day, day, zone)] if hour is None else list(_hours(day, hour, zone))
            for window in whole:
                start, end = max(window.start, span.start), min(window.end, span.end)
                if start < end:
                    found.append(Window(start, end))
        day -= timedelta(days=1)
    return found


def _hours(day: date, hour: int, zone: ZoneInfo) -> Iterator[Window]:
    """The stretches of `day` whose local clock shows `hour`, newest first."""
    whole = day_range(day, day, zone)
    if whole.end - whole.start == timedelta(days=1):
        start = whole.start + timedelta(hours=hour)
        yield Window(start, start + timedelta(hours=1))
        return
    # The clock changes on this day. Walked in quarters of an hour, of which offsets and their changes are multiples.
    quarter = timedelta(minutes=15)
    end: datetime | None = None
    moment = whole.end
    while moment > whole.start:
        moment -= quarter
        inside = moment.astimezone(zone).hour == hour
        if inside and end is None:
            end = moment + quarter
        if not inside and end is not None:
            yield Window(moment + quarter, end)
            end = None
    if end is not None:
        yield Window(whole.start, end)
