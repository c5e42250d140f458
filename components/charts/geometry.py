"""Where things stand, in CSS pixels: shared by all renderers so that one replaces another without a shift.

A chart has a fixed height and an unknown width: the margins are in pixels, the plot between them takes what is left.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

from components.charts.spec import Chart, Kind

#: Share of a category's room left empty between bars; Plotly's ``bargap``.
BAR_GAP: Final = 0.2
BAR_GAP_HORIZONTAL: Final = 0.35
FONT_SIZE: Final = 12
LABEL_GAP: Final = 6
#: Letters of the Arabic script reach over their advance: text keeps this far from the edge of the picture.
EDGE: Final = 4
LINE_HEIGHT: Final = 15.6
#: Margins are multiples of this: the stylesheet has a class for each (the policy forbids inline styles in HTML).
STEP: Final = 8
BOTTOM: Final = 24
MAX_SIDE: Final = 160
_WIDE: Final = 7.0
_CAPITAL: Final = 8.5
_INVISIBLE: Final = {"\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u200c"}


@dataclass(frozen=True, slots=True)
class Margins:
    left: int
    right: int
    top: int
    bottom: int


def text_width(text: str) -> float:
    """A generous estimate of a label's width; measuring needs a browser and the first paint cannot wait for one."""
    return max(sum(map(_width, line)) for line in text.split("\n"))


def _width(character: str) -> float:
    if character in _INVISIBLE:
        return 0.0
    return _CAPITAL if character.isupper() else _WIDE


def margins(chart: Chart) -> Margins:
    """The room for axis labels around the plot; start and end change sides in right-to-left charts."""
    if chart.kind is Kind.SPARKLINE:
        return Margins(0, 0, 0, 0)
    if chart.kind is Kind.BAR_HORIZONTAL:
        start = _side(max((text_width(tick.text) for tick in chart.x.ticks), default=0))
        end = _side(max((text_width(text) for series in chart.series for text in series.labels), default=0))
        top, bottom = 8, 8 if not chart.y.ticks else BOTTOM
    elif chart.kind is Kind.HEATMAP:
        start, end = _side(max((text_width(series.name) for series in chart.series), default=0)), STEP
        top, bottom = 8, BOTTOM
    else:
        start = _side(max((text_width(tick.text) for tick in chart.y.ticks), default=0))
        end = _side(max((text_width(series.end_label) for series in chart.drawn()), default=0), least=2 * STEP)
        top, bottom = 32, BOTTOM
    left, right = (end, start) if chart.rtl else (start, end)
    return Margins(left, right, top, bottom)


def _side(width: float, least: int = STEP) -> int:
    if width <= 0:
        return least
    return min(MAX_SIDE, math.ceil((width + LABEL_GAP + 2) / STEP) * STEP)


def across(chart: Chart, fraction: float) -> float:
    """A fraction along the horizontal axis as a percentage from the plot's left edge."""
    return round((1 - fraction if chart.rtl else fraction) * 100, 3)


def slots(chart: Chart) -> int:
    """How many categories there is room for: a short ranking keeps the bars of a long one."""
    return max(1, chart.slots, len(chart.x.keys))


def slot(chart: Chart, index: float) -> float:
    """The centre of category ``index`` as a fraction of the category axis."""
    return (index + 0.5) / slots(chart)


def plot_height(chart: Chart) -> int:
    around = margins(chart)
    return max(1, chart.height - around.top - around.bottom)


def spread_labels(positions: list[float], gap: float) -> list[float]:
    """Push labels apart (in the given unit, larger is lower) so that none covers another; order is kept."""
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = list(positions)
    for before, after in itertools.pairwise(order):
        placed[after] = max(placed[after], placed[before] + gap)
    return placed


def directed(chart: Chart, text: str) -> str:
    """A drawn text with its reading direction inside it: both renderers lay text out in left-to-right boxes."""
    if not chart.rtl or not text:
        return text
    return "\n".join(f"\u2067{line}\u2069" for line in text.split("\n"))


def band_edges(chart: Chart, start: int, end: int) -> tuple[float, float]:
    """A band's two edges as fractions of the category axis, clamped to it."""
    count = slots(chart)
    return max(0.0, start / count), min(1.0, (end + 1) / count)


def last_known(values: tuple[float | None, ...]) -> int | None:
    """Index of the last value that is not a gap."""
    return next((index for index in range(len(values) - 1, -1, -1) if values[index] is not None), None)
