"""First data of the billing pages that are lists: invoices and one of them, ledger, payments, prices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dash import Dash
from dash.development.base_component import Component

from components.billing_lists import (
    LEDGER_CHOICES,
    BillingListIds,
    build_ledger,
    build_payments,
    build_prices,
)
from components.billing_tabs import TABS, TabsIds, address, build_tabs
from components.filters import today
from components.invoices import (
    InvoiceIds,
    build_billing_failure,
    build_download,
    build_invoice,
    build_invoices,
    build_number,
)
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, one
from portal.domain.permissions import Act, may

Values = dict[tuple[Any, str], Any]
INVOICE = f"{TABS['invoices']}/<invoice_id>"


def register(app: Dash) -> None:
    """Connect the pages; their filters and their older entries are addresses, so nothing else happens on them."""
    app.first_data(TABS["invoices"], load_invoices)
    app.first_data(INVOICE, load_invoice)
    app.first_data(TABS["ledger"], load_ledger)
    app.first_data(TABS["payments"], load_payments)
    app.first_data(TABS["prices"], load_prices)


def load_invoices(params: Params) -> Values:
    """Some invoices, newest first."""
    tenant, cursor = _tenant(params), _cursor(params)

    def draw() -> Component:
        page = services().billing.list_invoices(tenant, cursor=cursor, actor=actor())
        return build_invoices(page, today(), tenant, older=cursor is not None)

    return _values("invoices", InvoiceIds.LIST, tenant, draw)


def load_invoice(params: Params) -> Values:
    """One invoice. NotFound passes through: the page is then a 404."""
    tenant, invoice_id = _tenant(params), one(params, "invoice_id")

    head: Values = {(InvoiceIds.NUMBER, "children"): None, (InvoiceIds.ACTIONS, "children"): None}

    def draw() -> Component:
        found = services().billing.show_invoice(invoice_id, tenant, actor=actor())
        head[InvoiceIds.NUMBER, "children"] = build_number(found.invoice)
        head[InvoiceIds.ACTIONS, "children"] = build_download(found.invoice, tenant)
        return build_invoice(found, today(), tenant, opens_messages=may(actor(), Act.READ_MESSAGES))

    address_again = f"{TABS['invoices']}/{invoice_id}"
    return {**_values("invoices", InvoiceIds.DETAIL, tenant, draw, one_thing=address_again), **head}


def load_ledger(params: Params) -> Values:
    """Some of what moved the balance, newest first."""
    tenant, cursor, asked = _tenant(params), _cursor(params), one(params, "show")
    choice = asked if asked in LEDGER_CHOICES else ""

    def draw() -> Component:
        page = services().billing.list_ledger(tenant, kinds=LEDGER_CHOICES[choice], cursor=cursor, actor=actor())
        opens = may(actor(), Act.READ_MESSAGES)
        return build_ledger(page, choice, tenant, opens_messages=opens, older=cursor is not None)

    return _values("ledger", BillingListIds.LEDGER, tenant, draw)


def load_payments(params: Params) -> Values:
    """Some payments, newest first."""
    tenant, cursor = _tenant(params), _cursor(params)

    def draw() -> Component:
        page = services().billing.list_payments(tenant, cursor=cursor, actor=actor())
        return build_payments(page, tenant, older=cursor is not None)

    return _values("payments", BillingListIds.PAYMENTS, tenant, draw)


def load_prices(params: Params) -> Values:
    """What a segment costs."""
    tenant = _tenant(params)
    ask = partial(services().billing.list_prices, tenant, actor=actor())
    return _values("prices", BillingListIds.PRICES, tenant, lambda: build_prices(ask()))


def _values(
    tab: str, content_id: str, tenant: str | None, draw: Callable[[], Component], one_thing: str = ""
) -> Values:
    """The tabs, and what ``draw`` makes or why it cannot. ``one_thing``: the address of a page about one thing."""
    try:
        content = draw()
    except Unauthenticated:
        raise
    except PortalError as error:
        if one_thing and isinstance(error, NotFound):
            raise
        content = build_billing_failure(error, address(one_thing or TABS[tab], tenant), request_id())
    return {
        (content_id, "children"): content,
        (TabsIds.TABS, "children"): build_tabs(tab, tenant, actor=actor()),
    }


def _tenant(params: Params) -> str | None:
    return as_uuid(one(params, "tenantId"))


def _cursor(params: Params) -> str | None:
    return one(params, "cursor", longest=500) or None
