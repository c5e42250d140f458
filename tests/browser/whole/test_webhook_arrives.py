"""A customer's server is told: an endpoint made on the page, a test event that arrives signed, sent again by a button."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

import pytest

from tests.browser.whole.conftest import SignIn, failed_responses
from tests.support.browser import Browser
from tests.support.receiver import Received, receiving
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
URL = '.modal.show [id*=\'"field":"url"\']'


def signature(secret: str, sent: Received) -> str:
    """What Standard Webhooks 1.0.0 wants in `webhook-signature`, worked out without the product's code."""
    headers = lower(sent.headers)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + sent.body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_test_event_arrives_signed_and_is_sent_again(browser: Browser, stack: Stack, signed_in: SignIn) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/webhooks")
    browser.wait_until_ready()
    with receiving() as receiver:
        browser.click(f"{HERE}#webhooks-new")
        browser.fill(URL, f"{receiver.url}/sms")
        browser.click("#webhooks-create-form-submit")
        secret = browser.text(".secret-text")
        browser.click(".modal.show .btn-primary[data-dialog-close]")
        browser.wait(lambda: not browser.all(".modal, .modal-backdrop"), "the dialog to be gone")
        rows = f"{HERE}.hooks .row-link"
        browser.wait(lambda: receiver.url in browser.text(rows), "the endpoint at the head of the list")
        browser.click(rows)
        browser.wait(lambda: receiver.url in browser.text(f"{HERE}#page-title"), "its page")

        browser.click(f"{HERE}[id*='webhook-test\"']")
        browser.click("#webhook-endpoint-test-form-submit")
        first = receiver.until(1)[0]
        assert signature(secret, first) in lower(first.headers)["webhook-signature"].split(" ")
        assert json.loads(first.body)["type"] == "message.delivered"
        browser.wait(lambda: browser.all(f"{HERE}.deliveries .delivery-succeeded"), "the delivery, without reloading")

        browser.click(f"{HERE}.deliveries .row-link")
        browser.find(f"{HERE}.attempt")
        assert first.body.decode() == browser.run(
            f"return document.querySelector('{HERE}#webhook-delivery-payload').textContent"
        )
        browser.click(f"{HERE}[id*='webhook-resend']")
        second = receiver.until(2)[1]
        assert second.body == first.body
        assert lower(second.headers)["webhook-id"] == lower(first.headers)["webhook-id"]
        assert signature(secret, second) in lower(second.headers)["webhook-signature"].split(" ")
        browser.wait(lambda: len(browser.all(f"{HERE}.attempt")) == 2, "the second attempt, without reloading")
        assert "204" in browser.text(f"{HERE}.attempt")
    assert secret not in browser.driver.page_source

    browser.click(f"{HERE}.back-link")
    browser.click(f"{HERE}[id*='webhook-delete\"']")
    browser.click("#webhook-endpoint-delete-form-submit")
    browser.wait(lambda: browser.url.endswith("/webhooks"), "the list")
    browser.wait(lambda: receiver.url not in browser.text(f"{HERE}#webhooks-list"), "the endpoint to be gone")
    assert failed_responses(browser) == []
    browser.assert_console_empty()
