"""Charts as the template draws them: heights from 0 to 1, every text finished, and the whole said in words too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.reports.words import NONE, Words

_MOST_TICKS = 5
_STEPS = (1, 2, 2.5, 5, 10)

Block = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """One value for each column; `ink` is a colour of the template, None a value that is not known."""

    name: str
    ink: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with ticks between; `write` says a value."""

    low: float
    high: float
    step: float
    write: Callable[[float], str]

    def place(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[list[Any]]:
        count = round((self.high - self.low) / self.step)
        values = [self.low + self.step * number for number in range(count + 1)]
        return [[self.place(value), self.write(round(value, 9))] for value in values]


def from_zero(highest: float, write: Callable[[float], str]) -> Axis:
    """For amounts: bars begin at zero."""
    step = step_of(highest or 1)
    return Axis(0, step * max(1, math.ceil((highest or 1) / step - 1e-9)), step, write)


def around(values: Sequence[float | None], write: Callable[[float], str], *, least: float, top: float) -> Axis:
    """For shares that are all alike: from a little below the lowest, up to `top` at most, over a span of `least`."""
    known = [value for value in values if value is not None] or [top]
    low, high = min(known), max(known)
    step = step_of(max(high - low, least))
    first = math.floor(low / step + 1e-9) * step
    last = min(math.ceil(high / step - 1e-9) * step, top)
    while last - first < least - 1e-9 and first > 0:
        first -= step
    return Axis(max(first, 0.0), max(last, first + step), step, write)


def stacked(
    words: Words,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    axis: Axis,
    *,
    totals: Sequence[str] | None = None,
    said: Callable[[float], str] | None = None,
) -> Block:
    """Bars of parts that stand on one another. `totals`: what stands above each; `said` writes a value in the words."""
    return {
        "kind": "stacked",
        **_around(words, title, labels, series, axis, said),
        "series": [
            [each.name, each.ink, [axis.place(value or 0) - axis.place(0) for value in each.values]] for each in series
        ],
        "totals": list(totals) if totals is not None else None,
    }


def lines(
    words: Words,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    axis: Axis,
    *,
    bands: Sequence[tuple[float, float, str]] = (),
    said: Callable[[float], str] | None = None,
    marks: bool = True,
) -> Block:
    """Lines, broken where nothing is known. `bands`: from, to, ink. `marks`: a dot on each value."""
    return {
        "kind": "lines",
        **_around(words, title, labels, series, axis, said),
        "series": [
            [each.name, each.ink, [axis.place(value) if value is not None else None for value in each.values]]
            for each in series
        ],
        "bands": [[axis.place(low), axis.place(high), ink] for low, high, ink in bands],
        "marks": marks,
    }


def _around(
    words: Words,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    axis: Axis,
    said: Callable[[float], str] | None,
) -> Block:
    write = said or axis.write
    sentences = [
        f"{each.name}: "
        + ", ".join(
            f"{label} {write(value) if value is not None else NONE}"
            for label, value in zip(labels, each.values, strict=True)
            if label
        )
        for each in series
    ]
    return {
        "title": title,
        "alt": words.text("qbr.paper.chart", title=title, values=". ".join(sentences)),
        "labels": list(labels),
        "ticks": axis.ticks,
    }


def step_of(span: float) -> float:
    """The least round step by which `span` has no more than so many ticks."""
    magnitude = 10 ** math.floor(math.log10(span / _MOST_TICKS))
    return next(float(step * magnitude) for step in _STEPS if span / (step * magnitude) <= _MOST_TICKS + 1e-9)
