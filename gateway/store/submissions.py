"""Accepting messages: what has to be known before, in one question, and all that is written, in one go.

Each is one call of a function of the database (migration 0028), a transaction of its own, so that accepting costs two
round trips however many messages there are. Nothing that is read is locked; whoever was quicker is noticed while
writing, and then nothing was written and all is decided anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import Connection

from gateway.domain.messages import NewMessage
from gateway.store import idempotency
from gateway.store.prepared import Direct, Prepared, binary, moment, read_binary, texts

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


_STANDING = Prepared(b"submission_standing", b"SELECT * FROM submission_standing($1, $2, $3, $4, $5, $6, $7, $8, $9)")
_ACCEPT = Prepared(
    b"accept_messages", b"SELECT accept_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
)

_TAKEN = "GW001"
"""What the function says when somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where accepted messages go: the carrier's queue, and until when it tries."""

    carrier: str
    expires_at: datetime


def read(direct: Direct, asked: Asked) -> Standing | None:
    """What is to be known, as of now; None when there is no such tenant."""
    row = direct.first(
        _STANDING,
        [
            *_whose(asked),
            binary(asked.key_hash),
            texts(country for country, _ in asked.destinations),
            texts(operator for _, operator in asked.destinations),
            asked.source.encode(),
            texts(asked.references) if asked.references else None,
            moment(asked.now - REFERENCES_KEPT_FOR),
        ],
    )
    if row is None:
        return None
    currency, available, prices, fingerprint, status, sealed_answer, known = row
    assert currency is not None and available is not None and prices is not None  # noqa: PT018, S101 - never null there
    return Standing(
        currency.decode(),
        Decimal(available.decode()),
        dict(_priced(asked.destinations, prices.decode())),
        {reference: _known(*rest) for reference, *rest in orjson.loads(known or b"[]")},
        _kept(fingerprint, status, sealed_answer),
    )


def write(
    direct: Direct, asked: Asked, submissions: Sequence[NewSubmission], route: Route, answer: idempotency.Answer | None
) -> bool:
    """Store the messages, their history, their places in the queue and what is reserved for them, with the answer kept.

    All of it, or nothing and False when somebody was quicker: with the key of the request, with a reference, or with
    the balance. All messages have one moment of submission.
    """
    named = any(each.reference is not None for each in submissions)
    by_key = submissions[0].message.api_key_id if submissions else None
    values = [
        *_whose(asked),
        moment(route.expires_at),
        str(by_key).encode() if by_key is not None else None,
        asked.source.encode(),
        route.carrier.encode(),
        orjson.dumps([_given(each) for each in submissions]) if submissions else None,
        moment(asked.now - REFERENCES_KEPT_FOR) if named else None,
    ]
    if answer is None:
        values += [None] * 5
    else:
        values += [
            binary(answer.key_hash),
            binary(answer.fingerprint),
            str(answer.status).encode(),
            binary(answer.sealed_answer),
            moment(answer.expires_at),
        ]
    try:
        direct.first(_ACCEPT, values)
    except psycopg.Error as error:
        if error.sqlstate == _TAKEN:
            return False
        raise
    return True


def purge_references(connection: Connection, now: datetime) -> int:
    """Forget references whose time is over; how many. For the worker."""
    statement = "DELETE FROM message_references WHERE submitted_at <= %(oldest)s"
    return connection.exec_driver_sql(statement, {"oldest": now - REFERENCES_KEPT_FOR}).rowcount


def _whose(asked: Asked) -> tuple[bytes, bytes, bytes]:
    return str(asked.tenant_id).encode(), asked.actor.encode(), moment(asked.now)


def _priced(destinations: Sequence[Destination], prices: str) -> Iterator[tuple[Destination, Decimal]]:
    """The destinations that have a price; `prices` is an array of numbers as PostgreSQL writes it."""
    for destination, price in zip(destinations, filter(None, prices.strip("{}").split(",")), strict=True):
        if price != "NULL":
            yield destination, Decimal(price)


def _kept(fingerprint: bytes | None, status: bytes | None, sealed_answer: bytes | None) -> idempotency.Kept | None:
    if fingerprint is None or status is None or sealed_answer is None:
        return None
    return idempotency.Kept(read_binary(fingerprint), int(status), read_binary(sealed_answer))


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
