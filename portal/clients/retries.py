"""When a read is asked again: after a broken connection or a passing refusal, and only while somebody still waits."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from urllib3.exceptions import MaxRetryError, ReadTimeoutError
from urllib3.util.retry import Retry

from portal.clients import budget

LONGEST_WAIT_SECONDS = 1.0


def retry_after_seconds(value: str | None, now: datetime | None = None) -> float | None:
    """``Retry-After`` (RFC 9110 §10.2.3) as seconds from now; None when absent or senseless."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= 9 else None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


class BoundedRetry(Retry):
    """urllib3's Retry, which on its own would sleep for as long as any ``Retry-After`` says."""

    @classmethod
    def for_reads(cls) -> BoundedRetry:
        """Two more tries for idempotent reads; an answer that stays a refusal is returned, not raised."""
        return cls(
            total=2,
            connect=2,
            read=1,
            redirect=0,
            other=0,
            status=2,
            allowed_methods=frozenset({"GET", "HEAD"}),
            status_forcelist=frozenset({502, 503, 504}),
            backoff_factor=0.1,
            respect_retry_after_header=True,
            raise_on_status=False,
            raise_on_redirect=False,
        )

    def increment(
        self,
        method: Any = None,
        url: Any = None,
        response: Any = None,
        error: Any = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Retry:
        """One try used up; the last one after a time-out, and when waiting for the next would take too long."""
        waits = retry_after_seconds(response.headers.get("Retry-After")) if response is not None else None
        hopeless = (waits or 0.0) > min(LONGEST_WAIT_SECONDS, budget.remaining()) or budget.remaining() <= 0
        if hopeless or isinstance(error, ReadTimeoutError):
            # As urllib3 raises it; with a response it is what turns into "return that response".
            raise MaxRetryError(_pool, url, error)
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def get_retry_after(self, response: Any) -> float | None:
        return retry_after_seconds(response.headers.get("Retry-After"))
