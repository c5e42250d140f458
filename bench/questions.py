"""What the pages ask the gateway: questions with their addresses, for the largest customer of the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import requests

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
    """A signed-in session at the gateway."""

    def __init__(self, gateway_url: str, token: str) -> None:
        self._url = gateway_url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, path: str, query: Query | None = None) -> requests.Response:
        """The answer, which is not refused."""
        answer = self._session.get(f"{self._url}/v1/{path}", params=query or {}, timeout=60)
        answer.raise_for_status()
        return answer


def period(days: int) -> dict[str, str]:
    """The last so many days, today included."""
    today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
    return {"from": str(today - timedelta(days=days - 1)), "to": str(today)}


def questions(asker: Asker) -> Sequence[Question]:
    """Every kind of question that the dashboard, analytics and the log ask."""
    days, month, year = period(90), period(30), period(365)
    logged = {"limit": 50}
    sender = asker.ask("analytics/filters").json()["senderIds"][0]
    sample = asker.ask("messages", {"limit": 200}).json()["items"]
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
