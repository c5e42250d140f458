"""Billing: invoices and their lines, usage, ledger, prices, payments, the threshold of a low balance."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.accounts import WrittenIn
from gateway.api.models.analytics import Rate
from gateway.api.models.filters import PageQuery, TenantQuery
from gateway.api.models.links import LinkQuery
from gateway.api.models.shape import Answer, Body, Money, Query, Timestamp

LONGEST_USAGE_DAYS = 400
InvoiceStatus = Literal["draft", "open", "paid", "overdue", "void"]
EntryKind = Literal["topup", "reserve", "charge", "refund", "adjustment", "sla_credit"]
_THRESHOLD = r"^[0-9]{1,10}(\.[0-9]{1,4})?$"


def _plain(value: object) -> object:
    """pydantic reads `1700000000` as a date too; the contract knows YYYY-MM-DD only."""
    if isinstance(value, str) and not (len(value) == 10 and value[4] == "-" and value[7] == "-"):
        raise PydanticCustomError("date", "Give a date as YYYY-MM-DD.")
    return value


def _within_the_calendar(value: date | None) -> date | None:
    if value is not None and not 2000 <= value.year <= 2100:
        raise PydanticCustomError("date_range", "Give a date between 2000-01-01 and 2100-12-31.")
    return value


class InvoicesQuery(TenantQuery, PageQuery):
    status: list[InvoiceStatus] = Field(default_factory=list, max_length=5)


class InvoicePath(Query):
    invoice_id: UUID


class InvoicePdfQuery(TenantQuery):
    locale: WrittenIn = "en"


class InvoicePdfLinkQuery(LinkQuery):
    locale: WrittenIn


class InvoicePdf(Answer):
    url: str = Field(description="Signed; opens without a token until `expiresAt`.")
    expires_at: Timestamp


class MessagesOfLine(Answer):
    """Parameters of `GET /v1/messages`."""

    invoice_line_id: str


class InvoiceLine(Answer):
    line_id: str
    kind: Literal["messages", "other", "late"] = Field(
        description="`other`: charges that name no single messages; `late`: entered after their month was billed."
    )
    operator: str | None
    country: str | None
    messages: int
    segments: int
    unit_price: Money | None = Field(description="Per segment: `segments` times it is `amount`.")
    amount: Money
    message_filter: MessagesOfLine | None = Field(description="Opens exactly the messages of this line.")


class InvoiceItem(Answer):
    invoice_id: str
    number: str
    period_start: date
    period_end: date = Field(description="Inclusive.")
    status: InvoiceStatus
    issued_at: Timestamp
    issued_on: date
    due_on: date
    paid_at: Timestamp | None
    total: Money = Field(description="The sum of the lines, exact.")
    amount_due: Money = Field(description="What is left to pay, rounded up to what can be paid in the currency.")


class Invoice(InvoiceItem):
    lines: list[InvoiceLine]


class Invoices(Answer):
    items: list[InvoiceItem]
    next_cursor: str | None


class UsageQuery(TenantQuery):
    from_: date | None = Field(default=None, description="First local day; by default the first of the month of `to`.")
    to: date | None = Field(default=None, description="Last local day, inclusive; by default today.")

    plain = field_validator("from_", "to", mode="before")(_plain)
    within_the_calendar = field_validator("from_", "to")(_within_the_calendar)


class OperatorUsage(Answer):
    operator: str
    messages: int
    segments: int
    delivered: int
    spend: Money


class Usage(Answer):
    from_: date
    to: date
    messages: int
    segments: int
    delivered: int
    delivery_rate: Rate
    spend: Money = Field(description="The price of the messages submitted in the period.")
    by_operator: list[OperatorUsage]


class LedgerQuery(TenantQuery, PageQuery):
    kind: list[EntryKind] = Field(default_factory=list, max_length=6)
    start_date: date | None = Field(default=None, description="First local day.")
    end_date: date | None = Field(default=None, description="Last local day, inclusive.")

    plain = field_validator("start_date", "end_date", mode="before")(_plain)
    within_the_calendar = field_validator("start_date", "end_date")(_within_the_calendar)

    @field_validator("end_date")
    @classmethod
    def ordered(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("start_date")
        if value is not None and first is not None and value < first:
            raise PydanticCustomError("date_range", "'endDate' must not be before 'startDate'.")
        return value


class LedgerEntry(Answer):
    entry_id: str
    at: Timestamp
    kind: EntryKind
    amount: Money = Field(description="What it does to the balance; zero where a reserved price is charged.")
    moved: Money = Field(description="What goes from one account of the ledger to another; positive.")
    message_id: str | None
    description: str


class LedgerEntries(Answer):
    items: list[LedgerEntry]
    next_cursor: str | None


class PriceItem(Answer):
    country: str = Field(description="ISO 3166-1; `*` stands for every other one.")
    operator: str = Field(description="`*` stands for every other one of the country.")
    price: Money = Field(description="Per segment.")
    own: bool = Field(description="Agreed with this account, not of the general list.")


class Prices(Answer):
    items: list[PriceItem]
    next_cursor: None = Field(default=None, description="The list is whole.")


class PaymentsQuery(TenantQuery, PageQuery):
    pass


class PaymentItem(Answer):
    payment_id: str
    at: Timestamp
    amount: Money
    reference: str


class Payments(Answer):
    items: list[PaymentItem]
    next_cursor: str | None


def _with_pattern(schema: dict[str, Any]) -> None:
    schema["anyOf"][0]["pattern"] = _THRESHOLD


class LowBalanceBody(Body):
    threshold: str | None = Field(
        json_schema_extra=_with_pattern,
        examples=["500"],
        description="In the account's currency, with no more decimals than can be paid in it; null: tell nothing.",
    )

    @field_validator("threshold")
    @classmethod
    def an_amount(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(_THRESHOLD[1:-1], value, re.ASCII):
            raise PydanticCustomError("amount", "Give an amount such as 500 or 499.50.")
        return value
