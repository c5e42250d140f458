"""Small statistics. Machines are shared and noisy: medians and ratios are what is reported."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least ``q`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


@dataclass(frozen=True)
class Options:
    """How much is measured. With `quick` everything is done a few times, to see that it works."""

    messages: int
    quick: bool = False

    def times(self, count: int, quick: int = 1) -> int:
        return quick if self.quick else count


@dataclass(frozen=True)
class Table:
    """A table of the report: what it is about, how it was measured, its cells as they are shown."""

    title: str
    text: str
    head: list[str]
    rows: list[list[str]]

    def markdown(self) -> str:
        return f"### {self.title}\n\n{self.text}\n\n{table(self.head, self.rows)}\n" if self.rows else ""


@dataclass
class Found:
    """What a part found: figures by the keys of `bench.targets`, and the tables behind them."""

    figures: dict[str, float] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.figures |= other.figures
        self.tables += other.tables
