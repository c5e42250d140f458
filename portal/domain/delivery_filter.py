"""Which deliveries of an endpoint are shown: read from the address, never raising, and written back to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from portal.domain import params as read
from portal.domain.params import Params
from portal.domain.webhooks import DeliveryStatus

STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
"""Classes of the latest answer's code; ``none``: there was no answer."""

SPANS = (1, 24, 168)
"""Hours back that are offered."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Conditions that all must hold; an empty one does not count. ``since``: those made since then."""

    status: str = ""
    event_type: str = ""
    http_status: str = ""
    since: dt.datetime | None = None
    message_id: str = ""
    cursor: str = ""

    @classmethod
    def from_params(cls, params: Params) -> DeliveryFilter:
        status, http_status = read.one(params, "status"), read.one(params, "httpStatus")
        event_type = read.one(params, "eventType", longest=64)
        return cls(
            status=status if status in set(DeliveryStatus) else "",
            event_type=event_type if event_type.replace(".", "").replace("_", "").isalnum() else "",
            http_status=http_status if http_status in STATUS_CLASSES else "",
            since=_instant(read.one(params, "since")),
            message_id=read.one(params, "messageId", longest=64),
            cursor=read.one(params, "cursor", longest=400),
        )

    @classmethod
    def from_search(cls, search: str | None) -> DeliveryFilter:
        return cls.from_params(read.from_search(search))

    @property
    def narrowed(self) -> bool:
        return replace(self, cursor="") != DeliveryFilter()

    def choosing(self, **changes: object) -> DeliveryFilter:
        """This filter with other conditions, from its beginning."""
        return replace(self, cursor="", **changes)  # type: ignore[arg-type]

    def after(self, cursor: str) -> DeliveryFilter:
        """The same conditions, the page after ``cursor``."""
        return replace(self, cursor=cursor)

    def to_query_string(self, tenant_id: str | None = None) -> str:
        """For the address."""
        return read.to_search(
            [
                ("tenantId", tenant_id or ""),
                *self.to_parameters(),
            ]
        )

    def to_parameters(self) -> list[tuple[str, str]]:
        """For the platform, and for the address."""
        return [
            ("status", self.status),
            ("eventType", self.event_type),
            ("httpStatus", self.http_status),
            ("since", self.since.strftime("%Y-%m-%dT%H:%M:%SZ") if self.since else ""),
            ("messageId", self.message_id),
            ("cursor", self.cursor),
        ]


def hours_ago(now: dt.datetime, hours: int) -> dt.datetime:
    """On a whole minute: pages of a list are then of the same filter, and an address can be passed on."""
    return now.astimezone(dt.UTC).replace(second=0, microsecond=0) - dt.timedelta(hours=hours)


def _instant(text: str) -> dt.datetime | None:
    moment = read.as_moment(text) if text else None
    return moment.astimezone(dt.UTC) if isinstance(moment, dt.datetime) else None
