"""What came of attempts, written down: the delivery, the attempt, the endpoint's health, the hour's counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from gateway.store.audit import record
from gateway.store.connections import ABSENCE, Connection, Engine
from gateway.store.webhooks import queue
from gateway.store.webhooks.queue import Claim, Health, Outcome, Standing
from gateway.webhooks import schedule
from gateway.webhooks.sender import Result

_SIGNATURE = "webhook-signature"
_SHOWN_OF_SIGNATURE = len("v1,") + 6

log = structlog.get_logger("gateway.webhooks")


def outcome_of(claim: Claim, result: Result, started_at: datetime, headers: Mapping[str, str]) -> Outcome:
    """An attempt's result as it is kept, with when the schedule tries again."""
    ended_at = started_at + timedelta(milliseconds=result.latency_ms)
    next_at = None
    if result.error_kind not in {None, "gone"} and not claim.by_hand:
        wanted = schedule.parse_retry_after(result.retry_after, ended_at)
        next_at = schedule.next_attempt(claim.step + 1, ended_at, retry_after=wanted)
    return Outcome(
        claim=claim,
        succeeded=result.error_kind is None,
        started_at=started_at,
        ended_at=ended_at,
        latency_ms=result.latency_ms,
        request_headers=shown_headers(headers),
        next_at=next_at,
        http_status=result.http_status,
        response_headers=result.headers,
        response_body=result.body,
        response_truncated=result.truncated,
        error_kind=result.error_kind,
        error_detail=result.error_detail,
    )


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The request's headers as they are kept: nobody who reads them could repeat the request."""
    shown = dict(headers)
    if _SIGNATURE in shown:
        shown[_SIGNATURE] = " ".join(f"{each[:_SHOWN_OF_SIGNATURE]}…" for each in shown[_SIGNATURE].split(" "))
    return shown


def next_batch(outcomes: Sequence[Outcome], most: int) -> list[Outcome]:
    """Outcomes to write together: the oldest, each delivery once (a resend may overlap with the schedule)."""
    batch: dict[UUID, Outcome] = {}
    for outcome in outcomes[:most]:
        batch.setdefault(outcome.claim.delivery_id, outcome)
    return list(batch.values())


def settle(engine: Engine, batch: Sequence[Outcome]) -> None:
    """Write a batch in one transaction. What cannot be written alone either is given up: its lease runs out.

    Raises what ABSENCE names when the database is away; then nothing of the batch is written.
    """
    try:
        _write(engine, batch)
    except ABSENCE:
        raise
    except Exception:
        if len(batch) == 1:
            log.exception("outcome not written", delivery_id=str(batch[0].claim.delivery_id))
            return
        for outcome in batch:
            settle(engine, [outcome])


def _write(engine: Engine, batch: Sequence[Outcome]) -> None:
    with engine.begin() as connection:
        queue.settle(connection, batch)
        queue.count_hours(connection, hours_of(batch))
        standings = _record_health(connection, batch)
        _note_disabled(connection, standings)
    for standing in standings:
        _tell(standing)


def _note_disabled(connection: Connection, standings: Sequence[Standing]) -> None:
    """The account's audit log says when the platform itself disabled an endpoint."""
    for standing in standings:
        if standing.status != standing.status_before:
            record(connection, standing.tenant_id, None, "webhook.auto_disabled", str(standing.endpoint_id), {})


def _record_health(connection: Connection, batch: Sequence[Outcome]) -> list[Standing]:
    healths = healths_of(batch)
    return queue.record_health(connection, healths, schedule.BUDGET) if healths else []


def healths_of(outcomes: Sequence[Outcome]) -> list[Health]:
    """How each endpoint fared. A test event that failed does not count, unless by it the endpoint is known gone."""
    by_endpoint: dict[tuple[UUID, UUID], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.succeeded or not outcome.claim.is_test or outcome.error_kind == "gone":
            by_endpoint[outcome.claim.tenant_id, outcome.claim.endpoint_id].append(outcome)
    return [_health(*key, sorted(found, key=lambda each: each.ended_at)) for key, found in by_endpoint.items()]


def _health(tenant_id: UUID, endpoint_id: UUID, outcomes: Sequence[Outcome]) -> Health:
    successes = [each for each in outcomes if each.succeeded]
    failures = [each for each in outcomes if not each.succeeded]
    last_success_at = successes[-1].ended_at if successes else None
    since = [each.ended_at for each in failures if last_success_at is None or each.ended_at >= last_success_at]
    return Health(
        tenant_id=tenant_id,
        endpoint_id=endpoint_id,
        last_success_at=last_success_at,
        last_failure_at=failures[-1].ended_at if failures else None,
        failing_from=since[0] if since else None,
        last_error=failures[-1].error_kind if failures else None,
        gone=any(each.error_kind == "gone" for each in failures),
    )


def hours_of(outcomes: Sequence[Outcome]) -> dict[tuple[UUID, UUID, datetime], tuple[int, int]]:
    """Succeeded and failed attempts by tenant, endpoint and hour (UTC)."""
    counts: dict[tuple[UUID, UUID, datetime], tuple[int, int]] = {}
    for outcome in outcomes:
        hour = outcome.ended_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        key = (outcome.claim.tenant_id, outcome.claim.endpoint_id, hour)
        well, badly = counts.get(key, (0, 0))
        counts[key] = (well + outcome.succeeded, badly + (not outcome.succeeded))
    return counts


def _tell(standing: Standing) -> None:
    """Log an endpoint that was disabled, or came to a further warning."""
    named = {"tenant_id": str(standing.tenant_id), "endpoint_id": str(standing.endpoint_id)}
    if standing.status != standing.status_before:
        log.warning("webhook endpoint disabled", status=standing.status, **named)
        return
    before = schedule.budget_used(standing.failing_since, standing.last_failure_before)
    level = schedule.warning_level(schedule.budget_used(standing.failing_since, standing.last_failure_at))
    if level > schedule.warning_level(before):
        log.warning("webhook endpoint failing", budget_used_percent=level, **named)
