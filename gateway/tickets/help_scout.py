"""Help Scout's Mailbox API, version 2: conversations of an organisation, by its id.

https://developer.helpscout.com/mailbox-api/overview/authentication/ (client credentials, a token for two days)
https://developer.helpscout.com/mailbox-api/endpoints/organizations/get-conversations/
The order of that list is not documented, so both are read. Conversations have no priority.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from gateway.settings import GatewaySettings
from gateway.tickets.http import JsonClient, Refused
from gateway.tickets.port import Listing, Status, Ticket, TicketsUnavailable, moment_of, newest, plain

NAME: Final = "helpscout"
API: Final = "https://api.helpscout.net"
WEB: Final = "https://secure.helpscout.net"
MOST_PAGES: Final = 40
#: A token is renewed this long before it ends.
EARLY_SECONDS: Final = 300.0
_STATUSES: Final[dict[str, Status]] = {"active": "open", "open": "open", "pending": "pending", "closed": "closed"}
_NO_TICKETS: Final = frozenset({"spam"})
_NO_STATES: Final = frozenset({"draft", "deleted"})


@dataclass
class HelpScout:
    """An app's credentials; the token they give is kept in the process."""

    app_id: str
    app_secret: str = field(repr=False)
    client: JsonClient = field(repr=False)
    _token: str | None = field(default=None, repr=False)
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    name = NAME

    @classmethod
    def from_settings(cls, settings: GatewaySettings) -> HelpScout:
        """Of settings that name this system, which have what it needs."""
        client = JsonClient(settings.helpscout_url or API)
        return cls(settings.helpscout_app_id or "", settings.helpscout_app_secret or "", client)

    def latest(self, organisation: str, limit: int) -> Sequence[Ticket]:
        first, pages, ascending = self._page(organisation, 1)
        found = list(first)
        if ascending:
            found, number = [], pages
            while number > 0 and len(found) < limit:
                found += first if number == 1 else self._page(organisation, number)[0]
                number -= 1
        else:
            for number in range(2, pages + 1):  # spam and drafts are left out, so one page may be too few
                if len(found) >= limit:
                    break
                found += self._page(organisation, number)[0]
        return newest(found)[:limit]

    def everything(self, organisation: str, since: datetime) -> Listing:
        found: list[Ticket] = []
        for number in range(1, MOST_PAGES + 1):
            tickets, pages, _ = self._page(organisation, number)
            found += tickets
            if number >= pages:
                return Listing(newest(found), complete=True)
        return Listing(newest(found), complete=False)

    def _page(self, organisation: str, number: int) -> tuple[list[Ticket], int, bool]:
        """The tickets of a page, how many pages there are, and whether the oldest come first."""
        path = f"/v2/organizations/{quote(organisation, safe='')}/conversations"
        body = self._get(path, [("page", str(number))])
        if body is None:
            raise TicketsUnavailable("unknown_organisation")
        try:
            # Without a conversation there is no `_embedded` at all.
            listed = body.get("_embedded", {}).get("conversations", [])
            moments = [moment_of(each["createdAt"]) for each in listed]
            ascending = len(moments) > 1 and moments[0] < moments[-1]
            return list(_read(listed)), int(body["page"]["totalPages"]), ascending
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TicketsUnavailable("malformed") from None

    def _get(self, path: str, query: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
        try:
            return self.client.get(path, query, headers={"Authorization": f"Bearer {self._current()}"})
        except Refused:
            pass  # the token may have been taken back before its time
        try:
            return self.client.get(path, query, headers={"Authorization": f"Bearer {self._current(anew=True)}"})
        except Refused:
            raise TicketsUnavailable("refused") from None

    def _current(self, *, anew: bool = False) -> str:
        with self._lock:
            if self._token is None or anew or time.monotonic() >= self._until:
                self._renew()
            assert self._token is not None  # noqa: S101 — for the type checker: renewing raises or sets it
            return self._token

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self.app_id, "client_secret": self.app_secret}
        self._token = None
        try:
            body = self.client.post("/v2/oauth2/token", form)
            given = (body or {})["access_token"]
            seconds = float((body or {}).get("expires_in", 0))
        except Refused:
            raise TicketsUnavailable("refused") from None
        except (KeyError, TypeError, ValueError):
            raise TicketsUnavailable("malformed") from None
        if not isinstance(given, str) or not (given.isascii() and given.isprintable() and " " not in given):
            raise TicketsUnavailable("malformed")
        self._token, self._until = given, time.monotonic() + max(0.0, seconds - EARLY_SECONDS)


def _read(listed: Any) -> Iterator[Ticket]:
    for each in listed:
        if each.get("status") in _NO_TICKETS or each.get("state") in _NO_STATES:
            continue
        yield Ticket(
            ticket_id=str(int(each["id"])),
            subject=plain(each.get("subject")),
            status=_STATUSES.get(each.get("status"), "unknown"),
            priority=None,
            opened_at=moment_of(each["createdAt"]),
            url=_url(each),
        )


def _url(conversation: Any) -> str:
    """Where it is worked on: as Help Scout says, when that is an address of theirs."""
    said = str(((conversation.get("_links") or {}).get("web") or {}).get("href") or "")
    parts = urlsplit(said)
    theirs = parts.scheme == "https" and (parts.hostname or "").endswith(".helpscout.net") and parts.username is None
    return said if theirs else f"{WEB}/conversation/{int(conversation['id'])}/{int(conversation['number'])}"
