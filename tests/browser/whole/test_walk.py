"""Every page and control, in every language, in a real browser: nothing is refused, logged, failed or cut off."""

from __future__ import annotations

import pytest

from tests.browser.whole.conftest import SignIn, failed_responses, prefer, resize, wait_for_charts
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.latin_words import latin_words_of
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
PAGES = (
    "/dashboard",
    "/analytics",
    "/messages",
    "/messages?status=failed&operator=Roshan",
    "/api-keys",
    "/webhooks",
    "/refused-calls",
    "/exports",
    "/send-test",
    "/billing",
    "/billing/invoices",
    "/billing/ledger",
    "/billing/payments",
    "/billing/prices",
    "/profile",
    "/dashboard?period=90d&compare=none",
)
#: Lists, and what leads from them to one of their things.
DETAILS = {"/messages": "/messages/msg_", "/billing/invoices": "/billing/invoices/", "/webhooks": "/webhooks/"}
#: Operators and senders of the demo, as they stand in charts' labels.
NAMES = ("AWCC", "Etisalat", "Roshan", "ATOMA", "Salaam", "DemoBank", "DB", "Alerts", "Offers")
LOOKS = (("light", 1280), ("dark", 320))
DIRECTIONS = {"en": "ltr", "fa-AF": "rtl", "ps": "rtl", "ar": "rtl"}

FIRST_LINK = (
    "return [...document.querySelectorAll('#react-entry-point main a')].map(a => a.getAttribute('href'))"
    ".find(href => href && href.startsWith(arguments[0]))"
)
AT_REST = "return document.getAnimations().every(animation => !(animation instanceof CSSTransition))"


def assert_quiet(browser: Browser) -> None:
    assert failed_responses(browser) == []
    browser.assert_console_empty()


def assert_accessible_and_fits(browser: Browser, what: object) -> None:
    """The page from its beginning, once its colours are at rest: nothing sideways, and axe finds nothing."""
    browser.wait(
        lambda: browser.run("return document.documentElement.scrollWidth <= window.innerWidth"),
        f"{what} to fit without scrolling sideways",
    )
    # Wherever else it stands, what keeps to the window's edge may lie over half of something, which is not its size.
    browser.run("window.scrollTo({top: 0, behavior: 'instant'})")
    browser.wait(lambda: browser.run(AT_REST), "colours to have changed")
    assert axe_violations(browser) == [], what


def assert_no_raw_text(browser: Browser, page: str) -> None:
    """No key of a text, and no value that nobody formatted."""
    raw = browser.run(
        "return document.body.innerText.match(/\\b[a-z_]+\\.[a-z_]+\\.[a-z_.]+\\b|undefined|\\bNaN\\b|\\bNone\\b/g)"
    )
    assert not raw, f"{page} shows {raw}"


@pytest.mark.parametrize("locale", list(DIRECTIONS))
def test_pages_in_each_language_are_quiet_accessible_and_fit(
    browser: Browser, stack: Stack, signed_in: SignIn, locale: str
) -> None:
    """Each page is loaded once and then changes its colours and its width: from light and wide to dark and narrow, every
    other page and in every other language the other way round."""
    signed_in()
    turned = locale in ("fa-AF", "ar")
    pages = list(PAGES)
    for number, page in enumerate(pages):
        looks = LOOKS[::-1] if turned != bool(number % 2) else LOOKS
        prefer(browser, stack, locale=locale, theme=looks[0][0])
        resize(browser, looks[0][1])
        browser.open(stack.portal_url + page)
        wait_for_charts(browser)
        if page in DETAILS:
            pages.append(browser.run(FIRST_LINK, DETAILS[page]))
        for theme, width in looks:
            resize(browser, width)
            if theme != looks[0][0]:
                browser.run("document.querySelector('[data-theme-toggle]').click()")
            root = browser.run("const r = document.documentElement; return [r.lang, r.dir, r.dataset.bsTheme]")
            assert root == [locale, DIRECTIONS[locale], theme], page
            assert_accessible_and_fits(browser, (page, theme))
            assert_no_raw_text(browser, page)
        if locale != "en":
            assert latin_words_of(browser.driver.page_source, NAMES) == [], page
    assert_quiet(browser)


