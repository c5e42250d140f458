"""A chart as a Plotly figure: a plain dict, ready for JSON.

Built without plotly.py: validating a figure costs twenty times what building it does. Only bar, scatter and heatmap
traces are used, which keeps the bundle small and free of ``eval``. Text and grid colours here are those of paper
(exported images); on screen the stylesheet gives them the colours of the current theme.
"""

from __future__ import annotations

from typing import Any, Final

from components.charts.geometry import (
    BAR_GAP,
    BAR_GAP_HORIZONTAL,
    EDGE,
    FONT_SIZE,
    LABEL_GAP,
    across,
    band_edges,
    directed,
    last_known,
    margins,
    plot_height,
    slots,
    spread_labels,
)
from components.charts.palette import INKS, PATTERN_SIZE, PATTERN_STROKE, SHAPES, SHEER, Role
from components.charts.remembered import once
from components.charts.spec import Chart, Cloud, Kind, Series, Tick

Figure = dict[str, Any]

_TEXT: Final = "#495057"
_GRID: Final = "#dee2e6"
_CLEAR: Final = "rgba(0,0,0,0)"

#: For every ``dcc.Graph`` that shows one of these figures.
GRAPH_CONFIG: Final[dict[str, Any]] = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
}


@once
def figure(chart: Chart) -> Figure:
    """The figure of a chart. ``layout.meta`` carries what a click and the table behind the chart need beyond it."""
    traces = _heatmap(chart) if chart.kind is Kind.HEATMAP else [_trace(chart, series) for series in chart.drawn()]
    return {"data": traces, "layout": _layout(chart)}


def _labels(chart: Chart) -> list[str]:
    return [directed(chart, label) for label in chart.x.labels]


def _hover(chart: Chart, series: Series) -> str:
    name = series.name.replace("%{", "% {")
    return directed(chart, f"{name}: %{{hovertext}}") + "<extra></extra>"


def _trace(chart: Chart, series: Series) -> Figure:
    ink = INKS[series.role]
    values = list(series.values)
    trace: Figure = {"name": directed(chart, series.name), "hovertext": list(series.texts)}
    trace["hovertemplate"] = _hover(chart, series)
    quiet = series is chart.comparison
    if chart.kind in (Kind.LINE, Kind.SPARKLINE) or quiet:
        dots = [6 if lonely else 0 for lonely in series.lonely()]
        trace |= {
            "type": "scatter",
            "mode": "lines+markers" if any(dots) else "lines",
            "x": _labels(chart),
            "y": values,
            "line": {"color": ink.colour, "width": 1.5 if quiet else 2.25, "dash": ink.dash},
            "connectgaps": False,
        }
        if any(dots):
            trace["marker"] = {"color": ink.colour, "size": dots, "line": {"width": 0}}
        if quiet:
            trace["opacity"] = 0.8
        return trace
    if chart.cloud is not None:
        return trace | _points(chart.cloud, values)
    trace |= {"type": "bar", "marker": _fill(series.role)}
    if chart.kind is Kind.BAR_HORIZONTAL:
        begin = {"base": list(series.starts)} if series.starts else {}
        return trace | begin | {"orientation": "h", "x": values, "y": _labels(chart)}
    return trace | {"x": _labels(chart), "y": values}


