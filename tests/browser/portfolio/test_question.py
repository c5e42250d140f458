"""The question to customers, by keyboard alone, from right to left on a narrow screen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.browser.portfolio.conftest import HERE
from tests.browser.whole.conftest import resize
from tests.browser.whole.test_walk import AT_REST
from tests.support import portal_on_fakes
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser


def test_question_is_answered_by_keyboard_and_gone(browser: Browser, data_dir: Path) -> None:
    account = FakeAccount()
    server, _app = portal_on_fakes.build(
        data_dir,
        tag="ps",
        services=fake_services(account=account),
        ask_opinion_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    port = free_port()
    with served(server, port):
        resize(browser, 320)
        browser.open(f"http://{HOST}:{port}/dashboard")
        browser.wait_until_ready()
        browser.wait(lambda: browser.run("return document.documentElement.scrollWidth <= window.innerWidth"), "to fit")
        browser.wait(lambda: browser.run(AT_REST), "colours to have changed")
        card = browser.find(f"{HERE}.nps")
        assert card.rect["y"] > browser.find(f"{HERE}#dashboard-volume-card").rect["y"], "in nobody's way"
        assert axe_violations(browser) == []
        browser.click(f"{HERE}#nps-form-submit")
        assert browser.text(f"{HERE}.nps [data-field=score] .form-field-error")
        browser.run("document.querySelector('#react-entry-point .nps-scores input').focus()")
        keys = ActionChains(browser.driver).send_keys(Keys.SPACE)
        for _ in range(9):
            keys = keys.send_keys(Keys.ARROW_DOWN)
        keys.send_keys(Keys.TAB, "ښه", Keys.TAB, Keys.TAB, Keys.ENTER).perform()
        browser.find(f"{HERE}.nps-thanks")
        assert list(account.answers.values()) == [(9, "ښه")]
        browser.assert_console_empty()
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
