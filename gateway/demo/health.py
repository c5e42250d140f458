"""The demo's health scores, with the tickets and answers they are made of beside traffic and money.

The scores are computed and not invented. Of some accounts something is not known, so that this is seen too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

import numpy as np

from gateway.demo.cast import TROUBLE_DAYS
from gateway.demo.plan import Plan
from gateway.store.connections import Connection
from gateway.store.demo_health import DemoAnswer, DemoTickets, score, write_answers, write_tickets

_LATE_TICKETS = 18.0
"""A month, of the account in trouble since its trouble began."""


@dataclass(frozen=True)
class _Answer:
    """`ago` is days before the end. `person` numbers those of an account; of somebody's answers the last counts."""

    ago: int
    score: int | None
    comment: str = ""
    person: int = 0


@dataclass(frozen=True)
class _Mood:
    """`tickets` a month; None: nobody reports them."""

    tickets: float | None
    answers: tuple[_Answer, ...] = ()


_MOODS = {
    "demo-bank": _Mood(
        2.5,
        (_Answer(118, 8), _Answer(96, 9, person=1), _Answer(27, 9, "The log answers what we used to call for.")),
    ),
    "other-market": _Mood(4.0, (_Answer(77, 7), _Answer(35, 6, "Invoices are hard to match with our books.", 1))),
    "pamir-pay": _Mood(1.5, (_Answer(60, 10), _Answer(58, 9, person=1))),
    "kabul-parcel": _Mood(1.0, (_Answer(88, 8), _Answer(20, None, person=1))),
    "spinghar-wallet": _Mood(
        2.0,
        (
            _Answer(104, 9),
            _Answer(101, 8, person=1),
            _Answer(13, 3, "Codes arrive late or not at all. Our customers call us, not you."),
            _Answer(9, 4, "Offers have been blocked for two weeks and nobody said why.", 1),
        ),
    ),
    "herat-cover": _Mood(0.5, (_Answer(70, 9), _Answer(66, 8, person=1))),
    "noor-school": _Mood(1.0),
    "azure-clinic": _Mood(2.0, (_Answer(51, 7),)),
    "hilal-relief": _Mood(0.5, (_Answer(30, 10, "Thank you for the Pashto."),)),
    "balkh-power": _Mood(3.0),
    "silkway-travel": _Mood(1.5, (_Answer(45, 8), _Answer(44, 7, person=1))),
    "orchard-export": _Mood(None, (_Answer(62, 8),)),
}  # fmt: skip


def write(connection: Connection, plan: Plan, ids: Mapping[str, UUID], *, scored: bool) -> None:
    """Tickets and answers of all accounts (their ids by slug); `scored`: with the scores of every day that is over."""
    write_tickets(connection, [day for slug, tenant_id in ids.items() for day in _tickets(plan, slug, tenant_id)])
    write_answers(connection, [each for slug, tenant_id in ids.items() for each in _answers(plan, slug, tenant_id)])
    if scored:
        score(connection, list(ids.values()), plan.until)


def _tickets(plan: Plan, slug: str, tenant_id: UUID) -> Iterator[DemoTickets]:
    """A day each; a ticket is closed after some days."""
    mood, (number, tenant) = (
        _MOODS[slug],
        next((number, tenant) for number, tenant in enumerate(plan.tenants) if tenant.slug == slug),
    )
    if mood.tickets is None:
        return
    draw, still_open = np.random.default_rng([plan.seed, 13, number]), 0
    for place, day in enumerate(plan.days):
        late = tenant.trouble is not None and len(plan.days) - place <= TROUBLE_DAYS
        opened = int(draw.poisson((_LATE_TICKETS if late else mood.tickets) / 30))
        still_open += opened - int(draw.binomial(still_open, 0.1 if late else 0.4))
        yield DemoTickets(tenant_id, day, opened, still_open)


def _answers(plan: Plan, slug: str, tenant_id: UUID) -> Iterator[DemoAnswer]:
    """Each by somebody of the account who is not otherwise in the demo."""
    for number, answer in enumerate(_MOODS[slug].answers):
        at = plan.until - timedelta(days=answer.ago, hours=number + 1)
        yield DemoAnswer(
            tenant_id,
            uuid5(tenant_id, f"nps/{number}"),
            uuid5(tenant_id, f"person/{answer.person}"),
            at,
            answer.score,
            answer.comment,
        )
