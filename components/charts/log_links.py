"""Addresses of the message log, filtered to exactly what a chart shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlencode

from portal.domain.query import AnalyticsQuery

LOG_PATH: Final = "/messages"
#: What a delivery rate divides by; the platform's definition.
RATED: Final = ("delivered", "failed", "expired", "rejected")


def log_link(query: AnalyticsQuery, *, narrowed: Collection[str] = ()) -> str:
    """The log with a query's filters, for links that add more.

    ``narrowed`` names the parameters that each link sets itself (``startDate`` stands for both dates): given twice they
    would widen the log, not narrow it. Nothing for a reader who may not open the log.
    """
    if not query.opens_log:
        return ""
    skip = {*narrowed, *(["endDate"] if "startDate" in narrowed else [])}
    parts = [(name, value) for name, value in query.log_params() if name not in skip]
    return f"{LOG_PATH}?{urlencode(parts)}" if parts else LOG_PATH


def narrow(name: str, *values: str) -> str:
    """Query parameters that narrow the log by one more filter."""
    return urlencode([(name, value) for value in values])


def whole_period(query: AnalyticsQuery) -> str:
    """The days of a query, for links that are about all of it."""
    return urlencode([(name, value) for name, value in query.log_params() if name in ("startDate", "endDate")])


def chosen_statuses(query: AnalyticsQuery) -> str:
    """The statuses a query is filtered by; empty for all."""
    return narrow("status", *query.statuses)


def rated_statuses(query: AnalyticsQuery) -> str:
    """The statuses a delivery rate counts, within those already chosen."""
    chosen = {str(status) for status in query.statuses}
    return narrow("status", *[status for status in RATED if not chosen or status in chosen])
