"""The gateway's answers: beside the SQL they are made of, and beside those over far fewer messages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench import combinations
from bench.measure import Found, Options, Table, median, quantile
from bench.questions import Asker, Question, questions
from bench.sign_in import access_token
from bench.stack import Stack, running
from bench.straight import Plan, straight

OWNER = "owner@demo.example"
ROUNDS, WARM = 200, 10
SMALLER = 1_000_000


@dataclass
class Asked:
    """One question at one size: milliseconds over loopback HTTP with authentication, and of its SQL straight."""

    question: Question
    api: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    kilobytes: float = 0
    plan: Plan | None = None

    @property
    def ratio(self) -> float:
        return median(self.api) / median(self.sql)


def compared(smaller: int, larger: int, options: Options, combined: Mapping[str, int] | None = None) -> Found:
    """The same questions of a database of either size, the smaller first; of the larger one also combinations of the
    log's filters: every one, unless `combined` says less (`bench.combinations.run`)."""
    with running(smaller) as stack:
        before, _ = _measured(stack, options, None)
    with running(larger) as stack:
        now, found = _measured(stack, options, combined or {})
    analytics = [each for each in now if not each.question.log]
    found.figures |= {
        "analytics_p50_ms": max(median(each.api) for each in analytics),
        "analytics_p99_ms": max(quantile(each.api, 0.99) for each in analytics),
        "sql_ratio_worst": max(each.ratio for each in now),
        "sql_ratio_median": median([each.ratio for each in now]),
        "growth_worst": max(growths(before, now).values()),
        "growth_median": median(list(growths(before, now).values())),
    }
    found.tables = [_questions(now), *found.tables, _growth(before, now, smaller, larger)]
    found.messages = larger
    return found


def _measured(stack: Stack, options: Options, combined: Mapping[str, int] | None) -> tuple[list[Asked], Found]:
    asker = Asker(stack.gateway_url, access_token(stack, OWNER))
    asked = [Asked(question) for question in questions(asker)]
    with straight(stack.data_dir, OWNER) as sql:
        for each in asked:
            statements = sql.statements(each.question)
            for number in range(options.times(ROUNDS, 5) + WARM):
                through, each.kilobytes = _timed(asker, each.question)
                directly = sql.milliseconds(statements)
                if number >= WARM:  # connections and caches of the database are warm then
                    each.api.append(through)
                    each.sql.append(directly)
            each.plan = sql.plan(statements)
        return asked, Found() if combined is None else combinations.run(asker, sql, options, **combined)


def _timed(asker: Asker, question: Question) -> tuple[float, float]:
    began = time.perf_counter()
    answer = asker.ask(question.path, question.query)
    return (time.perf_counter() - began) * 1000, len(answer) / 1000


def _questions(asked: Sequence[Asked]) -> Table:
    return Table(
        "Questions",
        "Over loopback HTTP, one client, authentication and row-level security included; beside it the same statements "
        "with the same values straight from psycopg, as the same database role, in turn with the API.",
        ["question", "p50 ms", "p99 ms", "KB", "the SQL, p50 ms", "API / SQL"],
        [
            [each.question.name, f"{median(each.api):.1f}", f"{quantile(each.api, 0.99):.1f}", f"{each.kilobytes:.1f}",
             f"{median(each.sql):.2f}", f"{each.ratio:.2f}"]
            for each in asked
        ],
    )  # fmt: skip


def growths(before: Sequence[Asked], now: Sequence[Asked]) -> dict[str, float]:
    """By which factor the middle of each question's times grew, by its name."""
    earlier = {each.question.name: median(each.api) for each in before}
    return {each.question.name: median(each.api) / earlier[each.question.name] for each in now}


def _growth(before: Sequence[Asked], now: Sequence[Asked], smaller: int, larger: int) -> Table:
    by, rows = growths(before, now), []
    for small, large in zip(before, now, strict=True):
        assert small.plan is not None
        assert large.plan is not None
        rows.append([
            large.question.name, f"{median(small.api):.1f}", f"{median(large.api):.1f}", f"{by[large.question.name]:.2f}",
            f"{median(small.sql):.2f}", f"{median(large.sql):.2f}", f"{small.plan.buffers:,}", f"{large.plan.buffers:,}",
            large.plan.nodes,
        ])  # fmt: skip
    return Table(
        f"What more messages cost: {smaller:,} and {larger:,}",
        "The same questions of the same customer, who has the same share of both databases. Buffers are pages of 8 KB that "
        "`EXPLAIN (ANALYZE, BUFFERS)` counts for all statements of the question; the last column is how the larger database was read.",
        ["question", "p50 ms, smaller", "p50 ms, larger", "factor", "SQL ms, smaller", "SQL ms, larger", "buffers, smaller",
         "buffers, larger", "read by"],
        rows,
    )  # fmt: skip
