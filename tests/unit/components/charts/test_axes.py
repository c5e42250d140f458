from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.charts import axes
from components.charts.geometry import MAX_SIDE, spread_labels, text_width
from portal.domain.periods import Period
from portal.domain.query import AnalyticsQuery
from portal.i18n import SUPPORTED, fmt, use

VALUES = st.lists(st.none() | st.floats(min_value=0, max_value=1e15) | st.just(math.nan), max_size=40)


@given(VALUES)
@example([2e-9])
@example([1.0e-9])
def test_scale_of_amounts_begins_at_zero_and_holds_every_value(values: list[float | None]) -> None:
    scale = axes.amounts(values, "messages", str)
    assert scale.low == 0
    assert scale.high > 0
    assert len(scale.ticks) <= 7
    assert all(0 <= scale.fraction(value) <= 1 for value in values if value is not None and value == value)
    assert all(value <= scale.high * (1 + 1e-9) + 1e-9 for value in values if value is not None and value == value)


@given(st.integers(min_value=1, max_value=10**12))
def test_scale_of_counts_has_whole_ticks(top: int) -> None:
    scale = axes.amounts([float(top)], "messages", str, whole=True)
    assert all(tick.at == int(tick.at) for tick in scale.ticks)


@given(st.lists(st.none() | st.floats(min_value=0, max_value=1), max_size=30))
def test_scale_of_rates_ends_at_one_and_holds_every_value(values: list[float | None]) -> None:
    scale = axes.ratios(values, "")
    assert scale.high == 1.0
    assert all(value >= scale.low for value in values if value is not None)
    assert scale.ticks[0].at == scale.low
    assert scale.ticks[-1].at == 1.0


def test_scale_of_rates_near_one_shows_their_movement() -> None:
    assert axes.ratios([0.97, 0.99], "").low == 0.95
    assert axes.ratios([0.97, 0.99], "", zero=True).low == 0.0


@pytest.mark.parametrize(
    ("rough", "step"), [(0.3, 0.5), (1.0, 1.0), (1.1, 2.0), (2.2, 2.5), (26, 50), (51, 100), (0.0, 1.0), (5e-324, 1.0)]
)
def test_step_is_the_next_round_number(rough: float, step: float) -> None:
    assert axes.nice_step(rough) == step


def test_zero_everywhere_still_has_an_axis() -> None:
    assert axes.amounts([0, None], "messages", fmt.number, whole=True).high == 1.0


@given(st.integers(min_value=0, max_value=400), st.sampled_from(["hour", "day", "week", "month"]))
def test_time_axis_has_few_ticks_inside_it(count: int, interval: str) -> None:
    first = dt.datetime(2026, 1, 3)  # noqa: DTZ001 - buckets are local and have no zone
    ticks = axes.time_ticks([first + dt.timedelta(hours=at) for at in range(count)], interval)
    assert len(ticks) <= axes.MOST_TICKS
    assert sum(len(tick.text) for tick in ticks) <= axes.MOST_LETTERS
    assert all(0 <= tick.at < count for tick in ticks)
    assert bool(ticks) == bool(count)


@pytest.mark.parametrize("tag", list(SUPPORTED))
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_reader_of_both_calendars_is_told_both_on_marks_and_one_under_them(tag: str, interval: str) -> None:
    """On a picture 254 pixels wide, which a window of 320 has, 45 letters fit into the box beside a mark."""
    days = [dt.date(2026, 3, 1) + dt.timedelta(days=at) for at in range(400)]
    if interval == "month":
        days = sorted({day.replace(day=1) for day in days})
    buckets = [f"{day}T07:00" if interval == "hour" else str(day) for day in days]
    with use(SUPPORTED[tag].preferring(calendar="both")):
        axis = axes.time_axis(buckets, interval, AnalyticsQuery(Period(days[0], days[-1] + dt.timedelta(days=60))))
        assert all(label.count("(") == 1 for label in axis.labels)
        assert max(map(len, axis.labels)) <= 45
        assert axes.point_label(buckets[0], interval).count("(") == 1
    assert not any("(" in tick.text for tick in axis.ticks)
    # Plotly says a tick's text, which is less, of a mark that it stands at.
    assert all(tick.at != round(tick.at) and abs(tick.at - round(tick.at)) <= len(days) / 2000 for tick in axis.ticks)


def test_clock_change_gives_two_buckets_of_one_name_two_labels() -> None:
    period = Period(dt.date(2026, 10, 25), dt.date(2026, 10, 25))
    axis = axes.time_axis(["2026-10-25T02:00", "2026-10-25T02:00"], "hour", AnalyticsQuery(period))
    assert len(set(axis.labels)) == 2


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("Phone switched off or out of coverage", ["Phone switched off", "or out of coverage"]),
        ("unbreakable_and_very_long_name", ["unbreakable_and_ver…"]),
        ("one two three four five six seven eight nine ten", ["one two three four", "five six seven eigh…"]),
    ],
)
def test_long_label_takes_two_lines_at_most(text: str, lines: list[str]) -> None:
    assert axes.two_lines(text, 20) == lines


@given(st.lists(st.floats(min_value=-1000, max_value=1000), max_size=8), st.floats(min_value=1, max_value=20))
def test_labels_pushed_apart_do_not_touch_and_keep_their_order(places: list[float], gap: float) -> None:
    apart = spread_labels(places, gap)
    ordered = sorted(apart)
    assert all(after - before >= gap * 0.999 for before, after in pairwise(ordered))
    assert sorted(range(len(places)), key=lambda at: (places[at], at)) == sorted(
        range(len(places)), key=lambda at: (apart[at], at)
    )


def test_marks_of_direction_take_no_room() -> None:
    assert text_width("\u2067abc\u2069") == text_width("abc")
    assert text_width("ABC") > text_width("abc")
    assert text_width("abc\nabcdef") == text_width("abcdef")
    assert MAX_SIDE % 8 == 0