def _points(cloud: Cloud, values: list[float | None]) -> Figure:
    """Points without a text of their own: the hover says whose they are, the table the rest."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(cloud.places),
        "y": values,
        "cliponaxis": False,
        "marker": {
            "color": [INKS[role].colour for role in cloud.roles],
            "symbol": [SHAPES[role][0] for role in cloud.roles],
            "size": list(cloud.sizes),
            "opacity": SHEER,
            "line": {"width": 0},
        },
    }


def _fill(role: Role) -> Figure:
    ink = INKS[role]
    marker: Figure = {"color": ink.colour, "line": {"width": 0}}
    if ink.pattern:
        marker["pattern"] = {
            "shape": ink.pattern,
            "size": PATTERN_SIZE,
            "solidity": 0.2,
            "fillmode": "overlay",
            "fgopacity": 1,
            "fgcolor": PATTERN_STROKE,
        }
    return marker


def _heatmap(chart: Chart) -> list[Figure]:
    colour = INKS[Role.ACCENT].colour
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return [
        {
            "type": "heatmap",
            "x": _labels(chart),
            "y": [directed(chart, series.name) for series in chart.series],
            "z": [list(series.values) for series in chart.series],
            "hovertext": [list(series.texts) for series in chart.series],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "zmin": chart.y.low,
            "zmax": chart.y.high if chart.y.high > chart.y.low else chart.y.low + 1,
            "colorscale": [[0, f"rgba({red},{green},{blue},0.04)"], [1, f"rgba({red},{green},{blue},1)"]],
            "showscale": False,
            "xgap": 1,
            "ygap": 1,
            "hoverongaps": False,
        }
    ]


def _layout(chart: Chart) -> Figure:
    around = margins(chart)
    layout: Figure = {
        "height": chart.height,
        "autosize": True,
        "margin": {
            "l": around.left,
            "r": around.right,
            "t": around.top,
            "b": around.bottom,
            "pad": 0,
            "autoexpand": False,
        },
        "font": {"size": FONT_SIZE, "color": _TEXT},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest" if chart.kind in (Kind.HEATMAP, Kind.BAR_HORIZONTAL, Kind.SCATTER) else "x unified",
        "hoverlabel": {
            "align": "right" if chart.rtl else "left",
            "bgcolor": "#ffffff",
            "bordercolor": _GRID,
            "font": {"size": FONT_SIZE, "color": "#212529"},
        },
        "meta": _meta(chart),
    }
    if chart.kind is Kind.BAR_HORIZONTAL:
        layout |= {"xaxis": _value_axis(chart, horizontal=True), "yaxis": _category_axis(chart, horizontal=True)}
        layout |= {"barmode": "stack", "bargap": BAR_GAP_HORIZONTAL}
    elif chart.kind is Kind.HEATMAP:
        layout |= {"xaxis": _category_axis(chart), "yaxis": _row_axis(chart)}
    elif chart.cloud is not None:
        layout |= {"xaxis": _place_axis(chart, chart.cloud), "yaxis": _value_axis(chart)}
    else:
        layout |= {"xaxis": _category_axis(chart), "yaxis": _value_axis(chart)}
        layout |= {"barmode": "stack", "bargap": BAR_GAP}
    shapes, annotations = _bands(chart)
    annotations += _unit(chart) + _direct_labels(chart) + _marks(chart)
    if shapes:
        layout["shapes"] = shapes
    if annotations:
        layout["annotations"] = annotations
    return layout


def _meta(chart: Chart) -> Figure:
    """For ``assets/js/chart_clicks.js``: an address is ``link`` + ``x[i]`` + ``series[j]``, or ``row`` for all series.

    For ``assets/js/chart_tables.js``: headings, raw keys, and the texts of a heatmap's cells.
    """
    meta: Figure = {
        "chart": chart.id,
        "caption": chart.question or chart.title,
        "heading": chart.x.title,
        "labels": _labels(chart),
        "keys": list(chart.x.keys),
        "columns": [series.key for series in chart.drawn()],
    }
    if chart.link:
        meta |= {
            "link": chart.link,
            "x": list(chart.x.links) or None,
            "series": [series.link for series in chart.series],
            "row": chart.row_link,
        }
    if chart.kind is Kind.HEATMAP:
        meta["cells"] = [list(series.labels) for series in chart.series]
    if chart.cloud is not None:
        meta["more"] = [
            {"key": one.key, "name": one.name, "values": list(one.values), "texts": list(one.texts)}
            for one in chart.cloud.columns
        ]
    return meta


def _axis(ticks: tuple[Tick, ...], chart: Chart) -> Figure:
    return {
        "tickmode": "array",
        "tickvals": [tick.at for tick in ticks],
        "ticktext": [directed(chart, tick.text).replace("\n", "<br>") for tick in ticks],
        "ticks": "",
        "zeroline": False,
        "showline": False,
        "automargin": False,
        "fixedrange": True,
        "tickangle": 0,
    }


def _category_axis(chart: Chart, *, horizontal: bool = False) -> Figure:
    count = slots(chart)
    labels = _labels(chart)
    axis = _axis(chart.x.ticks, chart) | {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": labels,
        "showgrid": False,
        "showline": chart.kind is not Kind.HEATMAP,
        "linecolor": _GRID,
        "range": [-0.5, count - 0.5],
    }
    # On a category axis a number is a position, so ticks may stand where no label repeats.
    if horizontal:
        axis["range"] = [count - 0.5, -0.5]
        axis["side"] = "right" if chart.rtl else "left"
        axis["ticklabelstandoff"] = 4
    elif chart.rtl:
        axis["range"] = [count - 0.5, -0.5]
    if chart.kind is Kind.SPARKLINE:
        axis["visible"] = False
    return axis


def _value_axis(chart: Chart, *, horizontal: bool = False) -> Figure:
    low, high = chart.y.low, chart.y.high if chart.y.high > chart.y.low else chart.y.low + 1
    axis = _axis(chart.y.ticks, chart) | {
        "type": "linear",
        "range": [low, high],
        "gridcolor": _GRID,
        "showgrid": bool(chart.y.ticks),
    }
    if horizontal:
        axis["range"] = [high, low] if chart.rtl else [low, high]
    else:
        axis["side"] = "right" if chart.rtl else "left"
        axis["ticklabelstandoff"] = 4
    if chart.kind is Kind.SPARKLINE:
        axis["visible"] = False
    return axis


def _place_axis(chart: Chart, cloud: Cloud) -> Figure:
    return _axis(cloud.ticks, chart) | {
        "type": "linear",
        "range": [1, 0] if chart.rtl else [0, 1],
        "showgrid": False,
        "showline": True,
        "linecolor": _GRID,
    }


def _row_axis(chart: Chart) -> Figure:
    rows = [directed(chart, series.name) for series in chart.series]
    ticks = tuple(Tick(index, series.name) for index, series in enumerate(chart.series))
    return _axis(ticks, chart) | {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": rows,
        "showgrid": False,
        "range": [max(1, len(rows)) - 0.5, -0.5],
        "side": "right" if chart.rtl else "left",
        "ticklabelstandoff": 4,
    }


def _note(text: str, **place: Any) -> Figure:
    return {"text": text, "showarrow": False, "borderpad": 0, **place}


def _unit(chart: Chart) -> list[Figure]:
    """The unit stands above the values' axis, where it is read without turning the head."""
    if not chart.y.title or chart.kind in (Kind.HEATMAP, Kind.SPARKLINE, Kind.BAR_HORIZONTAL):
        return []
    around = margins(chart)
    place = {"xref": "paper", "yref": "paper", "y": 1, "yanchor": "bottom", "yshift": LABEL_GAP + 6}
    if chart.rtl:
        return [_note(directed(chart, chart.y.title), x=1, xanchor="right", xshift=around.right - EDGE, **place)]
    return [_note(chart.y.title, x=0, xanchor="left", xshift=EDGE - around.left, **place)]


