"""An invoice as PDF: a link on its page, the platform's own address behind it, a file in the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.browser.whole.conftest import SignIn, failed_responses, prefer
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "


def test_invoice_arrives_as_a_file_in_the_readers_language(
    browser: Browser, stack: Stack, sign_in: SignIn, tmp_path: Path
) -> None:
    sign_in()
    prefer(browser, stack, locale="fa-AF", theme="light")
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": os.fspath(tmp_path)}
    )
    browser.open(f"{stack.portal_url}/billing/invoices")
    browser.wait_until_ready()
    browser.click(f"{HERE}a[href^='/billing/invoices/']")
    browser.click(f"{HERE}.page-actions a[href$='/pdf']")
    browser.wait(lambda: list(tmp_path.glob("invoice-*.pdf")), "the file")
    assert failed_responses(browser) == []
    browser.assert_console_empty()
    (file,) = tmp_path.glob("invoice-*.pdf")
    pdf = PdfReader(file)
    assert pdf.trailer["/Root"]["/Lang"] == "fa-AF"  # type: ignore[index]
    assert file.stem.removeprefix("invoice-") in pdf.pages[0].extract_text()
