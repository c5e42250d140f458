"""Speaking with a translation service: one way to ask, to wait, to be refused, and to unpack what it sends."""

from __future__ import annotations

import datetime as dt
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import requests

from portal.i18n.status import Catalogs
from tools.i18n.memory import Approved

TIMEOUT_SECONDS = (10, 60)
TRIES = 6
LONGEST_WAIT_SECONDS = 120.0
BUILD_POLLS = 150
LARGEST_BYTES = 50_000_000


class ServiceFailed(Exception):
    """The service refuses, is away, or sends what cannot be used; the message is for the maintainer and has no token."""


class TranslationService(Protocol):
    """Where translators work."""

    def upload(self, loaded: Catalogs) -> list[str]:
        """Give it the English texts, and the others as suggestions that nobody has approved. What was done, in lines."""
        ...

    def download(self, tags: list[str]) -> dict[str, list[Approved]]:
        """By locale, what has been approved there. Raises ServiceFailed."""
        ...


def _seconds(header: str | None, tries: int) -> float:
    """How long ``Retry-After`` says to wait (RFC 9110 §10.2.3), else twice as long each time."""
    try:
        wanted = float(header) if header is not None else 2.0**tries
    except ValueError:
        try:
            wanted = (parsedate_to_datetime(str(header)) - dt.datetime.now(dt.UTC)).total_seconds()
        except ValueError:
            wanted = 2.0**tries
    return min(max(wanted, 0.0), LONGEST_WAIT_SECONDS)


@dataclass
class Http:
    """Calls below ``url`` with the headers that identify the maintainer."""

    name: str
    url: str
    headers: Mapping[str, str]
    wait: Callable[[float], None] = time.sleep
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, **given: Any) -> requests.Response:
        """One answer that is a success. Limits are waited for; a fault is asked again where that does no harm."""
        headers = {**self.headers, **given.pop("headers", {})}
        for tries in range(TRIES):
            last = tries == TRIES - 1
            try:
                answer = self.session.request(
                    method,
                    f"{self.url}/{path}",
                    headers=headers,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                    **given,
                )
            except requests.RequestException as error:
                if last or method != "GET":
                    raise ServiceFailed(f"{self.name} cannot be reached: {type(error).__name__}") from None
                self.wait(_seconds(None, tries))
                continue
            limited = answer.status_code == 429
            if not last and (limited or (answer.status_code >= 500 and method == "GET")):
                self.wait(_seconds(answer.headers.get("Retry-After"), tries))
                continue
            return self._checked(answer, method, path)
        raise AssertionError("unreachable")  # pragma: no cover

    def _checked(self, answer: requests.Response, method: str, path: str) -> requests.Response:
        if answer.ok and answer.status_code < 300:
            return answer
        if answer.status_code in (401, 403):
            raise ServiceFailed(
                f"{self.name} does not accept the token (HTTP {answer.status_code}) for {method} {path}"
            )
        raise ServiceFailed(f"{self.name} answers {method} {path} with HTTP {answer.status_code}: {answer.text[:200]}")

    def json(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        """The object that an answer is. Raises ServiceFailed for anything else."""
        answer = self.ask(method, path, **given)
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ServiceFailed(f"{self.name} answers {method} {path} with something that is no JSON object")
        return told

    def fetch(self, url: str) -> bytes:
        """What lies at an address the service gave, without the token: it belongs to a store of somebody else."""
        try:
            with requests.get(url, timeout=TIMEOUT_SECONDS, stream=True) as answer:
                if answer.status_code != 200:
                    raise ServiceFailed(f"{self.name}'s archive answers HTTP {answer.status_code}")
                found = bytearray()
                for chunk in answer.iter_content(65_536):
                    found += chunk
                    if len(found) > LARGEST_BYTES:
                        raise ServiceFailed(f"{self.name}'s archive is larger than {LARGEST_BYTES} bytes")
        except requests.RequestException as error:
            raise ServiceFailed(f"{self.name}'s archive cannot be fetched: {type(error).__name__}") from None
        return bytes(found)

    def until_made(self, ask: Callable[[], tuple[str, Any]], made: str, over: tuple[str, ...]) -> Any:
        """Ask for a state until it is ``made``; gives what came with it. Raises ServiceFailed when it is ``over``."""
        for tries in range(BUILD_POLLS):
            state, found = ask()
            if state == made:
                return found
            if state in over:
                raise ServiceFailed(f"{self.name} could not make the archive: {state}")
            self.wait(min(1.0 + tries, 10.0))
        raise ServiceFailed(f"{self.name} has not made the archive in time")


def unpacked(name: str, archive: bytes) -> dict[str, dict[str, Any]]:
    """The JSON files of a zip archive by their paths in it. Nothing of it is written anywhere. Raises ServiceFailed."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            if sum(each.file_size for each in opened.infolist()) > LARGEST_BYTES:
                raise ServiceFailed(f"{name}'s archive unpacks to more than {LARGEST_BYTES} bytes")
            for each in opened.infolist():
                if not each.is_dir() and each.filename.endswith(".json"):
                    told = json.loads(opened.read(each).decode("utf-8-sig"))
                    if not isinstance(told, dict):
                        raise ServiceFailed(f"{name}'s archive has in {each.filename} no object of texts")
                    found[each.filename] = told
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ServiceFailed(f"{name}'s archive is broken: {type(error).__name__}") from None
    return found
