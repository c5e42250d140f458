"""A customer signs in and sees the truth about messages that a real SMS engine produced."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from portal.i18n import to_ascii_digits
from tests.browser.whole.conftest import SignIn, wait_for_charts
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
KANNEL = Path(__file__).resolve().parents[2] / "data" / "kannel"
DAY = "2026-11-21"
#: Kannel's word for a state → the platform's.
STATES = {
    "delivered": "delivered",
    "undelivered": "failed",
    "submitted": "sent",
    "rejected": "rejected",
    "expired": "expired",
}
EMAIL, PASSWORD = "owner@kannel.example", "Kannel-Truth-1"


def expected() -> Counter[str]:
    lines = (KANNEL / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return Counter(STATES[record["state"]] for record in records if record["dir"] == "mt")


@pytest.fixture
def imported(stack: Stack) -> None:
    """A customer with the log of a real Kannel, made by the operator's commands; the second time nothing changes."""
    if stack.gateway("create-tenant", "--slug", "kannel", "--name", "Kannel customer").returncode == 0:
        made = stack.gateway(
            "create-user", "--tenant", "kannel", "--email", EMAIL, "--name", "Owner", "--role", "owner", "--password-stdin",
            stdin=PASSWORD + "\n",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    for _ in range(2):
        done = stack.gateway(
            "import-messages", "--tenant", "kannel", "--format", "kannel-access-log", str(KANNEL / "access.log")
        )
        assert done.returncode == 0, done.stderr


def number(text: str) -> int:
    return int("".join(character for character in to_ascii_digits(text) if character.isdigit()))


@pytest.mark.usefixtures("imported")
def test_dashboard_and_log_show_what_kannel_did(browser: Browser, stack: Stack, signed_in: SignIn) -> None:
    totals = expected()
    assert sum(totals.values()) == 576
    signed_in(EMAIL, PASSWORD)
    period = f"from={DAY}&to={DAY}"

    def shown() -> int:
        browser.open(f"{stack.portal_url}/dashboard?{period}")
        wait_for_charts(browser)
        return number(browser.text("#dashboard-kpi-volume .kpi-value"))

    browser.wait(lambda: shown() == 576, "the worker to fold what was imported")
    rate = totals["delivered"] / sum(totals[state] for state in ("delivered", "failed", "expired", "rejected"))
    assert browser.text("#dashboard-kpi-rate .kpi-value") == f"{rate:.1%}"
    browser.run("document.querySelector('#dashboard-volume-card details').open = true")
    browser.find("#dashboard-volume-graph-rows")
    columns = browser.run(
        "const t = document.querySelector('#dashboard-volume-graph-rows');"
        "const heads = [...t.querySelectorAll('thead th')].slice(1).map(h => h.innerText.trim());"
        "return Object.fromEntries(heads.map((h, i) => [h, [...t.querySelectorAll('tbody tr')].map(r => r.querySelectorAll('td')[i].innerText)]))"
    )
    charted = {
        head.lower(): sum(number(cell) for cell in cells if any(map(str.isdigit, cell)))
        for head, cells in columns.items()
    }
    assert {state: charted[state] for state in totals} == dict(totals)
    for state, count in totals.items():
        browser.open(f"{stack.portal_url}/messages?startDate={DAY}&endDate={DAY}&status={state}")
        browser.wait_until_ready()
        while True:
            rows = len(browser.all("#messages-rows tbody tr"))
            if not browser.run("const m = document.querySelector('#messages-more'); return m && !m.hidden"):
                break
            browser.click("#messages-more")
            browser.wait(lambda rows=rows: len(browser.all("#messages-rows tbody tr")) > rows, "more rows")
        assert rows == count, state
    browser.assert_console_empty()
