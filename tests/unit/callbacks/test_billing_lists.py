"""The billing pages that are lists: what adds up, what leads where, and what is shown to whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from callbacks import billing_lists
from components.billing_lists import BillingListIds
from components.billing_tabs import TABS, TabsIds
from components.invoices import InvoiceIds
from portal import context
from portal.domain.actor import Actor
from portal.domain.billing import InvoiceStatus
from portal.domain.errors import Forbidden, NotFound, PortalError, Unauthenticated, UpstreamUnavailable
from portal.i18n import SUPPORTED, use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_billing import FakeBilling, detail, invoice
from tests.support.trees import nodes
from tests.unit.components.charts.test_card import words

LISTS: dict[str, tuple[Callable[[Mapping[str, str]], Any], str]] = {
    "invoices": (billing_lists.load_invoices, InvoiceIds.LIST),
    "ledger": (billing_lists.load_ledger, BillingListIds.LEDGER),
    "payments": (billing_lists.load_payments, BillingListIds.PAYMENTS),
    "prices": (billing_lists.load_prices, BillingListIds.PRICES),
}
EVERY = pytest.mark.parametrize("name", LISTS)
INVOICE = {"invoice_id": invoice(1).invoice_id}
TENANT = "00000000-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with use("en"):
        yield


@contextmanager
def asked_by(role: str = "owner", billing: FakeBilling | None = None, asker: Actor | None = None) -> Iterator[None]:
    who = asker or actor(roles=("customer", role))
    with context.use(actor=who, services=fake_services(billing=billing), request_id="req-5"):
        yield


def shown(name: str, params: Mapping[str, str] | None = None) -> Any:
    load, content_id = LISTS[name]
    return load(params or {})[content_id, "children"]


def show_invoice(params: Mapping[str, str] = INVOICE) -> Any:
    return billing_lists.load_invoice(params)[InvoiceIds.DETAIL, "children"]


def links(tree: Any) -> list[str]:
    return [node.href for node in nodes(tree) if getattr(node, "href", None)]


def amounts(tree: Any) -> list[Decimal]:
    """The last column, top to bottom: what a reader would add up."""
    rows = [node for node in nodes(tree) if type(node).__name__ == "Tr"][1:]
    return [Decimal(re.sub(r"[^\d.-]", "", words(row.children[-1]).replace("−", "-"))) for row in rows]


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_lines_add_up_to_the_total_as_they_are_printed(tag: str) -> None:
    with asked_by():
        *lines, below = amounts(show_invoice())
    assert len(lines) == 4
    assert sum(lines) == below == detail(1).invoice.total.amount
    with use(SUPPORTED[tag]), asked_by():
        assert words(show_invoice())


def test_page_of_an_invoice_is_headed_by_its_number() -> None:
    with asked_by():
        assert invoice(1).number in words(billing_lists.load_invoice(INVOICE)[InvoiceIds.NUMBER, "children"])


def test_lines_lead_to_exactly_the_messages_they_bill() -> None:
    with asked_by():
        found = [link for link in links(show_invoice()) if link.startswith("/messages")]
    assert found == [f"/messages?invoiceLineId={line.opens}" for line in detail(1).lines if line.opens]


def test_lines_of_an_account_looked_at_stay_with_it() -> None:
    with asked_by(asker=actor(None, roles=("tam",))):
        found = links(show_invoice({**INVOICE, "tenantId": TENANT}))
    assert found
    assert all(f"tenantId={TENANT}" in link for link in found)


def test_billing_contact_is_led_to_no_messages_and_told_no_message_ids() -> None:
    with asked_by("billing"):
        trees = [show_invoice(), *(shown(name) for name in LISTS)]
    assert not [link for tree in trees for link in links(tree) if link.startswith("/messages")]
    assert "msg_" not in "".join(str(tree) for tree in trees)


def test_ledger_leads_to_its_messages() -> None:
    with asked_by():
        assert [link for link in links(shown("ledger")) if link.startswith("/messages/msg_")]


@pytest.mark.parametrize("choice", ["", "credits", "messages", "nonsense"])
def test_ledger_shows_the_kinds_that_were_chosen_and_keeps_the_choice(choice: str) -> None:
    with asked_by(billing=FakeBilling(entries=600)):
        tree = shown("ledger", {"show": choice})
    text = words(tree)
    assert ("Top-up " in text.replace("Top-ups", "")) is (choice != "messages")
    assert ("Reserved" in text) is (choice != "credits")
    older = [link for link in links(tree) if "cursor=50" in link]
    assert len(older) == 1
    assert ("show=" in older[0]) is (choice in ("credits", "messages"))


def test_charge_of_a_reserved_price_is_not_shown_as_moving_the_balance() -> None:
    with asked_by():
        assert "AFN\xa00.3525, reserved before" in words(shown("ledger"))


def test_older_pages_lead_back_to_the_newest() -> None:
    with asked_by(billing=FakeBilling(invoices=[invoice(n) for n in range(60)])):
        first, second = shown("invoices"), shown("invoices", {"cursor": "50"})
    assert "/billing/invoices?cursor=50" in links(first)
    assert "/billing/invoices" not in links(first)
    assert "/billing/invoices" in links(second)
    assert not [link for link in links(second) if "cursor" in link]


@EVERY
def test_nothing_yet_says_what_comes_here(name: str) -> None:
    with asked_by(billing=FakeBilling(invoices=[], entries=0)):
        assert len(words(shown(name))) > 40


@pytest.mark.parametrize("params", [{}, {"tenantId": TENANT}], ids=["own", "looked at"])
def test_invoice_leads_to_its_file(params: dict[str, str]) -> None:
    with asked_by():
        head = billing_lists.load_invoice({**INVOICE, **params})[InvoiceIds.ACTIONS, "children"]
        query = f"?tenantId={TENANT}" if params else ""
        assert links(head) == [f"/billing/invoices/{INVOICE['invoice_id']}/pdf{query}"]
    with asked_by(billing=FakeBilling(error=UpstreamUnavailable())):
        assert billing_lists.load_invoice(INVOICE)[InvoiceIds.ACTIONS, "children"] is None


@EVERY
@pytest.mark.parametrize(
    ("error", "said"),
    [(NotFound(), "No invoices here"), (UpstreamUnavailable(request_id="req-9"), "req-9"), (PortalError(), "req-5")],
    ids=["no billing", "away", "refused"],
)
def test_what_cannot_be_had_says_why(name: str, error: PortalError, said: str) -> None:
    with asked_by(billing=FakeBilling(error=error)):
        assert said in words(shown(name))


def test_unknown_invoice_is_no_page_and_one_that_cannot_be_had_asks_again() -> None:
    with asked_by(), pytest.raises(NotFound):
        show_invoice({"invoice_id": "other"})
    with asked_by(billing=FakeBilling(error=UpstreamUnavailable())):
        assert f"/billing/invoices/{INVOICE['invoice_id']}" in links(show_invoice())


@EVERY
def test_ended_session_is_told_to_the_shell(name: str) -> None:
    with asked_by(billing=FakeBilling(error=Unauthenticated())), pytest.raises(Unauthenticated):
        shown(name)


@EVERY
@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_roles_without_invoices_are_asked_about_prices_only(name: str, role: str) -> None:
    billing = FakeBilling()
    with asked_by(role, billing):
        tree = shown(name)
    assert billing.calls == (1 if name == "prices" else 0)
    assert ("owners and billing contacts" in words(tree)) is (name != "prices")


@pytest.mark.parametrize(
    ("role", "tabs"), [("owner", list(TABS)), ("billing", list(TABS)), ("viewer", ["overview", "prices"])]
)
def test_tabs_lead_to_what_the_role_includes(role: str, tabs: list[str]) -> None:
    with asked_by(role):
        found = links(billing_lists.load_prices({})[TabsIds.TABS, "children"])
    assert found == [TABS[name] for name in tabs]


@pytest.mark.parametrize("status", list(InvoiceStatus))
@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_every_state_of_an_invoice_is_said_in_every_language(tag: str, status: InvoiceStatus) -> None:
    with use(SUPPORTED[tag]), asked_by(billing=FakeBilling(invoices=[invoice(0, status=status)])):
        assert words(shown("invoices"))
        for name in ("ledger", "payments", "prices"):
            assert words(shown(name))


def test_refusal_of_the_platform_is_a_refusal_here() -> None:
    with asked_by(billing=FakeBilling(error=Forbidden())):
        assert "owners and billing contacts" in words(shown("invoices"))
