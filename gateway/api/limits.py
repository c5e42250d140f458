"""How often an account, a person and a key may call in a minute, and how often an address may fail to say who it is.

Reads and writes are counted apart, so that a program that sends in bulk does not shut its people out. Who is refused is
told so before anything of the call has happened: no key of a repeated request is used, nothing read, nothing written.
The headers are those of draft-ietf-httpapi-ratelimit-headers-11. Why it is done this way: docs/decisions/0023.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from uuid import UUID

from flask import Flask, Response, g, request

from gateway.api.call_leases import Bucket, Standing
from gateway.api.context import dependencies
from gateway.api.metrics import LIMITED
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem, invalid
from gateway.domain.visitors import network_of
from gateway.identity.sealing import digest

POLICY_HEADER = "RateLimit-Policy"
STATE_HEADER = "RateLimit"
WINDOW_SECONDS = 60
NO_ACCOUNT = UUID(int=0)
_READING = frozenset({"GET", "HEAD"})
_FAILURES = "address-failures"
_WHO = {
    "account": "This account may {does} {limit:,} times a minute, with all its people and keys.",
    "person": "You may {does} {limit:,} times a minute.",
    "key": "This key may {does} {limit:,} times a minute.",
    "address": "Calls from this address may fail to say who they are {limit:,} times a minute.",
}


def count_call(account: UUID | None, *, person: UUID | None = None, key: UUID | None = None) -> None:
    """Count the request as one of a known caller's. Raises Problem (429) when a limit is used up."""
    settings, does = dependencies().settings, "reads" if request.method in _READING else "writes"
    buckets = [
        Bucket(f"{who}-{does}", subject, settings.limit_of(who, does))
        for who, subject in (("account", account), ("key", key), ("person", person))
        if subject is not None
    ]
    g.counted_in = account, [bucket for bucket in buckets if bucket.per_minute]
    _count(*g.counted_in)


def count_more(calls: int, field: str) -> None:
    """Count the request, which was counted as one call, as so many more. Raises Problem: 429 when a limit does not hold
    them now, 422 at `field` when it never will."""
    account, buckets = g.get("counted_in", (None, ()))
    smallest = min((bucket.per_minute for bucket in buckets), default=calls + 1)
    if calls + 1 > smallest:
        raise invalid(field, "more_than_limit", f"At most {smallest:,} fit into the limits of a minute.")
    if calls:
        _count(account, buckets, calls)


def count_failure() -> None:
    """Count the request as one that did not say who it is, in a way that can be believed. Raises Problem (429).

    Only such calls are refused: behind the portal's address, or an office's, are others who have nothing to do with it.
    """
    limit = dependencies().settings.limit_address_failures
    if limit:
        subject = UUID(bytes=digest(f"address|{network_of(request.remote_addr)}")[:16])
        _count(None, [Bucket(_FAILURES, subject, limit)])


def register(app: Flask) -> None:
    @app.after_request
    def tell_limits(response: Response) -> Response:
        standings: Sequence[Standing] = g.get("limits", ())
        if standings:
            response.headers[POLICY_HEADER] = ", ".join(
                f'"{each.kind}";q={each.per_minute};w={WINDOW_SECONDS}' for each in standings
            )
            # Of a refused call only what refused it, or the other windows would end after Retry-After.
            told = [each for each in standings if each.opens_in] or standings
            response.headers[STATE_HEADER] = ", ".join(
                f'"{each.kind}";r={each.left};t={_effective_window(each)}' for each in told
            )
        return response


def _count(account: UUID | None, buckets: list[Bucket], calls: int = 1) -> None:
    if not buckets:
        return
    g.limits = standings = dependencies().leases.spend(account or NO_ACCOUNT, buckets, calls)
    closed = max(standings, key=lambda each: each.opens_in, default=None)
    if closed is None or not closed.opens_in:
        return
    if account is not None:
        g.tenant_id = account
    LIMITED.labels(closed.kind).inc()
    who, _, does = closed.kind.partition("-")
    seconds = _whole(closed.opens_in)
    detail = _WHO[who].format(does=does.removesuffix("s"), limit=closed.per_minute)
    again = f"Ask again in {seconds} second{'s' if seconds != 1 else ''}."
    raise Problem(ProblemCode.RATE_LIMITED, f"{detail} {again}", retry_after=seconds)


def _effective_window(standing: Standing) -> int:
    """Seconds over which what is left can be spread without ever meeting the limit."""
    return _whole(standing.opens_in or standing.left * WINDOW_SECONDS / standing.per_minute)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
