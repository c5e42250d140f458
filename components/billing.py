"""The billing overview: what is left, what this month costs and for whom, and what is to be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

from dash import dcc, html
from dash.development.base_component import Component

from components.billing_tabs import build_tabs_room
from components.charts.card import Values
from components.charts.operators import operator_name
from components.filters import period_text
from components.invoices import build_to_pay, build_to_pay_waiting
from components.key_figures import balance_figure, spend_figure, volume_figure
from components.kpi import Kpi, build_tile, kpi_id, tile_failure, tile_value
from components.low_balance import LowBalanceIds
from components.page import page_header
from components.sheets import Column, build_sheet
from components.states import build_empty, build_error, build_skeleton
from components.traffic import Answers, PageIds, Part, build_cards, build_live_parts, build_updated, page_values
from portal.domain.account import Balance
from portal.domain.analytics import Breakdown, BreakdownItem, Summary
from portal.domain.billing import InvoicePage, days_left, forecast
from portal.domain.errors import PortalError
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, t

PATH: Final = "/billing"
IDS: Final = PageIds("billing")
TILES: Final = ("balance", "spend", "forecast", "volume")
CHARTS: Final = ("spend", "operator_costs", "sender_costs")


class BillingIds(StrEnum):
    """``ADDRESS`` is a store with the address's query, which says whose page it is."""

    ADDRESS = "billing-address"
    USAGE = "billing-usage"
    TO_PAY = "billing-to-pay"


class Overview(Protocol):
    """What the billing service found out."""

    @property
    def costs(self) -> Answers: ...
    @property
    def balance(self) -> Any: ...
    @property
    def to_pay(self) -> Any: ...


def build_billing(query: AnalyticsQuery) -> Component:
    """The page without its data; everything has its final size."""
    return html.Div(
        [
            page_header(
                t("billing.title"), t("billing.lead", period=period_text(query.period)), actions=[build_updated(IDS)]
            ),
            build_tabs_room(),
            html.Div(
                [html.Div(build_tile(IDS.page, name), className="col-12 col-sm-6 col-xl-3") for name in TILES],
                className="row g-3",
            ),
            html.Div(
                [
                    build_cards(IDS, (("spend", "col-12 col-xl-7"), ("operator_costs", "col-12 col-xl-5"))),
                    html.Div(
                        [
                            html.Div(
                                [
                                    _panel("billing.to_pay", BillingIds.TO_PAY),
                                    html.Div(id=LowBalanceIds.PLACE, className="low-balance-place"),
                                ],
                                className="col-12 col-xl-7 billing-stack",
                            ),
                            html.Div(build_cards(IDS, (("sender_costs", "col-12"),)), className="col-12 col-xl-5"),
                        ],
                        className="row g-3",
                    ),
                    _panel("billing.usage", BillingIds.USAGE),
                ],
                className="vstack gap-3",
            ),
            *build_live_parts(IDS),
            dcc.Store(id=BillingIds.ADDRESS, data=f"?tenantId={query.tenant_id}" if query.tenant_id else ""),
        ],
        className="page",
    )


def _panel(key: str, component_id: str) -> Component:
    heading = f"{component_id}-heading"
    return html.Section(
        [
            html.H2(t(f"{key}.title"), className="sheet-title", id=heading),
            html.Div(build_to_pay_waiting() if component_id == BillingIds.TO_PAY else _waiting(), id=component_id),
        ],
        className="panel panel-flush sheet-panel",
        **{"aria-labelledby": heading},
    )


def _waiting() -> Component:
    return build_skeleton(7, className="sheet-waiting")


def billing_outputs() -> list[tuple[Any, str]]:
    """What :func:`billing_values` sets, in a fixed order."""
    return [
        *((kpi_id(IDS.page, name), "children") for name in TILES),
        *IDS.outputs(CHARTS),
        (BillingIds.USAGE, "children"),
        (BillingIds.TO_PAY, "children"),
    ]


