"""What each chart says: its finding, its links, its words in every language."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from components.charts import Chart, Kind
from components.charts.delivery_rate import delivery_rate_chart
from components.charts.operators import operators_chart
from components.charts.ranking import errors_chart
from components.charts.spend import spend_chart
from components.charts.volume import volume_chart
from components.charts.when import when_chart
from portal.domain.analytics import GroupBy, Heatmap, Line, Metric, TimeSeries, Top, TopDimension
from portal.domain.message_filter import MessageFilter
from portal.domain.periods import Interval, Period
from portal.domain.query import AnalyticsQuery
from portal.domain.statuses import MessageStatus
from portal.i18n import SUPPORTED, use
from tests.support.fakes_analytics import FakeAnalytics, actor
from tests.unit.components.charts.drawings import NAMES, PERIOD, QUERY, all_charts, hours

ADA = actor()
PORT = FakeAnalytics()


def log_of(href: str | None) -> MessageFilter:
    """The log that a link opens."""
    assert href is not None
    parts = urlsplit(href)
    assert parts.path == "/messages"
    wanted = MessageFilter.from_params(parse_qs(parts.query))
    assert wanted.problems == ()
    return wanted


def rate(*values: float | None) -> Chart:
    days = tuple((PERIOD.start + dt.timedelta(days=at)).isoformat() for at in range(len(values)))
    data = TimeSeries(Metric.DELIVERY_RATE, Interval.DAY, None, "ratio", days, (Line("all", values),))
    return delivery_rate_chart(data, QUERY)


def volume(query: AnalyticsQuery = QUERY) -> Chart:
    return volume_chart(PORT.timeseries(query, Metric.VOLUME, GroupBy.STATUS, actor=ADA), query)


def test_volume_says_how_it_changed() -> None:
    assert all_charts()["volume"].title == "2,000 messages, 25.0% more than before"


def test_volume_without_comparison_names_the_peak() -> None:
    assert volume(replace(QUERY, compare=False)).title == "2,000 messages, most on 1 Nov"


def test_volume_leaves_out_statuses_that_did_not_occur() -> None:
    assert [series.key for series in volume().series] == ["delivered", "queued", "failed", "expired"]


def test_volume_segment_opens_one_status_of_one_day() -> None:
    chart = volume(replace(QUERY, operators=("AWCC",)))
    wanted = log_of(chart.href(2, 0))
    assert (wanted.start, wanted.end) == (dt.date(2026, 11, 1), dt.date(2026, 11, 1))
    assert wanted.statuses == (MessageStatus.FAILED,)
    assert wanted.operators == ("AWCC",)


def test_volume_row_keeps_the_chosen_statuses() -> None:
    chart = volume(replace(QUERY, statuses=(MessageStatus.FAILED, MessageStatus.EXPIRED)))
    assert log_of(chart.href(None, 0)).statuses == (MessageStatus.FAILED, MessageStatus.EXPIRED)
    assert log_of(chart.href(0, 0)).statuses == (MessageStatus.DELIVERED,)


def test_hour_opens_that_hour_of_that_day() -> None:
    wanted = log_of(volume(hours()).href(0, 13))
    assert (wanted.start, wanted.end, wanted.hour) == (PERIOD.end, PERIOD.end, 13)


def test_week_cut_by_the_period_opens_only_days_inside_it() -> None:
    query = AnalyticsQuery(Period(dt.date(2026, 11, 3), dt.date(2026, 11, 17)), interval=Interval.WEEK)
    data = TimeSeries(
        Metric.SPEND,
        Interval.WEEK,
        None,
        "AFN",
        ("2026-10-31", "2026-11-07", "2026-11-14"),
        (Line("all", (1.0, 2.0, 3.0)),),
    )
    chart = spend_chart(data, query)
    spans = [(log.start, log.end) for log in (log_of(chart.href(0, at)) for at in range(3))]
    assert spans == [
        (dt.date(2026, 11, 3), dt.date(2026, 11, 6)),
        (dt.date(2026, 11, 7), dt.date(2026, 11, 13)),
        (dt.date(2026, 11, 14), dt.date(2026, 11, 17)),
    ]


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ((0.95, 0.95, 0.83, 0.95), "Delivery fell to 83.0% on 3 Nov"),
        ((0.95, 0.94, 0.953), "Delivery held between 94.0% and 95.3%"),
        ((0.95, 0.95), "95.0% delivered"),
        ((0.9,), "90.0% delivered"),
        ((None, None), "No message has a final status yet"),
        ((), "No message has a final status yet"),
    ],
)
def test_delivery_rate_says_its_finding(values: tuple[float | None, ...], title: str) -> None:
    assert rate(*values).title == title


def test_delivery_rate_point_opens_what_it_divides_by() -> None:
    wanted = log_of(rate(0.9, 0.9).href(0, 1))
    assert {status.value for status in wanted.statuses} == {"delivered", "failed", "expired", "rejected"}


def test_delivery_rate_compares_bucket_by_bucket_whatever_the_lengths() -> None:
    query = replace(QUERY, period=Period(PERIOD.start, PERIOD.start + dt.timedelta(days=4)))
    data = PORT.timeseries(query, Metric.DELIVERY_RATE, actor=ADA)
    longer = PORT.timeseries(QUERY, Metric.DELIVERY_RATE, actor=ADA)
    chart = delivery_rate_chart(data, query, None, longer)
    assert chart.comparison is not None
    assert len(chart.comparison.values) == 5


def test_operator_far_below_what_was_expected_is_the_finding_and_is_marked() -> None:
    chart = operators_chart(PORT.breakdown(QUERY, actor=ADA), QUERY)
    assert "Roshan" in chart.title
    assert "81.0%" in chart.title
    assert [mark.index for mark in chart.marks] == [1]
    assert "95.1%" in chart.marks[0].text
    assert chart.marks[0].text in chart.summary
    assert log_of(chart.href(None, 1)).operators == ("Roshan",)


def test_operators_without_anomaly_are_compared() -> None:
    data = PORT.breakdown(QUERY, actor=ADA)
    calm = replace(data, items=tuple(replace(item, anomaly=None) for item in data.items))
    title = operators_chart(calm, QUERY).title
    assert "AWCC" in title
    assert "Roshan" in title
    assert "96.0%" in title


def test_operator_link_replaces_the_operator_filter() -> None:
    chart = operators_chart(PORT.breakdown(QUERY, actor=ADA), replace(QUERY, operators=("AWCC", "Roshan")))
    assert log_of(chart.href(0, 0)).operators == ("AWCC",)


def test_error_is_named_in_words_and_linked_by_code() -> None:
    chart = errors_chart(PORT.top(QUERY, TopDimension.ERROR_CODE, actor=ADA), QUERY)
    assert chart.x.keys[0] == "absent_subscriber"
    assert "absent_subscriber" not in chart.x.labels[0]
    assert log_of(chart.href(0, 0)).error_codes == ("absent_subscriber",)


def test_error_that_nobody_has_named_shows_its_code() -> None:
    chart = errors_chart(PORT.top(QUERY, TopDimension.ERROR_CODE, actor=ADA), QUERY)
    assert "9999" in chart.x.labels[2]


def test_no_errors_are_said_to_be_none() -> None:
    chart = errors_chart(Top((), 0, 0), QUERY)
    assert chart.empty
    assert chart.title == "No errors in this period"


def test_destination_opens_its_prefix() -> None:
    assert log_of(all_charts()["destinations"].href(0, 1)).destinations == ("+9379",)


def test_week_begins_on_saturday_and_cells_open_weekday_and_hour() -> None:
    chart = all_charts()["when"]
    assert [series.key for series in chart.series] == ["6", "7", "1", "2", "3", "4", "5"]
    wanted = log_of(chart.href(6, 13))
    assert (wanted.weekday, wanted.hour) == (5, 13)
    assert (wanted.start, wanted.end) == (PERIOD.start, PERIOD.end)
    assert chart.title == "Busiest on Saturday at 23:00"


def test_heatmap_with_missing_cells_is_filled_with_nothing() -> None:
    chart = when_chart(Heatmap(()), QUERY)
    assert chart.empty
    assert all(len(series.values) == 24 for series in chart.series)


def test_internal_user_keeps_the_tenant_in_every_link() -> None:
    tenant = "0190a1b2-0000-7000-8000-000000000001"
    for chart in all_charts(replace(QUERY, tenant_id=tenant)).values():
        assert log_of(chart.href(0, 0)).tenant_id == tenant


@pytest.mark.parametrize("name", NAMES)
def test_empty_period_says_so_in_every_chart(name: str) -> None:
    chart = all_charts(empty=True)[name]
    assert chart.empty
    assert chart.title


@pytest.mark.parametrize("tag", ["fa-AF", "ps"])
def test_texts_have_native_digits_only(tag: str) -> None:
    with use(SUPPORTED[tag]):
        charts = all_charts()
    for name, chart in charts.items():
        shown = [tick.text for tick in chart.y.ticks] + [text for series in chart.series for text in series.labels]
        if chart.kind not in (Kind.BAR_HORIZONTAL,):
            shown += [tick.text for tick in chart.x.ticks] + [text for series in chart.series for text in series.texts]
        assert not [text for text in shown if any("0" <= character <= "9" for character in text)], name


def test_solar_hijri_axis_names_its_months() -> None:
    with use(SUPPORTED["fa-AF"]):
        labels = volume().x.labels
    assert "عقرب" in labels[0]  # 1 November 2026 is 10 Aqrab 1405
    assert "۱۰" in labels[0]


def test_month_bucket_in_solar_hijri_is_told_by_its_days() -> None:
    query = AnalyticsQuery(Period(dt.date(2026, 9, 1), dt.date(2026, 11, 20)), interval=Interval.MONTH)
    data = TimeSeries(
        Metric.SPEND, Interval.MONTH, None, "AFN", ("2026-09-01", "2026-10-01"), (Line("all", (1.0, 2.0)),)
    )
    with use(SUPPORTED["fa-AF"]):
        (first, _second) = spend_chart(data, query).x.labels
    assert "سنبله" in first
    assert "میزان" in first


@pytest.mark.parametrize("tag", list(SUPPORTED))
@pytest.mark.parametrize("name", NAMES)
def test_words_of_a_chart_are_there_in_every_language(tag: str, name: str) -> None:
    with use(SUPPORTED[tag]):
        chart = all_charts()[name]
    assert chart.title
    assert chart.question
    assert chart.summary
    assert chart.direction == SUPPORTED[tag].dir
    assert "{" not in chart.title + chart.summary
