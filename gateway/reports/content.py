"""All that a business review says of a customer and a quarter: the one source of the preview and of the PDF.

Traffic, rates and money of messages come from the functions that the analytics come from. The caller's transaction is
to be of one moment (`tenant_transaction(…, steady=True)`), so that all parts add up to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.api.models import qbr as models
from gateway.api.models.shape import Money
from gateway.api.series import first_day, seconds
from gateway.api.tally import Tally, tally_by
from gateway.domain.errors import CATALOGUE
from gateway.domain.quarters import Quarter, Review
from gateway.domain.statuses import Status
from gateway.reports.beside import Beside
from gateway.reports.findings import findings_of
from gateway.store import analytics
from gateway.store.accounts import Account
from gateway.store.analytics import Bucket, Count, Dimension, TrafficScope
from gateway.store.connections import Connection
from gateway.store.qbr.comments import Comments, get_comments
from gateway.texts import choose

MOST_RANKED = 10
_PLACES = {status: place for place, status in enumerate(Status)}
_HELD, _BLOCKED = _PLACES[Status.HELD], _PLACES[Status.BLOCKED]


def review_of(account: Account, period: str, now: datetime) -> Review:
    """The quarter `period` as it is told of now. Raises ValueError for one that has not begun, or is none."""
    return Review(Quarter.parse(period), now.astimezone(ZoneInfo(account.time_zone)).date())


def content_of(
    connection: Connection, account: Account, review: Review, now: datetime, *, comments_version: int | None = None
) -> models.QbrPreview:
    """Everything. With `comments_version` with the comments of that version, else with the latest."""
    own, beside = _Traffic(connection, account, review), Beside(connection, account, review)
    days = own.days
    totals, previous = own.numbers(own.of_quarter), own.numbers(own.of_compared)
    comments = get_comments(connection, account.tenant_id, review.quarter.name, comments_version)
    balance, health, operators = beside.balance(), beside.health(), own.operators()
    known_before = previous if previous.messages else None
    return models.QbrPreview(
        tenant=models.QbrTenant(
            tenant_id=str(account.tenant_id),
            name=account.name,
            time_zone=account.time_zone,
            currency=account.currency,
            locale=choose([account.locale]).tag,  # type: ignore[arg-type]
            is_demo=account.is_demo,
        ),
        period=_period(review),
        as_of=now,
        has_traffic=totals.messages > 0,
        findings=findings_of(totals, known_before, operators, balance, health),
        totals=totals,
        previous=known_before,
        months=own.months(),
        operators=operators,
        compliance=models.QbrCompliance(weeks=_weeks(days, review), queue=beside.queue()),
        senders=own.top(Dimension.SENDER_ID),
        countries=own.top(Dimension.COUNTRY),
        destinations=own.top(Dimension.DESTINATION),
        errors=own.errors(),
        balance=balance,
        sla_credits=beside.credits(),
        health=health,
        incidents=beside.incidents(),
        comments=comments_told(comments),
    )


def has_traffic(connection: Connection, account: Account, review: Review) -> bool:
    """Whether any message was submitted in the quarter so far."""
    scope = TrafficScope(account.tenant_id, review.quarter.first, review.through)
    return any(sum(count.by_status) for count in analytics.count_messages(connection, scope))


def comments_told(comments: Comments) -> models.QbrComments:
    return models.QbrComments(
        version=comments.version,
        texts=models.QbrCommentTexts(**{name: comments.texts.get(name, "") for name in models.COMMENT_SECTIONS}),
        changed_at=comments.changed_at,
        changed_by_name=comments.changed_by_name,
    )


def hold_rate(tally: Tally) -> float | None:
    """(held + blocked) / messages, None without messages."""
    withheld = tally.counts[_HELD] + tally.counts[_BLOCKED]
    return round(withheld / tally.messages, 6) if tally.messages else None


@dataclass(frozen=True)
class _Span:
    """Days whose messages are told of together, with their latencies."""

    tally: Tally
    histogram: Mapping[int, int]


class _Traffic:
    """What is read for one review. Each rollup is read once for what it tells of the quarter and of the one before."""

    def __init__(self, connection: Connection, account: Account, review: Review) -> None:
        self.connection, self.account, self.review = connection, account, review
        quarter, (before_from, before_to) = review.quarter, review.compared
        self.scope = TrafficScope(account.tenant_id, quarter.first, review.through)
        self.compared = TrafficScope(account.tenant_id, before_from, before_to)
        both = TrafficScope(account.tenant_id, before_from, review.through)
        self.days = tally_by(self._count(both, bucket=Bucket.DAY), lambda item: item.bucket)
        self.latencies = {
            item.bucket: item.histogram for item in analytics.count_latencies(connection, both, bucket=Bucket.DAY)
        }
        self.of_quarter = self._span(lambda day: quarter.first <= day <= review.through)
        self.of_compared = self._span(lambda day: before_from <= day <= before_to)

    def _count(
        self, scope: TrafficScope, *, by: Dimension | None = None, bucket: Bucket = Bucket.PERIOD
    ) -> list[Count]:
        return analytics.count_messages(self.connection, scope, by=by, bucket=bucket)

    def _span(self, wanted: Callable[[date], bool]) -> _Span:
        tally, histogram = Tally(), dict[int, int]()
        for day, each in self.days.items():
            if wanted(day):
                tally.include(each)
        for day, counts in self.latencies.items():
            if wanted(day):
                for bucket, count in counts.items():
                    histogram[bucket] = histogram.get(bucket, 0) + count
        return _Span(tally, histogram)

    def _money(self, amount: Decimal) -> Money:
        return Money.of(amount, self.account.currency)

    def numbers(self, span: _Span) -> models.QbrNumbers:
        tally = span.tally
        return models.QbrNumbers(
            messages=tally.messages,
            segments=tally.segments,
            by_status=tally.status_counts(),
            delivery_rate=tally.delivery_rate,
            hold_rate=hold_rate(tally),
            spend=self._money(tally.spend),
            latency_p50=seconds(span.histogram, "latencyP50"),
            latency_p95=seconds(span.histogram, "latencyP95"),
        )

    def months(self) -> list[models.QbrMonth]:
        found = []
        for month in self.review.months:
            span = self._span(lambda day, month=month: day.replace(day=1) == month)  # type: ignore[misc]
            following = (month + timedelta(days=31)).replace(day=1)
            found.append(
                models.QbrMonth(
                    **dict(self.numbers(span)),
                    month=month,
                    complete=self.review.complete or following <= self.review.today,
                )
            )
        return found

    def operators(self) -> list[models.QbrOperator]:
        monthly = tally_by(
            self._count(self.scope, by=Dimension.OPERATOR, bucket=Bucket.MONTH), lambda item: (item.key, item.bucket)
        )
        before = tally_by(self._count(self.compared, by=Dimension.OPERATOR), lambda item: item.key)
        whole: dict[str, Tally] = {}
        for (name, _), tally in monthly.items():
            whole.setdefault(name, Tally()).include(tally)
        return [
            models.QbrOperator(
                operator=name,
                messages=tally.messages,
                by_status=tally.status_counts(),
                delivery_rate=tally.delivery_rate,
                previous_delivery_rate=before[name].delivery_rate if name in before else None,
                spend=self._money(tally.spend),
                months=[
                    models.QbrOperatorMonth(month=month, messages=of.messages, delivery_rate=of.delivery_rate)
                    for month in self.review.months
                    for of in [monthly.get((name, month), Tally())]
                ],
            )
            for name, tally in _largest_first(whole)
        ]

    def top(self, by: Dimension) -> models.QbrTop:
        ranked = _largest_first(tally_by(self._count(self.scope, by=by), lambda item: item.key))
        total = self.of_quarter.tally.messages
        return models.QbrTop(
            items=[
                models.QbrRanked(
                    key=key,
                    messages=tally.messages,
                    share=_share(tally.messages, total),
                    delivery_rate=tally.delivery_rate,
                    spend=self._money(tally.spend),
                )
                for key, tally in ranked[:MOST_RANKED]
            ],
            others=len(ranked[MOST_RANKED:]),
            other_messages=sum(tally.messages for _, tally in ranked[MOST_RANKED:]),
        )

    def errors(self) -> models.QbrErrors:
        ranked = _largest_first(tally_by(self._count(self.scope, by=Dimension.ERROR_CODE), lambda item: item.key))
        total = sum(tally.messages for _, tally in ranked)
        return models.QbrErrors(
            items=[
                models.QbrError(
                    code=code,
                    permanent=CATALOGUE[code].permanent if code in CATALOGUE else None,
                    messages=tally.messages,
                    share=_share(tally.messages, total),
                )
                for code, tally in ranked[:MOST_RANKED]
            ],
            others=len(ranked[MOST_RANKED:]),
            other_messages=sum(tally.messages for _, tally in ranked[MOST_RANKED:]),
        )


def _period(review: Review) -> models.QbrPeriod:
    quarter, (before_from, before_to) = review.quarter, review.compared
    return models.QbrPeriod(
        name=quarter.name,
        from_=quarter.first,
        to=quarter.last,
        complete=review.complete,
        through=review.through,
        previous=models.QbrDays(name=quarter.before.name, from_=before_from, to=before_to),
    )


def _weeks(days: Mapping[date, Tally], review: Review) -> list[models.QbrWeek]:
    first, last = review.quarter.first, review.through
    found, week = [], first_day(first, "week")
    while week <= last:
        tally = Tally()
        start, end = max(week, first), min(week + timedelta(days=6), last)
        for back in range((end - start).days + 1):
            if (each := days.get(start + timedelta(days=back))) is not None:
                tally.include(each)
        found.append(
            models.QbrWeek(
                from_=start,
                to=end,
                messages=tally.messages,
                delivery_rate=tally.delivery_rate,
                held=tally.counts[_HELD],
                blocked=tally.counts[_BLOCKED],
                hold_rate=hold_rate(tally),
            )
        )
        week += timedelta(days=7)
    return found


def _largest_first(tallies: Mapping[str, Tally]) -> Sequence[tuple[str, Tally]]:
    items: Iterable[tuple[str, Tally]] = tallies.items()
    return sorted(items, key=lambda item: (-item[1].messages, item[0]))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
