"""The demo's support tickets: invented, and as many as the days say that scores are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from gateway.store.tickets import TicketDay
from gateway.tickets.port import Listing, Priority, Status, Ticket, newest

_SUBJECTS: Final = (
    "Codes arrive late on Roshan",
    "کد تأیید به بعضی مشتریان نمی‌رسد",
    "Which sender IDs are allowed for offers?",
    "Messages blocked since Tuesday",
    "Invoice does not match our books",
    "د رسیدونو راپور نیمګړی دی",
    "Webhook answered twice for one message",
    "Price of long Dari messages",
    "Delivery report missing for a campaign",
    "Please raise our sending rate before Eid",
    "API key for our second office",
    "رسائل لا تصل إلى شبكة AWCC",
)
_PRIORITIES: Final[tuple[Priority | None, ...]] = ("normal", "normal", "high", "low", None, "urgent")
_OPEN: Final[tuple[Status, ...]] = ("open", "open", "pending", "new", "on_hold")
_DONE: Final[tuple[Status, ...]] = ("solved", "closed")


@dataclass(frozen=True)
class DemoTickets:
    """Tickets of one tenant of the demo, by its days (the latest first). The same days give the same tickets; of those
    that the latest day says are open, the newest are. They open nowhere."""

    days: Sequence[TicketDay]
    time_zone: str

    name = "demo"

    def latest(self, organisation: str, limit: int) -> Sequence[Ticket]:
        return newest(list(self._made(organisation)))[:limit]

    def everything(self, organisation: str, since: datetime) -> Listing:
        return Listing(newest(list(self._made(organisation))), complete=True)

    def _made(self, organisation: str) -> Iterator[Ticket]:
        left, zone = self.days[0].still_open if self.days else 0, ZoneInfo(self.time_zone)
        for day in self.days:
            draw = Random(f"{organisation}/{day.day}")
            moments = sorted((draw.randint(7 * 60, 18 * 60) for _ in range(day.opened)), reverse=True)
            for place, minute in enumerate(moments):
                status = draw.choice(_OPEN if left > 0 else _DONE)
                left -= 1
                yield Ticket(
                    ticket_id=f"{day.day:%y%m%d}{place + 1}",
                    subject=draw.choice(_SUBJECTS),
                    status=status,
                    priority=draw.choice(_PRIORITIES),
                    opened_at=datetime.combine(day.day, time(), zone) + timedelta(minutes=minute),
                    url="",
                )
