"""Sending a message, and seeing beforehand what it would be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from flask import Response, g

from gateway.api import limits
from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers
from gateway.api.idempotency import request_key
from gateway.api.models import sending as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.models.shape import Money
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.api.resources.messages import api  # one blueprint: the document has one entry for a path
from gateway.api.sent import batch_answer, one_answer, read_order
from gateway.api.submission import Produce, Refused, Sending, segment_price, submit
from gateway.domain import replacements, segments
from gateway.domain.numbers import operator_of

SHOWN_FORCING = 50


@api.post("/messages", responses=answers(models.SentMessage, 402, 413, 415, accepted=True))
def send_message(query: NoParameters, body: models.SendBody) -> Response:
    """Send a message

    202 says that it is queued and paid for, not that it arrived. With an `Idempotency-Key` the same request sent again,
    within 24 hours, sends nothing and gets the first answer; with a `reference` the same message does, by whatever
    call. A key of mode test reaches nobody and costs nothing.
    """
    return _submitted(lambda: [body], 1, one_answer)


@api.post("/messages/batch", responses=answers(models.SentBatch, 413, 415, accepted=True))
def send_batch(query: NoParameters, body: models.BatchBody) -> Response:
    """Send up to 1,000 messages

    Each is judged as if it had been sent alone, after those before it: one that is not valid, or that the balance does
    not hold any more, is refused with its reason at its place, and the others are sent. 202 says that the call was
    worked through, also where nothing was accepted. All of it is stored together or, when the call fails, none of it.

    With an `Idempotency-Key` the whole call sent again gets the first answer, byte for byte, refusals included: send
    what was refused in a call of its own. With a `reference` for each message a call may also be put together anew.

    Each message counts as one writing call in the limits. A batch that they do not hold now is 429 as a whole.
    """
    limits.count_more(len(body.messages) - 1, "messages")
    return _submitted(
        lambda: [read_order(item) for item in body.messages], len(body.messages), partial(batch_answer, body.messages)
    )


def _submitted(read: Callable[[], Sequence[models.SendBody | Refused]], messages: int, produce: Produce) -> Response:
    caller, asked = principal(), dependencies()
    if caller.tenant_id is None:
        raise Problem(ProblemCode.FORBIDDEN)
    g.tenant_id = caller.tenant_id
    sending = Sending(
        caller.tenant_id, caller.api_key_id, str(caller.user_id), asked.settings.carrier, caller.mode == "test"
    )
    with asked.turns.turn(messages):
        return submit(asked.engine, read(), sending, request_key(), asked.now(), produce)


@api.post("/messages/preview", responses=answers(models.Preview, 413, 415))
def preview_message(query: NoParameters, body: models.PreviewBody) -> Response:
    """Count a text's parts and price, and name what makes it long; sends nothing

    One character outside the GSM alphabet makes the whole text UCS-2, and its parts less than half as long: `forcing`
    names them, with what could stand for them.
    """
    counted, divided, forcing = segments.segment(body.body), segments.parts(body.body), replacements.forcing(body.body)
    with open_account(None) as (connection, account):
        each = segment_price(connection, account.tenant_id, body.to) if body.to is not None else None
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


def _forcing(item: replacements.Forcing) -> models.ForcingCharacter:
    return models.ForcingCharacter(index=item.index, text=item.text, replacement=item.replacement)


def _plain(text: str, forcing: list[replacements.Forcing]) -> models.PlainVersion | None:
    written = replacements.in_gsm(text, forcing) if forcing else None
    if written is None:
        return None
    counted = segments.segment(written)
    return models.PlainVersion(body=written, units=counted.units, segments=counted.segments)
