"""Signing in as a browser does, without one: for tests whose subject is what comes after."""

from __future__ import annotations

from html.parser import HTMLParser
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

SESSION = ("__Host-session", "__Host-refresh", "__Host-csrf")


class _Form(HTMLParser):
    """Action and fields of a page's form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        if tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")


def session_cookies(portal_url: str, email: str, password: str, *, user_agent: str) -> list[Cookie]:
    """The portal's cookies of a new session, by the Authorization Code flow at the bundled issuer."""
    # Browsers take the loopback for secure, and so send back here what is marked so.
    jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
    client = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
    client.addheaders = [("User-Agent", user_agent)]
    with client.open(f"{portal_url}/auth/start", timeout=60) as page:
        form, address = _Form(page.read().decode()), page.url
    name = next(field for field in form.fields if field in ("username", "email", "login"))
    fields = {**form.fields, name: email, "password": password}
    client.open(urljoin(address, form.action), urlencode(fields).encode(), timeout=60).close()
    found = [cookie for cookie in jar if cookie.name in SESSION]
    assert len(found) == len(SESSION), f"{email} was not signed in"
    return found