def _bands(chart: Chart) -> tuple[list[Figure], list[Figure]]:
    shapes = []
    count = slots(chart)
    for band in chart.bands:
        start, end = band_edges(chart, band.start, band.end)
        shapes.append(
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": start * count - 0.5,
                "x1": end * count - 0.5,
                "y0": 0,
                "y1": 1,
                "layer": "below",
                "line": {"width": 0},
                "fillcolor": INKS[Role.WARNING].colour,
                "opacity": 0.14,
            }
        )
    return shapes, []


def _direct_labels(chart: Chart) -> list[Figure]:
    side: Figure = {
        "xref": "paper",
        "x": 0 if chart.rtl else 1,
        "xanchor": "right" if chart.rtl else "left",
        "xshift": 2 - LABEL_GAP if chart.rtl else LABEL_GAP - 2,
    }
    if chart.kind is Kind.BAR_HORIZONTAL:
        return [
            _note(directed(chart, label), y=index, yref="y", yanchor="middle", **side)
            for series in chart.series
            for index, label in enumerate(series.labels)
            if label
        ]
    return [
        _note(directed(chart, text), y=1 - at / plot_height(chart), yref="paper", yanchor="middle", **side)
        for text, at in end_labels(chart)
    ]


def end_labels(chart: Chart) -> list[tuple[str, float]]:
    """Texts at the ends of lines, each with its distance in pixels from the top of the plot, none over another."""
    height = plot_height(chart)
    named = [(series, last_known(series.values)) for series in chart.drawn() if series.end_label]
    found = [(series, float(series.values[at] or 0)) for series, at in named if at is not None]
    places = spread_labels([(1 - chart.y.fraction(value)) * height for _, value in found], FONT_SIZE + 2)
    return [(series.end_label, round(place, 1)) for (series, _), place in zip(found, places, strict=True)]


def _marks(chart: Chart) -> list[Figure]:
    """A triangle beside what is unusual; its words are in the hover, the notes and the summary."""
    if chart.kind in (Kind.HEATMAP, Kind.SPARKLINE, Kind.SCATTER) or not chart.series:
        return []
    notes = []
    for mark in chart.marks:
        value = chart.series[0].values[mark.index]
        place: Figure = {"font": {"color": INKS[Role.WARNING].colour, "size": FONT_SIZE}}
        along = 0.0 if value is None else chart.y.fraction(value)
        if chart.kind is Kind.BAR_HORIZONTAL:
            place |= {"xref": "paper", "x": across(chart, along) / 100, "y": mark.index, "yref": "y"}
            place |= {"xanchor": "left" if chart.rtl else "right", "xshift": 4 if chart.rtl else -4}
            place["font"]["color"] = "#ffffff"
        else:
            place |= {"x": mark.index, "xref": "x", "yref": "paper", "y": along, "yanchor": "bottom", "yshift": 2}
        notes.append(_note("▲", **place))
    return notes
