"""The parts of a report, one function each: what a part says, as charts and tables with every text finished."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from gateway.api.models import qbr as models
from gateway.api.models.analytics import Incident
from gateway.api.models.shape import Money
from gateway.domain.health import HEALTHY_FROM, WATCH_FROM
from gateway.reports.charts import Block, Series, around, from_zero, lines, stacked, step_of
from gateway.reports.words import NONE, Words, left_to_right, own

_DAYS_ON_AXIS = 15
MOST_ROWS = 8
MOST_INCIDENTS = 5


def traffic(words: Words, told: models.QbrPreview) -> list[Block]:
    """Messages by month and outcome, and the months as figures."""
    parts: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        (words.text("status.delivered"), "delivered", ("delivered",)),
        (words.text("qbr.paper.lost"), "lost", ("failed", "expired", "rejected")),
        (words.text("review.tile.holds"), "held", ("held", "blocked")),
        (words.text("qbr.paper.under_way"), "waiting", ("queued", "sent")),
    )
    months = told.months
    series = [
        Series(name, ink, [sum(getattr(month.by_status, status) for status in of) for month in months])
        for name, ink, of in parts
    ]
    axis = from_zero(max((month.messages for month in months), default=0), words.short)
    labels = [words.month(month.month) for month in months]
    totals = [words.count(month.messages) for month in months]
    t = words.text
    return [
        stacked(
            words, t("qbr.paper.messages"), labels, series, axis, totals=totals, said=lambda v: words.count(int(v))
        ),
        table(
            [t("review.column.month"), t("review.column.messages"), t("review.column.segments"), t("review.tile.rate"),
             t("review.tile.holds"), t("review.column.p50"), t("review.column.p95")],
            [
                [words.month(month.month, year=True), words.count(month.messages), words.count(month.segments),
                 words.percent(month.delivery_rate), words.percent(month.hold_rate, 2), words.wait(month.latency_p50),
                 words.wait(month.latency_p95)]
                for month in months
            ],
        ),
    ]  # fmt: skip


def delivery(words: Words, told: models.QbrPreview) -> list[Block]:
    """The rate by week, by operator and month, and why messages were not delivered."""
    t, months = words.text, told.months
    weeks = told.compliance.weeks
    weekly = [week.delivery_rate for week in weeks]
    blocks = [
        lines(
            words, t("review.chart.rate"), [words.short_day(week.from_) for week in weeks],
            [Series(t("review.tile.rate"), "delivered", weekly)],
            around(weekly, lambda v: words.percent(v, 0), least=0.1, top=1.0), said=words.percent,
        )
    ]  # fmt: skip
    blocks.append(
        table(
            [t("billing.column.operator"), t("review.column.messages"), *(words.month(month.month) for month in months),
             t("review.column.quarter"), t("review.column.before")],
            [
                [words.operator(each.operator), words.count(each.messages),
                 *(words.percent(month.delivery_rate) for month in each.months), _rate(words, each.delivery_rate),
                 words.percent(each.previous_delivery_rate)]
                for each in told.operators
            ],
            title=t("review.chart.operators"),
        )
    )  # fmt: skip
    blocks += [text(_incident(words, each)) for each in told.incidents[:MOST_INCIDENTS]]
    if told.errors.items:
        blocks.append(_errors(words, told))
    return blocks


def _rate(words: Words, rate: float | None) -> Any:
    return bar(rate, words.percent(rate)) if rate is not None else NONE


def _incident(words: Words, each: Incident) -> str:
    """What happened, and on which days of the account's own."""
    first = each.from_.astimezone(words.zone).date()
    last = each.to.astimezone(words.zone).date() if each.to is not None else None
    days = words.days(first, last)[0] if last is not None and last != first else words.day(first)
    try:
        title = words.text(each.title_key)
    except KeyError:
        title = words.text("chart.incident.untitled")
    if each.operator is not None:
        title = words.text("chart.named", name=words.operator(each.operator), value=title)
    return words.text("qbr.paper.incident", title=title, days=days)


