"""Asking a support system on behalf of a page: never longer than it is worth waiting for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, field

from gateway.tickets.port import Ticket, TicketSource, TicketsUnavailable

SECONDS = 2.5
SHOWN = 10


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="tickets")


@dataclass(frozen=True)
class Desk:
    """`source` None: there is no support system. A question may be several calls, each of which has its own bounds; a
    system that sends a byte a second is left to its thread when `seconds` are over."""

    source: TicketSource | None
    seconds: float = SECONDS
    pool: ThreadPoolExecutor = field(default_factory=_pool, repr=False, compare=False)

    def ask(self, source: TicketSource, organisation: str) -> Sequence[Ticket]:
        """The latest tickets. Raises TicketsUnavailable, within `seconds`."""
        asked = self.pool.submit(source.latest, organisation, SHOWN)
        try:
            return asked.result(timeout=self.seconds)
        except TooSlow:
            asked.cancel()
            raise TicketsUnavailable("slow") from None
