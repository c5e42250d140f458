"""The whole of it, as a customer's first day goes: from a new key to the invoice, with everything real in between.

A key and an endpoint made on the pages, a message sent by the very command that the test sender shows, through Kannel to
a message centre and back by its receipt, the customer's server told of it, the day as a file, and an invoice's line
with the messages it bills.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.common.by import By
from standardwebhooks.webhooks import Webhook

from portal.i18n import to_ascii_digits
from tests.browser.whole.conftest import SignIn, failed_responses
from tests.support.browser import Browser
from tests.support.kannel import Kannel, require_kannel
from tests.support.receiver import Received, Receiver, receiving
from tests.support.smpp_smsc import Answer, MessageCentre
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
RECIPIENT, SENDER, BODY = "+93701234567", "DemoBank", "It's 50 € – your code: 4821"
FIELD = '[id*=\'"field":"{}"\']'


@pytest.fixture
def operator(line: Kannel | None) -> Iterator[MessageCentre]:
    """What Kannel is bound to: takes every message in, and gives a receipt when the test says so."""
    require_kannel()
    assert line is not None
    line.centre.forget()
    line.centre.plan = lambda _submitted: Answer()
    yield line.centre
    line.centre.forget()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def dialog_gone(browser: Browser) -> None:
    browser.wait(lambda: not browser.all(".modal, .modal-backdrop"), "the dialog to be gone")


def create_key(browser: Browser) -> str:
    """How the new key reads, from the one dialog that shows it."""
    browser.click(f"{HERE}#api-keys-new")
    browser.fill(f".modal.show {FIELD.format('name')}", "Our shop")
    browser.click("#api-keys-create-form-submit")
    key = browser.text(".secret-text")
    browser.click(".modal.show .btn-primary[data-dialog-close]")
    dialog_gone(browser)
    return key


def create_endpoint(browser: Browser, url: str) -> str:
    """The new endpoint's signing secret, from the one dialog that shows it."""
    browser.click(f"{HERE}#webhooks-new")
    browser.fill(f".modal.show {FIELD.format('url')}", url)
    browser.click("#webhooks-create-form-submit")
    secret = browser.text(".secret-text")
    browser.click(".modal.show .btn-primary[data-dialog-close]")
    dialog_gone(browser)
    browser.wait(lambda: url in browser.text(f"{HERE}.hooks .row-link"), "the endpoint in the list")
    return secret


def go(browser: Browser, path: str) -> None:
    """By the navigation, as people do."""
    browser.click(f"nav a[href='{path}']")
    browser.wait(lambda: browser.url.split("?")[0].endswith(path), path)


def shown_command(browser: Browser) -> str:
    """The test sender's curl command for our message, as its Copy button would copy it."""
    for field, value in (("to", RECIPIENT), ("from", SENDER), ("body", BODY)):
        browser.fill(f"{HERE}{FIELD.format(field)}", value)

    def command() -> str:
        return str(browser.run("return document.getElementById('send-code-text-curl').textContent"))

    browser.wait(lambda: RECIPIENT in command() and SENDER in command() and "4821" in command(), "our message as curl")
    return command()


def clicked(browser: Browser, xpath: str) -> bool:
    """Clicks what is drawn anew now and then: an element that is gone is looked for again."""
    element = browser.driver.find_element(By.XPATH, xpath)
    browser.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    element.click()
    return True


def status(browser: Browser) -> str:
    return browser.text(f"{HERE}.detail-facts .status")


def about_delivery(receiver: Receiver) -> list[Received]:
    return [each for each in list(receiver.received) if json.loads(each.body)["type"] == "message.delivered"]


def day_of(sent: Received) -> str:
    """The day, as the account counts days, on which the message was sent that an event tells of."""
    at = datetime.fromisoformat(json.loads(sent.body)["data"]["submittedAt"])
    return at.astimezone(ZoneInfo("Asia/Kabul")).date().isoformat()


def choose_day(browser: Browser, day: str) -> None:
    """One day in the log's menu of days; returns when its rows are there."""
    before = browser.text("#messages-span")
    browser.click(f"{HERE}.menu:has(#messages-span) summary")
    for field in browser.all(f"{HERE}.date-field"):
        field.send_keys(Keys.CONTROL + "a" + Keys.NULL + day + Keys.TAB)
    browser.click(f"{HERE}#messages-apply")
    browser.wait(lambda: browser.text("#messages-span") != before, "the day's rows")
    assert f"startDate={day}&endDate={day}" in browser.url


def header(sent: Received, name: str) -> str:
    return {known.lower(): value for known, value in sent.headers.items()}[name]


def rows_of_the_log(browser: Browser) -> list[tuple[str, str, str]]:
    """Id, recipient and sender of every message of the filter in force, all pages of it."""
    browser.wait(lambda: browser.all(f"{HERE}#messages-rows tbody tr"), "rows")
    while browser.run("const m = document.querySelector('#messages-more'); return m && !m.hidden"):
        rows = len(browser.all(f"{HERE}#messages-rows tbody tr"))
        browser.click(f"{HERE}#messages-more")
        browser.wait(lambda rows=rows: len(browser.all(f"{HERE}#messages-rows tbody tr")) > rows, "more rows")
    found = browser.run(
        "return [...document.querySelectorAll('#react-entry-point #messages-rows tbody tr')].map(row =>"
        " [row.querySelector('.row-link').pathname.split('/').pop(),"
        " row.querySelector('.cell-to').innerText.trim(), row.querySelector('.cell-from').innerText.trim()])"
    )
    return [(row[0], row[1], row[2]) for row in found]


