"""Zendesk's Support API, version 2: tickets of an organisation, which is found by its external id.

https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#search-organizations-by-external-id
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-tickets
Sorting is there with pages by offset only. Archived tickets are not listed; they were closed long ago.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from gateway.settings import GatewaySettings
from gateway.tickets.http import JsonClient, Refused
from gateway.tickets.port import Listing, Priority, Status, Ticket, TicketsUnavailable, moment_of, newest, plain

NAME: Final = "zendesk"
PAGE: Final = 100
MOST_PAGES: Final = 20
_STATUSES: Final[dict[str, Status]] = {
    "new": "new", "open": "open", "pending": "pending", "hold": "on_hold", "solved": "solved", "closed": "closed",
}  # fmt: skip
_PRIORITIES: Final[dict[str, Priority]] = {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"}


@dataclass
class Zendesk:
    """`url` is the account's own (https://acme.zendesk.com), `authorization` the whole header."""

    url: str
    authorization: str = field(repr=False)
    client: JsonClient = field(repr=False)
    ids: dict[str, str] = field(default_factory=dict, repr=False)

    name = NAME

    @classmethod
    def from_settings(cls, settings: GatewaySettings) -> Zendesk:
        """Of settings that name this system, which have what it needs."""
        url, token = settings.zendesk_url or "", settings.zendesk_token or ""
        if settings.zendesk_email is not None:
            pair = base64.b64encode(f"{settings.zendesk_email}/token:{token}".encode()).decode()
            return cls(url, f"Basic {pair}", JsonClient(url))
        return cls(url, f"Bearer {token}", JsonClient(url))

    def latest(self, organisation: str, limit: int) -> Sequence[Ticket]:
        return newest(self._page(self._id_of(organisation), 1, min(limit, PAGE))[0])[:limit]

    def everything(self, organisation: str, since: datetime) -> Listing:
        found: list[Ticket] = []
        upstream_id = self._id_of(organisation)
        for number in range(1, MOST_PAGES + 1):
            tickets, more = self._page(upstream_id, number, PAGE)
            found += tickets
            if not more:
                return Listing(newest(found), complete=True)
        return Listing(newest(found), complete=False)

    def _page(self, upstream_id: str, number: int, size: int) -> tuple[list[Ticket], bool]:
        query = [("sort_by", "created_at"), ("sort_order", "desc"), ("per_page", str(size)), ("page", str(number))]
        body = self._get(f"/api/v2/organizations/{upstream_id}/tickets.json", query)
        if body is None:
            raise TicketsUnavailable("unknown_organisation")
        try:
            return list(self._read(body["tickets"])), bool(body.get("next_page"))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TicketsUnavailable("malformed") from None

    def _read(self, listed: Any) -> Iterator[Ticket]:
        for each in listed:
            number = int(each["id"])
            yield Ticket(
                ticket_id=str(number),
                subject=plain(each.get("subject") or each.get("raw_subject")),
                status=_STATUSES.get(each.get("status"), "unknown"),
                priority=_PRIORITIES.get(each.get("priority")),
                opened_at=moment_of(each["created_at"]),
                url=f"{self.url}/agent/tickets/{number}",
            )

    def _id_of(self, external_id: str) -> str:
        """Zendesk's own id of the organisation, which never changes once it is known."""
        if external_id in self.ids:
            return self.ids[external_id]
        body = self._get("/api/v2/organizations/search.json", [("external_id", external_id)])
        try:
            listed = (body or {"organizations": []})["organizations"]
            if not listed:
                raise TicketsUnavailable("unknown_organisation")
            found = str(int(listed[0]["id"]))
        except (KeyError, TypeError, ValueError, IndexError):
            raise TicketsUnavailable("malformed") from None
        self.ids[external_id] = quote(found)
        return self.ids[external_id]

    def _get(self, path: str, query: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
        try:
            return self.client.get(path, query, headers={"Authorization": self.authorization})
        except Refused:
            raise TicketsUnavailable("refused") from None
