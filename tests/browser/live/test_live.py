"""New numbers show by themselves, in a real browser: told where that is possible, asked for where it is not."""

from __future__ import annotations

import pytest

from portal.web.live import PATH
from tests.browser.live.conftest import Dashboard
from tests.integration.live.conftest import BANK, House

pytestmark = pytest.mark.browser
CALLBACK = "/_dash-update-component"


def test_new_traffic_shows_without_reload_and_without_asking_in_between(dashboard: Dashboard, house: House) -> None:
    browser = dashboard.browser
    dashboard.open()
    dashboard.wait_until_live()
    shown = dashboard.browser.text("#react-entry-point #dashboard-updated")
    dashboard.asked()
    revision = house.database.new_numbers(BANK)
    browser.wait(lambda: dashboard.shows(revision), "the new numbers")
    assert browser.text("#react-entry-point #dashboard-updated") != shown
    assert not dashboard.polls()
    assert dashboard.asked().count(CALLBACK) == 1
    browser.assert_console_empty()


def test_what_came_while_the_network_was_away_shows_when_it_is_back(dashboard: Dashboard, house: House) -> None:
    browser = dashboard.browser
    dashboard.open()
    dashboard.wait_until_live()
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.driver.execute_cdp_cmd("Network.enable", {})
    house.database.cut_listeners()  # every stream is ended, and not before the portal hears again
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **network})
    revision = house.database.new_numbers(BANK)
    browser.wait(dashboard.polls, "the page to ask for itself")
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **network})
    browser.wait(lambda: dashboard.shows(revision), "the new numbers")
    dashboard.wait_until_live()
    following = house.database.new_numbers(BANK)
    browser.wait(lambda: dashboard.shows(following), "the next numbers")
    browser.console()


def test_page_asks_for_itself_where_there_is_no_stream(dashboard: Dashboard, house: House) -> None:
    browser = dashboard.browser
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [f"*{PATH}*"]})
    try:
        dashboard.open()
        assert dashboard.polls()
        revision = house.database.new_numbers(BANK)
        browser.wait(lambda: dashboard.shows(revision), "the new numbers")
        assert dashboard.polls()
    finally:
        browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        browser.console()


def test_signing_out_in_one_tab_leads_the_others_to_sign_in(dashboard: Dashboard) -> None:
    browser = dashboard.browser
    dashboard.open()
    dashboard.wait_until_live()
    first = browser.driver.current_window_handle
    browser.run(
        "return fetch('/auth/logout', {method: 'POST', headers: {'X-CSRF-Token': arguments[0]}, redirect: 'manual'})"
        ".then(() => null)",
        browser.cookies()["__Host-csrf"]["value"],
    )
    browser.driver.switch_to.window(first)
    browser.wait(lambda: "/login" in browser.url, "the sign-in page")
    browser.console()


def test_seven_tabs_of_one_browser_work_with_one_stream(dashboard: Dashboard, house: House) -> None:
    """Over HTTP/1.1 a browser opens six connections to a host: a stream for each tab would leave none for the last."""
    browser = dashboard.browser
    handles = []
    for _ in range(7):
        browser.driver.switch_to.new_window("tab")
        # A tab behind another believes that it is looked at, as each of seven windows on two screens may be.
        browser.driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
        dashboard.open()
        handles.append(browser.driver.current_window_handle)
        dashboard.wait_until_live()
    revision = house.database.new_numbers(BANK)
    asked = 0
    for handle in handles:
        browser.driver.switch_to.window(handle)
        browser.wait(lambda: dashboard.shows(revision), "the new numbers in every tab")
        assert not dashboard.polls()
    asked = [path for _, path, _ in browser.responses()].count(f"{house.portal.url}{PATH}")
    assert asked == 1
    # Who listened goes: another tab takes its place.
    browser.driver.switch_to.window(handles[0])
    browser.driver.close()
    following = house.database.new_numbers(BANK)
    for handle in handles[1:]:
        browser.driver.switch_to.window(handle)
        browser.wait(lambda: dashboard.shows(following), "the next numbers in every tab")
    browser.console()
