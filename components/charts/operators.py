"""How well messages arrive, by operator."""

from __future__ import annotations

from collections.abc import Sequence

from components.charts import axes, summary
from components.charts.log_links import log_link, narrow, rated_statuses
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Mark, Scale, Series, Tick
from portal.domain.analytics import Breakdown, BreakdownItem
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t
from portal.i18n.bidi import isolate

#: The five operators and the rest.
SLOTS = 6
#: Operators with less traffic than this share are listed, and not named in the headline.
WORTH_NAMING = 0.01


def operators_chart(data: Breakdown, query: AnalyticsQuery) -> Chart:
    """Horizontal bars of the delivery rate, most traffic first; unusual ones carry a mark and are said in words."""
    items = sorted(data.items, key=lambda item: (-item.messages, item.key))
    names = [operator_name(item.key) for item in items]
    rates = [(isolate(name), fmt.percent(item.delivery_rate)) for name, item in zip(names, items, strict=True)]
    x = axes.categories(
        t("chart.axis.operator"), [item.key for item in items], names, [narrow("operator", item.key) for item in items]
    )
    marks = tuple(Mark(index, _anomaly(item)) for index, item in enumerate(items) if item.anomaly)
    return Chart(
        id="operators",
        kind=Kind.BAR_HORIZONTAL,
        title=_finding(items),
        question=t("chart.operators.question"),
        summary=summary.sentences(
            summary.values(rates),
            summary.values([("▲", summary.join([mark.text for mark in marks]))]) if marks else "",
        ),
        x=x,
        y=Scale(t("chart.unit.delivered"), 0.0, 1.0, tuple(Tick(at / 4, fmt.percent(at / 4, 0)) for at in range(5))),
        series=(
            Series(
                key="deliveryRate",
                name=t("chart.rate.series"),
                role=Role.DELIVERED,
                values=tuple(item.delivery_rate for item in items),
                texts=tuple(_text(item) for item in items),
                labels=tuple(fmt.percent(item.delivery_rate) for item in items),
                link=rated_statuses(query),
            ),
        ),
        marks=marks,
        notes=tuple(mark.text for mark in marks),
        direction=locale().dir,
        slots=SLOTS,
        link=log_link(query, narrowed={"operator", "status"}),
        row_link=rated_statuses(query),
    )


def operator_name(key: str) -> str:
    """Operators' names are proper names, the same in every language."""
    return t("operator.other") if key == "other" else key


def _text(item: BreakdownItem) -> str:
    return t(
        "chart.operators.value",
        rate=fmt.percent(item.delivery_rate),
        messages=t("chart.messages", count=item.messages),
    )


def _anomaly(item: BreakdownItem) -> str:
    expected = item.anomaly.expected if item.anomaly else None
    return t(
        "chart.operators.anomaly",
        operator=isolate(operator_name(item.key)),
        rate=fmt.percent(item.delivery_rate),
        expected=fmt.percent(expected),
    )


def _finding(items: Sequence[BreakdownItem]) -> str:
    total = sum(item.messages for item in items)
    rated = [item for item in items if item.delivery_rate is not None and item.messages >= total * WORTH_NAMING]
    if not rated:
        return t("chart.rate.none")
    unusual = [item for item in rated if item.anomaly and (item.delivery_rate or 0) < item.anomaly.expected]
    if unusual:
        worst = min(unusual, key=lambda item: item.delivery_rate or 0)
        return _said("chart.operators.fell", worst)
    if len(rated) == 1:
        return _said("chart.operators.one", rated[0])
    best, worst = (pick(rated, key=lambda item: item.delivery_rate or 0) for pick in (max, min))
    return t(
        "chart.operators.spread",
        best=isolate(operator_name(best.key)),
        best_rate=fmt.percent(best.delivery_rate),
        worst=isolate(operator_name(worst.key)),
        worst_rate=fmt.percent(worst.delivery_rate),
    )


def _said(key: str, item: BreakdownItem) -> str:
    return t(key, operator=isolate(operator_name(item.key)), rate=fmt.percent(item.delivery_rate))
