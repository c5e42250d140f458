"""A browser without a screen: keeps cookies, follows redirects and meta refreshes, fills in the issuer's form."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from requests.cookies import get_cookie_header

from portal.web.csrf import COOKIE, HEADER
from tests.support.portal import PortalSite
from tests.support.provider import OWNER, PASSWORD

MOST_STEPS = 12


class _Session(requests.Session):
    """Sends Secure cookies over http, as browsers do on localhost; requests' own way of merging jars forgets policies."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        prepared = super().prepare_request(request)
        prepared.headers.pop("Cookie", None)
        header = get_cookie_header(self.cookies, prepared)
        if header:
            prepared.headers["Cookie"] = header
        return prepared


class Visitor:
    """One person at one portal. SameSite is not modelled: that is for the tests with a real browser."""

    def __init__(self, portal: PortalSite) -> None:
        self.portal = portal
        self.http = _Session()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **options: Any) -> requests.Response:
        """One answer, no redirect followed. ``path`` may be a whole URL."""
        return self.http.get(urljoin(self.portal.url, path), allow_redirects=False, timeout=60, **options)

    def post(
        self, path: str, data: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """As a form or script of the portal would send it."""
        given = {"Origin": self.portal.url, "Sec-Fetch-Site": "same-origin"}
        if proof := self.cookies().get(COOKIE):
            given[HEADER] = proof
        given |= headers or {}
        return self.http.post(
            urljoin(self.portal.url, path), data=data, headers=given, allow_redirects=False, timeout=60, **options
        )

    def follow(self, answer: requests.Response, until: str | None = None) -> requests.Response:
        """Go on as a browser does, to the first page that stays (or to an address that begins with ``until``)."""
        for _ in range(MOST_STEPS):
            goal = self._onward(answer)
            if goal is None or (until is not None and answer.url.startswith(until)):
                return answer
            answer = self.get(urljoin(answer.url, goal))
        raise AssertionError(f"going round in circles at {answer.url}")

    @staticmethod
    def _onward(answer: requests.Response) -> str | None:
        if answer.is_redirect:
            return answer.headers["Location"]
        refresh = BeautifulSoup(answer.text, "lxml").find("meta", attrs={"http-equiv": "refresh"})
        if refresh is None or not str(refresh["content"]).startswith("0;"):
            return None
        return str(refresh["content"]).partition("url=")[2]

    def to_the_form(self, path: str = "/auth/start") -> requests.Response:
        """From the portal to the issuer's form."""
        return self.follow(self.get(path))

    def enter(self, form_page: requests.Response, email: str = OWNER, password: str = PASSWORD) -> requests.Response:
        """Send the issuer's form; the first answer is returned."""
        form = BeautifulSoup(form_page.text, "lxml").find("form")
        assert form is not None, form_page.text[:500]
        values = {
            str(field["name"]): str(field.get("value", "")) for field in form.find_all("input") if field.get("name")
        }
        values |= {"email": email, "password": password}
        goal = urljoin(form_page.url, str(form.get("action") or form_page.url))
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(form_page.url))
        headers = {"Origin": origin, "Referer": form_page.url, "Sec-Fetch-Site": "same-origin"}
        return self.http.post(goal, data=values, headers=headers, allow_redirects=False, timeout=60)

    def sign_in(self, email: str = OWNER, path: str = "/auth/start") -> requests.Response:
        """All the way; the page one lands on."""
        return self.follow(self.enter(self.to_the_form(path), email))

    def cookies(self) -> dict[str, str]:
        """The portal's cookies."""
        return {cookie.name: cookie.value or "" for cookie in self.http.cookies if cookie.name.startswith("__")}

    def carry(self, cookies: dict[str, str]) -> None:
        """Take over cookies, as a thief would."""
        for name, value in cookies.items():
            self.http.cookies.set(name, value, domain="localhost.local", path="/", secure=True)
