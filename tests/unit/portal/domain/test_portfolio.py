"""Which accounts, in which order: what an address says, and what becomes of it."""

from __future__ import annotations

import pytest

from portal.domain.health import Band, HealthInput
from portal.domain.portfolio import PortfolioFilter, Sort


def read(search: str) -> PortfolioFilter:
    return PortfolioFilter.from_search(search)


def test_address_and_filter_say_the_same() -> None:
    search = "q=bank&band=at_risk&band=watch&driver=nps&sort=spend&order=desc"
    wanted = read(search)
    assert (wanted.text, wanted.bands, wanted.drivers) == ("bank", (Band.AT_RISK, Band.WATCH), (HealthInput.NPS,))
    assert (wanted.sort, wanted.order) == (Sort.SPEND, "desc")
    assert wanted.to_query_string() == search


@pytest.mark.parametrize("search", ["", "band=purple&driver=&sort=height&order=up", "q=%00", "sort=score&order=asc"])
def test_what_cannot_be_used_is_left_out(search: str) -> None:
    assert read(search) == PortfolioFilter()
    assert read(search).to_query_string() == ""


def test_choices_replace_what_was_chosen_and_keep_the_rest() -> None:
    wanted = read("q=bank&band=watch&driver=nps&sort=name").choosing(text=" shop ", drivers=["holds", "unknown"])
    assert wanted.to_query_string() == "q=shop&band=watch&driver=holds&sort=name"


@pytest.mark.parametrize(
    ("search", "sort", "then"),
    [
        ("", Sort.MESSAGES, "sort=messages&order=desc"),
        ("", Sort.NAME, "sort=name"),
        ("", Sort.SCORE, "order=desc"),
        ("sort=messages&order=desc", Sort.MESSAGES, "sort=messages"),
        ("band=watch&order=desc", Sort.CHANGE_7D, "band=watch&sort=change7d"),
    ],
)
def test_press_on_a_column_sorts_by_it_and_the_next_one_turns_it(search: str, sort: Sort, then: str) -> None:
    assert read(search).turned(sort).to_query_string() == then


def test_cleared_keeps_the_order_alone() -> None:
    wanted = read("q=a&band=watch&sort=spend&order=desc")
    assert wanted.narrowed
    assert not wanted.cleared().narrowed
    assert wanted.cleared().to_query_string() == "sort=spend&order=desc"
