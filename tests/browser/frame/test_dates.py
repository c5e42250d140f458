"""Days are chosen by keyboard, pointer and typing, in two calendars and both directions."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Keys

from portal.domain import solar_hijri
from portal.domain.periods import Period, Preset, preset_period, today_in
from portal.domain.typed import read_day
from portal.i18n import Locale, fmt, for_tag, spans, use
from portal.i18n.bidi import to_native_digits
from tests.browser.frame.conftest import Pages
from tests.browser.whole.test_walk import assert_accessible_and_fits

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
MENU = f"{HERE}details:has([data-date-range])"
SPAN = "from=2026-10-24&to=2026-11-05"  # 2 to 14 Aqrab 1405
EPOCH = dt.date(1970, 1, 1)
DAY = dt.timedelta(days=1)
OpenPages = Callable[..., Pages]


def reading(tag: str, calendar: str | None = None) -> Locale:
    found = for_tag(tag)
    assert found is not None
    return found.preferring(calendar=calendar)


def query(pages: Pages) -> str:
    return urlsplit(pages.browser.url).query


def open_months(pages: Pages, path: str = f"/dashboard?{SPAN}", width: int = 1280) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    pages.browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    pages.open(path)
    pages.browser.find(f"{MENU} > summary").send_keys(Keys.ENTER)
    pages.browser.wait(lambda: focused_day(pages), "the focus among the days")


def focused_day(pages: Pages) -> dt.date | None:
    found = pages.browser.run("return document.activeElement.dataset.day")
    return EPOCH + int(found) * DAY if found else None


def press(pages: Pages, *keys: str) -> dt.date | None:
    for key in keys:
        pages.browser.driver.switch_to.active_element.send_keys(key)
    return focused_day(pages)


def said(pages: Pages) -> str:
    return str(pages.browser.run(f"return document.querySelector('{HERE}.calendar-said').textContent"))


def values(pages: Pages) -> list[str]:
    return [str(field.get_attribute("value")) for field in pages.browser.all(f"{HERE}.date-field")]


def apply(pages: Pages, expected: str) -> None:
    pages.browser.click(f"{HERE}#filters-apply")
    pages.browser.wait(lambda: query(pages) == expected, expected)


CASES = [("en", None), ("fa-AF", None), ("fa-AF", "gregory"), ("en", "persian"), ("ps", "both")]


@pytest.mark.parametrize(("tag", "calendar"), CASES)
def test_days_are_walked_and_chosen_by_keyboard(open_pages: OpenPages, tag: str, calendar: str | None) -> None:
    reader = reading(tag, calendar)
    pages = open_pages(reader=reader)
    open_months(pages)
    day = dt.date(2026, 11, 5)  # a Thursday, the last but one of a week
    forward, back = (Keys.LEFT, Keys.RIGHT) if reader.rtl else (Keys.RIGHT, Keys.LEFT)
    assert focused_day(pages) == day
    assert press(pages, forward) == day + DAY
    assert press(pages, back, back) == day - DAY
    assert press(pages, forward, Keys.DOWN) == day + 7 * DAY
    assert press(pages, Keys.UP, Keys.UP) == day - 7 * DAY
    assert press(pages, Keys.DOWN, Keys.HOME) == dt.date(2026, 10, 31), "weeks begin on Saturday"
    assert press(pages, Keys.END) == dt.date(2026, 11, 6)
    assert press(pages, back, Keys.PAGE_UP) == months_on(day, -1, reader.calendar)
    assert press(pages, Keys.PAGE_DOWN) == day
    assert press(pages, Keys.SHIFT + Keys.PAGE_UP + Keys.NULL) == months_on(day, -12, reader.calendar)
    assert press(pages, Keys.SHIFT + Keys.PAGE_DOWN + Keys.NULL) == day
    assert press(pages, Keys.ENTER) == day
    with use(reader):
        words = fmt.date(day)
        assert words in said(pages), "the first day is told"
    press(pages, Keys.UP, Keys.SPACE)
    with use(reader):
        assert all(part in said(pages) for part in (fmt.date(day - 7 * DAY), words)), "and the span, in order"
    apply(pages, "from=2026-10-29&to=2026-11-05")
    assert pages.browser.run("return document.activeElement.tagName") == "SUMMARY"
    pages.browser.assert_console_empty()


def months_on(day: dt.date, count: int, calendar: str) -> dt.date:
    """The same date so many months on; none of those here is past the end of its month."""
    year, month, date = solar_hijri.from_gregorian(day) if calendar == "persian" else (day.year, day.month, day.day)
    months = year * 12 + month - 1 + count
    make = solar_hijri.to_gregorian if calendar == "persian" else dt.date
    return make(months // 12, months % 12 + 1, date)


def test_escape_closes_the_months_and_leaves_everything_as_it_was(pages: Pages) -> None:
    open_months(pages)
    press(pages, Keys.ENTER, Keys.UP, Keys.ENTER, Keys.ESCAPE)
    assert pages.browser.run("return document.activeElement.tagName") == "SUMMARY"
    assert not pages.browser.all(f"{MENU}[open]")
    assert query(pages) == SPAN


def test_days_that_are_not_yet_cannot_be_reached_or_chosen(pages: Pages) -> None:
    today = today_in("Asia/Kabul")
    open_months(pages, "/dashboard?period=today")
    assert focused_day(pages) == today
    assert press(pages, Keys.PAGE_DOWN, Keys.DOWN, Keys.RIGHT) == today
    marked = pages.browser.find(f"{HERE}[aria-current='date']")
    assert marked.get_attribute("data-day") == str((today - EPOCH).days)
    before = values(pages)
    for later in pages.browser.all(f"{HERE}[data-day][aria-disabled='true']")[:1]:
        later.click()
        assert values(pages) == before
    assert not pages.browser.find(f"{HERE}[data-step='next']").is_enabled()


@pytest.mark.parametrize(
    ("tag", "typed", "kept"),
    [
        ("fa-AF", ("۱۴۰۵/۸/۱", "٢٠٢٦-١١-٠٥"), ["۱۴۰۵/۰۸/۰۱", "۱۴۰۵/۰۸/۱۴"]),
        ("en", ("1405.8.1", "5/11/2026"), ["2026-10-23", "2026-11-05"]),
    ],
)
def test_typed_days_are_taken_in_any_digits_and_either_calendar(
    open_pages: OpenPages, tag: str, typed: tuple[str, str], kept: list[str]
) -> None:
    pages = open_pages(tag)
    open_months(pages)
    for field, text in zip(pages.browser.all(f"{HERE}.date-field"), typed, strict=True):
        field.send_keys(Keys.CONTROL + "a" + Keys.NULL + text + Keys.TAB)
    pages.browser.wait(lambda: values(pages) == kept, "the days as the reader writes them")
    chosen = pages.browser.all(f"{HERE}[data-day][aria-selected='true']")
    assert len(chosen) == 14
    apply(pages, "from=2026-10-23&to=2026-11-05")
    pages.browser.assert_console_empty()


def test_what_is_no_day_is_told_beside_its_field_and_not_sent(pages: Pages) -> None:
    open_months(pages)
    field = pages.browser.find(f"{HERE}.date-field")
    field.send_keys(Keys.CONTROL + "a" + Keys.NULL + "soon")
    pages.browser.click(f"{HERE}#filters-apply")
    place = field.get_attribute("aria-describedby")
    assert "no day" in pages.browser.text(f"{HERE}#{place}")
    assert field.get_attribute("aria-invalid") == "true"
    assert pages.browser.driver.switch_to.active_element == field
    assert query(pages) == SPAN
    field.send_keys(Keys.CONTROL + "a" + Keys.NULL + "1999-01-01" + Keys.TAB)
    assert "1 January 2000" in pages.browser.text(f"{HERE}#{place}")
    field.send_keys(Keys.CONTROL + "a" + Keys.NULL + "2026-11-01" + Keys.ENTER)
    pages.browser.wait(lambda: query(pages) == "from=2026-11-01&to=2026-11-05", "Enter to apply what is right")


def test_pointer_chooses_a_span_backwards_too(pages: Pages) -> None:
    open_months(pages)
    for day in (dt.date(2026, 11, 3), dt.date(2026, 10, 20)):
        pages.browser.click(f"{HERE}[data-day='{(day - EPOCH).days}']")
    assert values(pages) == ["2026-10-20", "2026-11-03"]
    pages.browser.click(f"{HERE}[data-step='year_before']")
    assert "2025" in said(pages)
    apply(pages, "from=2026-10-20&to=2026-11-03")


@pytest.mark.parametrize(("width", "months"), [(320, 1), (1280, 2)])
@pytest.mark.parametrize(("tag", "path"), [("en", "/messages"), ("fa-AF", "/messages"), ("ar", f"/dashboard?{SPAN}")])
def test_months_fit_into_the_window(open_pages: OpenPages, tag: str, path: str, width: int, months: int) -> None:
    pages = open_pages(reader=reading(tag, "both"))
    open_months(pages, path, width)
    assert len(pages.browser.all(f"{HERE}.calendar-month")) == months
    box, room = pages.browser.run(
        "const b = document.querySelector(arguments[0] + '.menu-panel:has([data-date-range])').getBoundingClientRect();"
        "return [[b.left, b.right], document.documentElement.clientWidth]",
        HERE,
    )
    assert 0 <= box[0] < box[1] <= room
    assert pages.browser.run("return document.documentElement.scrollWidth") <= room


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("tag", "calendar"), [("en", "both"), ("fa-AF", None)])
def test_months_are_accessible_in_both_themes(
    open_pages: OpenPages, tag: str, calendar: str | None, theme: str
) -> None:
    pages = open_pages(reader=reading(tag, calendar))
    open_months(pages)
    pages.browser.run("document.documentElement.setAttribute('data-bs-theme', arguments[0])", theme)
    press(pages, Keys.ENTER, Keys.UP, Keys.ENTER)
    assert_accessible_and_fits(pages.browser, theme)
    field = pages.browser.find(f"{HERE}.date-field")
    field.send_keys(Keys.CONTROL + "a" + Keys.NULL + "x" + Keys.TAB)
    assert_accessible_and_fits(pages.browser, f"{theme}, with a field that is wrong")


def test_names_of_days_say_what_is_seen(open_pages: OpenPages) -> None:
    for tag, calendar in (("en", None), ("fa-AF", "both"), ("ps", "gregory"), ("ar", "persian")):
        reader = reading(tag, calendar)
        pages = open_pages(reader=reader)
        open_months(pages)
        names = pages.browser.run(
            "return [...document.querySelectorAll(arguments[0] + '[data-day]')]"
            ".map(day => [day.dataset.day, day.getAttribute('aria-label')])",
            HERE,
        )
        assert len(names) > 56
        today = today_in("Asia/Kabul")
        with use(reader):
            for number, name in names:
                day = EPOCH + int(number) * DAY
                assert name.startswith(f"{fmt.weekday(day.isoweekday(), short=False)} {fmt.date(day)}"), name
                assert ("," in name.replace(fmt.date(day), "")) == (day == today or day.isoweekday() in (4, 5))


def test_weeks_are_those_of_the_reader(open_pages: OpenPages) -> None:
    pages = open_pages("fa-AF")
    pages.open("/dashboard?period=last_week")
    week = preset_period(Preset.LAST_WEEK, today_in("Asia/Kabul"))
    assert week.start.isoweekday() == 6
    with use("fa-AF"):
        assert spans.days(week.start, week.end) in pages.browser.text(f"{HERE}.filter-reading")
    pages.browser.find(f"{MENU} > summary").click()
    assert len(pages.browser.all(f"{HERE}.date-shortcuts .segment.active")) == 1
    open_months(pages, "/messages")
    pages.browser.click(f"{HERE}.date-shortcuts a[href*='{week.start}']")
    pages.browser.wait(lambda: query(pages) == f"startDate={week.start}&endDate={week.end}", "last week's messages")
    assert Period(week.start, week.end).days == 7


def test_browser_and_server_agree_about_every_day_of_two_centuries(pages: Pages) -> None:
    open_months(pages)
    first, last = solar_hijri.to_gregorian(1300, 1, 1), solar_hijri.to_gregorian(1500, 12, 29)
    got = pages.browser.run(
        "const {calendars: {persian, gregory}} = dash_clientside.portal, [first, last] = arguments, lines = [];"
        "for (let day = first; day <= last; day += 1) {"
        "  const own = persian.parts(day), other = gregory.parts(day);"
        "  lines.push([...own, ...other, persian.length(own[0], own[1]), gregory.length(other[0], other[1]),"
        "    persian.day(...own) - day, gregory.day(...other) - day].join(' '));"
        "} return lines.join('\\n')",
        (first - EPOCH).days,
        (last - EPOCH).days,
    ).split("\n")
    assert len(got) == (last - first).days + 1
    for offset, line in enumerate(got):
        day = first + offset * DAY
        year, month, date = solar_hijri.from_gregorian(day)
        length = ((day.replace(day=1) + 32 * DAY).replace(day=1) - DAY).day
        own = solar_hijri.month_length(year, month)
        assert line == f"{year} {month} {date} {day.year} {day.month} {day.day} {own} {length} 0 0"


def test_browser_and_server_read_what_is_typed_alike(pages: Pages) -> None:
    """The browser reads days of any year; the server those that anything is kept of, which the months are told."""
    open_months(pages)
    chance = random.Random(1405)
    typed = ["", " ", "1405", "x/1/1", "26-11-27", "1405/13/1", "1404/12/30", "1403/12/30", "2027-02-29", "1405//6"]
    for _ in range(4000):
        parts = [str(chance.choice((chance.randint(1378, 1480), chance.randint(1995, 2105), chance.randint(0, 99))))]
        parts += [str(chance.randint(0, limit)).zfill(chance.choice((1, 2))) for limit in (13, 32)]
        if chance.random() < 0.3:
            parts.reverse()
        text = chance.choice("-/. ،–").join(parts[: chance.choice((2, 3, 3, 3, 3, 3))])
        typed.append(to_native_digits(text, chance.choice(("latn", "arab", "arabext"))))
    got = pages.browser.run("return arguments[0].map(dash_clientside.portal.readDay)", typed)
    read = 0
    for text, day in zip(typed, got, strict=True):
        wanted = read_day(text)
        inside = day is not None and dt.date(2000, 1, 1) <= EPOCH + day * DAY <= dt.date(2100, 12, 31)
        assert (EPOCH + day * DAY if inside else None) == wanted, text
        read += wanted is not None
    assert read > 1000
