"""What stands around the marks of a chart that is drawn as SVG: grid lines, ticks, labels. See ``svg``."""

from __future__ import annotations

from html import escape

from components.charts.geometry import EDGE, LABEL_GAP, LINE_HEIGHT, across, directed, margins, slot, slots
from components.charts.plotly import end_labels
from components.charts.spec import Chart, Kind


def number(value: float) -> str:
    """Short decimal notation, never an exponent."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def grid(chart: Chart, height: int) -> str:
    if chart.kind in (Kind.HEATMAP, Kind.SPARKLINE):
        return ""
    if chart.kind is Kind.BAR_HORIZONTAL:
        places = [f"{across(chart, fraction)}%" for fraction in _grid_fractions(chart)]
        lines = "".join(f'<line x1="{at}" x2="{at}" y1="0" y2="{height}"/>' for at in places)
        lines += f'<line x1="{across(chart, 0)}%" x2="{across(chart, 0)}%" y1="0" y2="{height}"/>'
    else:
        heights = [number(round((1 - fraction) * height, 1)) for fraction in _grid_fractions(chart)]
        lines = "".join(f'<line x1="0" x2="100%" y1="{at}" y2="{at}"/>' for at in heights)
        lines += f'<line x1="0" x2="100%" y1="{height}" y2="{height}"/>'
    return f'<g class="chart-grid">{lines}</g>'


def _grid_fractions(chart: Chart) -> list[float]:
    """Where grid lines stand; none at the very edges, where Plotly draws none either."""
    return [at for at in (chart.y.fraction(tick.at) for tick in chart.y.ticks) if 0.001 < at < 0.999]


def _text(chart: Chart, text: str, attributes: str) -> str:
    return f"<text {attributes}>{escape(directed(chart, text))}</text>"


def ticks(chart: Chart, height: int) -> str:
    if chart.kind is Kind.SPARKLINE:
        return ""
    start = f'x="100%" dx="{LABEL_GAP - 1}"' if chart.rtl else f'x="0" dx="-{LABEL_GAP - 1}"'
    anchor = "start" if chart.rtl else "end"

    def beside(text: str, at: float) -> str:
        lines = text.split("\n")
        first = at + 4 - (len(lines) - 1) * LINE_HEIGHT / 2
        places = [number(round(first + index * LINE_HEIGHT, 1)) for index in range(len(lines))]
        return "".join(_text(chart, line, f'{start} y="{place}"') for line, place in zip(lines, places, strict=True))

    def below(text: str, fraction: float) -> str:
        return _text(chart, text, f'x="{across(chart, fraction)}%" y="{height + 15}"')

    count = slots(chart)
    if chart.kind is Kind.BAR_HORIZONTAL:
        side = [beside(tick.text, slot(chart, tick.at) * height) for tick in chart.x.ticks]
        foot = [below(tick.text, chart.y.fraction(tick.at)) for tick in chart.y.ticks]
    elif chart.kind is Kind.HEATMAP:
        rows = max(1, len(chart.series))
        side = [beside(series.name, (row + 0.5) / rows * height) for row, series in enumerate(chart.series)]
        foot = [below(tick.text, (tick.at + 0.5) / count) for tick in chart.x.ticks]
    else:
        side = [beside(tick.text, (1 - chart.y.fraction(tick.at)) * height) for tick in chart.y.ticks]
        places = chart.cloud.ticks if chart.cloud is not None else chart.x.ticks
        foot = [below(tick.text, tick.at if chart.cloud is not None else slot(chart, tick.at)) for tick in places]
    return (
        f'<g class="chart-ticks chart-ticks-side" text-anchor="{anchor}">{"".join(side)}</g>'
        f'<g class="chart-ticks chart-ticks-foot" text-anchor="middle">{"".join(foot)}</g>'
    )


def labels(chart: Chart, height: int) -> str:
    """The unit above the values' axis, and labels at the ends of bars and lines."""
    around = margins(chart)
    anchor, edge, shift = ("end", "0", -LABEL_GAP) if chart.rtl else ("start", "100%", LABEL_GAP)
    drawn = []
    if chart.kind is Kind.BAR_HORIZONTAL:
        for series in chart.series:
            for index, label in enumerate(series.labels):
                if not label:
                    continue
                place = f'x="{edge}" dx="{shift}" y="{number(round(slot(chart, index) * height + 4, 1))}"'
                drawn.append(_text(chart, label, f'{place} text-anchor="{anchor}"'))
    elif chart.kind is not Kind.HEATMAP:
        for text, at in end_labels(chart):
            place = f'x="{edge}" dx="{shift}" y="{number(round(at + 4, 1))}"'
            drawn.append(_text(chart, text, f'{place} text-anchor="{anchor}"'))
        if chart.y.title and chart.kind is not Kind.SPARKLINE:
            place = f'x="100%" dx="{around.right - EDGE}"' if chart.rtl else f'x="0" dx="{EDGE - around.left}"'
            side = "end" if chart.rtl else "start"
            drawn.append(_text(chart, chart.y.title, f'{place} y="-14" text-anchor="{side}"'))
    return f'<g class="chart-labels">{"".join(drawn)}</g>' if drawn else ""
