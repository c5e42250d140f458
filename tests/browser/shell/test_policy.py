"""The policy in a real browser: what it must refuse runs nowhere, and what the product does runs without a murmur."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask, Response, request
from prometheus_client import REGISTRY

from portal.shell import PortalDash
from portal.shell.static_files import StaticFile, sri
from portal.web import policy, violations
from tests.browser.shell.attacks import ATTEMPTS, INJECTED, NONCED, WATCH, Attack
from tests.browser.shell.conftest import ShellBrowser, Site
from tests.support.browser import open_browser
from tests.support.certificates import self_signed
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser

RUN = "window.pwned = 1"


def _injected(markup: str, other: str = "") -> Callable[[Flask, PortalDash], None]:
    """The overview with some markup slipped in before its end, and beside it files that nobody listed."""

    def prepare(server: Flask, _app: PortalDash) -> None:
        @server.after_request
        def slip_in(response: Response) -> Response:
            if request.path == "/":
                slipped = markup.replace("{other}", other).replace("{nonce}", policy.nonce())
                response.set_data(response.get_data(as_text=True).replace("</body>", f"{slipped}</body>"))
            return response

        @server.get("/unlisted.<kind>")
        def unlisted(kind: str) -> Response:
            code = f"top.ran('{request.query_string.decode()}')"
            if kind == "js":
                return Response(code, mimetype="text/javascript")
            text = f"<script>{code}</script>" if kind == "html" else "#styled { order: 1 }"
            return Response(text, mimetype=f"text/{kind}")

    return prepare


@pytest.fixture(scope="module")
def other() -> Iterator[tuple[str, list[str]]]:
    """Another site, which lets everybody have everything, and what it was asked for."""
    server = Flask("other", static_folder=None)
    asked: list[str] = []

    @server.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Response:
        asked.append(request.full_path)
        code = f"ran('{request.query_string.decode()}')"
        return Response(
            code,
            mimetype="text/javascript",
            headers={"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"},
        )

    @server.get("/")
    def framing() -> str:
        return f"<!DOCTYPE html><title>framing</title><iframe src='{request.args['site']}'></iframe>"

    port = free_port()
    with served(server, port):
        yield f"http://{HOST}:{port}", asked


def attempt(browser: ShellBrowser, attacks: Mapping[str, Attack], other: str) -> None:
    """Have a running script try each of ``attacks``; what it threw is kept by name."""
    tries = [
        f"try {{ {attack.code.replace('{other}', other)} }} catch (error) {{ thrown['{name}'] = String(error); }}"
        for name, attack in attacks.items()
    ]
    # In timers, since what the driver itself evaluates is freed from the policy.
    timed = "".join(f"setTimeout(() => {{ {one} }}, 0);" for one in tries)
    browser.run(f"{timed} setTimeout(() => {{ window.tried = true; }}, 0)")
    browser.wait_for("window.tried")


def refused(browser: ShellBrowser, name: str, attack: Attack) -> bool:
    shown: list[str] = browser.run("return window.refusals")
    return any(
        line.startswith(tuple(f"{directive} " for directive in attack.told)) and (attack.shows or name) in line
        for line in shown
    )


INTEGRITY = sri(b"top.ran('no-cors')").removeprefix("sha384-")


@pytest.mark.parametrize("trusted_types", [True, False], ids=["Trusted Types", "without Trusted Types"])
def test_nothing_that_is_slipped_in_or_tried_runs_and_each_leaves_its_violation(
    browser: ShellBrowser, open_site: Callable[..., Site], other: tuple[str, list[str]], trusted_types: bool
) -> None:
    url, asked = other
    asked.clear()
    markup = [attack.code for attack in INJECTED.values()] + list(NONCED.values())
    site = open_site(_injected("".join(markup).replace("{right}", INTEGRITY), url), trusted_types=trusted_types)
    browser.before_every_page(WATCH + ("" if trusted_types else "delete window.trustedTypes;"))
    counted = {"directive": "script-src-elem", "disposition": "enforce"}
    name = "customer_portal_policy_violations_total"
    before = REGISTRY.get_sample_value(name, counted) or 0.0
    browser.open(site.url)
    browser.wait_until_interactive()
    tried = {key: one for key, one in ATTEMPTS.items() if trusted_types or one.told != ("trusted-types",)}
    attempt(browser, {key: one for key, one in tried.items() if trusted_types or key != "write"}, url)
    for key, attack in {**INJECTED, **tried}.items():
        if not trusted_types and key == "write":
            continue
        if attack.told:
            browser.wait(lambda key=key, attack=attack: refused(browser, key, attack), f"a report of {key}")
        else:
            assert "not a script of this page" in browser.run(f"return window.thrown['{key}']"), key
    assert browser.run("return getComputedStyle(document.getElementById('styled')).order") == "0"
    assert browser.run("return document.baseURI") == f"{site.url}/"
    assert browser.browser.url == f"{site.url}/"
    if not trusted_types:
        # It replaces the document, and what it writes is still refused.
        attempt(browser, {"write": ATTEMPTS["write"]}, url)
    assert browser.run("return window.names") == []
    assert asked == []
    if trusted_types:  # the other page is gone by now
        browser.wait(
            lambda: (REGISTRY.get_sample_value(name, counted) or 0.0) >= before + 6,
            "reports to have come to the portal",
        )


def test_the_same_runs_where_the_policy_is_missing(
    browser: ShellBrowser, open_site: Callable[..., Site], other: tuple[str, list[str]]
) -> None:
    """The test above can fail: these are attacks."""
    markup = [attack.code for attack in INJECTED.values() if not attack.alone] + list(NONCED.values())
    site = open_site(_injected("".join(markup).replace("{right}", INTEGRITY), other[0]), policy_on=False)
    browser.before_every_page(WATCH)
    browser.open(site.url)
    browser.wait_until_interactive()
    attempt(browser, {name: one for name, one in ATTEMPTS.items() if not one.alone}, other[0])
    never = {"object", "embed", "other-hash"}  # Chromium shows no page in the first two here; a wrong hash is one
    expected = {name for name, one in INJECTED.items() if not one.alone} | NONCED.keys()
    expected |= {name for name, one in ATTEMPTS.items() if f'ran("{name}")' in one.code and not one.alone}
    expected |= {"src-node", "src-namespace", "import"}
    expected -= {"src-data"} | never  # a script's address goes through the guard, policy or not
    browser.wait(lambda: expected <= set(browser.run("return window.names")))


def test_behind_tls_reports_come_in_the_newer_format(tmp_path: Path) -> None:
    """Of both policies and of Integrity-Policy, by the endpoint that the headers name."""
    server = Flask("behind_tls", static_folder=None)
    policy.register(server, https=True, candidate_for="https://localhost")
    violations.register(server, lambda _address: None)
    server.add_url_rule("/x.js", "script", lambda: Response("", mimetype="text/javascript"))

    @server.get("/")
    def page() -> str:
        return (
            f"<!DOCTYPE html><title>x</title><script>1</script><script nonce='{policy.nonce()}' src='/x.js'></script>"
        )

    asked = [("script-src-elem", "enforce"), ("script-src-elem", "report"), ("integrity-policy", "enforce")]

    def counted() -> list[float]:
        name = "customer_portal_policy_violations_total"
        return [REGISTRY.get_sample_value(name, {"directive": d, "disposition": p}) or 0.0 for d, p in asked]

    before = counted()
    port = free_port()
    context, _certificate = self_signed(tmp_path, "localhost")
    # The browser keeps reports for a minute unless told otherwise.
    with (
        served(server, port, context),
        open_browser("--short-reporting-delay", "--ignore-certificate-errors") as browser,
    ):
        browser.open(f"https://localhost:{port}/")
        browser.wait(lambda: all(now > then for now, then in zip(counted(), before, strict=True)), "each to be counted")


def test_another_site_cannot_frame_the_portal(
    browser: ShellBrowser, open_site: Callable[..., Site], other: tuple[str, list[str]]
) -> None:
    site = open_site()
    browser.open(f"{other[0]}/?site={site.url}/")
    browser.wait(lambda: any("frame-ancestors" in line for line in browser.console()))
    browser.driver.switch_to.frame(0)
    assert browser.run("return document.querySelector('#portal-first-paint, #react-entry-point')") is None
    browser.driver.switch_to.default_content()


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
    browser.wait_until_interactive()
    browser.run("window.portalCharts.draw('volume').catch(() => {})")
    browser.wait(lambda: any("integrity" in line for line in browser.console()))
    assert browser.run("return [window.pwned, window.Plotly]") == [None, None]
    assert browser.find("#react-entry-point #volume > svg").is_displayed()


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


def test_tampered_stylesheet_is_not_applied(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    def tamper(server: Flask, app: PortalDash) -> None:
        @server.after_request
        def add(response: Response) -> Response:
            file = app.assets.styles["ltr"]
            return (
                response if request.path != file.url else Response(file.data + b"h1 { order: 7 }", mimetype="text/css")
            )

    site = open_site(tamper)
    browser.open(site.url)
    browser.wait(lambda: any("integrity" in line for line in browser.console()))
    assert (
        browser.run("return [document.styleSheets.length > 0, getComputedStyle(document.querySelector('h1')).order]")[1]
        == "0"
    )


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
