"""Accepting messages: what has to be known before, in one question, and all that is written, in one go.

Each is one call of a function of the database (migration 0028), a transaction of its own, so that accepting costs two
round trips however many messages there are. Nothing that is read is locked; whoever was quicker is noticed while
writing, and then nothing was written and all is decided anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import Connection, Engine

from gateway.domain.messages import NewMessage
from gateway.store import idempotency
from gateway.store.engine import driver_of

REFERENCES_KEPT_FOR = timedelta(hours=24)

Destination = tuple[str, str]
"""A country and an operator: what a price depends on."""


class NewSubmission(NamedTuple):
    """A message to accept, and what its sender calls it."""

    message: NewMessage
    reference: str | None


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """What a reference named before, as it is now."""

    message_id: UUID
    recipient: str
    sender_id: str
    body: str
    status: str
    segments: int
    encoding: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """What accepting depends on: the price of a segment to each destination that has one, what can be spent, the
    messages that references name already, and the answer that the request got before."""

    currency: str
    available: Decimal
    prices: Mapping[Destination, Decimal]
    known: Mapping[str, KnownMessage]
    kept: idempotency.Kept | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about. `references` are those of live or of test messages, as `source` says."""

    tenant_id: UUID
    actor: str
    now: datetime
    source: str
    destinations: Sequence[Destination]
    references: Sequence[str]
    key_hash: bytes | None


_STANDING = """
    SELECT * FROM submission_standing(
        %(tenant_id)s, %(actor)s, %(now)s, %(key_hash)s, %(countries)s, %(operators)s, %(source)s, %(references)s,
        %(oldest)s)"""

_ACCEPT = """
    SELECT accept_messages(
        %(tenant_id)s, %(actor)s, %(now)s, %(expires_at)s, %(api_key_id)s, %(source)s, %(carrier)s, %(given)s,
        %(oldest)s, %(key_hash)s, %(fingerprint)s, %(status)s, %(sealed_answer)s, %(answer_expires_at)s)"""

_TAKEN = "GW001"
"""What the function says when somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where accepted messages go: the carrier's queue, and until when it tries."""

    carrier: str
    expires_at: datetime


def read(engine: Engine, asked: Asked) -> Standing | None:
    """What is to be known, as of now; None when there is no such tenant."""
    values = _values(asked) | {
        "countries": [country for country, _ in asked.destinations],
        "operators": [operator for _, operator in asked.destinations],
        "references": list(asked.references) or None,
    }
    with driver_of(engine) as driver:
        row = driver.execute(_STANDING, values).fetchone()
    if row is None:
        return None
    currency, available, prices, fingerprint, status, sealed_answer, known = row
    return Standing(
        currency,
        available,
        {each: price for each, price in zip(asked.destinations, prices, strict=True) if price is not None},
        {reference: _known(*rest) for reference, *rest in known or ()},
        idempotency.Kept(fingerprint, status, sealed_answer) if fingerprint is not None else None,
    )


def write(
    engine: Engine, asked: Asked, submissions: Sequence[NewSubmission], route: Route, answer: idempotency.Answer | None
) -> bool:
    """Store the messages, their history, their places in the queue and what is reserved for them, with the answer kept.

    All of it, or nothing and False when somebody was quicker: with the key of the request, with a reference, or with
    the balance. All messages have one moment of submission.
    """
    values = _values(asked) | {
        "expires_at": route.expires_at,
        "carrier": route.carrier,
        "api_key_id": submissions[0].message.api_key_id if submissions else None,
        "given": orjson.dumps([_given(each) for each in submissions]).decode() if submissions else None,
        "key_hash": answer.key_hash if answer is not None else None,
        "fingerprint": answer.fingerprint if answer is not None else None,
        "status": answer.status if answer is not None else None,
        "sealed_answer": answer.sealed_answer if answer is not None else None,
        "answer_expires_at": answer.expires_at if answer is not None else None,
    }
    if all(each.reference is None for each in submissions):
        values["oldest"] = None
    try:
        with driver_of(engine) as driver:
            driver.execute(_ACCEPT, values)
    except psycopg.Error as error:
        if error.sqlstate == _TAKEN:
            return False
        raise
    return True


def purge_references(connection: Connection, now: datetime) -> int:
    """Forget references whose time is over; how many. For the worker."""
    statement = "DELETE FROM message_references WHERE submitted_at <= %(oldest)s"
    return connection.exec_driver_sql(statement, {"oldest": now - REFERENCES_KEPT_FOR}).rowcount


def _values(asked: Asked) -> dict[str, Any]:
    return {
        "tenant_id": asked.tenant_id,
        "actor": asked.actor,
        "now": asked.now,
        "source": asked.source,
        "oldest": asked.now - REFERENCES_KEPT_FOR,
        "key_hash": asked.key_hash,
    }


def _given(submission: NewSubmission) -> dict[str, Any]:
    message = submission.message
    return {
        "message_id": message.message_id,
        "segments": message.segments,
        "price": str(message.price),
        "country": message.country,
        "operator": message.operator,
        "destination": message.destination,
        "recipient": message.recipient,
        "sender_id": message.sender_id,
        "encoding": message.encoding,
        "body": message.body,
        "reference": submission.reference,
    }


def _known(
    message_id: str, recipient: str, sender_id: str, body: str, status: str, segments: int, encoding: str, price: str
) -> KnownMessage:
    return KnownMessage(UUID(message_id), recipient, sender_id, body, status, segments, encoding, Decimal(price))
