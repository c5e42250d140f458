"""The analytics and account ports in memory: round numbers that a test can foresee, failures on demand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from portal.domain.account import Account, Balance, Profile
from portal.domain.actor import Actor
from portal.domain.analytics import (
    Anomaly,
    Breakdown,
    BreakdownItem,
    FilterOptions,
    GroupBy,
    Heatmap,
    HeatmapCell,
    Incident,
    Line,
    Metric,
    Summary,
    TimeSeries,
    Top,
    TopDimension,
    TopItem,
    Totals,
)
from portal.domain.errors import PortalError
from portal.domain.money import Money
from portal.domain.periods import Interval
from portal.domain.query import AnalyticsQuery
from portal.domain.statuses import MessageStatus

AS_OF = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
SHARES: Mapping[MessageStatus, float] = {
    MessageStatus.DELIVERED: 0.9,
    MessageStatus.FAILED: 0.05,
    MessageStatus.EXPIRED: 0.03,
    MessageStatus.QUEUED: 0.02,
}
RATES: Mapping[str, tuple[int, float | None]] = {
    "AWCC": (4000, 0.96),
    "Roshan": (3000, 0.81),
    "Etisalat": (2000, 0.95),
    "ATOMA": (900, 0.94),
    "other": (0, None),
}


def afn(amount: str) -> Money:
    return Money(Decimal(amount), "AFN")


def actor(tenant: str | None = "tenant-1", *, roles: tuple[str, ...] = ("owner",), user: str = "user-1") -> Actor:
    """A signed-in person; without a tenant an internal one."""
    return Actor(
        user_id=user,
        tenant_id=tenant,
        user_type="customer" if tenant else "internal",
        roles=frozenset(roles),
        name="A Person",
        email="person@example.org",
        token=f"token-of-{user}",
    )


@dataclass
class FakeAnalytics:
    """Volume is 100 messages a bucket; ``failing`` maps a call (or a metric) to the error it raises."""

    revision_number: int = 7
    failing: dict[str, PortalError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    empty: bool = False

    def _called(self, name: str, actor: Actor) -> None:
        self.calls.append(name)
        self.actors.append(actor)
        if name in self.failing:
            raise self.failing[name]

    def summary(self, query: AnalyticsQuery, *, actor: Actor) -> Summary:
        self._called("summary", actor)
        count = 0 if self.empty else 100 * query.period.days
        totals = self._totals(count, 0.918)
        previous = self._totals(round(count / 1.25), 0.93) if query.compare else None
        return Summary(query.period, totals, previous, self.revision_number, AS_OF)

    def _totals(self, count: int, rate: float) -> Totals:
        by_status = {status: round(count * SHARES.get(status, 0)) for status in MessageStatus}
        final = None if self.empty else rate
        latency = None if self.empty else 3.2
        return Totals(count, count, by_status, final, afn(str(count * Decimal("0.35"))), latency, latency and 41.0)

    def timeseries(
        self, query: AnalyticsQuery, metric: Metric, group_by: GroupBy | None = None, *, actor: Actor
    ) -> TimeSeries:
        name = metric.value if query.compare or metric is not Metric.DELIVERY_RATE else "previousRate"
        self._called(name, actor)
        days = [query.period.start + dt.timedelta(days=day) for day in range(query.period.days)]
        buckets = tuple(day.isoformat() for day in days)
        if query.interval is Interval.HOUR:
            buckets = tuple(f"{day.isoformat()}T{hour:02d}:00" for day in days for hour in range(24))
        size = len(buckets)
        if self.empty:
            gap = None if metric in (Metric.DELIVERY_RATE, Metric.LATENCY_P50, Metric.LATENCY_P95) else 0.0
            unit = "AFN" if metric is Metric.SPEND else "messages"
            keys = [status.value for status in MessageStatus] if group_by else ["all"]
            return TimeSeries(
                metric, query.interval, group_by, unit, buckets, tuple(Line(key, (gap,) * size) for key in keys)
            )
        if group_by is GroupBy.STATUS:
            lines = tuple(
                Line(status.value, tuple(100.0 * SHARES.get(status, 0) for _ in buckets)) for status in MessageStatus
            )
            return TimeSeries(metric, query.interval, group_by, "messages", buckets, lines, self._incidents(query))
        course: dict[Metric, tuple[str, Any]] = {
            Metric.DELIVERY_RATE: ("ratio", lambda at: None if at == 3 else 0.95 - (0.12 if at == size - 4 else 0)),
            Metric.LATENCY_P50: ("seconds", lambda at: 3.0 + at % 3),
            Metric.LATENCY_P95: ("seconds", lambda at: 30.0 + at % 7),
            Metric.SPEND: ("AFN", lambda at: 35.0 + at % 5),
            Metric.VOLUME: ("messages", lambda at: 100.0),
            Metric.DELIVERED: ("messages", lambda at: 90.0),
        }
        unit, value = course[metric]
        line = Line("all", tuple(value(at) for at in range(size)))
        return TimeSeries(metric, query.interval, group_by, unit, buckets, (line,), self._incidents(query))

    def _incidents(self, query: AnalyticsQuery) -> tuple[Incident, ...]:
        day = dt.datetime.combine(query.period.end, dt.time(6), tzinfo=dt.UTC)
        start, end = day - dt.timedelta(days=4), day - dt.timedelta(days=2)
        return (Incident(start, end, "Roshan", "incident.outage"),)

    def breakdown(self, query: AnalyticsQuery, dimension: str = "operator", *, actor: Actor) -> Breakdown:
        self._called("breakdown", actor)
        return Breakdown(
            tuple(
                BreakdownItem(
                    key=key,
                    messages=0 if self.empty else count,
                    by_status={status: round(count * SHARES.get(status, 0)) for status in MessageStatus},
                    delivery_rate=None if self.empty else rate,
                    segments=count,
                    spend=afn("10.0000"),
                    anomaly=Anomaly(0.951, -4.2) if key == "Roshan" and not self.empty else None,
                )
                for key, (count, rate) in RATES.items()
            )
        )

    def heatmap(self, query: AnalyticsQuery, *, actor: Actor) -> Heatmap:
        self._called("heatmap", actor)
        return Heatmap(
            tuple(
                HeatmapCell(day, hour, 0 if self.empty or hour < 6 else 10 * hour + (5 if day == 6 else 0), 5)
                for day in range(1, 8)
                for hour in range(24)
            )
        )

    def top(self, query: AnalyticsQuery, dimension: TopDimension, limit: int = 10, *, actor: Actor) -> Top:
        self._called(f"top:{dimension}", actor)
        keys = {
            TopDimension.SENDER_ID: ("DEMOBANK", "OTP", "Sale 24"),
            TopDimension.DESTINATION: ("+9370", "+9379", "+93744"),
            TopDimension.ERROR_CODE: ("absent_subscriber", "unknown_subscriber", "9999"),
        }[dimension]
        if self.empty:
            return Top((), 0, 0)
        items = tuple(
            TopItem(key, 500 // (at + 1), 450 // (at + 1), 0.9, afn("5.0000"), at == 1)
            for at, key in enumerate(keys[:limit])
        )
        return Top(items, 84, sum(item.messages for item in items) + 84)

    def filter_options(self, tenant_id: str | None = None, *, actor: Actor) -> FilterOptions:
        self._called("filterOptions", actor)
        return FilterOptions(("AWCC", "Roshan"), ("DEMOBANK", "OTP"))

    def revision(self, tenant_id: str | None = None, *, actor: Actor) -> int:
        self._called("revision", actor)
        return self.revision_number


@dataclass
class FakeAccount:
    """One account with a balance."""

    failing: dict[str, PortalError] = field(default_factory=dict)
    balance_amount: str = "1234.5000"
    runway_days: float | None = 12.4
    warns: bool = True
    warns_below: str | None = "500.0000"
    calls: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    profile: Profile = field(default_factory=lambda: Profile(name="A Person", email="person@example.org"))

    def get_account(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        return Account("tenant-1", "Demo Bank", "Asia/Kabul", "AFN", "fa-AF", True)

    def get_balance(self, tenant_id: str | None = None, *, actor: Actor) -> Balance:
        self.calls.append("balance")
        if "balance" in self.failing:
            raise self.failing["balance"]
        below = afn(self.warns_below) if self.warns_below else None
        return Balance(afn(self.balance_amount), AS_OF, afn("99.5000"), self.runway_days, self.warns, below)

    def get_profile(self, *, actor: Actor) -> Profile:
        return self.profile

    def update_profile(self, changes: Mapping[str, str | None], *, actor: Actor) -> Profile:
        self.profile = replace(self.profile, **changes)
        return self.profile

    def answer_question(self, score: int | None, comment: str, *, idempotency_key: str, actor: Actor) -> None:
        if "nps" in self.failing:
            raise self.failing["nps"]
        if idempotency_key not in self.answers:
            self.answers[idempotency_key] = (score, comment)
