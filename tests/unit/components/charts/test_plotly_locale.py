"""Plotly is told how months and days are called, for the years that it counts, and is left nothing to say itself."""

from __future__ import annotations

import pytest

from components.charts import GRAPH_CONFIG, figure
from components.charts.plotly_locale import format_of, graph_config
from portal.i18n import SUPPORTED, use
from tests.unit.components.charts.drawings import EVERY, all_charts, health_charts

GREGORIAN = {
    "en": ("January", "February", "November", "Nov"),
    "fa-AF": ("جنوری", "فبروری", "نومبر", "نومبر"),
    "ps": ("جنوري", "فبروري", "نومبر", "نومبر"),
    "ar": ("يناير", "فبراير", "نوفمبر", "نوفمبر"),
}
SATURDAY = {"en": "Saturday", "fa-AF": "شنبه", "ps": "اونۍ", "ar": "السبت"}
SOLAR_HIJRI = {"حمل", "ثور", "عقرب", "قوس", "وری", "غویی", "لړم", "لیندۍ", "فروردین", "آبان", "آذر"}


@pytest.mark.parametrize("tag", list(GREGORIAN))
def test_months_are_those_of_the_year_that_plotly_counts(tag: str) -> None:
    told = format_of(SUPPORTED[tag])
    assert (told["months"][0], told["months"][1], told["months"][10], told["shortMonths"][10]) == GREGORIAN[tag]
    assert not SOLAR_HIJRI & {*told["months"], *told["shortMonths"]}
    assert [len(told[name]) for name in ("months", "shortMonths", "days", "shortDays")] == [12, 12, 7, 7]
    assert told["days"][6] == SATURDAY[tag]


def test_each_graph_brings_its_readers_names() -> None:
    assert graph_config() is GRAPH_CONFIG  # English is Plotly's own
    for tag in ("fa-AF", "ps", "ar"):
        with use(tag) as reader:
            told = graph_config()
        assert told == {**GRAPH_CONFIG, "locale": tag, "locales": {tag: {"format": format_of(reader)}}}


@pytest.mark.parametrize("name", EVERY)
def test_figure_leaves_plotly_nothing_to_write(name: str) -> None:
    """Every trace has a name and finished words for its hover, every axis finished ticks; none is of dates."""
    made = figure({**all_charts(), **health_charts()}[name])
    for trace in made["data"]:
        assert trace.get("name") or trace["type"] == "heatmap"
        assert "%{x" not in trace["hovertemplate"]
        assert "%{y" not in trace["hovertemplate"]
        assert trace["hovertemplate"].endswith("<extra></extra>")
    for place, axis in made["layout"].items():
        if place.startswith(("xaxis", "yaxis")):
            assert axis["type"] in ("category", "linear")
            assert (axis["tickmode"], len(axis["tickvals"])) == ("array", len(axis["ticktext"]))
            assert axis["fixedrange"] is True
    assert GRAPH_CONFIG["displayModeBar"] is GRAPH_CONFIG["doubleClick"] is False
