"""The platform stops answering: every card says so and offers to try again, nobody is signed out, no traceback is shown."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.whole.conftest import SignIn, wait_for_charts
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def gateway_processes(stack: Stack) -> list[int]:
    """The gateway's server processes of this stack."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if b"serve" in command and str(stack.data_dir).encode() in environment:
                found.append(int(entry.name))
    return found


@contextmanager
def silent(pids: list[int]) -> Iterator[None]:
    """These processes accept connections and answer nothing."""
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_silent_platform_shows_an_error_in_each_card_and_recovers(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in()
    browser.open(f"{stack.portal_url}/dashboard")
    wait_for_charts(browser)
    with silent(gateway_processes(stack)):
        browser.open(f"{stack.portal_url}/dashboard?period=90d")
        browser.wait_until_ready()
        assert "/login" not in browser.url
        cards = browser.all(".chart-stage")
        assert len(cards) >= 5
        retries = browser.run(
            "return [...document.querySelectorAll('.chart-state')].filter(s => s.querySelector('button, a')).length"
        )
        assert retries == len(cards), "every card offers to try again"
        assert "Traceback" not in browser.driver.page_source
        assert set(browser.cookies()) >= {"__Host-session", "__Host-refresh"}

    def healed() -> bool:
        browser.open(f"{stack.portal_url}/dashboard?period=90d")
        browser.wait_until_ready()
        return not browser.run(
            "return [...document.querySelectorAll('.chart-state')].some(s => s.querySelector('button, a'))"
        )

    browser.wait(healed, "the cards to have their charts again")
    browser.assert_console_empty()
