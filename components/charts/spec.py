"""The description of a chart: a pure value that every renderer draws from.

All text in it is already localised (digits, calendar, isolated numbers) by the builders; renderers only place it.
Categories (days, operators, hours) live on ``Chart.x`` and numbers on ``Chart.y``; a horizontal bar chart is drawn
transposed but described the same way. Positions along ``x`` are indexes, 0 being the first category.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from components.charts.palette import Role

Direction = Literal["ltr", "rtl"]


class Kind(StrEnum):
    BAR = "bar"
    BAR_STACKED = "bar-stacked"
    BAR_HORIZONTAL = "bar-horizontal"
    LINE = "line"
    HEATMAP = "heatmap"
    SPARKLINE = "sparkline"
    SCATTER = "scatter"


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled position: an index on ``x``, a value on ``y``."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Categories:
    """``keys`` are raw (ISO dates, operator names) for CSV and tests, ``labels`` what people read in hover and table.

    ``links`` are the query parameters that narrow the log to one category, such as ``startDate=2026-11-01``; ``whole``
    are those for all categories together.
    """

    title: str
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    ticks: tuple[Tick, ...] = ()
    links: tuple[str, ...] = ()
    whole: str = ""

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.keys) or (self.links and len(self.links) != len(self.keys)):
            raise ValueError("a category needs exactly one key and one label, and one link where there are links")


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers' axis. ``title`` holds the unit ("messages", "seconds")."""

    title: str
    low: float
    high: float
    ticks: tuple[Tick, ...] = ()

    def fraction(self, value: float) -> float:
        """Where a value lies between ``low`` (0) and ``high`` (1), clamped to the plot."""
        span = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / span)) if span > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Series:
    """One value per category; ``None`` is a gap and stays one. ``texts`` are the same values for people.

    ``labels`` are drawn beside the marks where they fit (horizontal bars), ``end_label`` at the end of a line.
    ``link`` narrows the log to this series; a series without one (``None``) is not clickable. ``starts`` are where
    horizontal bars begin that do not begin at nothing: those of a waterfall.
    """

    key: str
    name: str
    role: Role
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    end_label: str = ""
    link: str | None = None
    starts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(finite(value) for value in self.values))
        if len(self.texts) != len(self.values) or (self.labels and len(self.labels) != len(self.values)):
            raise ValueError("a value needs exactly one text, and one label where there are labels")
        if self.starts and len(self.starts) != len(self.values):
            raise ValueError("a value needs exactly one start, where there are starts")

    def lonely(self) -> tuple[bool, ...]:
        """Which points stand between gaps, and would vanish from a line without a dot."""
        known = [value is not None for value in self.values]
        return tuple(
            here and not (index > 0 and known[index - 1]) and not (index + 1 < len(known) and known[index + 1])
            for index, here in enumerate(known)
        )


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a scatter has beyond its one series, whose values are the heights of its points, one for each category.

    ``places`` are where they stand along the other axis, 0 being its beginning and 1 its end, as are its ``ticks``;
    ``sizes`` their diameters in pixels; ``roles`` what each is, all of them named in ``legend``. ``columns`` are what
    the table says of them besides.
    """

    places: tuple[float, ...]
    ticks: tuple[Tick, ...]
    sizes: tuple[float, ...]
    roles: tuple[Role, ...]
    legend: tuple[tuple[Role, str], ...] = ()
    columns: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """An incident: from the start of category ``start`` to the end of category ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something unusual at one category, said in words as well as drawn."""

    index: int
    text: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Chart:
    """``title`` says the finding, ``question`` what the chart answers, ``summary`` the whole in a few sentences.

    ``link`` is the log's address with the filters all points share, ``row_link`` what narrows it to all series of a
    category together; see :meth:`href`. ``height`` is in CSS pixels; the width is whatever room
    there is. ``slots`` keeps room for as many categories even where there are fewer.
    """

    id: str
    kind: Kind
    title: str
    summary: str
    x: Categories
    y: Scale
    series: tuple[Series, ...]
    question: str = ""
    direction: Direction = "ltr"
    height: int = 280
    slots: int = 0
    comparison: Series | None = None
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()
    link: str = ""
    row_link: str = ""
    notes: tuple[str, ...] = ()
    cloud: Cloud | None = None

    def __post_init__(self) -> None:
        for series in (*self.drawn(), *(self.cloud.columns if self.cloud else ())):
            if len(series.values) != len(self.x.keys):
                raise ValueError(f"series {series.key!r} has {len(series.values)} values, not {len(self.x.keys)}")
        if (self.cloud is not None) is not (self.kind is Kind.SCATTER):
            raise ValueError("a scatter, and nothing else, has a cloud")

    def drawn(self) -> tuple[Series, ...]:
        """Everything with values, the quiet comparison last."""
        return (*self.series, self.comparison) if self.comparison else self.series

    @property
    def rtl(self) -> bool:
        return self.direction == "rtl"

    @property
    def empty(self) -> bool:
        """Nothing to see: no category, or no value but gaps and zeros in a chart of amounts."""
        values = [value for series in self.series for value in series.values if value is not None]
        return not values or (self.kind not in (Kind.LINE, Kind.SCATTER) and not any(values))

    def href(self, series: int | None, index: int | None) -> str | None:
        """The log filtered to exactly one point's messages (or a series', or a category's); None where nothing is."""
        if not self.link:
            return None
        if index is None:
            category: str | None = self.x.whole
        else:
            category = self.x.links[index] if self.x.links else None
        if series is None:
            narrowing: str | None = self.row_link
        else:
            narrowing = self.series[series].link if series < len(self.series) else None
        if category is None or narrowing is None:
            return None
        return join_query(self.link, [category, narrowing])


def join_query(address: str, parts: Iterable[str]) -> str:
    """Append query parameters to an address that may or may not have some; no address stays none."""
    if not address:
        return ""
    query = "&".join(part for part in parts if part)
    if not query:
        return address
    return f"{address}{'&' if '?' in address else '?'}{query}"


def finite(value: float | None) -> float | None:
    """NaN and infinities are gaps: nothing may ever draw them."""
    return value if value is not None and math.isfinite(value) else None
