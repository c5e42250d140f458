"""Accepting a message: everything about it is written in one transaction, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from gateway.api.models.problem import ProblemCode
from gateway.api.models.sending import SendBody
from gateway.api.problems import Problem, invalid
from gateway.carriers import simulator
from gateway.domain.messages import NewMessage, new_message
from gateway.domain.numbers import operator_of
from gateway.domain.segments import segment
from gateway.store import ledger, outbound
from gateway.store.accounts import Account
from gateway.store.connections import Connection
from gateway.store.outbound import SOURCES
from gateway.store.prices import find_price
from gateway.store.writes import insert_messages

VALIDITY = timedelta(hours=24)
"""How long the platform tries to send a message; who wants it later has asked again."""


class Sending(NamedTuple):
    """Who sends and how: the key it was done with, through which carrier, and whether it is only a test."""

    api_key_id: UUID | None
    carrier: str
    test: bool


def accept(connection: Connection, account: Account, body: SendBody, sending: Sending, now: datetime) -> NewMessage:
    """Store a message, reserve its price, queue it. Raises Problem: no price for the recipient (422), or no balance
    (402); the caller's transaction must then be rolled back."""
    price = _price(connection, account, body)
    message = new_message(
        tenant_id=account.tenant_id,
        submitted_at=now,
        recipient=body.to,
        sender_id=body.from_,
        source=SOURCES[sending.test],
        external_id=None,
        body=body.body,
        price=Decimal(0) if sending.test else price,
        api_key_id=sending.api_key_id,
    )
    insert_messages(connection, [message])
    carrier = simulator.NAME if sending.test else sending.carrier
    outbound.enqueue(connection, account.tenant_id, message.message_id, carrier, message.submitted_at, now + VALIDITY)
    # Last, since from here on all others who spend this balance wait for this transaction.
    if not ledger.reserve(connection, account.tenant_id, message.message_id, message.price, now):
        raise _insufficient(connection, account, message.price)
    return message


def segment_price(connection: Connection, account: Account, recipient: str) -> Decimal:
    """What a segment to an E.164 number costs. Raises Problem (422) when no price list says so."""
    operator, country, _ = operator_of(recipient)
    price = find_price(connection, account.tenant_id, country, operator)
    if price is None:
        raise invalid("to", "no_price", "There is no price for this destination; ask us to open it for you.")
    return price


def _price(connection: Connection, account: Account, body: SendBody) -> Decimal:
    return segment_price(connection, account, body.to) * segment(body.body).segments


def _insufficient(connection: Connection, account: Account, price: Decimal) -> Problem:
    left = ledger.get_balances(connection, account.tenant_id).available
    return Problem(
        ProblemCode.INSUFFICIENT_BALANCE,
        f"The message costs {price:.4f} {account.currency} and {left:.4f} {account.currency} is left: "
        f"{price - left:.4f} {account.currency} is missing.",
    )
