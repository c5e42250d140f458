"""Every page in every language: bytes and requests of a first load, and what is fetched again on the second visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from selenium import webdriver

from bench.browser import PROFILES, Load, Page, chromium, load, sign_in
from bench.measure import Found, Options, Table
from bench.questions import Asker
from bench.sign_in import access_token
from bench.stack import Stack

OWNER, ADMIN = "owner@demo.example", "admin@demo.example"
LOCALES = ("en", "fa-AF", "ps", "ar")
TENANT = (
    "/dashboard", "/analytics", "/messages", "/api-keys", "/webhooks", "/refused-calls", "/exports", "/send-test",
    "/billing", "/billing/invoices", "/billing/ledger", "/billing/payments", "/billing/prices", "/audit-log",
    "/profile", "/verify",
)  # fmt: skip
INTERNAL = ("/portfolio", "/assignments", "/health-weights")
OF_TENANT = ("/tenant", "/health-score", "/qbr", "/look-as")
# Lists of the API, and the page of one thing in them.
DETAILS = (
    ("messages", "messageId", "/messages/{}"),
    ("billing/invoices", "invoiceId", "/billing/invoices/{}"),
    ("webhooks", "endpointId", "/webhooks/{}"),
)

_PAINTED = "() => !!document.querySelector('main h1, main h2, h1')"
_INTERACTIVE = (
    "() => document.readyState === 'complete' && (!document.querySelector('#react-entry-point')"
    " || !!document.querySelector('#react-entry-point > :not([class^=_dash-loading])'))"
    " && [...document.querySelectorAll('#react-entry-point .dash-graph')].every("
    "graph => graph.matches('.dash-graph--blank') || graph.querySelector('svg'))"
)
_CHARTS = "return document.querySelectorAll('.dash-graph, .js-plotly-plot').length"


@dataclass(frozen=True)
class Visited:
    """A page in one language."""

    path: str
    locale: str
    charts: bool
    load: Load
    again: Load | None


def run(stack: Stack, options: Options) -> Found:
    """All pages of a customer's owner and of an administrator, and the page before signing in."""
    visited = []
    for email, paths in (("", ["/login"]), (OWNER, _owned(stack)), (ADMIN, _internal(stack))):
        with chromium() as driver:
            if email:
                sign_in(driver, stack.portal_url, email)
            visited += list(_visit(driver, stack, paths[: options.times(len(paths), 3)], options))
    return told(visited)


def _owned(stack: Stack) -> list[str]:
    asker = Asker(stack.gateway_url, access_token(stack, OWNER))
    details = []
    for path, name, address in DETAILS:
        items: list[dict[str, Any]] = asker.told(path)["items"]
        details += [address.format(items[0][name])] if items else []
    return [*TENANT, *details]


def _internal(stack: Stack) -> list[str]:
    asker = Asker(stack.gateway_url, access_token(stack, ADMIN))
    tenant = asker.told("internal/tenants", {"sort": "messages", "order": "desc", "limit": 1})["items"][0]
    return [*INTERNAL, *(f"{path}?tenantId={tenant['tenantId']}" for path in OF_TENANT)]


def _visit(driver: webdriver.Chrome, stack: Stack, paths: Sequence[str], options: Options) -> Iterator[Visited]:
    for locale in LOCALES[: options.times(len(LOCALES), 2)]:
        cookie = {"name": "__locale", "value": locale, "url": stack.portal_url, "path": "/", "secure": True}
        driver.execute_cdp_cmd("Network.setCookie", cookie)
        for path in paths:
            page = Page(path, stack.portal_url + path, _PAINTED, _INTERACTIVE)
            first = load(driver, page, PROFILES[0])
            charts = bool(driver.execute_script(_CHARTS))
            again = load(driver, page, PROFILES[0], keep_cache=True) if locale == LOCALES[0] else None
            yield Visited(path.partition("?")[0], locale, charts, first, again)


def told(visited: Sequence[Visited]) -> Found:
    """The largest of each page's languages; pages with charts and without are judged apart."""
    chartless = [each for each in visited if not each.charts]
    found = Found(
        {
            "fetched_again": max(each.again.fetched - each.again.startup_posts for each in visited if each.again),
            "chartless_kb": max(each.load.kilobytes for each in chartless),
            "chartless_requests": max(each.load.requests for each in chartless),
        }
    )
    dashboards = [each.load for each in visited if each.path == "/dashboard"]
    found.figures |= {
        "dashboard_kb_any": max(each.kilobytes for each in dashboards),
        "dashboard_requests_any": max(each.requests for each in dashboards),
    }
    rows = []
    for path in dict.fromkeys(each.path for each in visited):
        of_page = [each for each in visited if each.path == path]
        kilobytes = {each.locale: f"{each.load.kilobytes:,.0f}" for each in of_page}
        again = next((each.again for each in of_page if each.again), None)
        rows.append([
            _named(path), "yes" if of_page[0].charts else "",
            *(kilobytes.get(locale, "–") for locale in LOCALES),
            str(max(each.load.requests for each in of_page)),
            str(max(each.load.startup_posts for each in of_page)),
            f"{max(each.load.shift for each in of_page):.3f}",
            f"{again.kilobytes:,.0f}" if again else "–", str(again.fetched - again.startup_posts) if again else "–",
        ])  # fmt: skip
    found.tables.append(
        Table(
            "Every page in every language",
            "First loads over loopback with an empty cache, once each, until nothing is asked any more; then the same page again with "
            "what the browser kept. Requests, asked (what the page asks for by itself) and layout shift are the most of any language; "
            "a stream for live numbers is not counted.",
            [
                "page",
                "charts",
                *(f"KB, {locale}" for locale in LOCALES),
                "requests",
                "asked",
                "shift",
                "KB again",
                "files fetched again",
            ],
            rows,
        )
    )
    return found


def _named(path: str) -> str:
    """A thing's page without the thing's id."""
    parts = path.split("/")
    return "/".join([*parts[:-1], "…"]) if len(parts[-1]) > 20 else path
