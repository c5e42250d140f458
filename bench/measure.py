"""Small statistics. Machines are shared and noisy: medians and ratios are what is reported."""

from __future__ import annotations

import statistics
import traceback
from collections.abc import Callable, Sequence
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

    @classmethod
    def parsed(cls, title: str, text: str, markdown: str) -> Table:
        """Of a Markdown table, as :func:`table` writes it."""
        head, _, *rows = [
            [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
            for line in markdown.strip().splitlines()
        ]
        return cls(title, text, head, rows)

    def markdown(self) -> str:
        return f"### {self.title}\n\n{self.text}\n\n{table(self.head, self.rows)}\n" if self.rows else ""


@dataclass
class Found:
    """What a part found: figures by the keys of `bench.targets`, the tables behind them, and how many messages the
    database had when it was not the number that was asked for."""

    figures: dict[str, float] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    messages: int | None = None

    def attempt(self, step: Callable[[], Found]) -> None:
        """Add what `step` finds. One that fails is told and costs its own figures, not those that took minutes before."""
        try:
            other = step()
        except Exception:
            traceback.print_exc()
            return
        self.figures |= other.figures
        self.tables += other.tables
