"""Business reviews in memory: one quarter in trouble, one without traffic, reports in every state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal

from portal.domain.actor import Actor
from portal.domain.analytics import Incident, Totals
from portal.domain.errors import InvalidInput, NotFound, PortalError, UpstreamRefused
from portal.domain.health import Band, HealthInput
from portal.domain.money import Money
from portal.domain.qbr import (
    BalanceCourse,
    DriverChange,
    ErrorRanking,
    Finding,
    HoldQueue,
    HoldWeek,
    MonthNumbers,
    Movement,
    Numbers,
    OperatorMonth,
    QueueMonth,
    Ranked,
    RankedError,
    Ranking,
    Review,
    ReviewedHealth,
    ReviewedOperator,
    ReviewedPeriod,
    ReviewedTenant,
    SlaCredit,
    SlaCredits,
    Tone,
)
from portal.domain.qbr_comments import SECTIONS, Comments, Texts
from portal.domain.qbr_reports import Report, ReportPage, ReportStatus
from portal.domain.quarters import Quarter
from portal.domain.statuses import MessageStatus
from tests.support.fakes_portfolio import tenant_id

NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
QUARTER = Quarter(2026, 3)
#: A quarter that nothing was sent in.
SILENT = Quarter(2025, 1)
RATES = (0.934, 0.871, 0.702)
OPERATORS = (("AWCC", 61_234), ("Roshan", 40_128), ("Etisalat", 22_317), ("ATOMA", 9_120), ("other", 412))
SENDERS = ("Spinghar", "SPINGHAR-OTP", "SpgrWallet", "نوبت‌دهی", "OTP")
ERRORS = (
    ("absent_subscriber", False, 9_120),
    ("unknown_subscriber", True, 4_021),
    ("operator_unavailable", False, 977),
)


def afn(amount: str) -> Money:
    return Money(Decimal(amount), "AFN")


def numbers(messages: int, rate: float, holds: float) -> Numbers:
    """So many messages, of which some are held, some blocked and the others delivered or failed."""
    held, blocked = int(messages * holds * 0.7), int(messages * holds * 0.3)
    rated = messages - held - blocked
    delivered = int(rated * rate)
    failed = int((rated - delivered) * 0.8)
    counts = dict.fromkeys(MessageStatus, 0) | {
        MessageStatus.HELD: held,
        MessageStatus.BLOCKED: blocked,
        MessageStatus.DELIVERED: delivered,
        MessageStatus.FAILED: failed,
        MessageStatus.EXPIRED: rated - delivered - failed,
    }
    totals = Totals(
        messages, messages * 3 // 2, counts, rate, afn(f"{messages * 0.35:.4f}"), 3.4, 21.7 + (1 - rate) * 90
    )
    return Numbers(totals, holds)


def months_of(quarter: Quarter) -> tuple[dt.date, ...]:
    return tuple(quarter.first.replace(month=quarter.first.month + more) for more in range(3))


def finding(kind: str, tone: Tone, value: float, before: float | None = None, name: str | None = None) -> Finding:
    return Finding(kind, tone, value, before, None if before is None else value - before, name)


FINDINGS = (
    finding("delivery_fell", Tone.BAD, 0.836, 0.941),
    finding("holds_rose", Tone.BAD, 0.0312, 0.0104),
    finding("health_fell", Tone.BAD, 41.3, 86.0, "delivery"),
    finding("operator_behind", Tone.BAD, 0.551, 0.836, "Roshan"),
    replace(finding("traffic_grew", Tone.GOOD, 133_211, 121_004), change=0.1009),
)


def _operators(months: tuple[MonthNumbers, ...]) -> tuple[ReviewedOperator, ...]:
    return tuple(
        ReviewedOperator(
            name,
            messages,
            numbers(messages, RATES[place % 3], 0.02).totals.by_status,
            None if name == "other" else RATES[place % 3],
            None if name == "other" else 0.94,
            afn(f"{messages * 0.35:.4f}"),
            tuple(
                OperatorMonth(month, messages // 3, None if name == "other" else round(RATES[at] - place * 0.01, 4))
                for at, month in enumerate(each.month for each in months)
            ),
        )
        for place, (name, messages) in enumerate(OPERATORS)
    )


def _weeks(quarter: Quarter) -> tuple[HoldWeek, ...]:
    found, start = [], quarter.first
    while start <= quarter.last:
        end = min(quarter.last, start + dt.timedelta(days=(4 - start.weekday()) % 7))
        rate = 0.01 + 0.002 * len(found)
        found.append(HoldWeek(start, end, 10_000, int(7_000 * rate), int(3_000 * rate), rate, 0.97 - rate))
        start = end + dt.timedelta(days=1)
    return tuple(found)


def _ranking(keys: tuple[str, ...], others: int = 0) -> Ranking:
    items = tuple(
        Ranked(key, 60_000 // (place + 1), round(0.45 / (place + 1), 4), RATES[place % 3], afn("21000.0000"))
        for place, key in enumerate(keys)
    )
    return Ranking(items, others, 812 * others)


def comments(version: int = 2, **texts: str) -> Comments:
    given = {name: texts.get(name, "") for name in SECTIONS}
    return Comments(version, given, NOW if version else None, "Maryam Noori" if version else None)


def review(quarter: Quarter = QUARTER, *, complete: bool = True, tenant: str = "") -> Review:
    """The quarter in trouble; not ``complete``: as it was told of on its 52nd day."""
    through = quarter.last if complete else quarter.first + dt.timedelta(days=51)
    days = (through - quarter.first).days + 1
    silent = quarter == SILENT
    months = tuple(
        MonthNumbers(month, complete, numbers(40_000 + 4_000 * at, RATES[at], 0.02 + 0.01 * at))
        for at, month in enumerate(months_of(quarter))
        if month <= through
    )
    effects = ((HealthInput.DELIVERY, 48.4, -38.2, -6.0), (HealthInput.HOLDS, 55.0, -12.1, -3.0),
               (HealthInput.PAYMENTS, 66.3, -8.4, -5.0), (HealthInput.TICKETS, None, 0.0, 0.0))  # fmt: skip
    health = ReviewedHealth(
        series=tuple(None if day < 3 else round(86.0 - day * 0.49, 1) for day in range(days)),
        start_day=quarter.first - dt.timedelta(days=1),
        start=86.0,
        day=through,
        score=41.3,
        band=Band.AT_RISK,
        change=-44.7,
        driver=HealthInput.DELIVERY,
        parts=tuple(DriverChange(name, points, effect, before) for name, points, effect, before in effects),
    )
    movements = tuple(
        Movement(each.month, afn("20000.0000"), afn("-15412.3500"), afn("0.0000"), afn("310.0000")) for each in months
    )
    started = dt.datetime.combine(months[-1].month, dt.time(9), dt.UTC)
    return Review(
        tenant=ReviewedTenant(tenant or tenant_id(), "Spinghar Wallet", "Asia/Kabul", "AFN", "fa-AF", True),
        period=ReviewedPeriod(
            quarter.name, quarter.first, quarter.last, through, complete,
            quarter.before.name, quarter.before.first, quarter.before.last,
        ),
        as_of=NOW,
        has_traffic=not silent,
        findings=() if silent else FINDINGS,
        numbers=numbers(133_211, 0.836, 0.0312),
        previous=numbers(121_004, 0.941, 0.0104),
        months=months,
        operators=_operators(months),
        weeks=_weeks(quarter),
        queue=HoldQueue(
            4_120, 2_911, 870, 339, NOW - dt.timedelta(days=9), 5_460.0, 187_000.0,
            tuple(QueueMonth(each.month, 1_200, 970, 290) for each in months),
        ),
        senders=_ranking(SENDERS, 3),
        countries=_ranking(("AF", "PK", "AE")),
        destinations=_ranking(("+9379", "+9370", "+9378"), 12),
        errors=ErrorRanking(tuple(RankedError(code, kind, count, 0.6) for code, kind, count in ERRORS), 2, 120),
        balance=BalanceCourse(afn("1200.0000"), afn("15892.9500"), movements),
        sla_credits=SlaCredits(afn("930.0000"), 1, (SlaCredit(NOW, afn("930.0000"), "Roshan, 12–14 Sep"),)),
        health=health,
        incidents=(Incident(started, started + dt.timedelta(days=2), "Roshan", "incident.operator_degraded"),),
        comments=comments(),
    )  # fmt: skip


def report(number: int = 0, **changes: object) -> Report:
    """The ``number``-th report; what each looks like follows from its number."""
    status = tuple(ReportStatus)[(number + 2) % 5]
    ready = status is ReportStatus.READY
    made = Report(
        job_id=f"00000000-0000-7000-9000-{number:012d}",
        tenant_id=tenant_id(),
        period=QUARTER.name,
        language=("fa-AF", "en", "ps", "ar")[number % 4],
        status=status,
        progress=100 if ready else 40 if status is ReportStatus.RUNNING else 0,
        created_at=NOW - dt.timedelta(hours=number),
        created_by="Maryam Noori",
        finished_at=NOW if ready else None,
        expires_at=NOW + dt.timedelta(days=90) if ready else None,
        comments_version=2,
        complete=number != 1,
        size_bytes=248_113 if ready else None,
        glyphs_replaced=("U+1F600", "U+1F680") if ready else (),
        problem="signing" if status is ReportStatus.FAILED else None,
        address=f"https://platform.example/report/{number}?signature=s" if ready else None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeQbr:
    """Reviews of every account. ``error`` is raised by every call, ``failing`` by the calls it names. ``latest`` are
    the comments as the platform has them; ``asked`` the reports that were asked for, by idempotency key."""

    error: PortalError | None = None
    failing: dict[str, PortalError] = field(default_factory=dict)
    latest: Comments = field(default_factory=comments)
    reports: list[Report] = field(default_factory=lambda: [report(number) for number in range(2)])
    asked: dict[str, Report] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def get_review(self, tenant_id: str, period: str, *, actor: Actor) -> Review:
        self._fail("review")
        quarter = Quarter.read(period)
        if quarter is None or quarter > Quarter.of(TODAY):
            raise InvalidInput(codes={"period": "period_future"})
        if not tenant_id.startswith("00000000-0000-7000-8000-"):
            raise NotFound("tenant")
        return replace(review(quarter, complete=quarter != Quarter.of(TODAY), tenant=tenant_id), comments=self.latest)

    def get_comments(self, tenant_id: str, period: str, *, actor: Actor) -> Comments:
        self._fail("comments")
        return self.latest

    def save_comments(self, tenant_id: str, period: str, based_on: int, texts: Texts, *, actor: Actor) -> Comments:
        self._fail("save")
        if dict(texts) == dict(self.latest.texts):
            return self.latest
        if based_on != self.latest.version:
            raise UpstreamRefused("conflict", 409)
        self.latest = Comments(based_on + 1, dict(texts), NOW, actor.name)
        return self.latest

    def create_report(
        self, tenant_id: str, period: str, language: str, *, idempotency_key: str, actor: Actor
    ) -> Report:
        self._fail("create")
        if period == SILENT.name:
            raise UpstreamRefused("period_without_traffic", 409)
        if idempotency_key not in self.asked:
            made = report(3, job_id=f"00000000-0000-7000-9000-{90 + len(self.reports):012d}", language=language)
            self.reports.insert(0, replace(made, tenant_id=tenant_id, period=period, status=ReportStatus.QUEUED))
            self.asked[idempotency_key] = self.reports[0]
        return self.asked[idempotency_key]

    def get_report(self, job_id: str, *, actor: Actor) -> Report:
        self._fail("report")
        for each in self.reports:
            if each.job_id == job_id:
                return each
        raise NotFound("report")

    def list_reports(self, tenant_id: str, *, limit: int = 20, actor: Actor) -> ReportPage:
        self._fail("reports")
        return ReportPage(tuple(self.reports[:limit]), None)

    def change(self, number: int, **changes: object) -> None:
        """What the platform's worker does meanwhile, to the ``number``-th from the top."""
        self.reports[number] = replace(self.reports[number], **changes)  # type: ignore[arg-type]

    def _fail(self, call: str) -> None:
        self.calls.append(call)
        failure = self.error or self.failing.get(call)
        if failure is not None:
            raise failure
