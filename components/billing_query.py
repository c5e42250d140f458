"""What the billing pages ask about: this month, of the account that the address names."""

from __future__ import annotations

from components.filters import today
from portal.domain import params as read
from portal.domain.billing import month_of
from portal.domain.params import Params, from_search
from portal.domain.query import AnalyticsQuery


def read_month(params: Params | str | None) -> AnalyticsQuery:
    """This month so far, compared with the span before it; by ``layout(**params)`` or an address's search."""
    given = from_search(params) if params is None or isinstance(params, str) else params
    return AnalyticsQuery(period=month_of(today()), tenant_id=read.as_uuid(read.one(given, "tenantId")))
