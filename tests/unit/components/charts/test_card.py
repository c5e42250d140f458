from __future__ import annotations

from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from components.charts import Chart
from components.charts.card import BLANK, CardIds, build_card, build_words, card_values, drawn
from portal.domain.errors import Forbidden, PortalError, RateLimited, UpstreamUnavailable
from portal.i18n import SUPPORTED, use
from tests.unit.components.charts.drawings import NAMES, all_charts

IDS = CardIds("dashboard", "volume")


def everything(tree: Any) -> list[Component]:
    """A tree's components, the root first."""
    found = [tree] if isinstance(tree, Component) else []
    children = tree if isinstance(tree, (list, tuple)) else getattr(tree, "children", None)
    for child in children if isinstance(children, (list, tuple)) else [children]:
        if isinstance(child, (Component, list, tuple)):
            found += everything(child)
    return found


def words(tree: Any) -> str:
    """All text of a tree."""
    if isinstance(tree, Component):
        return words(getattr(tree, "children", ""))
    if isinstance(tree, (list, tuple)):
        return " ".join(words(child) for child in tree)
    return str(tree if tree is not None else "")


def of_type(tree: Any, kind: type) -> list[Any]:
    return [component for component in everything(tree) if isinstance(component, kind)]


def test_shell_has_every_component_that_gets_values() -> None:
    known = {getattr(component, "id", None) for component in everything(build_card(IDS, "Question"))}
    assert {component_id for component_id, _ in IDS.outputs()} <= known


def test_shell_holds_no_inline_style() -> None:
    assert not [component for component in everything(build_card(IDS, "Question")) if getattr(component, "style", None)]


@pytest.mark.parametrize("name", NAMES)
def test_values_of_a_chart_fill_the_card(name: str) -> None:
    chart = all_charts()[name]
    values = card_values(IDS, chart)
    assert list(values) == IDS.outputs()
    assert values[IDS.graph, "figure"] is chart
    assert values[IDS.title, "children"] == chart.title
    assert "is-blank" not in values[IDS.card, "className"]
    assert values[IDS.state, "children"] == []
    assert chart.summary in words(values[IDS.words, "children"])


def test_table_and_its_download_belong_to_the_graph() -> None:
    tree = everything(build_card(IDS, "Question"))
    props = [component.to_plotly_json()["props"] for component in tree]
    assert [found["data-chart-table"] for found in props if "data-chart-table" in found] == [IDS.graph]
    assert [found["data-table-csv"] for found in props if "data-table-csv" in found] == [f"{IDS.graph}-rows"]


def test_card_is_made_of_few_components() -> None:
    """Every component listens to every update of the page: rows of a table must not be components."""
    values = card_values(IDS, all_charts()["volume"])
    assert len(everything(build_card(IDS, "Question"))) + len(everything(list(values.values()))) < 50


def test_legend_entries_lead_to_one_status() -> None:
    chart = all_charts()["volume"]
    links = of_type(build_words(chart), dcc.Link)
    assert [link.href for link in links] == [chart.href(at, None) for at in range(len(chart.series))]


def test_incident_and_anomaly_are_said_beside_the_picture() -> None:
    charts = all_charts()
    assert charts["volume"].bands[0].text in words(build_words(charts["volume"]))
    assert charts["operators"].marks[0].text in words(build_words(charts["operators"]))


def test_failure_shows_its_request_and_another_try() -> None:
    values = card_values(IDS, None, UpstreamUnavailable(request_id="req-42"))
    state = values[IDS.state, "children"]
    assert "req-42" in words(state)
    assert [button.id for button in of_type(state, html.Button)] == [IDS.retry]
    assert values[IDS.graph, "figure"] == BLANK
    assert "is-blank" in values[IDS.card, "className"]


def test_missing_permission_offers_no_other_try() -> None:
    state = card_values(IDS, None, Forbidden())[IDS.state, "children"]
    assert not of_type(state, html.Button)


def test_empty_card_says_what_to_do() -> None:
    values = card_values(IDS, all_charts(empty=True)["volume"], advice="Send something.")
    assert "Send something." in words(values[IDS.state, "children"])
    assert values[IDS.title, "children"] == "No messages in this period"
    assert values[IDS.graph, "figure"] == BLANK


@pytest.mark.parametrize("error", [UpstreamUnavailable(), RateLimited(retry_after=3)])
def test_older_numbers_stay_and_are_marked_with_their_age(error: PortalError) -> None:
    chart = all_charts()["volume"]
    values = card_values(IDS, chart, error, age="Data from 5 minutes ago")
    assert values[IDS.graph, "figure"] is chart
    assert "Data from 5 minutes ago" in words(values[IDS.state, "children"])
    assert of_type(values[IDS.state, "children"], html.Button)


def test_values_for_a_callback_hold_figures() -> None:
    shown = drawn(card_values(IDS, all_charts()["volume"]))
    assert set(shown[IDS.graph, "figure"]) == {"data", "layout"}
    assert not [value for value in shown.values() if isinstance(value, Chart)]


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_card_speaks_every_language(tag: str) -> None:
    with use(SUPPORTED[tag]):
        for chart in all_charts().values():
            build_card(IDS, chart.question)
            card_values(IDS, chart)
            card_values(IDS, None, UpstreamUnavailable(request_id="r"))
