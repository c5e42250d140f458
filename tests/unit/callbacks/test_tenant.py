"""One account at a glance: each card on its own, what its links open, and who it is for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from dash import no_update
from dash._callback_context import context_value
from dash._utils import AttributeDict
from dash.exceptions import PreventUpdate

from callbacks.tenant import ask_again, link_tickets, load_tenant
from components.charts import Chart
from components.kpi import kpi_id
from components.tenant import IDS, PANELS, TILES, TenantIds, tenant_outputs
from components.tickets import TicketsIds
from portal import context
from portal.domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated, UpstreamUnavailable
from portal.domain.tickets import Tickets, TicketsProblem, TicketsState
from portal.i18n import SUPPORTED, use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount, FakeAnalytics, actor
from tests.support.fakes_billing import FakeBilling
from tests.support.fakes_portfolio import FakePortfolio, tenant_id, tickets
from tests.support.trees import links, nodes, text

TAM = actor(None, roles=("tam",))
ADMIN = actor(None, roles=("platform_admin",))
FIRST = {"tenantId": tenant_id(0)}
AT = f"tenantId={tenant_id(0)}"
FIGURE = (IDS.card("operators").graph, "figure")


@contextmanager
def asked(who: Any = TAM, **ports: Any) -> Iterator[None]:
    token = context_value.set(AttributeDict(updated_props={}))
    try:
        with context.use(actor=who, services=fake_services(**ports)):
            yield
    finally:
        context_value.reset(token)


def tile(name: str) -> tuple[str, str]:
    return kpi_id(IDS.page, name), "children"


def shown(values: Any, name: TenantIds) -> str:
    return text(values[name, "children"])


def buttons(tree: Any) -> list[str]:
    return [node.id["card"] for node in nodes(tree) if isinstance(getattr(node, "id", None), dict)]


def test_one_screen_has_health_traffic_money_and_trouble() -> None:
    with asked():
        values = load_tenant(FIRST)
    assert set(values) == {*tenant_outputs(), (TicketsIds.LINK, "children")}
    assert values[TicketsIds.LINK, "children"] is None, "a TAM does not say which organisation it is"
    health = shown(values, TenantIds.HEALTH)
    assert "21.5" in health
    assert "At risk" in health
    assert "Delivery rate takes most" in health
    assert isinstance(values[FIGURE], Chart)
    assert "1,234.50" in text(values[tile("balance")])
    holds = values[TenantIds.HOLDS, "children"]
    assert links(holds)[-1] == f"/messages?{AT}&status=held"
    assert "12 messages" in text(holds)
    invoices = values[TenantIds.INVOICES, "children"]
    assert "2 invoices overdue" in text(invoices)
    assert links(invoices)[-1] == f"/billing/invoices?{AT}"


def test_page_costs_seven_questions() -> None:
    analytics, account, billing, accounts = FakeAnalytics(), FakeAccount(), FakeBilling(), FakePortfolio()
    with asked(analytics=analytics, account=account, billing=billing, portfolio=accounts):
        load_tenant(FIRST)
    assert len(analytics.calls) + len(account.calls) + billing.calls + len(accounts.told) == 7


def test_what_went_wrong_is_said_with_the_page_that_shows_it() -> None:
    with asked():
        found = load_tenant(FIRST)[TenantIds.INCIDENTS, "children"]
    assert links(found) == [
        f"/analytics?operator=Roshan&{AT}",
        f"/webhooks/00000000-0000-7000-9000-000000000000?{AT}",
        f"/api-keys?{AT}",
        f"/billing?{AT}",
        f"/analytics?{AT}",
        f"/billing/invoices?{AT}",
    ]
    words = text(found)
    assert "expected 95.1" in words
    assert "answered that it is gone" in words
    assert "Operator outage" in words
    with asked():
        quiet = load_tenant({"tenantId": tenant_id(1)})[TenantIds.INCIDENTS, "children"]
    assert "Roshan" in text(quiet), "a rate is unusual whatever the platform wrote down"


@pytest.mark.parametrize(
    ("ports", "cards", "tiles"),
    [
        ({"portfolio": FakePortfolio(no_overview=UpstreamUnavailable(request_id="up-1"))}, {"health", "incidents"}, set()),
        ({"portfolio": FakePortfolio(no_tickets=UpstreamUnavailable(request_id="up-1"))}, {"tickets"}, set()),
        ({"billing": FakeBilling(error=UpstreamUnavailable(request_id="up-1"))}, {"invoices"}, set()),
        ({"account": FakeAccount(failing={"balance": UpstreamUnavailable(request_id="up-1")})}, set(), {"balance"}),
        (
            {"analytics": FakeAnalytics(failing={"summary": UpstreamUnavailable(request_id="up-1")})},
            {"holds"},
            {"volume", "rate", "spend"},
        ),
        ({"analytics": FakeAnalytics(failing={"breakdown": UpstreamUnavailable(request_id="up-1")})}, set(), set()),
    ],
    ids=["overview", "tickets", "invoices", "balance", "summary", "operators"],
)  # fmt: skip
def test_card_that_fails_says_so_and_can_be_asked_again_while_the_rest_stands(
    ports: dict[str, Any], cards: set[str], tiles: set[str]
) -> None:
    with asked(**ports):
        values = load_tenant(FIRST)
    failed = {name.value.removeprefix("tenant-") for name in PANELS if buttons(values[name, "children"])}
    assert failed == cards
    assert {name for name in TILES if buttons(values[tile(name)])} == tiles
    for name in cards:
        assert "up-1" in text(values[f"tenant-{name}", "children"])
    broken = not isinstance(values[FIGURE], Chart)
    assert broken is ("analytics" in ports and not tiles)
    if broken:
        assert "could not be asked" in shown(values, TenantIds.INCIDENTS)


def test_account_without_a_night_invoices_or_trouble_says_so() -> None:
    with asked(billing=FakeBilling(invoices=[]), analytics=FakeAnalytics(empty=True)):
        values = load_tenant({"tenantId": tenant_id(7)})
    assert "No score" in shown(values, TenantIds.HEALTH)
    assert "Nothing out of the ordinary" in shown(values, TenantIds.INCIDENTS)
    assert "No invoices yet" in shown(values, TenantIds.INVOICES)


def shown_tickets(found: Tickets) -> Any:
    with asked(portfolio=FakePortfolio(tickets=found)):
        return load_tenant(FIRST)[TenantIds.TICKETS, "children"]


def test_tickets_say_how_they_stand_in_words_and_open_in_a_new_tab() -> None:
    found = shown_tickets(tickets())
    opened = [node for node in nodes(found) if type(node).__name__ == "A"]
    assert len(opened) == len(tickets().items) - 1, "one opens nowhere"
    assert {(node.target, node.rel) for node in opened} == {("_blank", "noopener noreferrer")}
    words = text(found)
    for word in ("Waiting for the customer", "On hold", "Solved", "Urgent", "Low", "Ticket 8999"):
        assert word in words
    assert "does not answer" not in words


@pytest.mark.parametrize("problem", list(TicketsProblem))
def test_support_system_that_does_not_say_is_a_quiet_notice_above_what_it_said_last(problem: TicketsProblem) -> None:
    known = tickets(TicketsState.UNAVAILABLE, problem=problem)
    words = text(shown_tickets(known))
    assert "Zendesk" in words
    assert "These are of" in words
    assert "Codes arrive late" in words
    never = text(shown_tickets(replace(known, items=(), as_of=None, source="of_tomorrow")))
    assert "Nothing is known yet" in never
    assert "The support system" in never


def test_no_tickets_no_link_and_no_system_are_told_apart() -> None:
    assert "never asked for support" in text(shown_tickets(tickets(items=())))
    assert "Not linked" in text(shown_tickets(Tickets(TicketsState.NOT_LINKED, "zendesk")))
    assert "No support system" in text(shown_tickets(Tickets(TicketsState.NOT_CONFIGURED)))
    assert "Invented" in text(shown_tickets(tickets(source="demo")))


def test_admin_says_which_organisation_it_is_and_sees_its_tickets() -> None:
    port = FakePortfolio(tickets=Tickets(TicketsState.NOT_LINKED, "zendesk"))
    with asked(ADMIN, portfolio=port):
        form = load_tenant(FIRST)[TicketsIds.LINK, "children"]
        assert form.open
        assert link_tickets(None, f"?{AT}", "acme") == [no_update] * 3
        found, *said = link_tickets(1, f"?{AT}", " acme ")
        assert "Codes arrive late" in text(found)
        assert said == [None, None]
        assert "Not linked" in text(link_tickets(1, f"?{AT}", "  ")[0])
        port.no_link = InvalidInput(codes={"organisation": "too_long"})
        kept, *said = link_tickets(1, f"?{AT}", "x" * 201)
    assert kept is no_update
    assert text(said)
    with asked(ADMIN, portfolio=FakePortfolio(tickets=Tickets(TicketsState.NOT_CONFIGURED))):
        assert load_tenant(FIRST)[TicketsIds.LINK, "children"] is None


def test_nobody_but_an_admin_links_tickets() -> None:
    port = FakePortfolio(tickets=Tickets(TicketsState.NOT_LINKED, "zendesk"))
    for who in (TAM, actor()):
        with asked(who, portfolio=port):
            assert link_tickets(1, f"?{AT}", "acme")[0] is no_update
    assert port.tickets is not None
    assert port.tickets.organisation is None


@pytest.mark.parametrize("params", [{}, {"tenantId": "x"}, {"tenantId": tenant_id(900)}])
def test_account_that_is_not_theirs_is_no_page(params: dict[str, str]) -> None:
    with asked(), pytest.raises(NotFound):
        load_tenant(params)


def test_customer_is_refused_before_anything_is_asked() -> None:
    with asked(actor()), pytest.raises(Forbidden):
        load_tenant(FIRST)


def test_refused_token_passes_through_to_sign_in() -> None:
    with asked(portfolio=FakePortfolio(error=Unauthenticated())), pytest.raises(Unauthenticated):
        load_tenant(FIRST)


def test_pressed_button_asks_everything_again_and_one_that_was_only_drawn_nothing() -> None:
    with asked():
        with pytest.raises(PreventUpdate):
            ask_again([None], f"?{AT}")
        values = dict(zip(tenant_outputs(), ask_again([None, 1], f"?{AT}"), strict=True))
    assert "21.5" in shown(values, TenantIds.HEALTH)
    assert json.dumps(values[FIGURE]["layout"]["meta"]["chart"]) == '"operators"'


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_page_speaks_every_language(tag: str) -> None:
    with asked(), use(SUPPORTED[tag]):
        for number in (0, 7, 8):
            load_tenant({"tenantId": tenant_id(number)})
        for problem in TicketsProblem:
            shown_tickets(tickets(TicketsState.UNAVAILABLE, problem=problem))
