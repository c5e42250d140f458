"""Messages to send as they come in a batch, and what was done with them in the words of the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from flask import Response
from pydantic import TypeAdapter, ValidationError

from gateway.api.idempotency import REPLAYED
from gateway.api.models import sending as models
from gateway.api.models.problem import FieldProblem, ProblemCode
from gateway.api.models.shape import Money
from gateway.api.problems import default_detail, field_problems
from gateway.api.replies import reply
from gateway.api.submission import Outcome, Refused, Repeated
from gateway.domain import ids
from gateway.domain.messages import NewMessage

_REFERENCE: TypeAdapter[str] = TypeAdapter(models.Reference)
_NO_OBJECT = Refused(
    ProblemCode.VALIDATION_FAILED, None, (FieldProblem(field="", code="object", detail="Give an object."),)
)


def read_order(item: Any) -> models.SendBody | Refused:
    """An item of a batch, or why it is none."""
    if not isinstance(item, dict):
        return _NO_OBJECT
    try:
        return models.SendBody.model_validate(item)
    except ValidationError as error:
        return Refused(ProblemCode.VALIDATION_FAILED, None, tuple(field_problems(error)))


def one_answer(currency: str, outcomes: Sequence[Outcome]) -> Response:
    """The answer to a message that was sent alone. Raises Problem when it was refused."""
    [outcome] = outcomes
    if isinstance(outcome, Refused):
        raise outcome.problem()
    message = outcome.message if isinstance(outcome, Repeated) else outcome
    answer = reply(
        models.SentMessage(
            message_id=ids.encode(message.message_id),
            status=message.status,
            segments=message.segments,
            encoding=message.encoding,
            price=Money.of(message.price, currency),
        ),
        202,
    )
    if isinstance(outcome, Repeated):
        answer.headers[REPLAYED] = "true"
    return answer


def batch_answer(items: Sequence[Any], currency: str, outcomes: Sequence[Outcome]) -> Response:
    """The answer to a batch of these items."""
    accepted = [each for each in outcomes if isinstance(each, NewMessage)]
    refused = sum(isinstance(each, Refused) for each in outcomes)
    return reply(
        models.SentBatch(
            accepted=len(accepted),
            repeated=len(outcomes) - len(accepted) - refused,
            refused=refused,
            price=Money.of(sum((each.price for each in accepted), Decimal(0)), currency),
            results=list(_results(items, currency, outcomes)),
        ),
        202,
    )


def _results(items: Sequence[Any], currency: str, outcomes: Sequence[Outcome]) -> Iterator[models.BatchResult]:
    for index, (item, outcome) in enumerate(zip(items, outcomes, strict=True)):
        reference = _reference(item)
        if isinstance(outcome, Refused):
            problem = models.BatchProblem(
                code=outcome.code,
                detail=outcome.detail or default_detail(outcome.code),
                errors=list(outcome.errors),
            )
            yield models.BatchResult(
                index=index,
                reference=reference,
                status="refused",
                message_id=None,
                segments=None,
                encoding=None,
                price=None,
                repeated=False,
                problem=problem,
            )
            continue
        message = outcome.message if isinstance(outcome, Repeated) else outcome
        yield models.BatchResult(
            index=index,
            reference=reference,
            status=message.status,
            message_id=ids.encode(message.message_id),
            segments=message.segments,
            encoding=message.encoding,
            price=Money.of(message.price, currency),
            repeated=isinstance(outcome, Repeated),
            problem=None,
        )


def _reference(item: Any) -> str | None:
    given = item.get("reference") if isinstance(item, dict) else None
    if given is None:
        return None
    try:
        return _REFERENCE.validate_python(given)
    except ValidationError:
        return None
