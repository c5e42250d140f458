"""Seeing how traffic is doing: the questions of one page asked at once, each answered or failed on its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from portal.domain.account import Balance
from portal.domain.actor import Actor
from portal.domain.analytics import (
    Breakdown,
    FilterOptions,
    GroupBy,
    Heatmap,
    Metric,
    Summary,
    TimeSeries,
    Top,
    TopDimension,
)
from portal.domain.clock import now as _now
from portal.domain.errors import Forbidden, NotFound, PortalError, RateLimited, UpstreamUnavailable
from portal.domain.ports import AccountPort, AnalyticsPort
from portal.domain.query import AnalyticsQuery
from portal.flights import Flights
from portal.services.concurrency import Outcome, ask_all
from portal.services.recent_answers import Believed, RecentAnswers, Scope

RANKS_SHOWN: Final = 8
#: Answers older than this are asked for again even where the platform says that no analytic number changed: a top-up
#: changes the balance alone.
FRESH_FOR: Final = dt.timedelta(seconds=60)

Questions = dict[str, Callable[[], Any]]
_UNASKED: Final[Outcome[Any]] = Outcome()
_REVISION: Final = "revision"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Answers:
    """What a page shows, each part on its own; parts that the page does not have are empty outcomes.

    Compared by identity, so that what is made of it can be kept beside it.

    An outcome with a value *and* an error is an older answer that could not be renewed: it was given at
    ``older_as_of``, everything else at ``as_of``.
    """

    as_of: dt.datetime
    older_as_of: dt.datetime | None = None
    summary: Outcome[Summary] = _UNASKED
    volume: Outcome[TimeSeries] = _UNASKED
    rate: Outcome[TimeSeries] = _UNASKED
    previous_rate: Outcome[TimeSeries] = _UNASKED
    operators: Outcome[Breakdown] = _UNASKED
    errors: Outcome[Top] = _UNASKED
    heatmap: Outcome[Heatmap] = _UNASKED
    spend: Outcome[TimeSeries] = _UNASKED
    balance: Outcome[Balance] = _UNASKED
    latency_p50: Outcome[TimeSeries] = _UNASKED
    latency_p95: Outcome[TimeSeries] = _UNASKED
    senders: Outcome[Top] = _UNASKED
    destinations: Outcome[Top] = _UNASKED
    options: Outcome[FilterOptions] = _UNASKED

    @property
    def revision(self) -> int | None:
        """The platform's revision that these numbers are at least as new as; None without a new summary."""
        summary = self.summary
        return summary.value.revision if summary.value is not None and summary.error is None else None

    @property
    def complete(self) -> bool:
        """Whether asking again has nothing to add; what the actor may not see stays so."""
        return all(outcome.error is None or isinstance(outcome.error, Forbidden) for _, outcome in self.parts())

    def parts(self) -> list[tuple[str, Outcome[Any]]]:
        named = [(part.name, getattr(self, part.name)) for part in fields(self)]
        return [(name, value) for name, value in named if isinstance(value, Outcome)]


