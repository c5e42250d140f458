"""From the log's filter to the file in a real browser: asked for, watched until ready, fetched by a plain link, deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.domain.exports import ExportStatus
from portal.domain.message_filter import MessageFilter
from portal.web import downloads
from tests.support import portal_on_fakes
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_exports import FakeExports, export
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "


def test_export_from_the_logs_filter_to_its_file(browser: Browser, tmp_path: Path) -> None:
    platform = FakeExports(exports=[])
    services = fake_services(exports=platform)
    server, _app = portal_on_fakes.build(tmp_path, services=services)
    downloads.register(server, services=services)
    port = free_port()
    with served(server, port):
        base = f"http://{HOST}:{port}"
        browser.open(f"{base}/messages?status=failed")
        browser.wait_until_ready()
        browser.click(f"{HERE}#exports-new")
        assert "Failed" in browser.text(".modal.show .export-filter")
        assert axe_violations(browser) == []
        browser.click(".modal.show button[type=submit]")
        browser.wait(lambda: not browser.all(".modal, .modal-backdrop"), "the dialog to be gone")
        assert [each.wanted for each in platform.exports] == [MessageFilter.from_search("status=failed")]
        browser.click("#toasts-list a[href='/exports']")
        browser.wait(lambda: "Waiting" in browser.text(f"{HERE}.log.exports tbody"), "the export in the list")
        # What the worker does meanwhile shows without a reload; the address of the file is the portal's own.
        platform.change(
            0, status=ExportStatus.READY, rows_total=7, rows_done=7, size_bytes=5000, address=f"{base}/profile"
        )
        browser.wait(lambda: browser.all(f"{HERE}.log.exports a.btn-primary"), "the file")
        link = browser.find(f"{HERE}.log.exports a.btn-primary")
        assert link.get_attribute("href") == f"{base}/exports/{platform.exports[0].export_id}/file"
        assert axe_violations(browser) == []
        browser.click(f"{HERE}.log.exports a.btn-primary")
        browser.wait_for_url(f"{base}/profile")
        browser.open(f"{base}/exports")
        browser.wait_until_ready()
        browser.click(f"{HERE}[id*='export-delete']")
        browser.click(".modal.show button[type=submit]")
        browser.wait(lambda: browser.all(f"{HERE}#exports-list a[href='/messages']"), "the empty list")
        assert platform.exports == []
        browser.assert_console_empty()
        browser.open("about:blank")


def test_long_list_fits_a_narrow_screen_from_right_to_left(browser: Browser, tmp_path: Path) -> None:
    services = fake_services(exports=FakeExports(exports=[export(number) for number in range(12)]))
    server, _app = portal_on_fakes.build(tmp_path, tag="fa-AF", services=services)
    port = free_port()
    with served(server, port):
        metrics = {"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        try:
            browser.open(f"http://{HOST}:{port}/exports")
            browser.wait_until_ready()
            browser.find(f"{HERE}.log.exports tbody tr")
            assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            browser.assert_console_empty()
        finally:
            browser.open("about:blank")
            browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
