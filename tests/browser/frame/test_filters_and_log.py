"""Filters live in the address, and using them loses neither the focus nor a menu nor the rows already there."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from selenium.webdriver import ActionChains, Keys

from portal.domain.errors import UpstreamUnavailable
from tests.browser.frame.conftest import Pages

pytestmark = pytest.mark.browser
_HERE = "#react-entry-point "


def query(pages: Pages) -> str:
    return urlsplit(pages.browser.url).query


def rows(pages: Pages) -> int:
    return len(pages.browser.all(f"{_HERE}#messages-rows tbody tr"))


def focused(pages: Pages) -> str:
    return str(pages.browser.run("return document.activeElement.id"))


def open_menu(pages: Pages, holding: str) -> None:
    pages.browser.run(
        "document.querySelector('#react-entry-point ' + arguments[0]).closest('details').querySelector('summary').click()",
        holding,
    )


def test_ticked_filters_go_to_the_address_while_menu_and_charts_stay(pages: Pages) -> None:
    pages.open("/dashboard?period=7d")
    pages.browser.run("document.querySelectorAll('#react-entry-point .chart-box').forEach(box => { box.kept = true; })")
    open_menu(pages, "#filters-operators")
    for expected in ("period=7d&operator=AWCC", "period=7d&operator=AWCC&operator=Roshan"):
        boxes = pages.browser.all(f"{_HERE}#filters-operators input")
        boxes[expected.count("operator=") - 1].click()
        pages.browser.wait(lambda expected=expected: query(pages) == expected, expected)
    assert pages.browser.all(f"{_HERE}details[open] #filters-operators")
    assert pages.browser.run(
        "return [...document.querySelectorAll('#react-entry-point .chart-box')].every(box => box.kept)"
    )
    pages.browser.assert_console_empty()


def test_switch_keeps_the_focus(pages: Pages) -> None:
    pages.open("/dashboard")
    pages.browser.click(f"{_HERE}#filters-compare")
    pages.browser.wait(lambda: query(pages) == "compare=none", "the address")
    assert focused(pages) == "filters-compare"


def test_step_of_the_address_asks_for_what_it_changes_and_no_control_what_follows_from_it(pages: Pages) -> None:
    pages.open("/dashboard?compare=none")
    pages.browser.run(
        "const ask = window.fetch; window.asked = [];"
        "window.fetch = (...given) => {"
        "  if (String(given[0]).includes('_dash-update-component')) window.asked.push(JSON.parse(given[1].body).output);"
        "  return ask(...given);"
        "}"
    )
    pages.browser.click(f"{_HERE}.segments a:nth-child(2)")
    bars = f"{_HERE}#dashboard-volume-graph .chart-links a"
    pages.browser.wait(lambda: len(pages.browser.all(bars)) == 7, "the seven days' chart")
    asked = pages.browser.run("return window.asked")
    assert len(asked) == 2, "the page's numbers and what the bar says"
    assert not any("filters-address" in output for output in asked)


def test_back_and_forward_bring_filters_controls_and_words_back(pages: Pages) -> None:
    pages.open("/dashboard")
    pages.browser.click(f"{_HERE}.segments a:nth-child(2)")
    pages.browser.wait(lambda: query(pages) == "period=7d", "the preset")
    pages.browser.click(f"{_HERE}#filters-compare")
    pages.browser.wait(lambda: query(pages) == "period=7d&compare=none", "no comparison")
    pages.browser.driver.back()
    pages.browser.wait(lambda: pages.browser.all(f"{_HERE}#filters-compare:checked"), "the switch to be on again")
    pages.browser.driver.back()
    active = f"{_HERE}.segment.active"
    pages.browser.wait(lambda: pages.browser.text(active).startswith("30 days"), "the default period")
    pages.browser.driver.forward()
    pages.browser.wait(lambda: pages.browser.text(active).startswith("7 days"), "the preset again")
    pages.browser.assert_console_empty()


def test_search_takes_any_digits_and_can_be_taken_back(pages: Pages) -> None:
    pages.open("/messages?status=failed")
    pages.browser.find(f"{_HERE}#messages-search").send_keys("۰۷۰۱", Keys.ENTER)
    pages.browser.wait(lambda: query(pages) == "status=failed&q=0701", "the search")
    pages.browser.click(f"{_HERE}.chip-remove[href='/messages?status=failed']")
    pages.browser.wait(lambda: query(pages) == "status=failed", "the chip to be gone")
    field = pages.browser.find(f"{_HERE}#messages-search")
    pages.browser.wait(lambda: field.get_attribute("value") == "", "the field to be empty")


def test_load_more_keeps_rows_through_a_failure_and_goes_on(pages: Pages) -> None:
    pages.open("/messages")
    assert rows(pages) == 50
    pages.log.error_after = UpstreamUnavailable(request_id="up-5")
    pages.browser.click(f"{_HERE}#messages-more")
    assert "up-5" in pages.browser.text(f"{_HERE}#messages-foot .state-error")
    assert rows(pages) == 50
    pages.log.error_after = None
    pages.browser.click(f"{_HERE}#messages-more")
    pages.browser.wait(lambda: rows(pages) == 100, "the second page")
    pages.browser.click(f"{_HERE}#messages-more")
    pages.browser.wait(lambda: rows(pages) == 120, "the last page")
    pages.browser.wait(lambda: not pages.browser.find(f"{_HERE}#messages-foot").text.endswith("Load more"), "the end")
    pages.browser.assert_console_empty()


def test_row_opens_its_message_and_back_keeps_the_filters(pages: Pages) -> None:
    pages.open("/messages?status=failed&hour=13")
    cell = pages.browser.find(f"{_HERE}#messages-rows tbody tr:nth-child(3) .cell-operator")
    ActionChains(pages.browser.driver).move_to_element(cell).click().perform()  # the row's link lies over its cells
    pages.browser.wait(lambda: urlsplit(pages.browser.url).path.startswith("/messages/msg_"), "the message")
    pages.browser.wait(lambda: focused(pages) == "page-title", "the focus at the page's beginning")
    pages.browser.click(f"{_HERE}.back-link")
    pages.browser.wait(lambda: query(pages) == "status=failed&hour=13", "the log with its filters")
    pages.browser.assert_console_empty()