def _errors(words: Words, told: models.QbrPreview) -> Block:
    t, shown = words.text, told.errors.items[:MOST_ROWS]
    rest = told.errors.items[MOST_ROWS:]
    others, left = told.errors.others + len(rest), told.errors.other_messages + sum(each.messages for each in rest)
    rows = [
        [words.error(each.code), words.count(each.messages), bar(each.share, words.percent(each.share))]
        for each in shown
    ]
    return table(
        [t("qbr.paper.reason"), t("review.column.messages"), t("review.column.share")],
        [*rows, *_others(words, others, left, 1)],
        title=t("review.chart.errors"),
    )


def compliance(words: Words, told: models.QbrPreview) -> list[Block]:
    """What is held or blocked by week, and what happened in the queue."""
    t, weeks, queue = words.text, told.compliance.weeks, told.compliance.queue
    rates = [week.hold_rate for week in weeks]
    highest = max(0.001, *(rate or 0.0 for rate in rates))
    places = max(0, -math.floor(math.log10(step_of(highest)) + 1e-9) - 2)
    axis = from_zero(highest, lambda value: words.percent(value, places))
    blocks = [
        lines(
            words, t("review.chart.holds"), [words.short_day(week.from_) for week in weeks],
            [Series(t("review.tile.holds"), "held", rates)], axis, said=lambda value: words.percent(value, 2),
        ),
        table(
            [t("review.column.month"), *(t(f"review.column.{name}") for name in ("entered", "released", "blocked"))],
            [
                *([words.month(each.month, year=True), *map(words.count, (each.entered, each.released, each.blocked))]
                  for each in queue.months),
                [t("review.column.quarter"), *map(words.count, (queue.entered, queue.released, queue.blocked))],
            ],
            title=t("qbr.paper.queue"), total=True,
        ),
    ]  # fmt: skip
    said = [t("qbr.paper.queue.waiting", count=queue.waiting)]
    if queue.median_wait_seconds is not None:
        median, longest = words.wait(queue.median_wait_seconds), words.wait(queue.longest_wait_seconds)
        said.insert(0, t("qbr.paper.queue.waits", median=median, longest=longest))
    return [*blocks, text(" ".join(said))]


def audience(words: Words, told: models.QbrPreview) -> list[Block]:
    """Senders, and where messages went."""
    t = words.text
    ranked: tuple[tuple[str, str, models.QbrTop, Callable[[str], str]], ...] = (
        (t("review.chart.senders"), t("qbr.paper.sender"), told.senders, own),
        (t("review.countries"), t("review.column.country"), told.countries, words.country),
        (t("review.chart.destinations"), t("qbr.paper.prefix"), told.destinations, left_to_right),
    )
    return [_ranking(words, title, column, top, name) for title, column, top, name in ranked if top.items]


def _ranking(words: Words, title: str, column: str, top: models.QbrTop, name: Callable[[str], str]) -> Block:
    t, shown, rest = words.text, top.items[:MOST_ROWS], top.items[MOST_ROWS:]
    others, left = top.others + len(rest), top.other_messages + sum(each.messages for each in rest)
    return table(
        [column, t("review.column.messages"), t("review.column.share"), t("review.column.rate")],
        [
            *([name(each.key), words.count(each.messages), bar(each.share, words.percent(each.share)),
               words.percent(each.delivery_rate)] for each in shown),
            *_others(words, others, left, 2),
        ],
        title=title,
    )  # fmt: skip


