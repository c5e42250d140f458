"""What people type: days in two calendars and numbers, in any digits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import solar_hijri
from portal.domain.params import EARLIEST, LATEST
from portal.domain.typed import read_day, read_number
from portal.i18n.bidi import ltr, to_native_digits

DAYS = st.dates(EARLIEST, LATEST)
DIGITS = st.sampled_from(["latn", "arabext", "arab"])


@given(
    day=DAYS,
    digits=DIGITS,
    mark=st.sampled_from(["-", "/", ".", " ", "–", " / "]),
    last=st.booleans(),
    own=st.booleans(),
)
def test_day_is_read_in_either_calendar_and_any_digits_whichever_end_the_year_is_at(
    day: dt.date, digits: str, mark: str, last: bool, own: bool
) -> None:
    year, month, date = solar_hijri.from_gregorian(day) if own else (day.year, day.month, day.day)
    parts = [f"{year:04d}", f"{month:02d}", str(date)]
    typed = to_native_digits(mark.join(reversed(parts) if last else parts), digits)
    assert read_day(f" {ltr(typed)} ") == day


@pytest.mark.parametrize(
    "typed",
    [
        "", "x", "1405", "1405/13/1", "1405/07/31", "1404/12/30", "2026-02-29", "26-11-27", "5/9/6", "1405/9", "1405/9/6/1",
        "1405/9/0", "0000-00-00", "1999-12-31", "1300/1/1", "2101-01-01", "140569", "1405//6", "-1405/9/6", "1405/9/6x",
        "1405/009/6", "²405/9/6",
    ],
)  # fmt: skip
def test_what_is_no_day_is_none(typed: str) -> None:
    assert read_day(typed) is None


@given(
    number=st.decimals(-(10**12), 10**12, places=6, allow_nan=False, allow_infinity=False),
    digits=DIGITS,
    grouped=st.sampled_from(["", ",", "٬", " ", "\u202f", "’"]),
    point=st.sampled_from([".", "٫"]),
)
def test_number_keeps_every_digit_it_was_written_with(number: Decimal, digits: str, grouped: str, point: str) -> None:
    typed = f"{number:,f}".replace(",", "G").replace(".", point).replace("G", grouped)
    read = read_number(to_native_digits(typed, digits))
    assert (read, read.as_tuple().exponent) == (number, number.as_tuple().exponent)


@pytest.mark.parametrize(
    "typed", ["", " ", "1,5", "1,50", "12,34,567", "1.2.3", "1e5", "½", "-", "٫5", "5٫", "1 5", "NaN"]
)
def test_number_that_could_be_meant_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number(typed)


def test_overlong_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number("9" * 41)
