"""Judging a batch item by item: a bad one is rejected with its reason, and nothing good is lost with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from gateway.api.models.ingestion import IngestBody, IngestedMessage, IngestedReceipt, IngestResult, Rejected
from gateway.domain import errors, ids
from gateway.domain.messages import NewMessage, Transition, new_message
from gateway.domain.statuses import Status
from gateway.store.connections import Connection
from gateway.store.retention import kept_from
from gateway.store.writes import apply_transitions, find_by_external_id, insert_messages

SOURCE = "internal"
CLOCK_TOLERANCE = timedelta(days=1)
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Batch:
    """One call's work: what was good, and what was not."""

    tenant_id: UUID
    now: datetime
    oldest: datetime = _OLDEST
    rejected: list[Rejected] = field(default_factory=list)
    already_known: int = 0

    def refuse(self, kind: Literal["message", "receipt"], index: int, code: str, detail: str) -> None:
        self.rejected.append(Rejected(kind=kind, index=index, code=code, detail=detail))


def ingest(connection: Connection, body: IngestBody, now: datetime) -> IngestResult:
    """Store what can be stored, messages before receipts; every item is counted exactly once."""
    batch = Batch(body.tenant_id, now, kept_from(connection) or _OLDEST)
    stored = insert_messages(connection, _new_rows(connection, batch, body.messages))
    news = _transitions(connection, batch, body.receipts)
    moved = apply_transitions(connection, body.tenant_id, [transition for _, transition in news])
    unknown = set(moved.unknown)
    for index, transition in news:
        if transition.message_id in unknown:
            _refuse_unknown(batch, index)
    return IngestResult(
        inserted=stored.inserted,
        already_known=stored.already_known + batch.already_known,
        applied=moved.applied,
        ignored=moved.ignored,
        rejected=sorted(batch.rejected, key=lambda item: (item.kind, item.index)),
    )


def _new_rows(connection: Connection, batch: Batch, items: Sequence[dict[str, Any]]) -> list[NewMessage]:
    accepted = list(_accepted_messages(batch, items))
    known = find_by_external_id(connection, batch.tenant_id, [item.external_id for item in accepted])
    rows: list[NewMessage] = []
    seen: set[str] = set()
    for item in accepted:
        # The same external id with another time is a repeat too, unless the known one came from somewhere else.
        if item.external_id in seen or _is_ours(batch.tenant_id, known.get(item.external_id), item.external_id):
            batch.already_known += 1
            continue
        seen.add(item.external_id)
        rows.append(_row(batch.tenant_id, item))
    return rows


def _accepted_messages(batch: Batch, items: Sequence[dict[str, Any]]) -> Iterator[IngestedMessage]:
    for index, raw in enumerate(items):
        try:
            item = IngestedMessage.model_validate(raw)
        except ValidationError as error:
            batch.refuse("message", index, "validation_failed", _sentence(error))
            continue
        reason = _implausible(item, batch)
        if reason is not None:
            batch.refuse("message", index, *reason)
            continue
        yield item


def _implausible(item: IngestedMessage, batch: Batch) -> tuple[str, str] | None:
    moments = [moment for moment in (item.submitted_at, item.sent_at, item.final_at) if moment is not None]
    if not all(_OLDEST <= moment <= batch.now + CLOCK_TOLERANCE for moment in moments):
        return "time", "Times must lie between the year 2000 and tomorrow."
    if item.submitted_at < batch.oldest:
        return "time", f"Messages from before {batch.oldest:%Y-%m-%d} are no longer kept."
    if moments != sorted(moments):
        return "time", "submittedAt, sentAt and finalAt must not run backwards."
    if item.error_code is not None and item.error_code not in errors.CATALOGUE:
        return "error_code", "errorCode must be one of the platform's codes."
    return None


def _row(tenant_id: UUID, item: IngestedMessage) -> NewMessage:
    return new_message(
        tenant_id=tenant_id,
        submitted_at=item.submitted_at,
        recipient=item.to,
        sender_id=item.from_,
        source=SOURCE,
        external_id=item.external_id,
        body=item.body,
        status=Status(item.status),
        sent_at=item.sent_at,
        final_at=item.final_at,
        error_code=item.error_code,
        carrier_code=item.carrier_code,
        price=Decimal(item.price) if item.price is not None else None,
    )


def _is_ours(tenant_id: UUID, found: UUID | None, external_id: str) -> bool:
    return found is not None and found == ids.message_id(tenant_id, ids.submitted_at_of(found), SOURCE, external_id)


def _transitions(connection: Connection, batch: Batch, items: Sequence[dict[str, Any]]) -> list[tuple[int, Transition]]:
    accepted: list[tuple[int, IngestedReceipt]] = []
    for index, raw in enumerate(items):
        try:
            item = IngestedReceipt.model_validate(raw)
        except ValidationError as error:
            batch.refuse("receipt", index, "validation_failed", _sentence(error))
            continue
        if not _OLDEST <= item.at <= batch.now + CLOCK_TOLERANCE or (item.submitted_at and item.submitted_at < _OLDEST):
            batch.refuse("receipt", index, "time", "Times must lie between the year 2000 and tomorrow.")
            continue
        accepted.append((index, item))
    unplaced = [item.external_id for _, item in accepted if item.submitted_at is None]
    known = find_by_external_id(connection, batch.tenant_id, unplaced) if unplaced else {}
    news = []
    for index, item in accepted:
        if item.submitted_at is not None:
            moment = ids.to_milliseconds(item.submitted_at)
            message_id: UUID | None = ids.message_id(batch.tenant_id, moment, SOURCE, item.external_id)
        else:
            message_id = known.get(item.external_id)
        if message_id is None:
            _refuse_unknown(batch, index)
            continue
        outcome = errors.outcome_of_receipt(item.stat, item.err)
        news.append(
            (
                index,
                Transition(message_id, outcome.status, item.at, SOURCE, outcome.error_code, outcome.carrier_code),
            )
        )
    return news


def _refuse_unknown(batch: Batch, index: int) -> None:
    batch.refuse("receipt", index, "unknown_message", "There is no message with this externalId.")


def _sentence(error: ValidationError) -> str:
    """All problems of one item in a line, without repeating its values."""
    parts = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        parts.append(f"{'.'.join(map(str, item['loc'])) or 'item'}: {item['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)
