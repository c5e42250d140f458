"""A carrier that delivers to nobody: for trying the platform out, for keys of mode test, and for its own tests.

What becomes of a message follows from its id alone, so it can be repeated: outcomes and delays as operators have them,
and receipts that come twice or out of order now and then, as they do. Recipients that end in 0000900 … 0000909 force
an outcome (docs/simulator.md). Receipts wait in a table, so they outlive the worker.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from gateway.carriers.port import Accepted, Outbound, Refused, Submission, Unsure, Wait
from gateway.carriers.receipts import Receipt, receive_receipts
from gateway.domain import numbers
from gateway.domain.errors import outcome_of_receipt
from gateway.store import simulated
from gateway.store.connections import Engine
from gateway.store.simulated import SimulatedReceipt

NAME = "simulator"
FORCED_ENDING = "00009"
DELIVERIES = 200
"""Receipts handed over in one transaction."""

Planned = tuple[float, str, str | None]
"""A receipt to come: seconds after the submission, stat, err."""


@dataclass(frozen=True, slots=True)
class Operator:
    """How an operator's network behaves: the share delivered, and the median seconds until a receipt."""

    delivered: float
    seconds: float


OPERATORS: Mapping[str, Operator] = {
    "AWCC": Operator(0.96, 2.5),
    "Roshan": Operator(0.95, 3.0),
    "ATOMA": Operator(0.94, 4.0),
    "Etisalat": Operator(0.955, 3.5),
    "Salaam": Operator(0.91, 5.0),
    numbers.OTHER_OPERATOR: Operator(0.88, 8.0),
}
FAILURES: tuple[tuple[str, str], ...] = (
    ("UNDELIV", "027"), ("UNDELIV", "027"), ("UNDELIV", "001"), ("UNDELIV", "006"), ("UNDELIV", "013"),
    ("UNDELIV", "031"), ("UNDELIV", "034"), ("EXPIRED", "027"), ("REJECTD", "000"),
)  # fmt: skip
DELIVERED: Planned = (1.0, "DELIVRD", "000")

FORCED: Mapping[str, tuple[Submission, tuple[Planned, ...]]] = {
    "00": (Accepted(), (DELIVERED,)),
    "01": (Accepted(), ((1.0, "UNDELIV", "001"),)),
    "02": (Accepted(), ((1.0, "UNDELIV", "027"),)),
    "03": (Accepted(), ((1.0, "EXPIRED", None),)),
    "04": (Refused("invalid_destination", "0x0000000B"), ()),
    "05": (Wait(1.0, "queue full"), (DELIVERED,)),
    "06": (Unsure("no answer"), (DELIVERED,)),
    "07": (Unsure("no answer"), ()),
    "08": (Accepted(), (DELIVERED, (1.5, "DELIVRD", "000"), (2.0, "UNDELIV", "034"))),
    "09": (Accepted(), ((1.0, "DELIVRD", "000"), (1.5, "ENROUTE", None), (2.0, "ACCEPTD", None))),
}
"""What the last two digits after FORCED_ENDING do. `05` waits at its first attempt and is accepted at the second."""


class Simulator:
    """The carrier `simulator`; `engine` is the worker's."""

    name = NAME
    concurrency = 8

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def submit(self, message: Outbound) -> Submission:
        said, planned = plan(message)
        if isinstance(said, Accepted | Unsure):
            now = self._now()
            receipts = [(now + timedelta(seconds=after), stat, err) for after, stat, err in planned]
            with self._engine.begin() as connection:
                simulated.keep(connection, message.tenant_id, message.message_id, receipts, now)
        return said

    def knows(self, message: Outbound) -> bool | None:
        with self._engine.begin() as connection:
            return simulated.knows(connection, message.tenant_id, message.message_id)

    def deliver(self) -> bool:
        """Hand over the receipts that are due; True when there may be more."""
        with self._engine.begin() as connection:
            due = simulated.take_due(connection, self._now(), DELIVERIES)
            by_tenant: dict[UUID, list[Receipt]] = defaultdict(list)
            for receipt in due:
                by_tenant[receipt.tenant_id].append(_receipt(receipt))
            for tenant_id, receipts in sorted(by_tenant.items()):
                receive_receipts(connection, tenant_id, self.name, receipts)
        return len(due) == DELIVERIES


def plan(message: Outbound) -> tuple[Submission, list[Planned]]:
    """What the simulator says to a message and the receipts that follow. The same message has the same fate."""
    ending = message.recipient[-7:]
    if ending.startswith(FORCED_ENDING) and ending[-2:] in FORCED:
        said, receipts = FORCED[ending[-2:]]
        return (Accepted() if isinstance(said, Wait) and message.attempt > 1 else said), list(receipts)
    draw = Random(message.message_id.int)  # noqa: S311 — a fate, not a secret
    return Accepted(f"sim-{message.message_id.hex[-12:]}"), list(_fate(message, draw))


def _fate(message: Outbound, draw: Random) -> Iterator[Planned]:
    operator = OPERATORS[numbers.operator_of(message.recipient)[0]]
    seconds = min(max(operator.seconds * math.exp(draw.gauss(0, 0.6)), 0.3), 90.0)
    stat, err = ("DELIVRD", "000") if draw.random() < operator.delivered else draw.choice(FAILURES)
    if stat == "EXPIRED":
        seconds += 120
    quirk = draw.random()
    if quirk < 0.08:
        yield seconds / 2, "ENROUTE", None
    yield seconds, stat, err
    if quirk > 0.97:
        yield seconds + draw.uniform(0.5, 20), stat, err
    elif quirk > 0.95:
        yield seconds + draw.uniform(0.1, 5), "ENROUTE", None


def _receipt(due: SimulatedReceipt) -> Receipt:
    return Receipt(due.message_id, outcome_of_receipt(due.stat, due.err), due.due_at)
