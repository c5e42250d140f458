"""Analytics: what may be asked and what is answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import OperatorName, SenderId, StatusName, TenantQuery, TextItem
from gateway.api.models.shape import Answer, Money, Timestamp

LONGEST_PERIOD_DAYS = 1_100
LONGEST_HOURLY_DAYS = 14

Metric = Literal["volume", "delivered", "deliveryRate", "spend", "latencyP50", "latencyP95"]
Interval = Literal["hour", "day", "week", "month"]
GroupBy = Literal["status", "operator", "senderId", "country", "errorCode"]
BreakdownDimension = Literal["operator", "senderId", "country"]
TopDimension = Literal["senderId", "destination", "errorCode"]

_GROUPS: dict[str, frozenset[str]] = {
    "volume": frozenset({"status", "operator", "senderId", "country", "errorCode"}),
    "delivered": frozenset({"operator", "senderId", "country"}),
    "deliveryRate": frozenset({"operator", "senderId", "country"}),
    "spend": frozenset({"status", "operator", "senderId", "country", "errorCode"}),
    "latencyP50": frozenset({"operator", "senderId"}),
    "latencyP95": frozenset({"operator", "senderId"}),
}


class PeriodQuery(TenantQuery):
    """A period of local days in the account's time zone, both inclusive, and the filters every number obeys."""

    from_: date = Field(description="First local day, inclusive.")
    to: date = Field(description=f"Last local day, inclusive; at most {LONGEST_PERIOD_DAYS} days.")
    operator: list[OperatorName] = Field(default_factory=list, max_length=20, description="Only these operators.")
    sender_id: list[SenderId] = Field(default_factory=list, max_length=50, description="Only these sender IDs.")
    status: list[StatusName] = Field(
        default_factory=list, max_length=8, description="Only messages now in these states."
    )

    @field_validator("from_", "to", mode="before")
    @classmethod
    def only_plain_dates(cls, value: object) -> object:
        """pydantic reads `1700000000` and `2026-11-01T00:00:00` as dates too; the contract knows YYYY-MM-DD only."""
        if isinstance(value, str) and not (len(value) == 10 and value[4] == "-" and value[7] == "-"):
            raise PydanticCustomError("date", "Give a date as YYYY-MM-DD.")
        return value

    @field_validator("from_", "to")
    @classmethod
    def within_the_calendar(cls, value: date) -> date:
        if not 2000 <= value.year <= 2100:
            raise PydanticCustomError("date_range", "Give a date between 2000-01-01 and 2100-12-31.")
        return value

    @field_validator("to")
    @classmethod
    def sensible_period(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("from_")
        if start is not None and value < start:
            raise PydanticCustomError("date_range", "'to' must not be before 'from'.")
        if start is not None and (value - start).days >= LONGEST_PERIOD_DAYS:
            raise PydanticCustomError("date_range", f"The period may span at most {LONGEST_PERIOD_DAYS} days.")
        return value


class SummaryQuery(PeriodQuery):
    compare: Literal["previous", "none"] = Field(
        default="none", description="`previous` adds the numbers of the period of equal length just before."
    )


class TimeseriesQuery(PeriodQuery):
    metric: Metric = "volume"
    interval: Interval = Field(default="day", description=f"`hour` only for up to {LONGEST_HOURLY_DAYS} days.")
    group_by: GroupBy | None = Field(default=None, description="One series for each value; without it one for all.")

    @field_validator("interval")
    @classmethod
    def hours_are_for_short_periods(cls, value: str, info: ValidationInfo) -> str:
        start, end = info.data.get("from_"), info.data.get("to")
        if value == "hour" and start and end and (end - start).days >= LONGEST_HOURLY_DAYS:
            raise PydanticCustomError("interval", f"'hour' is for periods of at most {LONGEST_HOURLY_DAYS} days.")
        if value == "hour" and str(info.data.get("metric")).startswith("latency"):
            raise PydanticCustomError("interval", "Latency is available by day, week and month.")
        return value

    @field_validator("group_by")
    @classmethod
    def group_fits_metric(cls, value: str | None, info: ValidationInfo) -> str | None:
        metric = info.data.get("metric")
        if value is None or metric is None:
            return value
        if value not in _GROUPS[metric]:
            raise PydanticCustomError("group_by", f"'{metric}' can be grouped by {', '.join(sorted(_GROUPS[metric]))}.")
        if info.data.get("interval") == "hour" and value in {"country", "errorCode"}:
            raise PydanticCustomError("group_by", f"Hourly numbers cannot be grouped by {value}.")
        return value


class BreakdownQuery(PeriodQuery):
    dimension: BreakdownDimension = "operator"


class HeatmapQuery(PeriodQuery):
    pass


class TopQuery(PeriodQuery):
    dimension: TopDimension
    limit: int = Field(default=10, ge=1, le=100)


class Period(Answer):
    from_: date
    to: date


class StatusCounts(Answer):
    """Messages by their present state; all eight, so that they add up to `messages`."""

    queued: int
    held: int
    sent: int
    delivered: int
    failed: int
    expired: int
    rejected: int
    blocked: int


Rate = Annotated[
    float | None,
    Field(ge=0, le=1, description="delivered / (delivered + failed + expired + rejected); null when nothing is final"),
]
Seconds = Annotated[
    float | None, Field(ge=0, description="Seconds from submission to delivery; null when nothing was delivered")
]


class PeriodNumbers(Answer):
    period: Period
    messages: int
    segments: int
    by_status: StatusCounts
    delivery_rate: Rate
    spend: Money
    latency_p50: Seconds
    latency_p95: Seconds


class Summary(PeriodNumbers):
    previous: PeriodNumbers | None
    revision: int
    as_of: Timestamp


class Series(Answer):
    key: str = Field(description="The group's value; `all` when there is no grouping.")
    values: list[float | int | None] = Field(description="One for each bucket; null where nothing can be said.")


class Rest(Answer):
    """What lies beyond the largest series, so that charts can still add up."""

    keys: int
    values: list[float | int | None]


class Incident(Answer):
    from_: Timestamp
    to: Timestamp | None
    operator: str | None
    title_key: str


class Timeseries(Answer):
    metric: Metric
    interval: Interval
    group_by: GroupBy | None
    unit: str = Field(description="`messages`, `ratio`, `seconds`, or the currency.")
    buckets: list[str] = Field(description="Local first day of each bucket, or local hour `2026-11-01T13:00`.")
    series: list[Series]
    rest: Rest | None
    incidents: list[Incident]


class Anomaly(Answer):
    """The rate is far from what the 28 days before the period lead to expect."""

    expected: float
    z_score: float


class BreakdownItem(Answer):
    key: str
    messages: int
    by_status: StatusCounts
    delivery_rate: Rate
    segments: int
    spend: Money
    anomaly: Anomaly | None


class Breakdown(Answer):
    dimension: BreakdownDimension
    items: list[BreakdownItem]


class HeatmapCell(Answer):
    weekday: int = Field(ge=1, le=7, description="ISO: 1 Monday … 7 Sunday.")
    hour: int = Field(ge=0, le=23)
    messages: int
    delivered: int


class Heatmap(Answer):
    cells: list[HeatmapCell] = Field(min_length=168, max_length=168)


class TopItem(Answer):
    key: str
    messages: int
    delivered: int
    delivery_rate: Rate
    spend: Money
    permanent: bool | None = Field(description="For error codes: is a retry pointless? null for other dimensions.")


class Top(Answer):
    dimension: TopDimension
    items: list[TopItem]
    other_messages: int = Field(description="Messages that belong to none of the items.")
    total: int = Field(description="Messages of the period that have a value for this dimension.")

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        """Group totals that differ from the rows under them are the classic lie of such charts."""
        if sum(item.messages for item in self.items) + self.other_messages != self.total:
            raise ValueError("items and otherMessages must add up to total")
        return self


class FilterValues(Answer):
    operators: list[TextItem]
    sender_ids: list[TextItem]


class Revision(Answer):
    revision: int