def spend(words: Words, told: models.QbrPreview) -> list[Block]:
    """What messages cost, and the balance with everything that moved it."""
    t, months, balance = words.text, told.months, told.balance
    amounts = [float(month.spend.amount) for month in months]
    labels = [words.month(month.month) for month in months]
    money = lambda value: words.money(Money.of(Decimal(str(value)), words.currency))  # noqa: E731
    blocks = [
        stacked(
            words, t("review.chart.spend"), labels, [Series(t("review.column.spend"), "accent", amounts)],
            from_zero(max(amounts, default=0), words.short), totals=[words.amount(month.spend) for month in months],
            said=money,
        ),
        table(
            [*(t(f"review.column.{name}") for name in ("month", "topups", "usage", "adjustments", "credits")),
             t("qbr.paper.change_of")],
            [
                [t("review.balance.start"), "", "", "", "", words.amount(balance.start)],
                *(_movement(words, each) for each in balance.movements),
                [t("review.balance.end"), "", "", "", "", words.amount(balance.end)],
            ],
            title=t("review.balance"), unit=words.currency, total=True,
        ),
    ]  # fmt: skip
    credits = told.sla_credits
    if credits.items:
        shown = credits.items[:MOST_ROWS]
        rows = [
            [words.day(each.at.astimezone(words.zone).date()), own(each.note) or NONE, words.amount(each.amount)]
            for each in shown
        ]
        blocks.append(
            table(
                [t("qbr.paper.day"), t("qbr.paper.note"), t("billing.column.amount")], rows,
                title=t("review.balance.credits"), unit=words.currency, wide=1,
            )
        )  # fmt: skip
    said = t("review.credits.total", total=words.money(credits.total), count=credits.count)
    return [*blocks, text(f"{t('review.balance.credits')}: {said if credits.count else t('review.credits.none')}")]


def _movement(words: Words, each: models.QbrMovement) -> list[Any]:
    moved = (each.topups, each.usage, each.adjustments, each.sla_credits)
    change = Money.of(sum((Decimal(one.amount) for one in moved), Decimal(0)), words.currency)
    written = [words.amount(one) if Decimal(one.amount) else NONE for one in moved]
    return [words.month(each.month, year=True), *written, words.amount(change)]


def health(words: Words, told: models.QbrPreview) -> list[Block]:
    """The course of the score, and what takes from it."""
    found, t = told.health, words.text
    if found is None:
        return []
    first = told.period.from_
    labels = [
        words.short_day(first + dt.timedelta(days=place)) if place % _DAYS_ON_AXIS == 0 else ""
        for place in range(len(found.series))
    ]
    low, high = float(WATCH_FROM), float(HEALTHY_FROM)
    axis = from_zero(100, lambda value: words.count(round(value)))
    course = lines(
        words, t("review.chart.health_course"), labels, [Series(t("review.tile.health"), "accent", found.series)], axis,
        bands=[(0, low, "at_risk"), (low, high, "watch"), (high, 100, "healthy")], said=words.score, marks=False,
    )  # fmt: skip
    rows = [
        [t(f"health.input.{part.input}"), words.score(part.points),
         words.signed(part.effect) if part.points is not None else NONE,
         words.signed(part.effect_before) if part.effect_before is not None else NONE]
        for part in found.parts
    ]  # fmt: skip
    columns = [
        t("health.column.input"),
        t("health.column.points"),
        t("health.column.effect"),
        t("review.column.before"),
    ]
    return [course, table(columns, rows)]


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str | None = None,
    unit: str | None = None,
    total: bool = False,
    wide: int = 0,
) -> Block:
    """`unit` stands below the heads of figures; `total`: the last row sums up; column `wide` takes what is left."""
    return {
        "kind": "table", "title": title, "columns": list(columns), "rows": [list(row) for row in rows], "unit": unit,
        "total": total, "wide": wide,
    }  # fmt: skip


def text(said: str) -> Block:
    return {"kind": "text", "text": said}


def bar(share: float, said: str) -> dict[str, Any]:
    """A cell with a bar of its size beside the figure."""
    return {"share": share, "text": said}


def _others(words: Words, count: int, messages: int, empty: int) -> list[list[Any]]:
    if not count:
        return []
    return [[words.text("qbr.paper.others", count=count), words.count(messages), *[""] * empty]]