@dataclass(frozen=True, slots=True)
class AnalyticsService:
    """What people ask about their traffic. One page costs a fixed number of calls, or one while nothing has changed."""

    port: AnalyticsPort
    account: AccountPort
    clock: Callable[[], dt.datetime] = _now
    recent: RecentAnswers[Answers] = field(default_factory=RecentAnswers)
    #: How long a revision is believed by all who may see the same: as much older a page can be than the platform.
    revision_life: dt.timedelta = dt.timedelta(0)
    flights: Flights = field(default_factory=Flights)
    revisions: Believed[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "revisions", Believed(self.revision_life, self.clock))

    def dashboard(self, query: AnalyticsQuery, *, actor: Actor) -> Answers:
        """The overview: at most ten calls. Raises NotFound for a tenant that is not there for this actor."""
        port = self.port
        questions = self._common(query, actor) | {
            "errors": lambda: port.top(query, TopDimension.ERROR_CODE, RANKS_SHOWN, actor=actor),
            "heatmap": lambda: port.heatmap(query, actor=actor),
            "balance": lambda: self.account.get_balance(query.tenant_id, actor=actor),
        }
        return self._ask("dashboard", questions, query, actor)

    def analytics(self, query: AnalyticsQuery, *, actor: Actor) -> Answers:
        """Every question about traffic: at most thirteen calls. Raises NotFound as :meth:`dashboard` does."""
        port = self.port
        questions = self._common(query, actor) | {
            "errors": lambda: port.top(query, TopDimension.ERROR_CODE, RANKS_SHOWN, actor=actor),
            "heatmap": lambda: port.heatmap(query, actor=actor),
            "latency_p50": lambda: port.timeseries(query, Metric.LATENCY_P50, actor=actor),
            "latency_p95": lambda: port.timeseries(query, Metric.LATENCY_P95, actor=actor),
            "senders": lambda: port.top(query, TopDimension.SENDER_ID, RANKS_SHOWN, actor=actor),
            "destinations": lambda: port.top(query, TopDimension.DESTINATION, RANKS_SHOWN, actor=actor),
        }
        return self._ask("analytics", questions, query, actor)

    def revision(self, tenant_id: str | None = None, *, actor: Actor) -> int:
        """The number that grows whenever the account's numbers change, as it is now. May raise any PortalError."""
        return self.port.revision(tenant_id, actor=actor)

    def costs(self, query: AnalyticsQuery, *, actor: Actor) -> Answers:
        """What traffic costs, and for whom: at most five calls. Raises NotFound as :meth:`dashboard` does."""
        port = self.port
        questions: Questions = {
            "summary": lambda: port.summary(query, actor=actor),
            "spend": lambda: port.timeseries(query, Metric.SPEND, actor=actor),
            "operators": lambda: port.breakdown(query, actor=actor),
            "senders": lambda: port.top(query, TopDimension.SENDER_ID, RANKS_SHOWN, actor=actor),
        }
        return self._ask("costs", questions, query, actor)

    def changed_since(self, revision: int | None, tenant_id: str | None = None, *, actor: Actor) -> bool:
        """Whether there is anything newer than ``revision``; one small call for all who ask at the same time or within
        ``revision_life``. May raise any PortalError."""
        return revision is None or self._revision(tenant_id, actor) != revision

    def news_since(self, revision: int | None, tenant_id: str | None = None, *, actor: Actor) -> bool:
        """The same for a clock that asks: one that cannot be answered now leaves it to the next tick. Raises any other
        PortalError."""
        try:
            return self.changed_since(revision, tenant_id, actor=actor)
        except (UpstreamUnavailable, RateLimited):
            return False

    def _revision(self, tenant_id: str | None, actor: Actor) -> int:
        scope = Scope.of(actor, tenant_id)

        def ask() -> int:
            asked_at = self.clock()
            found = self.port.revision(tenant_id, actor=actor)
            self.revisions.put(scope, _REVISION, found, asked_at)
            return found

        believed = self.revisions.get(scope, _REVISION)
        return self.flights.ask((scope, _REVISION), ask) if believed is None else believed

    def _common(self, query: AnalyticsQuery, actor: Actor) -> Questions:
        port = self.port
        questions: Questions = {
            "summary": lambda: port.summary(query, actor=actor),
            "volume": lambda: port.timeseries(query, Metric.VOLUME, GroupBy.STATUS, actor=actor),
            "rate": lambda: port.timeseries(query, Metric.DELIVERY_RATE, actor=actor),
            "operators": lambda: port.breakdown(query, actor=actor),
            "spend": lambda: port.timeseries(query, Metric.SPEND, actor=actor),
            "options": lambda: port.filter_options(query.tenant_id, actor=actor),
        }
        if query.compare:
            before = replace(query, period=query.period.previous(), compare=False)
            questions["previous_rate"] = lambda: port.timeseries(before, Metric.DELIVERY_RATE, actor=actor)
        return questions

    def _ask(self, page: str, questions: Questions, query: AnalyticsQuery, actor: Actor) -> Answers:
        scope = Scope.of(actor, query.tenant_id)
        known = self.recent.get(scope, (page, query))
        if known is not None and self._still_true(known, query, actor):
            return known
        return self.flights.ask((scope, page, query), lambda: self._renewed(scope, page, questions, query, known))

    def _renewed(
        self, scope: Scope, page: str, questions: Questions, query: AnalyticsQuery, known: Answers | None
    ) -> Answers:
        now = self.clock()
        found: dict[str, Any] = ask_all(questions)
        answers = Answers(now, **found)
        if isinstance(answers.summary.error, NotFound):
            raise answers.summary.error
        if answers.revision is not None:
            self.revisions.put(scope, _REVISION, answers.revision, now)
        if known is not None:
            answers = keep_older(answers, known)
        self.recent.put(scope, (page, query), answers)
        return answers

    def _still_true(self, known: Answers, query: AnalyticsQuery, actor: Actor) -> bool:
        """Asked of the platform with the token of somebody who may see the same; that this actor still may is what the
        session's standing says."""
        if not known.complete or self.clock() - known.as_of > fresh_for(known.as_of):
            return False
        try:
            return not self.changed_since(known.revision, query.tenant_id, actor=actor)
        except (UpstreamUnavailable, RateLimited):
            return False


def fresh_for(as_of: dt.datetime) -> dt.timedelta:
    """How long answers of ``as_of`` are fresh: up to a third less than the longest, by the part of a second in which
    they were asked for. What a crowd asked for at once is then not asked for again, and drawn again, at once."""
    return FRESH_FOR * (1 - as_of.microsecond / 3_000_000)


def keep_older(new: Answers, known: Answers) -> Answers:
    """``new``, with what could not be had for now filled in from ``known`` and marked by the error beside it."""
    kept: dict[str, Any] = {}
    for name, outcome in new.parts():
        older: Outcome[Any] = getattr(known, name)
        if outcome.value is None and older.value is not None and _passing(outcome.error):
            kept[name] = Outcome(value=older.value, error=outcome.error)
    if not kept:
        return new
    return replace(new, older_as_of=known.older_as_of or known.as_of, **kept)


def _passing(error: PortalError | None) -> bool:
    """Whether an error says nothing against showing what was true a moment ago; a refusal does."""
    return isinstance(error, (UpstreamUnavailable, RateLimited))
