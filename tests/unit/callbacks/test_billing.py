"""The billing overview: each part for itself, by role, and figures that add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from dash import no_update
from dash._callback_context import context_value
from dash._utils import AttributeDict

import callbacks.billing
from components.billing import CHARTS, IDS, TILES, BillingIds
from components.forms import submit_id
from components.kpi import kpi_id
from components.low_balance import LowBalanceIds
from portal import context
from portal.domain.errors import NotFound, PortalError, UpstreamUnavailable
from portal.domain.money import Money
from portal.i18n import use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount, FakeAnalytics, actor
from tests.support.fakes_billing import FakeBilling, invoice
from tests.support.trees import nodes
from tests.unit.components.charts.test_card import words

USAGE, TO_PAY = (BillingIds.USAGE, "children"), (BillingIds.TO_PAY, "children")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with use("en"):
        yield


@contextmanager
def shown_to(
    role: str = "owner",
    *,
    billing: FakeBilling | None = None,
    analytics: FakeAnalytics | None = None,
    account: FakeAccount | None = None,
) -> Iterator[dict[Any, Any]]:
    services = fake_services(billing=billing, analytics=analytics, account=account)
    with context.use(actor=actor(roles=("customer", role)), services=services):
        yield callbacks.billing.load_billing({})


def links(values: dict[Any, Any]) -> set[str]:
    charts = [values[IDS.card(name).graph, "figure"] for name in CHARTS]
    found = {chart.href(0, at) for chart in charts for at in range(len(chart.x.keys))}
    found |= {chart.href(None, None) for chart in charts}
    for value in values.values():
        found |= {getattr(node, "href", None) for node in nodes(value)}
    return {link for link in found if link}


def test_charts_lead_to_the_messages_they_count() -> None:
    with shown_to("owner") as values:
        assert any(link.startswith("/messages?") and "operator=AWCC" in link for link in links(values))


@pytest.mark.parametrize("role", ["billing"])
def test_billing_contact_is_led_to_no_messages(role: str) -> None:
    with shown_to(role) as values:
        assert not [link for link in links(values) if "/messages" in link]
        assert "INV-2026-10-0007" in words(values[TO_PAY])


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_invoices_are_not_even_asked_for_where_the_role_has_none(role: str) -> None:
    billing = FakeBilling()
    with shown_to(role, billing=billing) as values:
        assert billing.calls == 0
        assert "owners and billing contacts" in words(values[TO_PAY])
        assert "AWCC" in words(values[USAGE])


@pytest.mark.parametrize(
    ("error", "said"),
    [(NotFound(), "No invoices here"), (UpstreamUnavailable(request_id="req-9"), "req-9"), (PortalError(), "refused")],
    ids=["no billing", "away", "refused"],
)
def test_invoices_that_cannot_be_had_leave_the_rest(error: PortalError, said: str) -> None:
    with shown_to(billing=FakeBilling(error=error)) as values:
        assert said in words(values[TO_PAY])
        assert "AWCC" in words(values[USAGE])


def test_operators_that_cannot_be_had_leave_the_rest() -> None:
    failing = FakeAnalytics(failing={"breakdown": UpstreamUnavailable(request_id="req-7")})
    with shown_to(analytics=failing) as values:
        assert "req-7" in words(values[USAGE])
        assert "req-7" in words(values[IDS.card("operator_costs").state, "children"])
        assert "INV-" in words(values[TO_PAY])
        assert "–" not in words(values[kpi_id(IDS.page, "spend"), "children"])


def test_balance_that_cannot_be_had_leaves_the_rest() -> None:
    with shown_to(account=FakeAccount(failing={"balance": UpstreamUnavailable()})) as values:
        tiles = {name: words(values[kpi_id(IDS.page, name), "children"]) for name in TILES}
        assert "–" in tiles["balance"]
        assert "–" in tiles["forecast"]
        assert "AFN" in tiles["spend"]


def test_nothing_to_pay_is_good_news() -> None:
    with shown_to(billing=FakeBilling(invoices=[invoice(5)])) as values:
        assert "Nothing to pay" in words(values[TO_PAY])


def test_most_urgent_invoice_is_first_and_says_how_late_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    today = dt.date(2026, 11, 20)
    monkeypatch.setattr("components.billing_query.today", lambda: today)
    late = invoice(1, due_on=today - dt.timedelta(days=3))
    soon = invoice(0, due_on=today)
    with shown_to(billing=FakeBilling(invoices=[soon, late])) as values:
        text = words(values[TO_PAY])
        assert text.index(late.number) < text.index(soon.number)
        assert "3 days overdue" in text
        assert "today" in text
        assert "Overdue" in text


def test_amount_to_pay_is_what_is_left_not_what_was_charged() -> None:
    part_paid = invoice(0, due=Money(Decimal("12.5000"), "AFN"))
    with shown_to(billing=FakeBilling(invoices=[part_paid])) as values:
        assert "12.50" in words(values[TO_PAY])
        assert "41,827" not in words(values[TO_PAY])


PLACE = (LowBalanceIds.PLACE, "children")


@pytest.mark.parametrize(("role", "may_set"), [("owner", True), ("billing", True), ("developer", False)])
def test_alert_is_shown_to_everybody_and_set_by_whoever_may(role: str, may_set: bool) -> None:
    with shown_to(role) as values:
        assert "below AFN\xa0500.00" in words(values[PLACE])
        forms = [node for node in nodes(values[PLACE]) if getattr(node, "id", None) == submit_id(LowBalanceIds.FORM)]
        assert bool(forms) is may_set


def test_balance_below_the_alert_is_said_on_panel_and_tile() -> None:
    with shown_to(account=FakeAccount(balance_amount="499.9999")) as values:
        assert "Top up" in words(values[PLACE])
        assert "text-danger-emphasis" in str(values[kpi_id(IDS.page, "balance"), "children"])


def test_platform_that_does_not_warn_has_no_panel() -> None:
    with shown_to(account=FakeAccount(warns=False)) as values:
        assert values[PLACE] is None


@contextmanager
def setting(role: str, billing: FakeBilling) -> Iterator[None]:
    with context.use(actor=actor(roles=("customer", role)), services=fake_services(billing=billing)):
        token = context_value.set(AttributeDict(updated_props={}))
        try:
            yield
        finally:
            context_value.reset(token)


@pytest.mark.parametrize(
    ("typed", "below"), [("1,500.50", "1500.50"), ("۱۵۰۰٫۵", "1500.5"), ("0", "0"), (" ", None), ("", None)]
)
def test_alert_is_set_to_what_was_typed(typed: str, below: str | None) -> None:
    billing = FakeBilling(threshold=Decimal(7))
    with setting("billing", billing):
        standing, tile, *problems = callbacks.billing.set_low_balance(1, typed)
    assert billing.threshold == (None if below is None else Decimal(below))
    assert ("No alert" in words(standing)) is (below is None)
    assert "1,234.50" in words(tile)
    assert problems == [None, None]


@pytest.mark.parametrize("typed", ["1,5", "five", "-1", "1.2.3", "1e3", "٫"])
def test_what_is_no_amount_is_said_beside_the_field_and_sent_nowhere(typed: str) -> None:
    billing = FakeBilling()
    with setting("owner", billing):
        answer = callbacks.billing.set_low_balance(1, typed)
    assert billing.calls == 0
    assert answer[0] is no_update
    assert "such as 500" in words(answer[3])


def test_alert_is_not_set_by_whoever_may_not() -> None:
    billing = FakeBilling()
    with setting("developer", billing):
        callbacks.billing.set_low_balance(1, "5")
    assert billing.calls == 0
