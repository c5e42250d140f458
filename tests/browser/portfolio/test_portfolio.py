"""From all accounts to why one is in trouble: filters in the address, rows that stay, charts that lead on."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import Select

from portal.domain.errors import UpstreamUnavailable
from portal.domain.weights import RunStatus
from portal.i18n import to_ascii_digits
from portal.i18n.bidi import to_native_digits
from tests.browser.portfolio.conftest import HERE, Accounts, OpenAccounts
from tests.browser.whole.conftest import resize, wait_for_charts
from tests.browser.whole.test_walk import assert_accessible_and_fits
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.fakes_health import NOW, run, version
from tests.support.fakes_portfolio import tenant_id

pytestmark = pytest.mark.browser
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
HEALTH = f"/health-score?tenantId={tenant_id()}"
TENANT = f"/tenant?tenantId={tenant_id()}"
LOOK_AS = f"/look-as?tenantId={tenant_id()}"
SUM = f"{HERE}#health-weights-sum"
LOOKS = (("light", 1280), ("dark", 320))


def query(accounts: Accounts) -> str:
    return urlsplit(accounts.browser.url).query


@pytest.mark.parametrize("tag", ["en", "fa-AF", "ps", "ar"])
def test_pages_are_accessible_and_fit_in_both_directions_and_themes(open_accounts: OpenAccounts, tag: str) -> None:
    accounts = open_accounts(tag)
    browser = accounts.browser
    looks = (
        LOOKS
        if tag == "en"
        else tuple((theme, width) for theme, (_, width) in zip(("dark", "light"), LOOKS, strict=True))
    )
    for path in ("/portfolio", TENANT, HEALTH, f"/health-score?tenantId={tenant_id(7)}", LOOK_AS):
        resize(browser, looks[0][1])
        accounts.open(path)
        if path not in (f"/health-score?tenantId={tenant_id(7)}", LOOK_AS):
            wait_for_charts(browser)
        for theme, width in looks:
            resize(browser, width)
            browser.run("document.documentElement.dataset.bsTheme = arguments[0]", theme)
            assert_accessible_and_fits(browser, (path, theme, width))
    browser.assert_console_empty()


def test_account_in_trouble_is_found_seen_at_a_glance_and_explained_in_three_clicks(accounts: Accounts) -> None:
    accounts.open()
    browser = accounts.browser
    browser.click(f"{HERE}#portfolio-bands a[href='/portfolio?band=at_risk']")
    browser.wait(lambda: query(accounts) == "band=at_risk" and accounts.rows() == 19, "the accounts at risk")
    cell = browser.find(f"{HERE}#portfolio-rows tbody tr:first-child .cell-messages")
    ActionChains(browser.driver).move_to_element(cell).click().perform()  # the row's link lies over its cells
    browser.wait(lambda: browser.url.endswith(TENANT), "all of it at a glance")
    browser.wait_until_ready()
    assert "takes most" in browser.text(f"{HERE}#tenant-health")
    ticket = browser.find(f"{HERE}#tenant-tickets .ticket-link")
    assert (ticket.get_attribute("target"), ticket.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    accounts.platform.no_tickets = UpstreamUnavailable(request_id="up-9")
    browser.driver.refresh()
    browser.wait_until_ready()
    assert "up-9" in browser.text(f"{HERE}#tenant-tickets .state-error")
    accounts.platform.no_tickets = None
    browser.click(f"{HERE}#tenant-tickets .state-error button")
    browser.wait(lambda: browser.all(f"{HERE}#tenant-tickets .ticket-link"), "the tickets, asked for again")
    browser.click(f"{HERE}#tenant-health a[href='{HEALTH}']")
    browser.wait(lambda: browser.url.endswith(HEALTH), "what explains its score")
    browser.wait_until_ready()
    wait_for_charts(browser)
    assert "21.3" in browser.text("#health-health-title")
    assert "Not known" in browser.text(f"{HERE}#health-head")
    browser.click(f"{HERE}.back-link")
    browser.wait(lambda: urlsplit(browser.url).path == "/portfolio", "all accounts")
    browser.assert_console_empty()


def test_search_order_and_column_names_go_to_the_address_and_back(accounts: Accounts) -> None:
    accounts.open("/portfolio?band=at_risk")
    browser = accounts.browser
    browser.find(f"{HERE}#portfolio-search").send_keys("demo", Keys.ENTER)
    browser.wait(lambda: query(accounts) == "q=demo&band=at_risk" and accounts.rows() == 5, "the search")
    Select(browser.find(f"{HERE}#portfolio-sort")).select_by_value("messages")
    browser.wait(lambda: query(accounts) == "q=demo&band=at_risk&sort=messages&order=desc", "most messages first")
    order = browser.find(f"{HERE}#portfolio-order")
    browser.wait(lambda: order.get_attribute("value") == "desc", "the order to follow")
    browser.click(f"{HERE}th a[href='/portfolio?q=demo&band=at_risk&sort=messages']")
    browser.wait(lambda: query(accounts) == "q=demo&band=at_risk&sort=messages", "the other way round")
    browser.wait(lambda: browser.all(f"{HERE}th[aria-sort=ascending]"), "the column to say so")
    browser.wait(lambda: order.get_attribute("value") == "asc", "the order to follow")
    browser.driver.back()
    browser.wait(lambda: order.get_attribute("value") == "desc", "the step before")
    assert query(accounts) == "q=demo&band=at_risk&sort=messages&order=desc"
    chip = f"{HERE}.chip-remove[href='/portfolio?band=at_risk&sort=messages&order=desc']"
    browser.wait(lambda: browser.all(chip), "the chip to follow as well, before it is pressed")
    browser.click(chip)
    browser.wait(lambda: query(accounts) == "band=at_risk&sort=messages&order=desc", "the chip to be gone")
    browser.assert_console_empty()


def test_navigation_keeps_the_account_that_is_looked_at_and_hides_what_needs_one(accounts: Accounts) -> None:
    browser = accounts.browser
    of_accounts = f"{HERE}.nav-entry[data-page]"
    accounts.open(f"/dashboard?tenantId={tenant_id(1)}")
    browser.run("window.same = true")
    browser.click(f"{HERE}.nav-entry[data-page='/analytics']")
    browser.wait(lambda: browser.driver.title.startswith("Analytics"), "the title")
    assert browser.run("return window.same")
    assert query(accounts) == f"tenantId={tenant_id(1)}"
    addresses = {link.get_attribute("href").partition("?")[2] for link in browser.all(of_accounts)}
    assert addresses == {f"tenantId={tenant_id(1)}"}
    assert [link.get_attribute("data-page") for link in browser.all(f"{of_accounts}.current")] == ["/analytics"]
    browser.run("history.pushState({}, '', '/analytics'); dispatchEvent(new CustomEvent('_dashprivate_pushstate'))")
    assert browser.all(of_accounts)
    assert not [link for link in browser.all(of_accounts) if link.is_displayed()]
    browser.driver.back()
    browser.wait(lambda: query(accounts) == f"tenantId={tenant_id(1)}", "the account again")
    browser.wait(lambda: all(link.is_displayed() for link in browser.all(of_accounts)), "the entries again")


def test_load_more_keeps_rows_through_a_failure_and_goes_on(accounts: Accounts) -> None:
    accounts.open()
    browser = accounts.browser
    assert accounts.rows() == 50
    accounts.platform.error_after = UpstreamUnavailable(request_id="up-5")
    browser.click(f"{HERE}#portfolio-more")
    assert "up-5" in browser.text(f"{HERE}#portfolio-foot .state-error")
    assert accounts.rows() == 50
    accounts.platform.error_after = None
    browser.click(f"{HERE}#portfolio-more")
    browser.wait(lambda: accounts.rows() == 60, "the last accounts")
    later = browser.find(f"{HERE}#portfolio-later tr:last-child .row-link")
    assert later.get_attribute("href").endswith(f"/tenant?tenantId={tenant_id(59)}")
    assert browser.find(f"{HERE}#portfolio-later tr:last-child .course").get_attribute("alt")
    assert browser.text(f"{HERE}#portfolio-foot") == "60 of 60 accounts"
    browser.assert_console_empty()


def test_point_of_the_picture_opens_its_account_and_its_table_has_all_columns(accounts: Accounts) -> None:
    accounts.open()
    browser = accounts.browser
    wait_for_charts(browser)
    browser.click(f"{HERE}#portfolio-health-card summary")
    cells = browser.wait(
        lambda: browser.run(
            "const row = document.querySelector('#portfolio-health-graph-rows tbody tr');"
            "return row && [...row.cells].map(cell => cell.textContent)"
        ),
        "the table",
    )
    assert len(cells) == 4
    assert "1,000.00" in cells[2]
    point = browser.find(f"{HERE}#portfolio-health-graph .scatterlayer .point")
    browser.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", point)
    ActionChains(browser.driver).move_to_element(point).click().perform()
    browser.wait(lambda: browser.url.endswith(TENANT), "the account of the first point")
    browser.wait_until_ready()
    assert browser.text(".portal-top .tenant") == "Demo Bank", "a whole page, whose frame says whose it is"
    browser.assert_console_empty()


def test_weights_are_shown_and_taken_in_the_readers_digits(open_accounts: OpenAccounts) -> None:
    accounts = open_accounts("fa-AF", roles=("platform_admin",))
    browser = accounts.browser
    resize(browser, 1280)
    accounts.open("/health-weights")
    held = int(to_ascii_digits(str(browser.find(field("nps")).get_attribute("value"))))
    browser.find(field("nps")).send_keys(Keys.ARROW_UP)
    shown = str(browser.find(field("nps")).get_attribute("value"))
    assert shown == to_native_digits(str(held + 1), "arabext")
    browser.wait(lambda: "۱۰۱" in browser.text(SUM), "the sum of what the arrow counted")
    for typed in (f"٠{held}".translate(ARABIC), to_native_digits(str(held + 2), "arabext"), str(held)):
        enter(browser, "nps", typed)
        total = 100 - held + int(to_ascii_digits(typed))
        browser.wait(lambda total=total: to_native_digits(str(total), "arabext") in browser.text(SUM), typed)
    enter(browser, "nps", "ده")
    browser.click(f"{HERE}#health-weights-form-submit")  # at once: what is entered is what is sent
    assert "۱۰۰" in browser.text(f"{HERE}[data-field=nps] .form-field-error"), "between which numbers a weight is"
    browser.wait(lambda: browser.all(f"{SUM} .weights-wrong"), "the sum of what is no number")
    browser.assert_console_empty()


def test_weights_are_previewed_as_they_are_entered_and_saved_over_another_admins(open_accounts: OpenAccounts) -> None:
    """One page for all it does: fields by keyboard, the effect before it is saved, what is wrong, a conflict, a run."""
    accounts = open_accounts("en", roles=("platform_admin",))
    browser = accounts.browser
    resize(browser, 1280)
    accounts.open("/health-weights")
    wait_for_charts(browser)
    assert axe_violations(browser) == []
    enter(browser, "delivery", "45")
    browser.wait(lambda: "5 too many" in browser.text(SUM), "the sum to be wrong")
    delivery = browser.find(field("nps"))
    for _ in range(5):
        delivery.send_keys(Keys.ARROW_DOWN)
    browser.wait(lambda: "2 accounts change their band" in browser.text(SUM), "the effect")
    assert "2 accounts would change their band" in browser.text("#health-weights-spread-title")
    browser.click(f"{HERE}#health-weights-form-submit")
    assert "This is needed" in browser.text(f"{HERE}[data-field=reason] .form-field-error")
    accounts.health.history.insert(0, version(3, by="Ada", reason="Back to before"))
    enter(browser, "reason", "Delivery is what they call about")
    browser.click(f"{HERE}#health-weights-form-submit")
    browser.wait(lambda: "Ada saved version 3" in browser.text(f"{HERE}#health-weights-form-summary"), "the conflict")
    assert browser.find(field("delivery")).get_attribute("value") == "45"
    assert browser.find(field("reason")).get_attribute("value") == "Delivery is what they call about"
    browser.click(f"{HERE}#health-weights-form-submit")
    browser.wait(lambda: "Version 4 holds" in browser.text(f"{HERE}#health-weights-held"), "the new version")
    assert browser.find("#version-4")
    accounts.health.runs[0] = run(status=RunStatus.DONE, done_days=7, scores=60, finished_at=NOW)
    browser.wait(lambda: "60 scores were made anew" in browser.text("#toasts-list"), "the end of the run")
    for theme, width in (("dark", 320),):
        resize(browser, width)
        browser.run("document.documentElement.dataset.bsTheme = arguments[0]", theme)
        assert_accessible_and_fits(browser, (theme, width))
    browser.assert_console_empty()


def field(name: str) -> str:
    return f"{HERE}[data-field={name}] input"


def enter(browser: Browser, name: str, value: str) -> None:
    """Type over what a field holds."""
    browser.find(field(name)).send_keys(Keys.CONTROL, "a")
    browser.find(field(name)).send_keys(value)
