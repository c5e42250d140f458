"""Writing and sending a message in a real browser: the counter follows, one press is one message, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from portal.domain.actor import Actor
from portal.domain.errors import RateLimited
from portal.domain.sending import MessageDraft, SentMessage
from tests.support import portal_on_fakes
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_sending import FakeSending
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
SUBMIT = f"{HERE}#send-form-submit"


@dataclass
class SlowSending(FakeSending):
    """Takes a message in at once, and answers when it is let."""

    answers: threading.Event = field(default_factory=threading.Event)

    def send(self, draft: MessageDraft, *, idempotency_key: str, actor: Actor) -> SentMessage:
        sent = super().send(draft, idempotency_key=idempotency_key, actor=actor)
        self.answers.wait(60)
        return sent


@dataclass(frozen=True)
class SendPage:
    """``readers``: who asks is the last of them."""

    browser: Browser
    platform: SlowSending
    readers: list[Actor]

    def field(self, name: str) -> str:
        return f'{HERE}[id*=\'"field":"{name}"\']:not(.form-field-error)'

    def write(self, to: str, sender: str, body: str) -> None:
        for name, value in (("to", to), ("from", sender), ("body", body)):
            self.browser.fill(self.field(name), value)

    def counter(self) -> str:
        return " ".join(element.text for element in self.browser.all(f"{HERE}.send-counter"))


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[SendPage]:
    platform = SlowSending()
    platform.answers.set()
    readers = [actor()]
    services = fake_services(sending=platform)
    server, _app = portal_on_fakes.build(tmp_path, services=services, asker=lambda: readers[-1])
    port = free_port()
    with served(server, port):
        browser.open(f"http://{HOST}:{port}/send-test")
        browser.wait_until_ready()
        yield SendPage(browser, platform, readers)
        platform.answers.set()
        browser.open("about:blank")


def test_counter_follows_and_one_press_sends_one_message_that_is_followed(page: SendPage) -> None:
    browser = page.browser
    page.write("0701234567", "BANK", "Ten “percent” off")
    browser.wait(lambda: "53 more fit" in page.counter(), "the counter of a UCS-2 text")
    assert [mark.text for mark in browser.all(f"{HERE}.send-mark")] == ["“", "”"]
    browser.click(f"{HERE}.send-chips ~ button")
    browser.wait(lambda: "143 more fit" in page.counter(), "the counter of the plain text")
    assert axe_violations(browser) == []
    browser.run("const b = document.querySelector(arguments[0]); b.click(); b.click();", SUBMIT)
    browser.wait(lambda: browser.all(f"{HERE}.send-steps .status-delivered"), "the message to be delivered")
    assert [draft.body for draft in page.platform.sent.values()] == ['Ten "percent" off']
    assert browser.find(page.field("body")).get_attribute("value") == ""
    browser.assert_console_empty()


def test_refusal_stands_beside_its_field_and_what_was_written_stays(page: SendPage) -> None:
    browser = page.browser
    page.write("12", "BANK", "Hello")
    browser.click(SUBMIT)
    browser.wait(
        lambda: browser.all(f"{HERE}.form-field[data-field=to]:has(.form-field-error:not(:empty))"), "the problem"
    )
    page.platform.failing = RateLimited(retry_after=9)
    browser.fill(page.field("to"), "0701234567")
    browser.click(SUBMIT)
    browser.wait(lambda: "9" in browser.find(f"{HERE}.form-summary").text, "the seconds to wait")
    assert browser.find(page.field("body")).get_attribute("value") == "Hello"
    page.platform.failing = None
    browser.click(SUBMIT)
    browser.wait(lambda: len(page.platform.sent) == 1, "the message to be sent")
    browser.assert_console_empty()


def test_page_loaded_anew_while_it_sends_has_one_effect_and_loses_nothing(page: SendPage) -> None:
    browser, platform = page.browser, page.platform

    def written() -> list[str | None]:
        return [browser.find(page.field(name)).get_attribute("value") for name in ("to", "from", "body")]

    platform.answers.clear()
    page.write("0701234567", "BANK", "Only once")
    browser.click(SUBMIT)
    browser.wait(lambda: len(platform.sent) == 1, "the message to be taken in")
    for _ in range(2):  # loaded anew once more, it still knows
        browser.driver.refresh()
        browser.wait_until_ready()
        browser.wait(lambda: written() == ["0701234567", "BANK", "Only once"], "what was written")
    platform.answers.set()
    browser.click(SUBMIT)
    browser.wait(lambda: browser.all(f"{HERE}.send-steps .status-delivered"), "the message to be delivered")
    assert [draft.body for draft in platform.sent.values()] == ["Only once"]

    # Once there is an answer nothing is kept: what comes next is another message, whatever is loaded anew.
    page.write("0701234567", "BANK", "Another")
    browser.driver.refresh()
    browser.wait_until_ready()
    assert written() == ["", "", ""]
    page.write("0701234567", "BANK", "Only once")
    browser.click(SUBMIT)
    browser.wait(lambda: len(platform.sent) == 2, "the other message")
    browser.assert_console_empty()


def test_what_was_unfinished_is_not_shown_to_somebody_else(page: SendPage) -> None:
    browser, platform = page.browser, page.platform
    kept = "return !!(history.state || {}).portalUnfinished"
    platform.answers.clear()
    page.write("0701234567", "BANK", "Not yours")
    browser.click(SUBMIT)
    browser.wait(lambda: len(platform.sent) == 1, "the message to be taken in")
    assert browser.run(kept)
    page.readers.append(replace(actor(), user_id="00000000-0000-7000-8000-00000000000f"))
    browser.driver.refresh()
    browser.wait_until_ready()
    browser.wait(lambda: not browser.run(kept), "what somebody else wrote to be forgotten")
    assert [browser.find(page.field(name)).get_attribute("value") for name in ("to", "from", "body")] == ["", "", ""]
    browser.assert_console_empty()
