"""Accepting messages, one or many: everything about them is written in one transaction, or nothing.

Many are judged one by one and in order, each as if it had been sent alone after those before it: a bad one is refused
with its reason, and nothing good is lost with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flask import Response

from gateway.api.idempotency import RequestKey
from gateway.api.models.problem import FieldProblem, ProblemCode
from gateway.api.models.sending import SendBody
from gateway.api.problems import Problem, invalid
from gateway.carriers import simulator
from gateway.domain import ids
from gateway.domain.messages import NewMessage, new_message
from gateway.domain.numbers import operator_of
from gateway.domain.segments import segment
from gateway.store import submissions as store
from gateway.store.connections import Connection, Engine
from gateway.store.outbound import SOURCES
from gateway.store.prepared import Direct
from gateway.store.prices import find_price
from gateway.store.submissions import KnownMessage, NewSubmission, Standing

VALIDITY = timedelta(hours=24)
"""How long the platform tries to send a message; who wants it later has asked again."""

MOST_ATTEMPTS = 20
"""How often somebody may be quicker with the balance or a reference before the call is asked to come back."""

NO_PRICE = ("no_price", "There is no price for this destination; ask us to open it for you.")


class Sending(NamedTuple):
    """Who sends and how: for which account, with which key, as whom, through which carrier, or only as a test."""

    tenant_id: UUID
    api_key_id: UUID | None
    actor: str
    carrier: str
    test: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is not sent: why, and which of its fields are wrong."""

    code: ProblemCode
    detail: str | None
    errors: tuple[FieldProblem, ...] = ()

    def problem(self) -> Problem:
        return Problem(self.code, self.detail, errors=self.errors)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A message that its reference named before: it is not sent again."""

    message: NewMessage | KnownMessage


Outcome = NewMessage | Repeated | Refused
"""What became of a message that was to be sent."""

Produce = Callable[[str, Sequence[Outcome]], Response]
"""The answer to a call, of the account's currency and what became of each message."""


def submit(
    engine: Engine,
    orders: Sequence[SendBody | Refused],
    sending: Sending,
    key: RequestKey | None,
    now: datetime,
    produce: Produce,
) -> Response:
    """Accept what can be accepted and answer; a call that has come before gets the answer it got then.

    What was refused before it came here stays in its place. Raises what `produce` raises, and then nothing is stored;
    Problem: 404 without such an account, 422 for a key used with another request, 503 when others always were quicker.
    """
    wanted = [each for each in orders if not isinstance(each, Refused)]
    asked = store.Asked(
        tenant_id=sending.tenant_id,
        actor=sending.actor,
        now=ids.to_milliseconds(now),
        source=SOURCES[sending.test],
        destinations=sorted({operator_of(each.to)[1::-1] for each in wanted}),
        references=sorted({each.reference for each in wanted if each.reference is not None}),
        key_hash=key.hashed if key is not None else None,
    )
    route = store.Route(simulator.NAME if sending.test else sending.carrier, asked.now + VALIDITY)
    with Direct(engine) as direct:
        for _ in range(MOST_ATTEMPTS):
            standing = store.read(direct, asked)
            if standing is None:
                raise Problem(ProblemCode.NOT_FOUND)
            if key is not None and standing.kept is not None:
                return key.repeated(standing.kept)
            outcomes = list(judge(orders, standing, sending, asked.now))
            answer = produce(standing.currency, outcomes)
            new = [
                NewSubmission(outcome, order.reference)
                for order, outcome in zip(orders, outcomes, strict=True)
                if isinstance(outcome, NewMessage) and not isinstance(order, Refused)
            ]
            kept = key.answered(answer, now) if key is not None else None
            if not (new or kept) or store.write(direct, asked, new, route, kept):
                return answer
    raise Problem(ProblemCode.UNAVAILABLE, "Others kept changing what this call depends on.", retry_after=1)


def judge(
    orders: Sequence[SendBody | Refused], standing: Standing, sending: Sending, now: datetime
) -> Iterator[Outcome]:
    """What becomes of each, in order. Those accepted cost no more together than can be spent."""
    left = standing.available
    known: dict[str, NewMessage | KnownMessage] = dict(standing.known)
    fresh = iter(ids.new_message_ids(now, len(orders)))
    for order, message_id in zip(orders, fresh, strict=True):
        if isinstance(order, Refused):
            yield order
            continue
        named = known.get(order.reference) if order.reference is not None else None
        if named is not None:
            yield Repeated(named) if _is_same(order, named) else _REUSED
            continue
        message = _message(order, standing, sending, now, message_id)
        if message is None:
            yield _NO_PRICE
        elif message.price > left:
            yield _insufficient(message.price, left, standing.currency)
        else:
            left -= message.price
            if order.reference is not None:
                known[order.reference] = message
            yield message


def segment_price(connection: Connection, tenant_id: UUID, recipient: str) -> Decimal:
    """What a segment to an E.164 number costs. Raises Problem (422) when no price list says so."""
    operator, country, _ = operator_of(recipient)
    price = find_price(connection, tenant_id, country, operator)
    if price is None:
        raise invalid("to", *NO_PRICE)
    return price


_NO_PRICE = Refused(
    ProblemCode.VALIDATION_FAILED, None, (FieldProblem(field="to", code=NO_PRICE[0], detail=NO_PRICE[1]),)
)
_REUSED = Refused(
    ProblemCode.VALIDATION_FAILED,
    None,
    (
        FieldProblem(
            field="reference",
            code="reference_reused",
            detail="This reference names another message of the last 24 hours. Use a new one.",
        ),
    ),
)


def _message(
    order: SendBody, standing: Standing, sending: Sending, now: datetime, message_id: UUID
) -> NewMessage | None:
    """The message to store; None where its destination has no price."""
    operator, country, _ = operator_of(order.to)
    each = standing.prices.get((country, operator))
    if each is None:
        return None
    counted = segment(order.body)
    return new_message(
        tenant_id=sending.tenant_id,
        submitted_at=now,
        recipient=order.to,
        sender_id=order.from_,
        source=SOURCES[sending.test],
        external_id=None,
        message_id=message_id,
        body=order.body,
        segment_count=counted.segments,
        encoding=counted.encoding,
        price=Decimal(0) if sending.test else each * counted.segments,
        api_key_id=sending.api_key_id,
    )


def _is_same(order: SendBody, named: NewMessage | KnownMessage) -> bool:
    return (order.to, order.from_, order.body) == (named.recipient, named.sender_id, named.body)


def _insufficient(price: Decimal, left: Decimal, currency: str) -> Refused:
    return Refused(
        ProblemCode.INSUFFICIENT_BALANCE,
        f"The message costs {price:.4f} {currency} and {left:.4f} {currency} is left: "
        f"{price - left:.4f} {currency} is missing.",
    )
