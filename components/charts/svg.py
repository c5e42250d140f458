"""A chart as inline SVG, drawn on the server: painted with the HTML, before any script and without any.

It stands exactly where the Plotly figure will: same height, margins, scales, colours, patterns and texts. Its width is
the room it gets: margins are padding classes on the element, marks are in percent or in a nested picture that stretches
with non-scaling strokes, so text keeps its shape. Everything is presentation attributes and classes, since the browser
policy allows no inline styles. See ``assets/css/charts.css``.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from components.charts.geometry import (
    BAR_GAP,
    BAR_GAP_HORIZONTAL,
    across,
    band_edges,
    margins,
    plot_height,
    slot,
    slots,
)
from components.charts.palette import INKS, PATTERN_SIZE, PATTERN_STROKE, SHAPES, SHEER, Role
from components.charts.remembered import once
from components.charts.spec import Chart, Cloud, Kind, Series
from components.charts.svg_around import grid, labels, number, ticks

#: The stretched picture's own width; its height is the plot's in pixels.
_WIDTH = 1000
_HEAT_LEVELS = 24
#: Pixels across what a pointer can meet of a point, however small it is drawn.
SMALLEST_TARGET = 24
_DASHES = {
    "dash": "9 9",
    "dot": "3 3",
    "dashdot": "9 3 3 3",
    "longdash": "15 15",
    "longdashdot": "15 6 3 6",
}


@once
def svg(chart: Chart) -> str:
    """The ``<svg>`` element. Links in it are out of the tab order: the table behind the chart holds the same ones."""
    around = margins(chart)
    classes = f"chart-svg chart-pl-{around.left} chart-pr-{around.right} chart-pt-{around.top} chart-pb-{around.bottom}"
    height = plot_height(chart)
    drawing = "".join(
        (
            _patterns(chart),
            grid(chart, height),
            _stretched(chart, height, "".join(_marks(chart, height))),
            ticks(chart, height),
            labels(chart, height),
        )
    )
    label = escape(". ".join(part.rstrip(".") for part in (chart.title, chart.summary) if part), quote=True)
    return (
        f'<svg class="{classes}" width="100%" height="{chart.height}" direction="ltr" focusable="false">'
        f'<g role="img" aria-label="{label}">{drawing}</g>{_links(chart, height)}</svg>'
    )


def _pattern_id(chart: Chart, role: Role) -> str:
    return f"{chart.id}-fill-{role}"


def _patterns(chart: Chart) -> str:
    strokes = {
        "/": "M-1 1l2-2M0 8l8-8M7 9l2-2",
        "\\": "M-1 7l2 2M0 0l8 8M7-1l2 2",
        "x": "M-1 1l2-2M0 8l8-8M7 9l2-2M-1 7l2 2M0 0l8 8M7-1l2 2",
        "-": "M0 4h8",
        "|": "M4 0v8",
        "+": "M0 4h8M4 0v8",
        ".": "M4 3.9v.2",
    }
    found, size = [], PATTERN_SIZE
    for role in dict.fromkeys(series.role for series in chart.series if chart.kind not in (Kind.LINE, Kind.SCATTER)):
        ink = INKS[role]
        if ink.pattern:
            width = 3 if ink.pattern == "." else 1
            found.append(
                f'<pattern id="{_pattern_id(chart, role)}" width="{size}" height="{size}" '
                f'patternUnits="userSpaceOnUse"><path fill="{ink.colour}" d="M0 0h{size}v{size}h-{size}z"/>'
                f'<path fill="none" stroke="{PATTERN_STROKE}" stroke-width="{width}" stroke-linecap="round" '
                f'd="{strokes[ink.pattern]}"/></pattern>'
            )
    return f"<defs>{''.join(found)}</defs>" if found else ""


def _paint(chart: Chart, role: Role) -> str:
    return f"url(#{_pattern_id(chart, role)})" if INKS[role].pattern else INKS[role].colour


def _stretched(chart: Chart, height: int, marks: str) -> str:
    """Lines, bands and cells: shapes that may stretch; whatever may not is drawn in percent beside them."""
    return (
        f'<svg x="0" y="0" width="100%" height="{height}" viewBox="0 0 {_WIDTH} {height}" preserveAspectRatio="none">'
        f"{_bands(chart, height)}{_stretching(chart, height)}</svg>{marks}"
    )


def _bands(chart: Chart, height: int) -> str:
    drawn = []
    for band in chart.bands:
        left, right = sorted(across(chart, edge) * _WIDTH / 100 for edge in band_edges(chart, band.start, band.end))
        drawn.append(
            f'<path class="chart-band" fill="{INKS[Role.WARNING].colour}" fill-opacity="0.14" '
            f'd="M{number(left)} 0H{number(right)}V{height}H{number(left)}z"/>'
        )
    return "".join(drawn)


def _stretching(chart: Chart, height: int) -> str:
    if chart.kind is Kind.HEATMAP:
        return _heatmap(chart, height)
    if chart.kind in (Kind.LINE, Kind.SPARKLINE):
        return "".join(_line(chart, series, height) for series in reversed(chart.drawn()))
    bars = "" if chart.kind in (Kind.BAR_HORIZONTAL, Kind.SCATTER) else "".join(_plain_bars(chart, height))
    return bars + (_line(chart, chart.comparison, height) if chart.comparison else "")


def _marks(chart: Chart, height: int) -> Iterator[str]:
    """Patterns must not stretch: bars that have one are drawn in percent."""
    if chart.kind in (Kind.BAR, Kind.BAR_STACKED):
        yield from _patterned_bars(chart, height)
    elif chart.kind is Kind.BAR_HORIZONTAL:
        yield from _horizontal_bars(chart, height)
    elif chart.cloud is not None:
        yield from _points(chart, chart.cloud, height)
    if chart.kind in (Kind.HEATMAP, Kind.SPARKLINE, Kind.SCATTER) or not chart.series:
        return
    for mark in chart.marks:
        value = chart.series[0].values[mark.index]
        along = 0.0 if value is None else chart.y.fraction(value)
        if chart.kind is Kind.BAR_HORIZONTAL:
            side, shift = ("start", 4) if chart.rtl else ("end", -4)
            place = f'x="{across(chart, along)}%" dx="{shift}" y="{number(slot(chart, mark.index) * height + 4)}"'
            yield f'<text class="chart-mark-inside" {place} fill="#fff" text-anchor="{side}">▲</text>'
        else:
            place = f'x="{across(chart, slot(chart, mark.index))}%" y="{number((1 - along) * height - 4)}"'
            yield f'<text {place} fill="{INKS[Role.WARNING].colour}" text-anchor="middle">▲</text>'


def _stack(chart: Chart) -> Iterator[tuple[Series, list[tuple[int, float, float]]]]:
    """Each series with its bars as (category, from, to), in fractions of the value axis."""
    tops = [0.0] * len(chart.x.keys)
    for series in chart.series:
        bars = []
        for index, value in enumerate(series.values):
            if not value:
                continue
            begin = series.starts[index] if series.starts else tops[index]
            tops[index] = begin + value
            ends = sorted((chart.y.fraction(begin), chart.y.fraction(begin + value)))
            bars.append((index, ends[0], ends[1]))
        yield series, bars


def _plain_bars(chart: Chart, height: int) -> Iterator[str]:
    width = (1 - BAR_GAP) * _WIDTH / slots(chart)
    for series, bars in _stack(chart):
        if INKS[series.role].pattern or not bars:
            continue
        path = "".join(
            f"M{number(across(chart, slot(chart, index)) * _WIDTH / 100 - width / 2)} {number((1 - begin) * height)}"
            f"h{number(width)}V{number((1 - end) * height)}h-{number(width)}z"
            for index, begin, end in bars
        )
        yield f'<path data-series="{escape(series.key)}" fill="{INKS[series.role].colour}" d="{path}"/>'


def _patterned_bars(chart: Chart, height: int) -> Iterator[str]:
    """A rectangle of the pattern over the whole plot for each series, cut to its bars: one shape in place of ninety.
    What it is cut by is in fractions of the plot, and stretches with it."""
    width = (1 - BAR_GAP) / slots(chart)
    for number_of, (series, bars) in enumerate(_stack(chart)):
        if not INKS[series.role].pattern or not bars:
            continue
        path = "".join(
            f"M{_fine(across(chart, slot(chart, index)) / 100 - width / 2)} {_fine(1 - end)}"
            f"h{_fine(width)}V{_fine(1 - begin)}h-{_fine(width)}z"
            for index, begin, end in bars
        )
        name = f"{chart.id}-bars-{number_of}"
        yield (
            f'<clipPath id="{name}" clipPathUnits="objectBoundingBox"><path d="{path}"/></clipPath>'
            f'<rect data-series="{escape(series.key)}" width="100%" height="{height}" '
            f'fill="{_paint(chart, series.role)}" clip-path="url(#{name})"/>'
        )


def _fine(fraction: float) -> str:
    """A fraction of a plot, to a hundredth of a pixel."""
    return f"{fraction:.5f}".rstrip("0").rstrip(".")


def _horizontal_bars(chart: Chart, height: int) -> Iterator[str]:
    room = height / slots(chart)
    thick = room * (1 - BAR_GAP_HORIZONTAL)
    for series, bars in _stack(chart):
        yield f'<g data-series="{escape(series.key)}" fill="{_paint(chart, series.role)}">'
        for index, begin, end in bars:
            left = min(across(chart, begin), across(chart, end))
            yield (
                f'<rect x="{number(left)}%" width="{number((end - begin) * 100)}%" '
                f'y="{number((index + 0.5) * room - thick / 2)}" height="{number(thick)}"/>'
            )
        yield "</g>"


def _points(chart: Chart, cloud: Cloud, height: int) -> Iterator[str]:
    """Shapes that keep theirs in a picture of any width: each stands in percent and is drawn in pixels around that."""
    yield f'<g data-series="{escape(chart.series[0].key)}" fill-opacity="{SHEER}">'
    for index, value in enumerate(chart.series[0].values):
        if value is None:
            continue
        role, half = cloud.roles[index], cloud.sizes[index] / 2
        at, down = f"{across(chart, cloud.places[index])}%", number((1 - chart.y.fraction(value)) * height)
        shape, ink = SHAPES[role][0], INKS[role].colour
        if shape == "circle":
            yield f'<circle cx="{at}" cy="{down}" r="{number(half)}" fill="{ink}"/>'
            continue
        # Plotly's diamond reaches a third further than its size, so that it looks as large as a circle.
        wide = number(half * 1.3)
        path = f"M0-{wide}L{wide} 0L0 {wide}L-{wide} 0z"
        if shape == "square":
            side = number(2 * half)
            path = f"M-{number(half)}-{number(half)}h{side}v{side}h-{side}z"
        yield f'<svg x="{at}" y="{down}" width="1" height="1" overflow="visible"><path fill="{ink}" d="{path}"/></svg>'
    yield "</g>"


def _line(chart: Chart, series: Series, height: int) -> str:
    ink = INKS[series.role]
    quiet = series is chart.comparison
    path: list[str] = []
    dots: list[str] = []
    pen_down = False
    for index, (value, lonely) in enumerate(zip(series.values, series.lonely(), strict=True)):
        if value is None:
            pen_down = False
            continue
        left = across(chart, slot(chart, index)) * _WIDTH / 100
        place = f"{number(left)} {number((1 - chart.y.fraction(value)) * height)}"
        if lonely:
            dots.append(f"M{place}h.1")  # its round cap makes a dot of it
        else:
            path.append(f"{'L' if pen_down else 'M'}{place}")
        pen_down = True
    dash = f' stroke-dasharray="{_DASHES[ink.dash]}"' if ink.dash in _DASHES else ""
    strokes = ((path, 1.5 if quiet else 2.25, dash), (dots, 6, ""))
    shapes = "".join(
        f'<path stroke-width="{width}" stroke-linejoin="round" stroke-linecap="{"butt" if dashes else "round"}" '
        f'vector-effect="non-scaling-stroke"{dashes} d="{"".join(shape)}"/>'
        for shape, width, dashes in strokes
        if shape
    )
    faint = ' opacity="0.8"' if quiet else ""
    return (
        f'<g data-series="{escape(series.key)}" fill="none" stroke="{ink.colour}"{faint}>{shapes}</g>' if shapes else ""
    )


def _heatmap(chart: Chart, height: int) -> str:
    """Cells grouped into one path a shade: a few kilobytes less than a rectangle each."""
    columns, rows = slots(chart), max(1, len(chart.series))
    width, tall = _WIDTH / columns, height / rows
    levels: dict[int, list[str]] = {}
    for row, series in enumerate(chart.series):
        for index, value in enumerate(series.values):
            if value is None:
                continue
            left = across(chart, index / columns) * _WIDTH / 100 - (width if chart.rtl else 0)
            level = round(chart.y.fraction(value) * _HEAT_LEVELS)
            levels.setdefault(level, []).append(
                f"M{number(left + 0.5)} {number(row * tall + 0.5)}h{number(width - 1)}"
                f"v{number(tall - 1)}h-{number(width - 1)}z"
            )
    colour = INKS[Role.ACCENT].colour
    return "".join(
        f'<path fill="{colour}" fill-opacity="{number(0.04 + 0.96 * level / _HEAT_LEVELS)}" d="{"".join(cells)}"/>'
        for level, cells in sorted(levels.items())
    )


def _links(chart: Chart, height: int) -> str:
    """Areas over the marks that open the log: a whole column, row or cell (a status of a column is in the table)."""
    areas = []
    columns, rows = slots(chart), max(1, len(chart.series))
    for index, label in enumerate(chart.x.labels):
        if chart.kind is Kind.HEATMAP:
            tall = height / rows
            for row, series in enumerate(chart.series):
                if series.values[index]:
                    place = f'y="{number(row * tall)}" height="{number(tall)}" '
                    left = across(chart, (index + (1 if chart.rtl else 0)) / columns)
                    place += f'x="{left}%" width="{number(100 / columns)}%"'
                    areas.append(_area(chart.href(row, index), place, series.texts[index]))
        elif chart.kind is Kind.BAR_HORIZONTAL:
            place = f'x="0" width="100%" y="{number(index * height / columns)}" height="{number(height / columns)}"'
            areas.append(_area(chart.href(None, index), place, _point_text(chart, index)))
        elif chart.cloud is not None:
            at, value = across(chart, chart.cloud.places[index]), chart.series[0].values[index] or 0.0
            place = f'cx="{at}%" cy="{number((1 - chart.y.fraction(value)) * height)}"'
            radius = number(max(SMALLEST_TARGET, chart.cloud.sizes[index]) / 2)
            areas.append(
                _area(chart.href(None, index), f'{place} r="{radius}"', chart.series[0].texts[index], "circle")
            )
        else:
            left = across(chart, (index + (1 if chart.rtl else 0)) / columns)
            place = f'x="{left}%" width="{number(100 / columns)}%" y="0" height="{height}"'
            areas.append(_area(chart.href(None, index), place, f"{label}: {_point_text(chart, index)}"))
    found = "".join(areas)
    return f'<g class="chart-links" aria-hidden="true" fill="transparent">{found}</g>' if found else ""


def _area(href: str | None, place: str, title: str, shape: str = "rect") -> str:
    if href is None:
        return ""
    return f'<a href="{escape(href, quote=True)}" tabindex="-1"><title>{escape(title)}</title><{shape} {place}/></a>'


def _point_text(chart: Chart, index: int) -> str:
    """What a tooltip says of one category: every series that has something there."""
    return ", ".join(f"{series.name} {series.texts[index]}" for series in chart.drawn() if series.values[index])
