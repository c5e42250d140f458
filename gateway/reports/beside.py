"""What stands in a review beside traffic: compliance's queue, money by the ledger, health, incidents."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.api.health_views import as_number
from gateway.api.local_time import day_range
from gateway.api.models import qbr as models
from gateway.api.models.analytics import Incident
from gateway.api.models.shape import Money
from gateway.domain.health import assess
from gateway.domain.quarters import Review
from gateway.store.accounts import Account, list_incidents
from gateway.store.connections import Connection
from gateway.store.health.scores import Score, get_last_score, list_series
from gateway.store.health.weights import weights_by_version
from gateway.store.qbr import holds, money

MOST_CREDITS = 50


class Beside:
    """Of one account and quarter, in the caller's transaction."""

    def __init__(self, connection: Connection, account: Account, review: Review) -> None:
        self.connection, self.account, self.review = connection, account, review
        span = day_range(review.quarter.first, review.quarter.last, ZoneInfo(account.time_zone))
        self.start, self.stop = span.start, span.end

    def queue(self) -> models.QbrQueue:
        tenant, zone = self.account.tenant_id, self.account.time_zone
        by_month = {
            each.month: each for each in holds.list_months(self.connection, tenant, self.start, self.stop, zone)
        }
        months = [
            models.QbrQueueMonth(month=month, entered=of.entered, released=of.released, blocked=of.blocked)
            for month in self.review.months
            for of in [by_month.get(month, holds.QueueMonth(month, 0, 0, 0))]
        ]
        waits = holds.get_waits(self.connection, tenant, self.start, self.stop)
        waiting = holds.get_waiting(self.connection, tenant)
        return models.QbrQueue(
            entered=sum(each.entered for each in months),
            released=sum(each.released for each in months),
            blocked=sum(each.blocked for each in months),
            waiting=waiting.messages,
            oldest_waiting_since=waiting.since,
            median_wait_seconds=waits.median,
            longest_wait_seconds=waits.longest,
            months=months,
        )

    def balance(self) -> models.QbrBalance:
        course = money.get_course(
            self.connection, self.account.tenant_id, self.start, self.stop, self.account.time_zone
        )
        by_month = {each.month: each for each in course.movements}
        nothing = money.NOTHING
        return models.QbrBalance(
            start=self._money(course.start),
            end=self._money(course.end),
            movements=[
                models.QbrMovement(
                    month=month,
                    topups=self._money(of.topups),
                    usage=self._money(of.usage),
                    adjustments=self._money(of.adjustments),
                    sla_credits=self._money(of.sla_credits),
                )
                # An entry may be dated ahead, into a month that has not begun.
                for month in sorted({*self.review.months, *by_month})
                for of in [by_month.get(month, money.Movement(month, nothing, nothing, nothing, nothing))]
            ],
        )

    def credits(self) -> models.QbrCredits:
        found, count, total = money.list_credits(
            self.connection, self.account.tenant_id, self.start, self.stop, limit=MOST_CREDITS
        )
        return models.QbrCredits(
            total=self._money(total),
            count=count,
            items=[models.QbrCredit(at=each.at, amount=self._money(each.amount), note=each.note) for each in found],
        )

    def health(self) -> models.QbrHealth | None:
        first, through, tenant = self.review.quarter.first, self.review.through, self.account.tenant_id
        last = get_last_score(self.connection, tenant, first, through)
        if last is None:
            return None
        weights = weights_by_version(self.connection)
        days = (through - first).days + 1
        series = list_series(self.connection, tenant, through, days)
        start = self._score_at_start(series)
        now = assess(last.points, weights[last.weights_version])
        before = assess(start.points, weights[start.weights_version]) if start is not None else None
        known_both = last.score is not None and start is not None and start.score is not None
        return models.QbrHealth(
            series=[as_number(score) for score in series],
            start_day=start.day if start is not None else None,
            start=as_number(start.score) if start is not None else None,
            day=last.day,
            score=as_number(last.score),
            band=now.band.value,
            change=float(last.score - start.score) if known_both else None,  # type: ignore[operator, union-attr]
            driver=now.driver.value if now.driver is not None else None,
            parts=[
                models.QbrHealthPart(
                    input=part.input.value,
                    points=as_number(part.points),
                    effect=float(part.effect),
                    effect_before=float(before.parts[place].effect)
                    if before is not None and before.score is not None
                    else None,
                )
                for place, part in enumerate(now.parts)
            ],
        )

    def _score_at_start(self, series: list[Decimal | None]) -> Score | None:
        """Of the last day before the quarter, else the first in it."""
        first, tenant = self.review.quarter.first, self.account.tenant_id
        known = next((place for place, score in enumerate(series) if score is not None), None)
        for day in (first - timedelta(days=1), first + timedelta(days=known) if known is not None else None):
            if day is not None and (found := get_last_score(self.connection, tenant, day, day)) is not None:
                return found
        return None

    def incidents(self) -> list[Incident]:
        found = list_incidents(self.connection, self.account.tenant_id, self.start, self.stop)
        return [
            Incident(from_=item.starts_at, to=item.ends_at, operator=item.operator, title_key=item.title_key)
            for item in found
        ]

    def _money(self, amount: Decimal) -> Money:
        return Money.of(amount, self.account.currency)
