"""Every combination of the log's filters: its first page, and where it has so many rows its thousandth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from flask import Flask

from bench.measure import Found, Options, Table, median, quantile
from bench.questions import Asker, Query, period
from bench.straight import Straight
from gateway.api import cursors
from gateway.api.log_filters import described_filter, log_filter
from gateway.api.models.messages import MessagesQuery
from gateway.store.accounts import get_account
from gateway.store.message_reads import list_messages
from gateway.store.positions import Position
from gateway.store.tenancy import tenant_transaction

LIMIT = 50
DEEP_ROWS = 999 * LIMIT
ROUNDS, SLOWEST, AGAIN = 3, 10, 100
_LISTS = frozenset({"status", "operator", "senderId", "errorCode", "country", "destination"})

Filters = Mapping[str, str | int]


@dataclass
class Combination:
    """Some filters together, and milliseconds of their pages."""

    filters: Filters
    cursor: str | None = None
    first: list[float] = field(default_factory=list)
    deep: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return " + ".join(self.filters) or "none"


def filters_of(message: Mapping[str, str], destination: str) -> dict[str, Filters]:
    """One value of each filter, all of them fulfilled by `message`: no combination is empty."""
    at = datetime.fromisoformat(message["submittedAt"])
    month = period(30)
    return {
        "status": {"status": message["status"]},
        "operator": {"operator": message["operator"]},
        "sender": {"senderId": message["from"]},
        "error": {"errorCode": message["errorCode"]},
        "country": {"country": message["country"]},
        "destination": {"destination": destination},
        "number": {"to": f"{message['to'][:6]}*"},
        "days": {"startDate": str(at.date() - timedelta(days=29)), "endDate": month["to"]},
        "hour": {"hour": at.hour},
        "search": {"q": message["from"]},
    }


def every(filters: Mapping[str, Filters], most: int | None = None) -> Iterator[tuple[str, ...]]:
    """All subsets by name, of at most so many filters, smaller ones first, the empty one among them."""
    for size in range(min(len(filters), len(filters) if most is None else most) + 1):
        yield from combinations(filters, size)


def run(asker: Asker, straight: Straight, options: Options, *, most: int | None = None, again: int = AGAIN) -> Found:
    """Ask all of them, or those of at most so many filters, and the slowest again and again."""
    sample = asker.told("messages", {"limit": 1, "status": "failed"})["items"][0]
    detail = asker.told(f"messages/{sample['messageId']}")
    chosen = filters_of(sample, detail["destination"])
    if options.quick:
        chosen = dict(list(chosen.items())[:4])
    made = {
        names: Combination({key: value for name in names for key, value in chosen[name].items()})
        for names in every(chosen, most)
    }
    _find_deep(straight, made)
    for each in made.values():
        _ask(asker, each, options.times(ROUNDS))
    deep = [each for each in made.values() if each.cursor]
    worst_first = sorted(made.values(), key=lambda each: median(each.first))[-SLOWEST:]
    worst_deep = sorted(deep, key=lambda each: median(each.deep))[-SLOWEST:]
    for each in {id(each): each for each in [*worst_first, *worst_deep]}.values():
        _ask(asker, each, options.times(again, 3))
    return _told(list(made.values()), deep, worst_first, worst_deep, most, again)


def _find_deep(straight: Straight, made: dict[tuple[str, ...], Combination]) -> None:
    """Cursors to thousandth pages. What has too few rows has too few with one filter more."""
    short: set[frozenset[str]] = set()
    for names, each in made.items():
        if any(fewer <= set(names) for fewer in short):
            continue
        each.cursor = _cursor(straight, each.filters)
        if each.cursor is None:
            short.add(frozenset(names))


def _cursor(straight: Straight, filters: Filters) -> str | None:
    app: Flask = straight.app
    query = {key: [value] if key in _LISTS else value for key, value in filters.items()}
    with (
        app.test_request_context("/v1/messages", query_string={**filters, "limit": LIMIT}),
        tenant_transaction(straight.engine, straight.tenant_id) as connection,
    ):
        account = get_account(connection, straight.tenant_id)
        assert account is not None
        wanted = log_filter(connection, account, MessagesQuery.model_validate(query))
        rows = list_messages(connection, wanted, limit=1, offset=DEEP_ROWS - 1) if wanted else []
        described = f"{account.tenant_id}?{described_filter()}"
    return cursors.from_position(Position(rows[0].submitted_at, rows[0].message_id), described) if rows else None


def _ask(asker: Asker, each: Combination, rounds: int) -> None:
    first: Query = {"limit": LIMIT, **each.filters}
    for number in range(rounds + 1):
        pages: list[tuple[Query, list[float]]] = [(first, each.first)]
        if each.cursor:
            pages.append(({**first, "cursor": each.cursor}, each.deep))
        for query, times in pages:
            began = time.perf_counter()
            asker.ask("messages", query)
            if number:  # the first one only warms
                times.append((time.perf_counter() - began) * 1000)


def _told(
    made: Sequence[Combination],
    deep: Sequence[Combination],
    worst_first: Sequence[Combination],
    worst_deep: Sequence[Combination],
    most: int | None,
    again: int,
) -> Found:
    found = Found(
        {
            "log_p50_ms": max(median(each.first) for each in made),
            "log_p99_ms": max(quantile(each.first, 0.99) for each in worst_first),
        }
    )
    if deep:
        found.figures["log_deep_p50_ms"] = max(median(each.deep) for each in deep)
        found.figures["log_deep_p99_ms"] = max(quantile(each.deep, 0.99) for each in worst_deep)
    rows = []
    for title, shown, of in (
        ("first page", list(made), "first"), ("thousandth page", list(deep), "deep")
    ):  # fmt: skip
        medians = [median(getattr(each, of)) for each in shown]
        if medians:
            rows.append([
                f"all {len(shown):,} combinations, {title}", f"{median(medians):.1f}", f"{max(medians):.1f}",
                f"{quantile([one for each in shown for one in getattr(each, of)], 0.99):.1f}",
            ])  # fmt: skip
    for title, worst, of in (("first page", worst_first, "first"), ("thousandth page", worst_deep, "deep")):
        for each in reversed(worst[-5:]):
            times = getattr(each, of)
            rows.append(
                [
                    f"{each.name}, {title}",
                    f"{median(times):.1f}",
                    f"{median(times):.1f}",
                    f"{quantile(times, 0.99):.1f}",
                ]
            )
    found.tables.append(
        Table(
            "Every combination of the log's filters"
            if most is None
            else f"At most {most} of the log's filters together",
            f"{len(made):,} combinations of status, operator, sender, error, country, destination, number, days, hour and search, each asked "
            f"{ROUNDS} times over HTTP; the slowest {SLOWEST} of either page {again} times more, and their p99 is judged. "
            "One that has fewer than a thousand pages has no thousandth. In the first rows the p50 is the middle of all combinations'.",
            ["combination", "p50 ms", "p50 of the slowest, ms", "p99 ms"],
            rows,
        )
    )
    return found
