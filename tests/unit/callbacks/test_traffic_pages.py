"""The dashboard and the analytics page: their first data, their renewal, their shells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from dash import no_update
from dash._callback_context import context_value
from dash._utils import AttributeDict
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

import callbacks.analytics
import callbacks.billing
import callbacks.dashboard
from components import analytics, billing, dashboard
from components.charts import Chart
from components.filters import read_query
from components.kpi import kpi_id
from portal import context
from portal.domain.errors import Forbidden, Unauthenticated, UpstreamUnavailable
from portal.i18n import SUPPORTED, use
from portal.services.analytics import AnalyticsService
from portal.services.billing import BillingService
from tests.support.fakes_analytics import FakeAccount, FakeAnalytics, actor
from tests.support.fakes_billing import FakeBilling
from tests.unit.components.charts.test_card import everything, words

PAGES = {
    "dashboard": (callbacks.dashboard, dashboard, dashboard.build_dashboard, dashboard.dashboard_outputs),
    "analytics": (callbacks.analytics, analytics, analytics.build_analytics, analytics.analytics_outputs),
    "billing": (callbacks.billing, billing, billing.build_billing, billing.billing_outputs),
}
SEARCH = "?from=2026-11-01&to=2026-11-20"
PARAMS = {"from": "2026-11-01", "to": "2026-11-20"}


class World:
    def __init__(self) -> None:
        self.port, self.account = FakeAnalytics(), FakeAccount()
        analytics_service = AnalyticsService(self.port, self.account)
        self.services = context.Services(
            analytics=analytics_service,
            messages=None,
            account=None,
            api_keys=None,
            exports=None,
            views=None,
            own_account=None,
            webhooks=None,
            billing=BillingService(FakeBilling(), analytics_service, self.account),
            sending=None,
            portfolio=None,
            report_checks=None,
            tenants=None,
            health=None,
            notes=None,
            audit=None,
            assignments=None,
            qbr=None,
        )


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with context.use(actor=actor(), services=made.services):
        yield made


@contextmanager
def triggered_by(prop_id: str) -> Iterator[None]:
    token = context_value.set(AttributeDict(triggered_inputs=[{"prop_id": prop_id, "value": 1}]))
    try:
        yield
    finally:
        context_value.reset(token)


def button(page: str) -> str:
    return json.dumps({"card": "operators", "page": page, "type": "card-retry"}, separators=(",", ":")) + ".n_clicks"


def load(module: ModuleType, page: str) -> dict[Any, Any]:
    found: dict[Any, Any] = getattr(module, f"load_{page}")(PARAMS)
    return found


def renew(module: ModuleType, page: str, *, by: str, presses: list[int | None], revision: int | None) -> list[Any]:
    with triggered_by(by):
        shown = getattr(module, f"renew_{page}")(1, presses, SEARCH, revision)
    return [shown.get(output, no_update) for output in PAGES[page][3]()]


@pytest.mark.parametrize("page", PAGES)
def test_shell_has_every_component_that_gets_values(page: str, world: World) -> None:
    module, _, build, outputs = PAGES[page]
    tree: Component = build(read_query(PARAMS))
    known = {str(getattr(component, "id", "")) for component in everything(tree)}
    wanted = {str(component_id) for component_id, _ in [*outputs(), *load(module, page)]}
    assert wanted <= known


@pytest.mark.parametrize("page", PAGES)
def test_first_data_and_renewal_say_the_same(page: str, world: World) -> None:
    module, _, _, outputs = PAGES[page]
    first = load(module, page)
    again = renew(module, page, by=f"{page}-live.n_intervals", presses=[], revision=world.port.revision_number - 1)
    for output, value in zip(outputs(), again, strict=True):
        if output[1] == "figure":
            assert isinstance(first[output], Chart)
            assert value["layout"]["meta"]["chart"] == first[output].id
        elif not output[0].endswith("updated"):
            assert str(first[output]) == str(value), output


@pytest.mark.parametrize("page", PAGES)
def test_tick_without_news_changes_nothing(page: str, world: World) -> None:
    module = PAGES[page][0]
    with pytest.raises(PreventUpdate):
        renew(module, page, by=f"{page}-live.n_intervals", presses=[], revision=world.port.revision_number)
    assert world.port.calls == ["revision"]


@pytest.mark.parametrize("page", PAGES)
def test_tick_while_the_platform_is_away_changes_nothing(page: str, world: World) -> None:
    world.port.failing["revision"] = UpstreamUnavailable()
    with pytest.raises(PreventUpdate):
        renew(PAGES[page][0], page, by=f"{page}-live.n_intervals", presses=[], revision=1)


@pytest.mark.parametrize("page", PAGES)
def test_tick_of_an_ended_session_says_so(page: str, world: World) -> None:
    world.port.failing["revision"] = Unauthenticated()
    with pytest.raises(Unauthenticated):
        renew(PAGES[page][0], page, by=f"{page}-live.n_intervals", presses=[], revision=1)


@pytest.mark.parametrize("page", PAGES)
def test_pressed_button_asks_again_without_news(page: str, world: World) -> None:
    by = button(page)
    shown = renew(PAGES[page][0], page, by=by, presses=[None, 1], revision=world.port.revision_number)
    assert not [value for value in shown if value is no_update]


@pytest.mark.parametrize("page", PAGES)
def test_button_that_has_only_been_drawn_asks_nothing(page: str, world: World) -> None:
    by = button(page)
    with pytest.raises(PreventUpdate):
        renew(PAGES[page][0], page, by=by, presses=[None], revision=None)
    assert world.port.calls == []


@pytest.mark.parametrize("page", ["dashboard", "analytics"])
@pytest.mark.parametrize("call", ["volume", "deliveryRate", "breakdown", "top:errorCode", "heatmap", "summary"])
def test_failing_call_spoils_its_own_parts_only(page: str, call: str, world: World) -> None:
    module, built, _, _ = PAGES[page]
    world.port.failing[call] = UpstreamUnavailable(request_id="req-77")
    values = load(module, page)
    failed = [name for name in built.CHARTS if not isinstance(values[built.IDS.card(name).graph, "figure"], Chart)]
    assert len(failed) == (0 if call == "summary" else 1)
    for name in failed:
        assert "req-77" in words(values[built.IDS.card(name).state, "children"])


def test_key_figures_say_value_change_and_runway(world: World) -> None:
    values = load(callbacks.dashboard, "dashboard")
    tiles = {name: words(values[kpi_id("dashboard", name), "children"]) for name in dashboard.TILES}
    assert "2,000" in tiles["volume"]
    assert "25.0% more than before" in tiles["volume"]
    assert "91.8%" in tiles["rate"]
    assert "1.2 points worse than before" in tiles["rate"]
    assert "lasts 12 days" in tiles["balance"]
    assert "700.00" in tiles["spend"]


@pytest.mark.parametrize(
    ("amount", "days", "said"),
    [("0.0000", 0.0, "used up"), ("50.0000", 1.0, "lasts 1 day"), ("50.0000", None, "No spend to estimate from")],
)
def test_runway_is_said_for_every_balance(world: World, amount: str, days: float | None, said: str) -> None:
    world.account.balance_amount, world.account.runway_days = amount, days
    values = load(callbacks.dashboard, "dashboard")
    assert said in words(values[kpi_id("dashboard", "balance"), "children"])


def test_balance_that_one_may_not_see_leaves_the_other_tiles(world: World) -> None:
    world.account.failing["balance"] = Forbidden()
    values = load(callbacks.dashboard, "dashboard")
    assert "2,000" in words(values[kpi_id("dashboard", "volume"), "children"])
    assert "–" in words(values[kpi_id("dashboard", "balance"), "children"])


@pytest.mark.parametrize("page", PAGES)
def test_empty_account_is_told_what_to_do(page: str, world: World) -> None:
    module, built, _, _ = PAGES[page]
    world.port.empty = True
    values = load(module, page)
    for name in built.CHARTS:
        assert words(values[built.IDS.card(name).state, "children"]), name


@pytest.mark.parametrize("tag", list(SUPPORTED))
@pytest.mark.parametrize("page", PAGES)
def test_pages_speak_every_language(page: str, tag: str, world: World) -> None:
    with use(SUPPORTED[tag]):
        PAGES[page][2](read_query(PARAMS))
        load(PAGES[page][0], page)
