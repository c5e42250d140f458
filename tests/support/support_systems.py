"""Servers that speak as Zendesk and Help Scout do, by the samples of their documentation, and that fail as they do."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.support.served import HOST, free_port, served

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EMAIL, TOKEN = "agent@example.com", "zendesk-token"
APP_ID, APP_SECRET = "app-1", "app-secret"
ORGANISATION, EXTERNAL = 35436, "tenant-acme"


@dataclass
class Written:
    """A ticket as the system has it. Of Help Scout's words, ``state`` is published, draft or deleted."""

    number: int
    status: str
    opened_at: datetime
    priority: str | None = None
    subject: str = "Help"
    state: str = "published"


@dataclass
class SupportSystem:
    """Either system. ``fault`` is how it fails from now on: a status, ``html``, ``array``, ``cut``, ``lacking``, ``drip``
    or ``silent``; ``waits`` what it says of when to come back. ``seen`` are the calls."""

    tickets: list[Written] = field(default_factory=list)
    fault: str | int | None = None
    waits: str | None = None
    ascending: bool = False
    page_size: int = 25
    tokens: int = 0
    url: str = ""
    seen: list[str] = field(default_factory=list)
    going_on: threading.Event = field(default_factory=threading.Event)

    def order(self) -> list[Written]:
        return sorted(self.tickets, key=lambda each: each.opened_at, reverse=not self.ascending)

    def failing(self) -> Response | None:
        """What it answers instead of anything sensible."""
        headers = {} if self.waits is None else {"Retry-After": self.waits}
        if isinstance(self.fault, int):
            return Response('{"error": "RecordNotFound"}', self.fault, headers, content_type="application/json")
        if self.fault == "html":
            return Response("<html>Maintenance</html>", 200, content_type="text/html")
        if self.fault == "array":
            return Response("[1, 2]", 200, content_type="application/json")
        if self.fault == "lacking":
            return Response('{"tickets": [{"id": 1}], "page": {}}', 200, content_type="application/json")
        if self.fault == "silent":
            self.going_on.wait(20)
            return Response("{}", 200, content_type="application/json")
        if self.fault == "drip":
            return Response(self._drops(), 200, content_type="application/json")
        return None

    def _drops(self) -> Iterator[bytes]:
        while not self.going_on.wait(0.1):
            yield b" "


def written(count: int, status: str = "open", *, first: int = 1, hours: int = 7) -> list[Written]:
    """So many tickets, one each ``hours`` before the other, the highest number the latest."""
    return [
        Written(first + count - 1 - place, status, NOW - timedelta(hours=hours * place + 1)) for place in range(count)
    ]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zendesk(system: SupportSystem) -> Flask:
    app = Flask("zendesk")
    basic = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()

    @app.before_request
    def answer_badly() -> Any:
        system.seen.append(request.full_path.rstrip("?"))
        if request.headers.get("Authorization") not in (f"Basic {basic}", f"Bearer {TOKEN}"):
            return jsonify({"error": "Couldn't authenticate you"}), 401
        return system.failing()

    @app.get("/api/v2/organizations/search.json")
    def organizations() -> Any:
        known = request.args["external_id"] == EXTERNAL
        found = {
            "url": f"{system.url}/api/v2/organizations/{ORGANISATION}.json",
            "id": ORGANISATION,
            "name": "Acme",
            "external_id": EXTERNAL,
            "shared_tickets": False,
            "tags": [],
            "of_tomorrow": {"a": [1]},
        }
        return jsonify(
            {"organizations": [found] if known else [], "next_page": None, "previous_page": None, "count": 1}
        )

    @app.get(f"/api/v2/organizations/{ORGANISATION}/tickets.json")
    def tickets() -> Any:
        size, page = int(request.args["per_page"]), int(request.args["page"])
        assert (request.args["sort_by"], request.args["sort_order"]) == ("created_at", "desc")
        listed = system.order()
        shown = listed[(page - 1) * size : page * size]
        more = page * size < len(listed)
        return jsonify(
            {
                "tickets": [_zendesk_ticket(system, each) for each in shown],
                "next_page": f"{system.url}/api/v2/organizations/{ORGANISATION}/tickets.json?page={page + 1}"
                if more
                else None,
                "previous_page": None,
                "count": len(listed),
            }
        )

    return app


def _zendesk_ticket(system: SupportSystem, each: Written) -> dict[str, Any]:
    return {
        "url": f"{system.url}/api/v2/tickets/{each.number}.json",
        "id": each.number,
        "external_id": None,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": _moment(each.opened_at),
        "updated_at": _moment(NOW),
        "type": "incident",
        "subject": each.subject,
        "raw_subject": each.subject,
        "description": "The fire is very colorful.",
        "priority": each.priority,
        "status": each.status,
        "requester_id": 20978392,
        "organization_id": ORGANISATION,
        "satisfaction_rating": {"score": "good"},
        "custom_status_id": 123,
        "of_tomorrow": [None],
    }


def _help_scout(system: SupportSystem) -> Flask:
    app = Flask("help_scout")

    @app.before_request
    def answer_badly() -> Any:
        system.seen.append(request.full_path.rstrip("?"))
        if request.path == "/v2/oauth2/token":
            return None
        if request.headers.get("Authorization") != f"Bearer token-{system.tokens}":
            return jsonify({"message": "invalid token"}), 401
        return system.failing()

    @app.post("/v2/oauth2/token")
    def token() -> Any:
        wanted = {"grant_type": "client_credentials", "client_id": APP_ID, "client_secret": APP_SECRET}
        if request.form.to_dict() != wanted:
            return jsonify({"error": "invalid_client"}), 401
        system.tokens += 1
        return jsonify({"token_type": "bearer", "access_token": f"token-{system.tokens}", "expires_in": 172_800})

    @app.get(f"/v2/organizations/{ORGANISATION}/conversations")
    def conversations() -> Any:
        page, size, listed = int(request.args["page"]), system.page_size, system.order()
        shown = listed[(page - 1) * size : page * size]
        pages = -(-len(listed) // size)
        body: dict[str, Any] = {
            "_links": {"self": {"href": f"{system.url}/v2"}, "page": {"href": "…{?page}", "templated": True}},
            "page": {"size": size, "totalElements": len(listed), "totalPages": pages, "number": page},
        }
        if shown:
            body["_embedded"] = {"conversations": [_conversation(each) for each in shown]}
        return Response(app.json.dumps(body), content_type="application/hal+json")

    return app


def _conversation(each: Written) -> dict[str, Any]:
    return {
        "id": 1_000 + each.number,
        "number": each.number,
        "threads": 2,
        "type": "email",
        "folderId": 85,
        "status": each.status,
        "state": each.state,
        "subject": each.subject,
        "preview": "Need help setting up the organization...",
        "mailboxId": 13,
        "createdAt": _moment(each.opened_at),
        "closedBy": 4,
        "tags": [{"id": 9150, "color": "#9239499", "tag": "vip"}],
        "_links": {"web": {"href": f"https://secure.helpscout.net/conversation/{1_000 + each.number}/{each.number}/"}},
        "of_tomorrow": {},
    }


@contextmanager
def speaking(kind: str) -> Iterator[SupportSystem]:
    """A ``zendesk`` or a ``helpscout`` on a port of its own."""
    system, port = SupportSystem(), free_port()
    system.url = f"http://{HOST}:{port}"
    with served((_zendesk if kind == "zendesk" else _help_scout)(system), port):
        try:
            yield system
        finally:
            system.going_on.set()