def number(text: str) -> int:
    return int("".join(character for character in to_ascii_digits(text) if character.isdigit()))


def test_customer_does_everything_from_the_key_to_the_invoice(
    browser: Browser, stack: Stack, operator: MessageCentre, sign_in: SignIn, receiver: Receiver, tmp_path: Path
) -> None:
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": os.fspath(tmp_path)}
    )
    sign_in()
    go(browser, "/webhooks")
    secret = create_endpoint(browser, f"{receiver.url}/sms")
    go(browser, "/api-keys")
    key = create_key(browser)
    browser.click(f"{HERE}.log-foot a[href='/send-test']")
    command = shown_command(browser)
    go(browser, "/messages")
    browser.find(f"{HERE}#messages-rows tbody tr")

    # The command in a terminal, with nothing but the key.
    ran = subprocess.run(
        ["bash", "-c", command], env={"PATH": os.environ["PATH"], "SMS_API_KEY": key}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    message_id = json.loads(ran.stdout)["messageId"]

    # On its way: its page follows it to the phone and to the customer's server.
    newest = f"{HERE}#messages-rows tbody tr:first-child .row-link[href*='{message_id}']"
    browser.click(f"{HERE}#messages-refresh")
    browser.click(newest)
    browser.wait(lambda: message_id in browser.text("#page-title"), "the page of the newest message")
    browser.run("window.notLoadedAnew = true")
    browser.wait(lambda: status(browser) == "Sent", "the message to be with the operator")
    operator.wait_until(lambda: len(operator.record) == 1, "the message at the message centre")
    (submitted,) = operator.record
    assert (f"+{submitted.destination}", submitted.source, submitted.text) == (RECIPIENT, SENDER, BODY)
    operator.send_receipt(submitted, "DELIVRD")
    browser.wait(lambda: status(browser) == "Delivered", "the delivery on the page")
    assert "kannel" not in browser.text(f"{HERE}.timeline").lower(), "where it was is said in words"
    ours = (
        f"//li[contains(@class, 'timeline-entry')][contains(., 'message.delivered')][contains(., '{receiver.url}')]//a"
    )
    browser.wait(lambda: browser.driver.find_elements(By.XPATH, ours), "the webhook on the page")
    assert browser.run("return window.notLoadedAnew")
    (first,) = about_delivery(receiver)
    event = Webhook(secret).verify(first.body, dict(first.headers))
    assert event["data"]["messageId"] == message_id

    # Told once more, from the delivery's page.
    browser.wait(lambda: clicked(browser, ours), "the way to the delivery")
    browser.click(f"{HERE}[id*='webhook-resend']")
    browser.wait(lambda: len(about_delivery(receiver)) == 2, "the webhook once more")
    second = about_delivery(receiver)[1]
    assert Webhook(secret).verify(second.body, dict(second.headers)) == event
    assert header(second, "webhook-id") == header(first, "webhook-id")
    browser.wait(lambda: len(browser.all(f"{HERE}.attempt")) == 2, "the second attempt on the page")
    assert browser.run("return window.notLoadedAnew")

    # The day as a file.
    go(browser, "/messages")
    choose_day(browser, day_of(second))
    logged = rows_of_the_log(browser)
    assert message_id in {row[0] for row in logged}
    browser.click(f"{HERE}#exports-new")
    browser.click(".modal.show button[type=submit]")
    browser.click("#toasts-list a[href='/exports']")
    browser.wait(lambda: browser.all(f"{HERE}.log.exports tbody tr:first-child a.btn-primary"), "the file")
    browser.click(f"{HERE}.log.exports tbody tr:first-child a.btn-primary")
    browser.wait(lambda: list(tmp_path.glob("messages-*.csv")), "the file on this machine")
    with next(tmp_path.glob("messages-*.csv")).open(encoding="utf-8-sig", newline="") as file:
        exported = [(row["messageId"], row["to"], row["from"]) for row in csv.DictReader(file)]
    assert sorted(exported) == sorted(logged)

    # A month's invoice, and what one of its lines bills: neither the shortest nor the longest.
    go(browser, "/billing")
    browser.click(f"{HERE}a[href='/billing/invoices']")
    browser.click(f"{HERE}.sheet tbody a[href^='/billing/invoices/']")
    browser.find(f"{HERE}.sheet-link")
    links = browser.run(
        "return [...document.querySelectorAll('#react-entry-point .sheet-link')]"
        ".map(link => [link.innerText, link.getAttribute('href')])"
    )
    count, href = sorted((number(text), href) for text, href in links)[len(links) // 2]
    browser.click(f"{HERE}.sheet-link[href='{href}']")
    browser.wait(lambda: "invoiceLineId=" in browser.url, "the messages of the line")
    assert len(rows_of_the_log(browser)) == count > 0

    assert failed_responses(browser) == []
    browser.assert_console_empty()
