"""What the platform's analytics answer. Rates are 0–1, or None when nothing is final; lengths of time are seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.periods import Interval, Period
from portal.domain.statuses import MessageStatus


class Metric(StrEnum):
    VOLUME = "volume"
    DELIVERED = "delivered"
    DELIVERY_RATE = "deliveryRate"
    SPEND = "spend"
    LATENCY_P50 = "latencyP50"
    LATENCY_P95 = "latencyP95"


class GroupBy(StrEnum):
    STATUS = "status"
    OPERATOR = "operator"
    SENDER_ID = "senderId"
    COUNTRY = "country"
    ERROR_CODE = "errorCode"


class TopDimension(StrEnum):
    SENDER_ID = "senderId"
    DESTINATION = "destination"
    ERROR_CODE = "errorCode"


@dataclass(frozen=True, slots=True)
class Totals:
    """One period in numbers. ``by_status`` has all eight statuses."""

    messages: int
    segments: int
    by_status: Mapping[MessageStatus, int]
    delivery_rate: float | None
    spend: Money
    latency_p50: float | None
    latency_p95: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """``previous`` is None when no comparison was asked for. ``revision`` changes whenever any number may have."""

    period: Period
    totals: Totals
    previous: Totals | None
    revision: int
    as_of: dt.datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One series: ``key`` is the group's (a status, an operator …) or the metric's name; None is a gap."""

    key: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened; ``operator`` None means all of them. ``ends_at`` None: it is still going on."""

    starts_at: dt.datetime
    ends_at: dt.datetime | None
    operator: str | None
    title_key: str


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """``buckets`` are local: ``2026-11-01`` (day, first day of a week or month) or ``2026-11-01T13:00`` (hour).

    ``unit``: ``messages``, ``ratio``, ``seconds``, or a currency's code. Without ``group_by`` there is one series with
    the key ``all``; ``rest`` are the groups beyond the largest, so that a chart still adds up (None: there are none).
    """

    metric: Metric
    interval: Interval
    group_by: GroupBy | None
    unit: str
    buckets: tuple[str, ...]
    series: tuple[Line, ...]
    incidents: tuple[Incident, ...] = ()
    rest: tuple[float | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A delivery rate unlike the ones before: what was to be expected, and how many deviations away it is."""

    expected: float
    z_score: float


@dataclass(frozen=True, slots=True)
class BreakdownItem:
    key: str
    messages: int
    by_status: Mapping[MessageStatus, int]
    delivery_rate: float | None
    segments: int
    spend: Money
    anomaly: Anomaly | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    items: tuple[BreakdownItem, ...]


@dataclass(frozen=True, slots=True)
class HeatmapCell:
    """``weekday`` is ISO (1 = Monday), ``hour`` 0–23, both local."""

    weekday: int
    hour: int
    messages: int
    delivered: int


@dataclass(frozen=True, slots=True)
class Heatmap:
    """All 168 cells."""

    cells: tuple[HeatmapCell, ...]


@dataclass(frozen=True, slots=True)
class TopItem:
    """``permanent``: for error codes, whether sending again is pointless."""

    key: str
    messages: int
    delivered: int
    delivery_rate: float | None
    spend: Money
    permanent: bool | None = None


@dataclass(frozen=True, slots=True)
class Top:
    """The first few of a dimension; ``other_messages`` are the rest, ``total`` everything."""

    items: tuple[TopItem, ...]
    other_messages: int
    total: int


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What there is to filter by: seen in the last 120 days."""

    operators: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
