"""The warning of a low balance: whether there is one, below what amount, and the form that sets it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dash import html
from dash.development.base_component import Component

from components.forms import build_field, build_form, field_id
from components.numbers import build_number
from components.states import build_icon
from portal.domain.account import Balance
from portal.i18n import fmt, t
from portal.i18n.bidi import ltr

FIELDS: Final = ("threshold",)


class LowBalanceIds(StrEnum):
    PLACE = "billing-low-balance"
    STANDING = "billing-low-balance-standing"
    FORM = "billing-low-balance-form"


def build_low_balance(balance: Balance | None, *, may_set: bool) -> Component | None:
    """The panel; nothing where the platform does not warn, or where nobody can say just now."""
    if balance is None or not balance.warns:
        return None
    heading = f"{LowBalanceIds.PLACE}-heading"
    return html.Section(
        [
            html.H2(t("billing.low.title"), className="panel-title", id=heading),
            html.Div(build_standing(balance), id=LowBalanceIds.STANDING, role="status"),
            _build_form(balance) if may_set else html.P(t("billing.low.who"), className="panel-note"),
        ],
        className="panel",
        **{"aria-labelledby": heading},
    )


def build_standing(balance: Balance) -> Component:
    """What is set, and whether it has come to that."""
    if balance.warns_below is None:
        return html.P(t("billing.low.none"), className="low-balance")
    amount = fmt.money(balance.warns_below, digits=fmt.exact_digits([balance.warns_below]))
    if not balance.low:
        return html.P(t("billing.low.below", amount=amount), className="low-balance")
    return html.P(
        [build_icon("exclamation-triangle"), html.Span(t("billing.low.now", amount=amount))],
        className="low-balance low-balance-now",
    )


def _build_form(balance: Balance) -> Component:
    form, currency = LowBalanceIds.FORM, balance.balance.currency
    below = balance.warns_below
    amount = build_number(
        field_id(form, "threshold"),
        None if below is None else below.amount,
        decimals=fmt.currency_digits(currency) if below is None else fmt.exact_digits([below]),
        class_name="low-balance-amount",
    )
    label = t("billing.low.field", currency=currency)
    return build_form(
        form,
        [build_field(form, "threshold", label, amount, help=t("billing.low.help", event=ltr("balance.low")))],
        t("billing.low.submit"),
    )
