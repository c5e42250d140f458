"""Those who use the site while machines fall: people at the portal, and a customer's program at the API."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from itertools import cycle
from urllib.parse import urlsplit
from uuid import uuid4

import requests

from tests.support.http_sign_in import session_cookies
from tests.support.machines import PASSWORD, Site

AGENT = "Mozilla/5.0 (X11; Linux x86_64) Machines/1.0"
PAGES = ("/dashboard", "/messages", "/analytics", "/billing", "/profile")


@dataclass
class Browser:
    """A signed-in browser. Several tabs may click at the same time; they share its cookies, as tabs do."""

    site: Site
    email: str
    cookies: dict[str, str] = field(default_factory=dict)
    pages: int = 0
    refreshed: int = 0
    asked_again: int = 0
    faults: list[str] = field(default_factory=list)
    _signing_out: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sign_in(self) -> None:
        found = session_cookies(self.site.portal_url, self.email, PASSWORD, user_agent=AGENT)
        self.cookies = {cookie.name: cookie.value or "" for cookie in found}

    def get(self, path: str, *, to: str | None = None) -> tuple[int, str]:
        """Status and text of a page, by nginx or of the machine at the address `to`. Raises OSError for no answer."""
        return self._ask("GET", path, to, {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})

    def sign_out(self, *, to: str | None = None) -> int:
        """Press the button; the status of the answer."""
        proof = {"Origin": self.site.portal_url, "X-CSRF-Token": self.cookies["__Host-csrf"]}
        signing_out, self._signing_out = self._signing_out, True
        try:
            return self._ask("POST", "/auth/logout", to, {**proof, "Sec-Fetch-Site": "same-origin"})[0]
        finally:
            self._signing_out = signing_out

    def _ask(self, method: str, path: str, to: str | None, own: dict[str, str]) -> tuple[int, str]:
        public = urlsplit(self.site.portal_url).netloc
        connection = http.client.HTTPConnection(to or public, timeout=120)
        with self._lock:
            sent = dict(self.cookies)
        headers = {
            "Host": public, "User-Agent": AGENT, "Accept-Language": "en", **own,
            "Cookie": "; ".join(f"{name}={value}" for name, value in sent.items()),
        }  # fmt: skip
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        self._keep(answer.headers.get_all("Set-Cookie") or [], sent)
        return answer.status, text

    def click(self, path: str) -> None:
        """Open a page. Once it may have to be asked for again, since the machine that was answering fell; whatever else
        is not the page is a fault."""
        for again in range(2):
            try:
                status, text = self.get(path)
            except OSError as error:
                status, text = 0, str(error)
            if status == 200 and "</html>" in text:
                self.pages += 1
                return
            if again or status not in (0, 200, 502, 503, 504):
                break
            self.asked_again += 1
        self.faults.append(f"{self.email} at {path}: {status} {text[:200]!r}")

    def _keep(self, lines: list[str], sent: dict[str, str]) -> None:
        found: SimpleCookie = SimpleCookie()
        for line in lines:
            found.load(line)
        with self._lock:
            for name, morsel in found.items():
                if not name.startswith("__Host-"):
                    continue
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                    if not self._signing_out:
                        self.faults.append(f"{self.email}: the portal took {name} away")
                else:
                    self.cookies[name] = morsel.value
            if "__Host-refresh" in found and sent.get("__Host-refresh") != self.cookies.get("__Host-refresh"):
                self.refreshed += 1


@dataclass
class Program:
    """A customer's program: it sends messages, each until it is accepted, and sometimes forgets that it was."""

    site: Site
    key: str
    accepted: dict[str, str] = field(default_factory=dict)
    asked_again: int = 0
    faults: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, number: int) -> None:
        name = str(uuid4())
        for _ in range(3 if number % 5 == 0 else 1):
            while not self._sent(name, f"+93700009{number % 9:02}0"):
                self.asked_again += 1
                time.sleep(0.2)

    def _sent(self, name: str, recipient: str) -> bool:
        body = {"to": recipient, "from": "BANK", "body": "Sent while machines fall"}
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": name}
        try:
            answer = requests.post(f"{self.site.gateway_url}/v1/messages", json=body, headers=headers, timeout=120)
        except requests.RequestException:
            return False
        if answer.status_code in (200, 201, 202):
            made = answer.json()["messageId"]
            with self._lock:
                if self.accepted.setdefault(name, made) != made:
                    self.faults.append(f"{name} made two messages")
            return True
        if answer.status_code < 500:
            self.faults.append(f"{answer.status_code} {answer.text[:200]}")
            return True
        return False


class Crowd:
    """Everybody, each on a thread, until `leave`."""

    def __init__(self) -> None:
        self._leaving = threading.Event()
        self._threads: list[threading.Thread] = []
        self.faults: list[str] = []

    def join(self, act: Callable[[int], None]) -> None:
        def go_on() -> None:
            try:
                number = 0
                while not self._leaving.wait(0.1):
                    act(number)
                    number += 1
            except Exception as error:
                self.faults.append(f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=go_on)
        thread.start()
        self._threads.append(thread)

    def click(self, browser: Browser, tab: int) -> None:
        pages = cycle(PAGES[tab:] + PAGES[:tab])
        self.join(lambda _number: browser.click(next(pages)))

    def leave(self) -> None:
        self._leaving.set()
        for thread in self._threads:
            thread.join(300)
            assert not thread.is_alive(), "somebody waits for an answer for ever"
