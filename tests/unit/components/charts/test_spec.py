from __future__ import annotations

import math

import pytest

from components.charts.palette import Role
from components.charts.spec import Categories, Chart, Kind, Scale, Series, finite, join_query


def series(key: str, *values: float | None, link: str | None = None) -> Series:
    return Series(key, key.title(), Role.ACCENT, values, tuple(str(value) for value in values), link=link)


def chart(*drawn: Series, link: str = "/messages?operator=AWCC", **changes: object) -> Chart:
    size = len(drawn[0].values)
    keys = tuple(f"2026-11-{day + 1:02d}" for day in range(size))
    links = tuple(f"startDate={key}" for key in keys)
    x = Categories("Time", keys, keys, links=links, whole="startDate=2026-11-01&endDate=2026-11-30")
    return Chart("c", Kind.BAR, "Title", "Summary", x, Scale("", 0, 10), drawn, link=link, **changes)  # type: ignore[arg-type]


def test_point_link_has_common_filter_category_and_series() -> None:
    found = chart(series("a", 1, 2, link="status=failed")).href(0, 1)
    assert found == "/messages?operator=AWCC&startDate=2026-11-02&status=failed"


def test_row_link_narrows_to_all_series_together() -> None:
    found = chart(series("a", 1, link="status=failed"), row_link="status=failed&status=expired").href(None, 0)
    assert found == "/messages?operator=AWCC&startDate=2026-11-01&status=failed&status=expired"


def test_series_link_covers_the_whole_period() -> None:
    found = chart(series("a", 1, link="status=failed")).href(0, None)
    assert found == "/messages?operator=AWCC&startDate=2026-11-01&endDate=2026-11-30&status=failed"


def test_series_without_link_is_not_clickable() -> None:
    assert chart(series("a", 1)).href(0, 0) is None


def test_comparison_is_not_clickable() -> None:
    compared = chart(series("a", 1, link=""), comparison=series("b", 1))
    assert compared.href(1, 0) is None


def test_chart_without_log_has_no_links() -> None:
    assert chart(series("a", 1, link=""), link="").href(0, 0) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_value_that_cannot_be_drawn_is_a_gap(value: float | None) -> None:
    assert finite(value) is None
    assert series("a", value).values == (None,)


def test_lonely_points_are_those_between_gaps() -> None:
    assert series("a", 1, None, 2, None, 3, 4).lonely() == (True, False, True, False, False, False)


def test_series_of_another_length_than_the_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1 values, not 2"):
        chart(series("a", 1, 2), series("b", 1))


def test_series_with_too_few_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one text"):
        Series("a", "A", Role.ACCENT, (1.0, 2.0), ("1",))


def test_chart_of_zeros_and_gaps_is_empty() -> None:
    assert chart(series("a", 0, None)).empty
    assert not chart(series("a", 0, 1)).empty


@pytest.mark.parametrize(
    ("address", "parts", "expected"),
    [("/m", [], "/m"), ("/m", ["a=1", ""], "/m?a=1"), ("/m?b=2", ["a=1", "c=3"], "/m?b=2&a=1&c=3")],
)
def test_query_is_appended_to_any_address(address: str, parts: list[str], expected: str) -> None:
    assert join_query(address, parts) == expected
