"""What the analytic pages ask for, read from and written to the address.

``from``/``to`` are local days, both inclusive; ``period`` is a preset that moves with today and gives way to
``from``/``to``; ``compare=none`` turns the comparison off; ``interval``, ``operator``, ``senderId``, ``status`` and
``tenantId`` are the platform's own names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from portal.domain import params as read
from portal.domain.params import Params
from portal.domain.periods import MAX_DAYS, Interval, Period, Preset, preset_period
from portal.domain.statuses import MessageStatus

DEFAULT_PRESET = Preset.DAYS_30
Choice = TypeVar("Choice", bound=StrEnum)


class Problem(StrEnum):
    """Why something in the address was not taken as it stood. Texts: ``filters.problem.<value>``."""

    MALFORMED_DATE = "malformed_date"
    REVERSED = "reversed"
    TOO_LONG = "too_long"
    FUTURE = "future"
    UNKNOWN_PERIOD = "unknown_period"
    UNKNOWN_STATUS = "unknown_status"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class AnalyticsQuery:
    """A period with its filters. Empty filters mean "all".

    ``interval`` is always the one to use; ``chosen_interval`` is what the reader asked for, if anything. ``preset`` is
    None for a custom period. ``problems`` say what was put right while reading the address. ``opens_log``: whether what
    is shown leads on to the messages behind it, which not every role reads.
    """

    period: Period
    compare: bool = True
    interval: Interval = Interval.DAY
    operators: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    statuses: tuple[MessageStatus, ...] = ()
    tenant_id: str | None = None
    preset: Preset | None = None
    chosen_interval: Interval | None = None
    problems: tuple[Problem, ...] = ()
    opens_log: bool = True

    @classmethod
    def from_params(cls, params: Params, today: dt.date, calendar: str = "gregory") -> AnalyticsQuery:
        """Read the address's parameters; whatever cannot be used is replaced and reported, never raised.

        ``today`` is the local date of the account; ``calendar`` decides what "this month" is.
        """
        problems: list[Problem] = []
        period, preset = _period(params, today, calendar, problems)
        chosen = _member(Interval, read.one(params, "interval"))
        if chosen is not None and chosen not in period.allowed_intervals():
            problems.append(Problem.INTERVAL)
            chosen = None
        return cls(
            period=period,
            compare=read.one(params, "compare") != "none",
            interval=chosen or period.best_interval(),
            operators=read.many(params, "operator", most=20, longest=40),
            sender_ids=read.many(params, "senderId", longest=40),
            statuses=read_statuses(read.many(params, "status"), problems),
            tenant_id=read.as_uuid(read.one(params, "tenantId")),
            preset=preset,
            chosen_interval=chosen,
            problems=tuple(problems),
        )

    @classmethod
    def from_search(cls, search: str | None, today: dt.date, calendar: str = "gregory") -> AnalyticsQuery:
        """As :meth:`from_params`, from ``?from=…``."""
        return cls.from_params(read.from_search(search), today, calendar)

    def to_params(self) -> list[tuple[str, str]]:
        """The address's parameters, without those that say the default."""
        pairs: list[tuple[str, str]] = []
        if self.preset is None:
            pairs += [("from", self.period.start.isoformat()), ("to", self.period.end.isoformat())]
        elif self.preset is not DEFAULT_PRESET:
            pairs.append(("period", self.preset))
        if not self.compare:
            pairs.append(("compare", "none"))
        if self.chosen_interval is not None:
            pairs.append(("interval", self.chosen_interval))
        pairs += self.filter_params()
        return pairs

    def filter_params(self) -> list[tuple[str, str]]:
        """Only what narrows the messages, without the period."""
        return [
            *(("operator", value) for value in self.operators),
            *(("senderId", value) for value in self.sender_ids),
            *(("status", value) for value in self.statuses),
            *([("tenantId", self.tenant_id)] if self.tenant_id else []),
        ]

    def to_query_string(self) -> str:
        """The address's query, without ``?``; empty when everything is as by default."""
        return read.to_search(self.to_params())

    def log_params(self) -> list[tuple[str, str]]:
        """The message log's parameters for exactly the messages this query counts."""
        return [
            ("startDate", self.period.start.isoformat()),
            ("endDate", self.period.end.isoformat()),
            *self.filter_params(),
        ]

    def choosing(
        self,
        *,
        compare: bool,
        interval: str,
        operators: Sequence[str],
        senders: Sequence[str],
        statuses: Sequence[str],
    ) -> AnalyticsQuery:
        """This query with what a reader chose in place of what it had; the period and the tenant stay."""
        chosen = AnalyticsQuery.from_params(
            {
                "from": self.period.start.isoformat(),
                "to": self.period.end.isoformat(),
                "compare": "previous" if compare else "none",
                "interval": interval,
                "operator": operators,
                "senderId": senders,
                "status": statuses,
                "tenantId": self.tenant_id or "",
            },
            today=self.period.end,
        )
        return replace(chosen, preset=self.preset, problems=())

    def on(self, preset: Preset, today: dt.date, calendar: str = "gregory") -> AnalyticsQuery:
        """The same filters over a preset period."""
        return self._over(preset_period(preset, today, calendar), preset)

    def between(self, period: Period) -> AnalyticsQuery:
        """The same filters over another, fixed period."""
        return self._over(period, None)

    def _over(self, period: Period, preset: Preset | None) -> AnalyticsQuery:
        chosen = self.chosen_interval if self.chosen_interval in period.allowed_intervals() else None
        return replace(
            self,
            period=period,
            preset=preset,
            chosen_interval=chosen,
            interval=chosen or period.best_interval(),
            problems=(),
        )


def _member(kind: type[Choice], value: str) -> Choice | None:
    try:
        return kind(value) if value else None
    except ValueError:
        return None


def read_statuses(values: Iterable[str], problems: list[Problem]) -> tuple[MessageStatus, ...]:
    """The statuses among ``values``; the others are reported."""
    known = []
    for value in values:
        status = _member(MessageStatus, value.lower())
        if status is None:
            problems.append(Problem.UNKNOWN_STATUS)
        else:
            known.append(status)
    return tuple(dict.fromkeys(known))


def _period(params: Params, today: dt.date, calendar: str, problems: list[Problem]) -> tuple[Period, Preset | None]:
    start_text, end_text = read.one(params, "from"), read.one(params, "to")
    start, end = read.as_date(start_text), read.as_date(end_text)
    if (start_text and start is None) or (end_text and end is None):
        problems.append(Problem.MALFORMED_DATE)
    if start is None and end is None:
        named = read.one(params, "period")
        preset = _member(Preset, named)
        if named and preset is None:
            problems.append(Problem.UNKNOWN_PERIOD)
        preset = preset or DEFAULT_PRESET
        return preset_period(preset, today, calendar), preset
    end = end or today
    start = start or max(end - dt.timedelta(days=29), read.EARLIEST)
    if start > end:
        problems.append(Problem.REVERSED)
        start, end = end, start
    if end > today:
        problems.append(Problem.FUTURE)
        start, end = min(start, today), today
    if (end - start).days >= MAX_DAYS:
        problems.append(Problem.TOO_LONG)
        start = end - dt.timedelta(days=MAX_DAYS - 1)
    return Period(start, end), None
