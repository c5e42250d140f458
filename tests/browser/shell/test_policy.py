"""The policy in a real browser: what it must refuse runs nowhere, and what the product does runs without a murmur."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, Response, request

from portal.shell import PortalDash
from portal.shell.static_files import StaticFile
from tests.browser.shell.conftest import ShellBrowser, Site
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser

RUN = "window.pwned = 1"


def _injected(markup: str) -> Callable[[Flask, PortalDash], None]:
    """The overview with some markup slipped in before its end, and a script that nobody listed beside it."""

    def prepare(server: Flask, _app: PortalDash) -> None:
        @server.after_request
        def slip_in(response: Response) -> Response:
            if response.mimetype == "text/html":
                response.set_data(response.get_data(as_text=True).replace("</body>", f"{markup}</body>"))
            return response

        @server.get("/unlisted.js")
        def unlisted() -> Response:
            return Response(RUN, mimetype="text/javascript")

    return prepare


@pytest.mark.parametrize(
    "markup",
    [
        f"<script>{RUN}</script>",
        f"<img src='data:,' onerror='{RUN}'>",
        f"<details open ontoggle='{RUN}'>x</details>",
        "<script src='/unlisted.js'></script>",
        "<script src='/unlisted.js' crossorigin='anonymous'></script>",
        "<script src='data:text/javascript,window.pwned=1'></script>",
        f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
        "<object data='/unlisted.js'></object>",
    ],
)
def test_injected_markup_never_executes(browser: ShellBrowser, open_site: Callable[..., Site], markup: str) -> None:
    site = open_site(_injected(markup))
    browser.open(site.url)
    browser.wait_until_interactive()
    assert browser.run("return window.pwned") is None


def test_injected_markup_executes_without_the_policy(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    """What the tests above would see if the policy were missing: they can fail."""

    def without_policy(server: Flask, app: PortalDash) -> None:
        _injected(f"<script src='/unlisted.js'></script><script>{RUN}; window.inline = 1</script>")(server, app)

    site = open_site(without_policy, policy_on=False)
    browser.open(site.url)
    browser.wait_for("window.inline")
    assert browser.run("return window.pwned") == 1


def test_script_of_another_site_never_executes(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    other = Flask("other")

    @other.get("/x.js")
    def foreign() -> Response:
        return Response(RUN, mimetype="text/javascript", headers={"Cross-Origin-Resource-Policy": "cross-origin"})

    port = free_port()
    with served(other, port):
        site = open_site(_injected(f"<script src='http://{HOST}:{port}/x.js'></script>"))
        browser.open(site.url)
        browser.wait_until_interactive()
        assert browser.run("return window.pwned") is None


@pytest.mark.parametrize(
    "attempt",
    [
        f"eval('{RUN}')",
        f"new Function('{RUN}')()",
        f"setTimeout('{RUN}', 0)",
        f"var s = document.createElement('script'); s.textContent = '{RUN}'; document.body.append(s)",
        f"var s = document.createElement('script'); s.text = '{RUN}'; document.body.append(s)",
        "var s = document.createElement('script'); s.src = '/unlisted.js'; document.body.append(s)",
        "var s = document.createElement('script'); s.setAttribute('src', '/unlisted.js'); document.body.append(s)",
        "var s = document.createElement('script'); s.src = 'data:text/javascript,window.pwned=1'; document.body.append(s)",
        f"var d = document.createElement('div'); d.innerHTML = '<img src=x onerror=\"{RUN}\">'; document.body.append(d)",
        f"document.body.setAttribute('onclick', '{RUN}'); document.body.click()",
        f"document.write('<script>{RUN}<\\/script>')",
        f"window.trustedTypes.createPolicy('own', {{createScript: x => x}}); eval('{RUN}')",
        f"document.body.append(document.createRange().createContextualFragment('<script>{RUN}<\\/script>'))",
    ],
)
def test_running_script_cannot_add_code(browser: ShellBrowser, open_site: Callable[..., Site], attempt: str) -> None:
    site = open_site(_injected(""))
    browser.open(site.url)
    browser.wait_until_interactive()
    # In a timer, since what the driver itself evaluates is freed from the policy.
    timed = f"setTimeout(() => {{ setTimeout(() => {{ window.tried = true; }}, 200); {attempt}; }}, 0);"
    browser.run(f"window.tried = false; {timed}")
    browser.wait_for("window.tried")
    assert browser.run("return window.pwned") is None


def _tampered(name: str) -> Callable[[Flask, PortalDash], None]:
    """Something is added to a script on its way, behind its hash."""

    def tamper(server: Flask, app: PortalDash) -> None:
        @server.after_request
        def add(response: Response) -> Response:
            file: StaticFile | None = getattr(app.assets, name, None)
            if file is None or request.path != file.url:
                return response
            return Response(RUN.encode() + b";" + file.data, mimetype=file.mimetype)

    return tamper


def test_tampered_script_is_not_executed_and_the_chart_stays(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site(_tampered("plotly"))
    browser.open(site.url)
    browser.wait_for("document.querySelectorAll('.portal-chart-cover > svg').length === 2")
    browser.wait(lambda: any("integrity" in line for line in browser.console()))
    assert browser.run("return [window.pwned, window.Plotly]") == [None, None]
    assert browser.find(".portal-chart-cover svg").is_displayed()


def test_tampered_application_is_not_executed_and_the_page_stays(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site(_tampered("bundle"))
    browser.before_every_page(
        "addEventListener('error', event => { if (event.target.id === '_dash-renderer') window.refused = true; }, true)"
    )
    browser.open(site.url)
    browser.wait_for("window.refused")
    assert browser.run("return [window.pwned, window.DashRenderer]") == [None, None]
    assert browser.find("#portal-first-paint #volume svg").is_displayed()
    browser.wait(lambda: any("integrity" in line for line in browser.console()))


def test_application_of_another_address_is_not_added(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    """What the page announces counts only as far as the guard's own table knows it."""

    def announce_another(server: Flask, app: PortalDash) -> None:
        _injected("")(server, app)

        @server.after_request
        def replace(response: Response) -> Response:
            if response.mimetype == "text/html":
                text = response.get_data(as_text=True)
                response.set_data(text.replace(app.assets.bundle.url, "/unlisted.js"))
            return response

    site = open_site(announce_another)
    browser.open(site.url)
    browser.wait(lambda: any("not a script of this page" in line for line in browser.console()))
    assert browser.run("return [window.pwned, document.scripts.length && window.DashRenderer]") == [None, None]


