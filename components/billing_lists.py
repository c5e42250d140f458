"""What moved the balance, what was paid, and what a segment costs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.billing_tabs import TABS, address
from components.charts.operators import operator_name
from components.invoices import build_foot
from components.messages import build_code, build_short_id, build_time
from components.sheets import Column, build_sheet
from components.states import build_empty
from portal.domain.billing import LedgerEntry, LedgerKind, LedgerPage, PaymentPage, Price
from portal.i18n import fmt, t

#: Choice in the address → the kinds it shows.
LEDGER_CHOICES: Final[dict[str, tuple[LedgerKind, ...]]] = {
    "": (),
    "credits": (LedgerKind.TOPUP, LedgerKind.ADJUSTMENT, LedgerKind.SLA_CREDIT),
    "messages": (LedgerKind.RESERVE, LedgerKind.CHARGE, LedgerKind.REFUND),
}


class BillingListIds(StrEnum):
    LEDGER = "billing-ledger-content"
    PAYMENTS = "billing-payments-content"
    PRICES = "billing-prices-content"


def build_ledger(
    page: LedgerPage, choice: str, tenant_id: str | None, *, opens_messages: bool, older: bool
) -> Component:
    """Entries, newest first. Messages are links only for those who may read them, and are not named to others."""
    bar = _build_choices(choice, tenant_id)
    if not page.items:
        return html.Div([bar, build_empty(t("billing.ledger.none.title"), t("billing.ledger.none.advice"))])
    columns = [
        Column(t("billing.column.at")),
        Column(t("billing.column.kind")),
        Column(t("billing.column.description")),
        Column(t("billing.column.amount"), True),
    ]
    places = fmt.exact_digits([*(entry.amount for entry in page.items), *(entry.moved for entry in page.items)])
    rows = [
        [
            build_time(entry.at),
            t(f"billing.kind.{entry.kind}"),
            _describe(entry, tenant_id, opens_messages=opens_messages),
            _amount(entry, places),
        ]
        for entry in page.items
    ]
    more = [("show", choice)] if choice else []
    foot = build_foot(TABS["ledger"], len(page.items), page.next_cursor, tenant_id, *more, older=older)
    return html.Div([bar, build_sheet(t("billing.ledger.caption"), columns, rows), foot])


def _build_choices(choice: str, tenant_id: str | None) -> Component:
    links = []
    for name in LEDGER_CHOICES:
        chosen = name == choice
        href = address(TABS["ledger"], tenant_id, *([("show", name)] if name else []))
        link = dcc.Link(
            t(f"billing.show.{name or 'all'}"), href=href, className=f"segment{' active' if chosen else ''}"
        )
        links.append(html.Div(link, role="listitem", **(attributes(aria_current="true") if chosen else {})))
    return html.Div(
        html.Div(links, className="segments", role="list", **attributes(aria_label=t("billing.show"))),
        className="sheet-bar",
    )


def _describe(entry: LedgerEntry, tenant_id: str | None, *, opens_messages: bool) -> Any:
    if not entry.message_id:
        return html.Bdi(entry.description) if entry.description else "–"
    if not opens_messages:
        return t("billing.ledger.one_message")
    return dcc.Link(build_short_id(entry.message_id), href=address(f"/messages/{entry.message_id}", tenant_id))


def _amount(entry: LedgerEntry, places: int) -> Any:
    """What it did to the balance; a charge does nothing to it, since its price was reserved before."""
    if entry.amount:
        return fmt.money(entry.amount, digits=places)
    return html.Span(t("billing.ledger.moved", amount=fmt.money(entry.moved, digits=places)), className="sheet-note")


def build_payments(page: PaymentPage, tenant_id: str | None, *, older: bool) -> Component:
    """Payments, newest first."""
    if not page.items:
        return build_empty(t("billing.payments.none.title"), t("billing.payments.none.advice"), icon="credit-card")
    columns = [
        Column(t("billing.column.at")),
        Column(t("billing.column.reference")),
        Column(t("billing.column.amount"), True),
    ]
    places = fmt.exact_digits(payment.amount for payment in page.items)
    rows = [
        [
            build_time(payment.at),
            html.Bdi(payment.reference) if payment.reference else "–",
            fmt.money(payment.amount, digits=places),
        ]
        for payment in page.items
    ]
    foot = build_foot(TABS["payments"], len(page.items), page.next_cursor, tenant_id, older=older)
    return html.Div([build_sheet(t("billing.payments.caption"), columns, rows), foot])


def build_prices(prices: tuple[Price, ...]) -> Component:
    """What a segment costs, all with the same number of decimals so that they can be compared."""
    if not prices:
        return build_empty(t("billing.prices.none.title"), t("billing.prices.none.advice"), icon="tag")
    places = fmt.exact_digits(price.price for price in prices)
    columns = [
        Column(t("billing.column.operator")),
        Column(t("billing.column.country")),
        Column(t("billing.column.price"), True),
    ]
    rows = [
        [
            [
                html.Bdi(t("billing.any_operator") if price.operator == "*" else operator_name(price.operator)),
                html.Span(t("billing.own_price"), className="tag") if price.own else None,
            ],
            t("billing.any_country") if price.country == "*" else build_code(price.country),
            fmt.money(price.price, digits=places),
        ]
        for price in prices
    ]
    return build_sheet(t("billing.prices.caption"), columns, rows)
