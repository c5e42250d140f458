"""The log's filter as a file: asked for on the page, written by the worker, fetched by the browser under its policy."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.browser.whole.conftest import SignIn, failed_responses
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "


def recount(stack: Stack) -> set[tuple[str, str]]:
    """Sender and recipient of every failed message of the demo's customer, straight from the table."""
    engine = create_engine(stack.database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT sender_id, recipient FROM messages JOIN tenants USING (tenant_id)"
                    " WHERE tenants.slug = 'demo-bank' AND status = 'failed'"
                )
            ).all()
    finally:
        engine.dispose()
    return {(row[0], row[1]) for row in rows}


def test_export_is_exactly_the_rows_of_its_filter(
    browser: Browser, stack: Stack, signed_in: SignIn, tmp_path: Path
) -> None:
    signed_in()
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": os.fspath(tmp_path)}
    )
    browser.open(f"{stack.portal_url}/messages?status=failed")
    browser.wait_until_ready()
    browser.click(f"{HERE}#exports-new")
    browser.click(".modal.show button[type=submit]")
    browser.wait(lambda: not browser.all(".modal, .modal-backdrop"), "the dialog to be gone")
    browser.open(f"{stack.portal_url}/exports")
    browser.wait(lambda: browser.all(f"{HERE}.log.exports a.btn-primary"), "the worker to write the file")
    browser.click(f"{HERE}.log.exports a.btn-primary")
    browser.wait(lambda: list(tmp_path.glob("messages-*.csv")), "the file")
    assert failed_responses(browser) == []
    browser.assert_console_empty()
    with next(tmp_path.glob("messages-*.csv")).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["status"] for row in rows} == {"failed"}
    expected = recount(stack)
    assert expected
    assert {(row["from"], row["to"]) for row in rows} == expected
    assert len({row["messageId"] for row in rows}) == len(rows)
