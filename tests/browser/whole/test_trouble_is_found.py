"""A TAM signs in, finds the account in trouble, and sees why, each step a click: on the running product."""

from __future__ import annotations

import pytest

from tests.browser.whole.conftest import SignIn, failed_responses, wait_for_charts
from tests.browser.whole.test_key_stays_nowhere import NAME
from tests.browser.whole.test_walk import assert_no_raw_text
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
WORST = f"{HERE}#portfolio-rows tbody tr:first-child "
ROW = f"{WORST}.row-link"


def test_account_in_trouble_is_found_and_the_page_that_shows_why(
    browser: Browser, stack: Stack, sign_in: SignIn
) -> None:
    sign_in("tam@demo.example")
    wait_for_charts(browser)
    scores = [float(cell.text) for cell in browser.all(f"{HERE}#portfolio-rows .score-number")]
    assert len(scores) > 3
    assert scores == sorted(scores), "the worst first"
    assert browser.text(f"{WORST}.cell-score .status") == "At risk"
    assert scores[0] < 60
    assert axe_violations(browser) == []
    assert_no_raw_text(browser, "/portfolio")
    name = browser.text(ROW)

    browser.click(ROW)
    browser.wait_for_url(f"{stack.portal_url}/tenant?tenantId=")
    wait_for_charts(browser)
    assert browser.text(".portal-top .tenant") == name
    assert browser.text(f"{HERE}#tenant-health .score-number") == f"{scores[0]:.1f}", "the same number as in the list"
    assert "takes most" in browser.text(f"{HERE}#tenant-health")
    assert browser.text(f"{HERE}#tenant-incidents"), "what went wrong lately, or that nothing did"
    assert browser.all(f"{HERE}#tenant-tickets tbody tr"), "their tickets"
    assert browser.all(f"{HERE}.state-error") == []
    assert axe_violations(browser) == []
    assert_no_raw_text(browser, "/tenant")

    browser.click(f"{HERE}#tenant-health a[href^='/health-score']")
    browser.wait_for_url(f"{stack.portal_url}/health-score?tenantId=")
    wait_for_charts(browser)
    assert browser.text(".portal-top .tenant") == name
    assert browser.text(f"{HERE}.score-number") == f"{scores[0]:.1f}", "the same number as in the list"
    assert "takes most" in browser.text("#health-health-title")
    assert axe_violations(browser) == []
    assert_no_raw_text(browser, "/health-score")

    browser.click(f"{HERE}#health-inputs a[href^='/analytics']")
    browser.wait_for_url(f"{stack.portal_url}/analytics?from=")
    wait_for_charts(browser)
    assert browser.text(".portal-top .tenant") == name
    assert failed_responses(browser) == []
    browser.assert_console_empty()


def test_account_of_somebody_else_is_no_page_and_a_customer_is_refused(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in("tam@demo.example")
    browser.open(f"{stack.portal_url}/health-score?tenantId=00000000-0000-7000-8000-00000000dead")
    assert [status for _, url, status in browser.responses() if "/health-score" in url] == [404]
    browser.console()
    browser.open(f"{stack.portal_url}/health-score")
    browser.wait_for_url(f"{stack.portal_url}/portfolio")
    signed_in("owner@demo.example")
    for path in ("/portfolio", "/health-score", "/tenant"):
        browser.responses()
        browser.open(f"{stack.portal_url}{path}")
        assert [status for _, url, status in browser.responses() if url.endswith(path)] == [403]


def test_account_is_looked_at_as_its_owner_sees_it_nothing_can_be_changed_and_there_is_a_way_back(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in("tam@demo.example")
    browser.open(f"{stack.portal_url}/portfolio")
    browser.wait_until_ready()
    account, name = browser.run("const a = document.querySelector(arguments[0]); return [a.href, a.innerText]", ROW)
    browser.open(account)
    browser.wait_until_ready()
    browser.click(f"{HERE}a[href^='/look-as?tenantId=']")
    browser.wait_for_url(f"{stack.portal_url}/look-as?tenantId=")
    assert axe_violations(browser) == []
    browser.click(f"{HERE}button[name=role][value=owner]")
    browser.wait_for_url(f"{stack.portal_url}/dashboard")
    wait_for_charts(browser)
    assert name in browser.text(".banner-preview")
    assert browser.all("nav a[href='/portfolio']") == [], "the customer's own navigation"
    assert axe_violations(browser) == []
    browser.open(f"{stack.portal_url}/api-keys")
    browser.wait_until_ready()
    browser.click(f"{HERE}#api-keys-new")
    browser.fill(NAME, "made by somebody else")
    browser.click("#api-keys-create-form-submit")
    browser.wait(lambda: "nothing can be changed" in browser.text(".modal.show"), "the refusal")
    browser.open(f"{stack.portal_url}/api-keys")
    browser.wait_until_ready()
    assert "made by somebody else" not in browser.text("#react-entry-point")
    browser.click(".banner-leave")
    browser.wait_for_url(f"{stack.portal_url}/tenant?tenantId=")
    browser.wait_until_ready()
    assert browser.all(".banner-preview") == []
    assert failed_responses(browser) == []
    browser.assert_console_empty()
