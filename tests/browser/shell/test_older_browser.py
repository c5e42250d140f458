"""Every kind of page in a browser that knows neither Trusted Types nor a sanitiser nor Integrity-Policy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.browser.shell.conftest import ShellBrowser
from tests.support import portal_on_fakes
from tests.support.served import HOST, free_port, served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.browser

#: What Firefox had not when this was written, and what else is younger than the rest.
MISSING = (
    "for (const name of ['trustedTypes', 'Sanitizer', 'TrustedHTML', 'TrustedScript', 'TrustedScriptURL',"
    " 'TrustedTypePolicyFactory', 'ReportingObserver']) delete window[name];"
    "delete Element.prototype.setHTML; delete ShadowRoot.prototype.setHTML; delete Document.parseHTML;"
)
HERE = "#react-entry-point "
PAGES = (
    *portal_on_fakes.PAGES,
    "/billing/invoices",
    "/billing/ledger",
    "/billing/payments",
    "/billing/prices",
    "/exports",
    "/refused-calls",
    "/send-test",
    "/webhooks",
)


def ignorant(server: Flask) -> None:
    """Take out of the headers what such a browser does not understand."""
    inner = server.wsgi_app

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            known = [
                (name, "; ".join(part for part in value.split("; ") if "trusted-types" not in part))
                for name, value in headers
                if name != "Integrity-Policy"
            ]
            return start_response(status, known, *rest)

        return inner(environ, start)

    server.wsgi_app = answer  # type: ignore[method-assign]


@pytest.fixture
def page(browser: ShellBrowser, data_dir: Path, request: pytest.FixtureRequest) -> Any:
    server, _app = portal_on_fakes.build(data_dir, tag=request.param)
    ignorant(server)
    port = free_port()
    with served(server, port):
        browser.before_every_page(MISSING)

        def opened(path: str) -> None:
            browser.open(f"http://{HOST}:{port}{path}")
            browser.wait_until_interactive()
            assert browser.run("return ['trustedTypes' in window, 'setHTML' in Element.prototype]") == [False, False]

        yield opened


@pytest.mark.parametrize("page", ["fa-AF"], indirect=True)
def test_every_kind_of_page_is_whole_and_quiet(browser: ShellBrowser, page: Any) -> None:
    charts = 0
    for path in PAGES:
        page(path)
        browser.browser.draw_charts()
        charts += browser.run("return document.querySelectorAll('.dash-graph .main-svg').length")
        assert browser.find("#page-title").text.strip(), path
        assert browser.console() == [], path
    assert charts >= 8


@pytest.mark.parametrize("page", ["en"], indirect=True)
def test_what_people_do_works_there_too(browser: ShellBrowser, page: Any) -> None:
    page("/api-keys")
    browser.browser.click(f"{HERE}#api-keys-new")
    browser.find("#api-keys-create-form-submit")
    browser.browser.fill('.modal.show [id*=\'"field":"name"\']', "Night job")
    browser.browser.click("#api-keys-create-form-submit")
    browser.find(".secret-text")
    browser.browser.click(".modal.show .btn-primary[data-dialog-close]")
    browser.wait(lambda: not browser.browser.all(".modal, .modal-backdrop"), "the dialog to be gone")
    page("/messages")
    browser.run("document.querySelector('#messages-rows tbody tr a').click()")
    browser.wait(lambda: "/messages/msg_" in browser.browser.url, "the message's page")
    page("/analytics")
    browser.run("document.querySelector('details.chart-details').open = true")
    browser.wait_for("document.querySelector('.chart-table table').rows.length > 1")
    browser.browser.click("[data-theme-toggle]")
    browser.wait_for("document.documentElement.dataset.bsTheme === 'dark'")
    browser.wait_until_interactive()
    browser.assert_console_empty()
