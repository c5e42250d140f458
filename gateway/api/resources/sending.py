"""Sending a message, and seeing beforehand what it would be."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers
from gateway.api.idempotency import once
from gateway.api.models import sending as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.shape import Money
from gateway.api.replies import reply
from gateway.api.resources.messages import api  # one blueprint: the document has one entry for a path
from gateway.api.submission import Sending, accept, segment_price
from gateway.domain import ids, replacements, segments
from gateway.domain.numbers import operator_of
from gateway.store.accounts import Account
from gateway.store.connections import Connection

SHOWN_FORCING = 50


@api.post("/messages", responses=answers(models.SentMessage, 402, 413, 415, accepted=True))
def send_message(query: NoParameters, body: models.SendBody) -> Response:
    """Send a message

    202 says that it is queued and paid for, not that it arrived. With an `Idempotency-Key` the same request sent again,
    within 24 hours, sends nothing and gets the first answer. A key of mode test reaches nobody and costs nothing.
    """
    caller, now = principal(), dependencies().now()
    sending = Sending(caller.api_key_id, dependencies().settings.carrier, caller.mode == "test")
    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, lambda: _sent(connection, account, body, sending, now))


@api.post("/messages/preview", responses=answers(models.Preview, 413, 415))
def preview_message(query: NoParameters, body: models.PreviewBody) -> Response:
    """Count a text's parts and price, and name what makes it long; sends nothing

    One character outside the GSM alphabet makes the whole text UCS-2, and its parts less than half as long: `forcing`
    names them, with what could stand for them.
    """
    counted, divided, forcing = segments.segment(body.body), segments.parts(body.body), replacements.forcing(body.body)
    with open_account(None) as (connection, account):
        each = segment_price(connection, account, body.to) if body.to is not None else None
    room = (segments.SINGLE if counted.segments == 1 else segments.PART)[counted.encoding]
    operator, country, _ = operator_of(body.to) if body.to is not None else (None, None, None)
    return reply(
        models.Preview(
            encoding=counted.encoding,
            units=counted.units,
            segments=counted.segments,
            most_segments=models.LARGEST_PARTS,
            room=room - divided[-1].units,
            parts=[models.PreviewPart(start=part.start, end=part.end, units=part.units) for part in divided],
            forcing=[_forcing(item) for item in forcing[:SHOWN_FORCING]],
            forcing_count=len(forcing),
            plain=_plain(body.body, forcing),
            to=body.to,
            operator=operator,
            country=country,
            segment_price=Money.of(each, account.currency) if each is not None else None,
            price=Money.of(each * counted.segments, account.currency) if each is not None else None,
        )
    )


def _sent(connection: Connection, account: Account, body: models.SendBody, sending: Sending, now: datetime) -> Response:
    message = accept(connection, account, body, sending, now)
    return reply(
        models.SentMessage(
            message_id=ids.encode(message.message_id),
            status=message.status,
            segments=message.segments,
            encoding=message.encoding,
            price=Money.of(message.price, account.currency),
        ),
        202,
    )


def _forcing(item: replacements.Forcing) -> models.ForcingCharacter:
    return models.ForcingCharacter(index=item.index, text=item.text, replacement=item.replacement)


def _plain(text: str, forcing: list[replacements.Forcing]) -> models.PlainVersion | None:
    written = replacements.in_gsm(text, forcing) if forcing else None
    if written is None:
        return None
    counted = segments.segment(written)
    return models.PlainVersion(body=written, units=counted.units, segments=counted.segments)