@pytest.mark.parametrize(
    ("email", "home"),
    [
        ("owner@demo.example", "/dashboard"),
        ("developer@demo.example", "/dashboard"),
        ("billing@demo.example", "/dashboard"),
        ("viewer@demo.example", "/dashboard"),
        ("tam@demo.example", "/portfolio"),
        ("admin@demo.example", "/portfolio"),
    ],
)
def test_each_role_lands_at_home_and_every_navigation_link_works(
    browser: Browser, stack: Stack, sign_in: SignIn, email: str, home: str
) -> None:
    sign_in(email)
    assert browser.url.removeprefix(stack.portal_url).startswith(home)
    assert axe_violations(browser) == [], home
    for address in browser.run("return [...document.querySelectorAll('nav a[href]')].map(a => a.getAttribute('href'))"):
        browser.open(stack.portal_url + address)
        wait_for_charts(browser)
        assert browser.find("#page-title").text.strip()
    assert_quiet(browser)


def test_controls_of_the_dashboard_change_what_is_shown_and_the_address(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/dashboard")
    wait_for_charts(browser)
    before = browser.text("#dashboard-kpi-volume .kpi-value")
    browser.run("[...document.querySelectorAll('a[href*=\"period=7d\"]')][0].click()")
    browser.wait(lambda: "period=7d" in browser.url, "the period in the address")
    browser.wait(lambda: browser.text("#dashboard-kpi-volume .kpi-value") != before, "other numbers")
    wait_for_charts(browser)
    browser.driver.back()
    browser.wait(lambda: browser.text("#dashboard-kpi-volume .kpi-value") == before, "the numbers from before")
    for details in browser.all("details.chart-details"):
        browser.run("arguments[0].open = true", details)
    browser.wait(
        lambda: browser.run(
            "const tables = [...document.querySelectorAll('.chart-table')].map(d => d.querySelector('table'));"
            "return tables.every(t => t && t.rows.length > 1)"
        ),
        "a table with rows behind every chart",
    )
    for button in browser.all("[data-table-csv], [data-chart-png]"):
        browser.run("arguments[0].click()", button)
    browser.click("[data-theme-toggle]")
    browser.wait(lambda: browser.run("return document.documentElement.dataset.bsTheme") == "dark", "the dark theme")
    assert_quiet(browser)


def test_language_switch_keeps_page_and_filters(browser: Browser, stack: Stack, signed_in: SignIn) -> None:
    signed_in("developer@demo.example")  # the choice stays in the profile
    browser.open(f"{stack.portal_url}/messages?status=failed")
    browser.wait_until_ready()
    browser.run(
        "const b = document.querySelector('form[action$=\"/preferences/locale\"] [name=locale][value=\"ps\"]'); b.closest('details').open = true; b.click()"
    )
    browser.wait(lambda: browser.run("return document.documentElement.lang") == "ps", "Pashto")
    assert browser.url == f"{stack.portal_url}/messages?status=failed"
    assert browser.run("return document.documentElement.dir") == "rtl"
    browser.wait_until_ready()
    assert_quiet(browser)


def test_first_html_holds_numbers_and_charts_and_nothing_is_asked_again(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/dashboard")
    browser.wait_until_ready()
    cookies = "; ".join(f"{name}={cookie['value']}" for name, cookie in browser.cookies().items())
    import requests

    answer = requests.get(f"{stack.portal_url}/dashboard", headers={"Cookie": cookies}, timeout=30)
    assert answer.status_code == 200
    assert answer.text.count("<svg") >= 5
    assert browser.text("#dashboard-kpi-volume .kpi-value") in answer.text
    browser.responses()
    browser.open(f"{stack.portal_url}/dashboard")
    wait_for_charts(browser)
    asked = browser.responses()
    assert [url for method, url, _status in asked if method == "POST"] == []
    assert len(asked) <= 14
    assert_quiet(browser)


def test_messages_load_more_open_and_come_back_with_filters(browser: Browser, stack: Stack, signed_in: SignIn) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/messages?status=delivered")
    browser.wait_until_ready()
    assert len(browser.all("#messages-rows tbody tr")) == 50
    browser.click("#messages-more")
    browser.wait(lambda: len(browser.all("#messages-rows tbody tr")) == 100, "the second page below the first")
    ids = browser.run("return [...document.querySelectorAll('#messages-rows tbody tr a')].map(a => a.pathname)")
    assert len(set(ids)) == 100
    browser.run("document.querySelector('#messages-rows tbody tr a').click()")
    browser.wait(lambda: "/messages/msg_" in browser.url, "the message's page")
    browser.find("#page-title")
    browser.run("[...document.querySelectorAll('main a[href^=\"/messages?\"]')][0].click()")
    browser.wait(lambda: browser.url.endswith("/messages?status=delivered"), "the log with its filter")
    assert_quiet(browser)


#: Every element of a row with its classes and the names of its attributes.
ROW_SHAPES = """
const shape = row => [...row.querySelectorAll('*')].map(
  e => e.tagName + '.' + e.className + ' ' + [...e.attributes].map(a => a.name).sort().join()).join('\\n')
  .replace(/(status|icon)-\\S+/g, '$1');
return [...document.querySelectorAll('#react-entry-point #messages-rows tbody')].map(body => shape(body.rows[0]));
"""


def test_further_rows_look_like_the_first_and_leave_with_their_filter(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/messages?status=delivered")
    browser.wait_until_ready()
    browser.click("#messages-more")
    browser.wait(lambda: len(browser.all("#messages-later tr")) == 50, "the second page")
    first, later = browser.run(ROW_SHAPES)
    assert first == later
    browser.run("[...document.querySelectorAll('main a[href=\"/messages\"]')][0].click()")
    browser.wait(lambda: "status" not in browser.url, "the log without its filter")
    browser.wait(lambda: browser.all("#messages-later tr") == [], "the rows of the former filter to go")
    assert len(browser.all("#messages-rows tbody tr")) == 50
    assert_quiet(browser)


def test_bar_of_a_chart_opens_the_log_with_exactly_its_messages(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/dashboard?period=7d")
    wait_for_charts(browser)
    browser.run("document.querySelector('#dashboard-operators-card details').open = true")
    browser.find("#dashboard-operators-graph-rows")
    row = browser.run(
        "const t = document.querySelector('#dashboard-operators-graph-rows');"
        "const a = t.querySelector('a[href]'); return a && [a.getAttribute('href')]"
    )
    assert row, "the table behind the chart links to the log"
    browser.open(stack.portal_url + row[0])
    browser.wait_until_ready()
    assert "operator=" in browser.url
    names = set(
        browser.run(
            "return [...document.querySelectorAll('#messages-rows .cell-operator')].map(c => c.innerText.trim())"
        )
    )
    assert len(names) == 1
    assert_quiet(browser)


@pytest.mark.parametrize(("locale", "direction"), list(DIRECTIONS.items()))
def test_unknown_route_is_a_page_in_the_readers_language_with_status_404(
    browser: Browser, stack: Stack, signed_in: SignIn, locale: str, direction: str
) -> None:
    signed_in()
    prefer(browser, stack, locale=locale, theme="light")
    browser.responses()
    browser.open(f"{stack.portal_url}/no/such/page")
    answered = [status for _method, url, status in browser.responses() if url.endswith("/no/such/page")]
    assert answered == [404]
    assert browser.run("return [document.documentElement.lang, document.documentElement.dir]") == [locale, direction]
    assert "Traceback" not in browser.driver.page_source
    assert locale == "en" or latin_words_of(browser.driver.page_source) == []


def test_message_of_another_tenant_is_not_found(browser: Browser, stack: Stack, signed_in: SignIn) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/messages")
    browser.wait_until_ready()
    address = browser.run("return document.querySelector('#messages-rows tbody tr a').pathname")
    browser.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    signed_in("owner@other.example")
    browser.responses()
    browser.open(stack.portal_url + address)
    assert [status for _method, url, status in browser.responses() if url.endswith(address)] == [404]
