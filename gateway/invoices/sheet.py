"""What stands on an invoice: every text and figure, finished, in one language. The template only lays it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.store.accounts import Account
from gateway.store.invoices import Invoice, Line
from gateway.texts import Language
from gateway.typesetting import figures

TEMPLATE = Path(__file__).with_name("invoice.typ")
PAGE, PAGES = "%page%", "%pages%"
_OWN_DIRECTION = "\u2068"  # UAX #9: in the direction of its first letter, whatever surrounds it


def sheet_of(invoice: Invoice, lines: Sequence[Line], account: Account, language: Language) -> dict[str, Any]:
    """All of it as JSON values. Amounts have as many decimals as make the lines add up to the total to the eye."""
    t = language.text
    tag, _, region = language.spoken.partition("-")
    places = figures.places_of([*(line.amount for line in lines), invoice.total], invoice.currency)
    prices = figures.places_of([line.unit_price for line in lines if line.unit_price is not None], invoice.currency)
    due = figures.places_of([invoice.amount_due], invoice.currency)
    zone = ZoneInfo(account.time_zone)
    facts = [
        _fact(
            t("billing.column.period"),
            [_days(invoice, language, figures.day), _days(invoice, language, figures.other_day)],
        ),
        _fact(t("billing.column.issued_on"), _day(invoice.issued_on, language)),
        _fact(t("billing.column.due_on"), _day(invoice.due_on, language)),
    ]
    if invoice.paid_at is not None:
        facts.append(_fact(t("billing.column.paid_at"), _day(invoice.paid_at.astimezone(zone).date(), language)))
    return {
        "language": tag,
        "region": region or None,
        "direction": language.dir,
        "brand": t("identity.brand"),
        "title": t("billing.column.invoice"),
        "number": invoice.number,
        "account": [t("invoice.billed_to"), f"{_OWN_DIRECTION}{account.name}{figures.END}"],
        "status": t(f"billing.status.{invoice.status}"),
        "facts": facts,
        "currency": invoice.currency,
        "columns": [
            t("billing.column.line"), t("billing.column.messages"), t("billing.column.segments"),
            t("billing.column.price"), t("billing.column.amount"),
        ],
        "lines": [
            [
                _name(line, language),
                figures.number(line.messages, language) if line.messages else "–",
                figures.number(line.segments, language) if line.segments else "–",
                figures.number(line.unit_price, language, prices) if line.unit_price is not None else "–",
                figures.number(line.amount, language, places),
            ]
            for line in lines
        ],
        "sums": [
            t("billing.sum"),
            figures.number(sum(line.messages for line in lines), language),
            figures.number(sum(line.segments for line in lines), language),
            figures.money(invoice.total, invoice.currency, language, places),
        ],
        "due": [t("billing.column.due"), figures.money(invoice.amount_due, invoice.currency, language, due)],
        "note": t(f"billing.state.{invoice.status}"),
        "page": t("invoice.page", page=PAGE, pages=PAGES),
        "page_numbers": "۱" if language.digits == "arabext" else "1",
    }  # fmt: skip


def _fact(label: str, values: Sequence[str | None]) -> list[Any]:
    return [label, [value for value in values if value is not None]]


def _day(value: dt.date, language: Language) -> list[str | None]:
    return [figures.day(value, language), figures.other_day(value, language)]


def _days(invoice: Invoice, language: Language, write: Any) -> str | None:
    start, end = write(invoice.period_start, language), write(invoice.period_end, language)
    return None if start is None else language.text("invoice.period", start=start, end=end)


def _name(line: Line, language: Language) -> str:
    if line.kind == "messages" and line.operator:
        operator = language.text("operator.other") if line.operator == "other" else line.operator
        country = f" {figures.LEFT_TO_RIGHT}({line.country}){figures.END}" if line.country else ""
        return language.text("billing.line.messages", operator=operator) + country
    return language.text("billing.line.late" if line.kind == "late" else "billing.line.other")
