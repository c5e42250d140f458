"""A TAM finds the account in trouble, sees why, opens its review, says something to it, exports it; and the customer's
own check of the signature passes: on the running product."""

from __future__ import annotations

import os
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from tests.browser.whole.conftest import SignIn, failed_responses, wait_for_charts
from tests.browser.whole.test_walk import assert_no_raw_text
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
PDFSIG = "/usr/bin/pdfsig"
SAID = "Roshan was down for two days; we credited the outage."


def test_review_is_found_presented_exported_and_its_signature_checked(
    browser: Browser, stack: Stack, sign_in: SignIn, tmp_path: Path
) -> None:
    sign_in("tam@demo.example")
    # Two clicks: the one in most trouble, and its review. What takes most of its score is said on the way.
    browser.click(f"{HERE}#portfolio-rows tbody tr:first-child .row-link")
    browser.wait_for_url(f"{stack.portal_url}/tenant?tenantId=")
    assert browser.text(".portal-top .tenant") == "Spinghar Wallet"
    assert "takes most" in browser.text(f"{HERE}#tenant-health")
    browser.click(f"{HERE}#tenant-ways a[href^='/qbr']")
    browser.wait_for_url(f"{stack.portal_url}/qbr?tenantId=")
    wait_for_charts(browser)
    assert "Spinghar Wallet" in browser.text(f"{HERE}.qbr-whose")
    assert browser.text(f"{HERE}#page-title") == browser.text(f"{HERE}.qbr-finding:first-child span:last-child")
    assert_no_raw_text(browser, "/qbr")
    shown = {name: tile(browser, f"[aria-labelledby=qbr-tile-{name}]") for name in ("messages", "rate", "spend")}
    days = browser.run(
        "const asked = new URL(document.querySelector('#qbr-traffic .chart-legend a').href).searchParams;"
        "return ['startDate', 'endDate', 'tenantId'].map(name => asked.get(name))"
    )

    browser.find(f"{HERE}#qbr-summary textarea").send_keys(SAID)
    browser.click(f"{HERE}#qbr-comments-submit")
    browser.wait(lambda: browser.all(f"{HERE}.qbr-saved"), "the comment to be kept")
    file = export(browser, tmp_path)
    assert failed_responses(browser) == []

    content = file.read_bytes()
    changed = bytearray(content)
    changed[content.index(b"stream") + 40] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    assert PdfReader(file).trailer["/Root"]["/Lang"] == "ps", "the account's own language"  # type: ignore[index]
    assert "Roshan" in "".join(page.extract_text() for page in PdfReader(file).pages)
    assert checked_by_the_portal(browser, stack, file) == "warn", "genuine, and made with a development key"
    assert checked_by_the_portal(browser, stack, tmp_path / "changed.pdf") == "bad"
    assert accepted_by_pyhanko(stack, content)
    assert not accepted_by_pyhanko(stack, bytes(changed))
    if os.access(PDFSIG, os.X_OK):
        assert "Signature is Valid." in pdfsig(file)
        assert "Signature is Valid." not in pdfsig(tmp_path / "changed.pdf")

    # What the review says is what the dashboard says of the same days.
    browser.open(f"{stack.portal_url}/dashboard?from={days[0]}&to={days[1]}&tenantId={days[2]}")
    browser.wait_until_ready()
    same = {name: tile(browser, f"#dashboard-kpi-{name}") for name in ("volume", "rate", "spend")}
    assert list(shown.values()) == list(same.values())
    browser.assert_console_empty()


def tile(browser: Browser, place: str) -> str:
    return browser.text(f"{HERE}{place} .kpi-value")


def export(browser: Browser, folder: Path) -> Path:
    """The report of the review that is open, in the language that is offered first."""
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": os.fspath(folder)}
    )
    browser.click(f"{HERE}#qbr-export")
    browser.click(".modal.show #qbr-ask-form-submit")
    browser.wait(lambda: browser.all(f"{HERE}#qbr-reports a[target=_blank]"), "the worker to make the report")
    browser.click(f"{HERE}#qbr-reports a[target=_blank]")
    browser.wait(lambda: list(folder.glob("*.pdf")), "the file")
    (file,) = folder.glob("*.pdf")
    return file


def checked_by_the_portal(browser: Browser, stack: Stack, file: Path) -> str:
    """The tone of its verdict."""
    browser.open(f"{stack.portal_url}/verify")
    browser.wait_until_ready()
    browser.find(f"{HERE}.file-field")
    browser.all(f"{HERE}#report-check-file")[0].send_keys(os.fspath(file))
    browser.click(f"{HERE}#report-check-form button[type=submit]")
    verdict = browser.find(f"{HERE}.verdict").get_attribute("class") or ""
    return verdict.rpartition("verdict-")[2]


def accepted_by_pyhanko(stack: Stack, content: bytes) -> bool:
    """Trusting the certificate that this installation made for itself."""
    key = (stack.data_dir / "report-signing-development.pem").read_bytes()
    roots = [
        asn1_x509.Certificate.load(der) for kind, _, der in pem.unarmor(key, multiple=True) if kind == "CERTIFICATE"
    ]
    signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    return bool(validate_pdf_signature(signature, signer_validation_context=context).bottom_line)


def pdfsig(file: Path) -> str:
    return subprocess.run([PDFSIG, "-nocert", file], capture_output=True, text=True, check=False).stdout