def billing_values(found: Overview, query: AnalyticsQuery, now: dt.datetime, request_id: str = "") -> Values:
    """Everything the page shows, for its first data and for every renewal alike."""
    costs = found.costs
    values = page_values(IDS, CHARTS, costs, query, now)
    summary: Part = costs.summary  # type: ignore[attr-defined]
    for name, build in (("spend", spend_figure), ("volume", volume_figure)):
        missing = summary.value is None
        body = tile_failure(summary.error or PortalError()) if missing else tile_value(build(costs, query))
        values[kpi_id(IDS.page, name), "children"] = body
    values[kpi_id(IDS.page, "balance"), "children"] = balance_tile(found.balance.value, found.balance.error)
    values[kpi_id(IDS.page, "forecast"), "children"] = _forecast(summary, found.balance, query)
    values[BillingIds.USAGE, "children"] = _usage(costs, request_id)
    page: InvoicePage | None = found.to_pay.value
    values[BillingIds.TO_PAY, "children"] = build_to_pay(
        page, found.to_pay.error, query.period.end, query.tenant_id, request_id
    )
    return values


def balance_tile(found: Balance | None, error: PortalError | None = None) -> list[Component]:
    return tile_failure(error or PortalError()) if found is None else tile_value(balance_figure(found))


def _forecast(summary: Part, balance: Part, query: AnalyticsQuery) -> list[Component]:
    """What the month is going to cost: needs both what it has cost and what a day costs."""
    if summary.value is None or balance.value is None:
        return tile_failure(summary.error or balance.error or PortalError())
    spent: Summary = summary.value
    known: Balance = balance.value
    today = query.period.end
    expected = forecast(spent.totals.spend, known.average_daily_spend, today)
    short = expected.amount - spent.totals.spend.amount > known.balance.amount
    said = t("billing.forecast.short") if short else t("billing.forecast.days", count=days_left(today))
    return tile_value(Kpi(value=fmt.money(expected), change=said, meaning="bad" if short else "neutral"))


def _usage(costs: Answers, request_id: str) -> Component:
    """This month by operator, with the sum of it: the same numbers as in the charts, for reading and adding up."""
    part: Part = costs.operators  # type: ignore[attr-defined]
    found: Breakdown | None = part.value
    if found is None:
        retry = html.A(t("state.retry"), href=PATH, className="btn btn-outline-secondary")
        return build_error(part.error or PortalError(), retry=retry, request_id=request_id)
    rows = sorted((item for item in found.items if item.messages), key=lambda item: (-item.spend.amount, item.key))
    if not rows:
        return build_empty(t("billing.usage.none.title"), t("billing.usage.none.advice"))
    summary: Summary | None = costs.summary.value  # type: ignore[attr-defined]
    return build_sheet(t("billing.usage.caption"), _columns(), _cells(rows, summary), foot=summary is not None)


def _columns() -> list[Column]:
    names = (("operator", False), ("messages", True), ("delivered", True), ("rate", True), ("segments", True))
    return [*(Column(t(f"billing.column.{name}"), number) for name, number in names), _cost()]


def _cost() -> Column:
    return Column(t("billing.column.cost"), True)


def _cells(rows: Sequence[BreakdownItem], summary: Summary | None) -> list[list[Any]]:
    """Rows by operator and, where it is known, the sum; money with as many decimals as make it add up."""
    totals = summary.totals if summary else None
    places = fmt.exact_digits([*(item.spend for item in rows), *([totals.spend] if totals else [])])
    lines: list[tuple[Any, Any]] = [(html.Bdi(operator_name(item.key)), item) for item in rows]
    if totals:
        lines.append((t("billing.sum"), totals))
    return [
        [
            name,
            fmt.number(numbers.messages),
            fmt.number(numbers.by_status.get("delivered", 0)),
            fmt.percent(numbers.delivery_rate),
            fmt.number(numbers.segments),
            fmt.money(numbers.spend, digits=places),
        ]
        for name, numbers in lines
    ]
