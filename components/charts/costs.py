"""Who a period's money went to: by operator, and by sender ID."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from components.charts import axes, summary
from components.charts.log_links import chosen_statuses, log_link, narrow
from components.charts.operators import operator_name
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Series
from portal.domain.analytics import Breakdown, BreakdownItem, Summary, Top, TopItem
from portal.domain.billing import total
from portal.domain.money import Money
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t
from portal.i18n.bidi import isolate

SLOTS = 6
LINE_LENGTH = 20

Item = BreakdownItem | TopItem


def operator_costs_chart(data: Breakdown, query: AnalyticsQuery, period: Summary | None = None) -> Chart:
    """Bars of money by operator, dearest first."""
    return _costs(
        [item for item in data.items if item.messages],
        query,
        period,
        id="operator_costs",
        parameter="operator",
        name=operator_name,
        heading=t("chart.axis.operator"),
    )


def sender_costs_chart(data: Top, query: AnalyticsQuery, period: Summary | None = None) -> Chart:
    """Bars of money by sender ID, dearest first; senders beyond those shown are one sum in the notes."""
    return _costs(
        data.items,
        query,
        period,
        id="sender_costs",
        parameter="senderId",
        name=lambda key: key,
        heading=t("chart.axis.sender"),
    )


def _costs(
    found: Sequence[Item],
    query: AnalyticsQuery,
    period: Summary | None,
    *,
    id: str,
    parameter: str,
    name: Callable[[str], str],
    heading: str,
) -> Chart:
    items = sorted(found, key=lambda item: (-item.spend.amount, item.key))
    names = [name(item.key) for item in items]
    x = axes.categories(heading, [item.key for item in items], names, [narrow(parameter, item.key) for item in items])
    values = tuple(float(item.spend.amount) for item in items)
    pairs = [(isolate(shown), fmt.money(item.spend)) for shown, item in zip(names, items, strict=True)]
    rest = _rest(items, period)
    if rest:
        pairs.append((t("chart.other"), fmt.money(rest)))
    whole = period.totals.spend if period else None
    return Chart(
        id=id,
        kind=Kind.BAR_HORIZONTAL,
        title=_finding(items, names, whole),
        question=t(f"chart.{id}.question"),
        summary=summary.values(pairs),
        x=axes.wrapped(x, LINE_LENGTH),
        y=axes.unlabelled(axes.amounts(values, items[0].spend.currency if items else "", fmt.compact)),
        series=(
            Series(
                key="spend",
                name=t("chart.spend.series"),
                role=Role.ACCENT,
                values=values,
                texts=tuple(_text(item) for item in items),
                labels=tuple(fmt.money(item.spend) for item in items),
                link=chosen_statuses(query),
            ),
        ),
        direction=locale().dir,
        slots=SLOTS,
        link=log_link(query, narrowed={parameter, "status"}),
        row_link=chosen_statuses(query),
        notes=(summary.named(*pairs[-1]),) if rest else (),
    )


def _rest(items: Sequence[Item], period: Summary | None) -> Money | None:
    """What the period cost beyond the items; nothing where they are all of it."""
    if period is None or not items:
        return None
    whole = period.totals.spend
    left = whole.amount - total((item.spend for item in items), whole.currency).amount
    return Money(left, whole.currency) if left > 0 else None


def _text(item: Item) -> str:
    return t(
        "chart.costs.value",
        amount=fmt.money(item.spend),
        messages=t("chart.messages", count=item.messages),
        rate=fmt.percent(item.delivery_rate),
    )


def _finding(items: Sequence[Item], names: Sequence[str], whole: Money | None) -> str:
    if not items or not items[0].spend:
        return t("chart.spend.none")
    first, amount = isolate(names[0]), fmt.money(items[0].spend)
    if not whole:
        return t("chart.costs.finding", name=first, amount=amount)
    share = fmt.percent(float(items[0].spend.amount / whole.amount), 0)
    return t("chart.costs.finding_share", name=first, amount=amount, share=share)