def test_harness_sees_violations_when_the_policy_is_broken(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site(extra_policy={"style-src": "'none'"})
    browser.open(site.url)
    with pytest.raises(AssertionError):
        browser.assert_console_empty()


NO_SANITIZER = "delete Element.prototype.setHTML; delete window.Sanitizer; delete Document.parseHTML;"


@pytest.mark.parametrize(
    ("trusted_types", "missing"),
    [
        (True, NO_SANITIZER),
        (False, NO_SANITIZER + "delete window.trustedTypes;"),
        (False, "delete window.trustedTypes;"),
    ],
    ids=["no setHTML", "neither", "no Trusted Types"],
)
def test_browser_that_lacks_newer_parts_works_as_well(
    browser: ShellBrowser, open_site: Callable[..., Site], trusted_types: bool, missing: str
) -> None:
    site = open_site(trusted_types=trusted_types)
    browser.before_every_page(missing)
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.find("#typed").send_keys("b")
    browser.wait(lambda: browser.find("#echo").text == "typed ab")
    browser.assert_console_empty()
    browser.run(
        "const d = document.createElement('div'); d.id = 'markup';"
        'd.innerHTML = \'<b class="x" onclick="window.pwned=1">bold</b><img src=x onerror=window.pwned=1>'
        '<a href="javascript:window.pwned=1">go</a> &amp; 1 < 2\'; document.body.append(d)'
    )
    markup = browser.run(
        "const d = document.getElementById('markup'); return [d.querySelector('b').className, "
        "d.querySelectorAll('img,[onclick],[href^=javascript]').length, d.textContent.includes('& 1 < 2')]"
    )
    assert markup == ["x", 0, True]
    assert browser.run("return window.pwned") is None
