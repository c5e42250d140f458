"""Numbers, dates and times as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import solar_hijri
from portal.i18n import SUPPORTED, fmt, ltr, t, to_ascii_digits, use

MOMENT = datetime(2026, 11, 21, 3, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("en", "1,234,567.5"), ("fa-AF", "۱٬۲۳۴٬۵۶۷٫۵"), ("ps", "۱٬۲۳۴٬۵۶۷٫۵"), ("ar", "1,234,567.5")],
)
def test_number_in_each_language_has_its_digits_and_separators(tag: str, expected: str) -> None:
    with use(tag):
        assert fmt.number(1_234_567.5) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("en", "21 November 2026"), ("fa-AF", "۳۰ عقرب ۱۴۰۵"), ("ps", "۳۰ لړم ۱۴۰۵"), ("ar", "21 نوفمبر 2026")],
)
def test_date_in_afghan_languages_is_solar_hijri_with_afghan_months(tag: str, expected: str) -> None:
    with use(tag):
        assert fmt.date(date(2026, 11, 21)) == expected


@pytest.mark.parametrize(
    ("tag", "months"),
    [
        ("fa-AF", "حمل ثور جوزا سرطان اسد سنبله میزان عقرب قوس جدی دلو حوت"),
        ("ps", "وری غویی غبرگولی چنگاښ زمری وږی تله لړم لیندۍ مرغومی سلواغه کب"),
    ],
)
def test_month_names_of_a_solar_hijri_year_are_the_afghan_ones(tag: str, months: str) -> None:
    first_of_months = [date(2026, 3, 21) + timedelta(days=31 * index) for index in range(6)]
    first_of_months += [date(2026, 9, 23) + timedelta(days=30 * index) for index in range(6)]
    with use(tag):
        shown = [fmt.date(day + timedelta(days=5), "month").split()[0] for day in first_of_months]
    # CLDR writes the genitive mark of سنبلهٔ, which joins it to the year.
    assert [name.replace("\u0654", "") for name in shown] == months.split()


def test_time_of_an_instant_is_read_in_the_account_zone() -> None:
    with use(SUPPORTED["en"].preferring(time_zone="Asia/Kabul")):
        assert fmt.time(MOMENT) == "08:23"
        assert fmt.datetime(MOMENT) == "21 Nov 2026, 08:23"
    with use(SUPPORTED["en"].preferring(time_zone="America/New_York")):
        assert fmt.datetime(MOMENT) == "20 Nov 2026, 22:53"


def test_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        fmt.time(datetime(2026, 11, 21))  # noqa: DTZ001 - the mistake under test


def test_small_afghani_amounts_keep_their_decimals() -> None:
    with use("en"):
        assert "0.35" in fmt.money(Decimal("0.35"), "AFN")
    with use("fa-AF"):
        assert "۰٫۳۵" in fmt.money(Decimal("0.35"), "AFN")


def test_zero_decimal_currency_has_none_and_three_decimal_currency_three() -> None:
    with use("en"):
        assert fmt.money(Decimal(1250), "JPY") == "JPY 1,250" or fmt.money(Decimal(1250), "JPY") == "¥1,250"
        assert fmt.money(Decimal("1.5"), "KWD").endswith("1.500")


def test_missing_ratio_is_a_dash_and_not_a_number() -> None:
    assert fmt.percent(None) == "–"


def test_week_starts_on_saturday_and_names_follow() -> None:
    with use("en"):
        assert fmt.week() == [6, 7, 1, 2, 3, 4, 5]
        assert [fmt.weekday(day, short=False) for day in (6, 7, 5)] == ["Saturday", "Sunday", "Friday"]


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_other_calendar_says_the_same_day_in_the_other_system(tag: str) -> None:
    with use(tag):
        mine, other = fmt.date(date(2026, 11, 21)), fmt.date_other_calendar(date(2026, 11, 21))
    years = {to_ascii_digits(mine).split()[-1], to_ascii_digits(other).split()[-1]}
    assert years == {"2026", "1405"}


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("en", "27 Nov 2026 (6 Qaws 1405)"),
        ("fa-AF", "۶ قوس ۱۴۰۵ (۲۷ نومبر ۲۰۲۶)"),
        ("ps", "۶ لیندۍ ۱۴۰۵ (۲۷ نومبر ۲۰۲۶)"),
        ("ar", "27 نوفمبر 2026 (6 القوس 1405)"),
    ],
)
def test_reader_of_both_calendars_sees_both_unless_a_day_stands_alone(tag: str, shown: str) -> None:
    day = date(2026, 11, 27)
    with use(SUPPORTED[tag].preferring(calendar="both")):
        assert fmt.date(day, "short") == shown
        assert f"{fmt.date(day, 'short', alone=True)} (" in shown
        assert "(" not in fmt.date(day, "axis") + fmt.date(day, "month") + fmt.date_other_calendar(day)


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_solar_hijri_months_have_afghanistans_names(tag: str) -> None:
    with use(tag):
        names = fmt.month_names("persian")
    assert len(set(names)) == 12
    assert names[8] == {"en": "Qaws", "fa-AF": "قوس", "ps": "لیندۍ", "ar": "القوس"}[tag]
    with use(SUPPORTED[tag].preferring(calendar="persian")):
        for number, name in enumerate(names, 1):
            assert name in fmt.date(solar_hijri.to_gregorian(1405, number, 15), "long")


def test_pashto_in_latin_digits_separates_as_fields_take_it() -> None:
    with use(SUPPORTED["ps"].preferring(digits="latn")):
        assert fmt.number(1234567.5) == "1,234,567.5"
        assert fmt.percent(0.125) == "12.5%"
        assert "1,234" in t("chart.messages", count=1234)
        assert fmt.date(date(2026, 11, 27), "iso") == "1405-09-06"
        assert t("filters.chip", name="x", value="۱۲") == "x: ۱۲", "what is somebody's own stays"


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_letters_of_weekdays_are_in_the_readers_script(tag: str) -> None:
    with use(tag):
        for iso in range(1, 8):
            assert fmt.weekday_letter(iso) in fmt.weekday(iso, short=False)
        assert [iso for iso in fmt.week() if fmt.is_weekend(iso)] == [4, 5]


@given(st.text())
def test_ascii_digits_of_any_text_change_digits_only(text: str) -> None:
    converted = to_ascii_digits(text)
    assert len(converted) == len(text)
    assert not set(converted) & set("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")


@given(st.integers(min_value=0, max_value=10**15), st.sampled_from(list(SUPPORTED)))
def test_integer_survives_formatting_in_every_language(value: int, tag: str) -> None:
    with use(tag):
        shown = to_ascii_digits(fmt.number(value))
    assert int("".join(character for character in shown if character.isdigit())) == value


def test_isolated_text_is_wrapped_and_unchanged_inside() -> None:
    assert ltr("+93700000141") == "\u2066+93700000141\u2069"
