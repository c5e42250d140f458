"""What the pages ask the gateway: questions with their addresses, for the largest customer of the demo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

Query = Mapping[str, str | int]


@dataclass(frozen=True)
class Question:
    """One GET. `log` are pages of messages, the others are analytics."""

    name: str
    path: str
    query: Query = field(default_factory=dict)

    @property
    def log(self) -> bool:
        return self.path.startswith("messages")


class Asker:
    """A signed-in session at the gateway, on a connection that is kept. What is timed is to be the gateway's, so the
    client is the standard library's: a fifth of what is asked would be spent in requests."""

    def __init__(self, gateway_url: str, token: str) -> None:
        place = urlsplit(gateway_url)
        assert place.hostname is not None
        self._connection = HTTPConnection(place.hostname, place.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def ask(self, path: str, query: Query | None = None) -> bytes:
        """The answer's body. Raises RuntimeError for one that is refused, OSError for none."""
        target = f"/v1/{path}?{urlencode(query, doseq=True)}" if query else f"/v1/{path}"
        try:
            status, body = self._exchange(target)
        except ConnectionError:
            # The server had closed what was kept, as it may at any time (RFC 9112 §9.3.1).
            self._connection.close()
            status, body = self._exchange(target)
        if status != HTTPStatus.OK:
            raise RuntimeError(f"{target} was answered with {status}")
        return body

    def told(self, path: str, query: Query | None = None) -> Any:
        """What the answer's JSON says."""
        return json.loads(self.ask(path, query))

    def _exchange(self, target: str) -> tuple[int, bytes]:
        self._connection.request("GET", target, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def period(days: int) -> dict[str, str]:
    """The last so many days, today included."""
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    return {"from": str(today - timedelta(days=days - 1)), "to": str(today)}


def questions(asker: Asker) -> Sequence[Question]:
    """Every kind of question that the dashboard, analytics and the log ask."""
    days, month, year = period(90), period(30), period(365)
    logged = {"limit": 50}
    sender = asker.told("analytics/filters")["senderIds"][0]
    sample = asker.told("messages", {"limit": 200})["items"]
    spans = {"startDate": month["from"], "endDate": month["to"]}
    long = {"startDate": days["from"], "endDate": days["to"]}
    series, top = "analytics/timeseries", "analytics/top"
    return (
        Question("summary, 90 days, compared", "analytics/summary", {**days, "compare": "previous"}),
        Question("summary, a year", "analytics/summary", year),
        Question("summary, 90 days, one sender", "analytics/summary", {**days, "senderId": sender}),
        Question(
            "volume by status, 90 days by day", series,
            {**days, "metric": "volume", "interval": "day", "groupBy": "status"},
        ),
        Question(
            "volume by status, a year by month", series,
            {**year, "metric": "volume", "interval": "month", "groupBy": "status"},
        ),
        Question("delivery rate, 90 days by day", series, {**days, "metric": "deliveryRate", "interval": "day"}),
        Question("latency p95, 90 days by day", series, {**days, "metric": "latencyP95", "interval": "day"}),
        Question("volume by operator, 30 days", "analytics/breakdown", {**month, "dimension": "operator"}),
        Question("heatmap, 90 days", "analytics/heatmap", days),
        Question("top senders, 90 days", top, {**days, "dimension": "senderId"}),
        Question("top destinations, 90 days", top, {**days, "dimension": "destination"}),
        Question("error codes, 90 days", top, {**days, "dimension": "errorCode"}),
        Question("log, first page", "messages", logged),
        Question("log, failed only, 30 days", "messages", {**logged, "status": "failed", **spans}),
        Question("log, one operator", "messages", {**logged, "operator": "Roshan"}),
        Question("log, an operator with another's prefix", "messages", {**logged, "operator": "Roshan", "destination": "+9370"}),
        Question("log, one sender, failed", "messages", {**logged, "senderId": sender, "status": "failed"}),
        Question("log, one recipient", "messages", {**logged, "to": sample[0]["to"]}),
        Question("log, one hour of the week", "messages", {**logged, "weekday": 5, "hour": 3, **long}),
        Question("one message with its timeline", f"messages/{sample[0]['messageId']}"),
    )  # fmt: skip
