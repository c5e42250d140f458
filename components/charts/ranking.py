"""Rankings: what failed most, who sends most, where most goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from components.charts import axes, summary
from components.charts.log_links import log_link, narrow
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Series
from portal.domain.analytics import Top, TopItem
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, has, locale, ltr, t
from portal.i18n.bidi import isolate

#: Fewer bars than this keep their thickness instead of filling the card.
SLOTS = 6
LINE_LENGTH = 20


def errors_chart(data: Top, query: AnalyticsQuery) -> Chart:
    """Messages by error code, named for people; the code itself is the key in the table's CSV."""
    names = [error_name(item.key) for item in data.items]
    first = names[0] if names else ""
    return _ranking(
        data,
        query,
        id="errors",
        role=Role.FAILED,
        names=names,
        heading=t("chart.axis.error"),
        question=t("chart.errors.question"),
        title=lambda share: t("chart.errors.finding", error=first, share=share),
        nothing=t("chart.errors.none"),
        link=lambda item: narrow("errorCode", item.key),
        narrowed=set(),
        text=_error_text,
    )


def senders_chart(data: Top, query: AnalyticsQuery) -> Chart:
    first = isolate(data.items[0].key) if data.items else ""
    return _ranking(
        data,
        query,
        id="senders",
        role=Role.ACCENT,
        names=[item.key for item in data.items],
        heading=t("chart.axis.sender"),
        question=t("chart.senders.question"),
        title=lambda share: t("chart.senders.finding", name=first, share=share),
        nothing=t("chart.volume.none"),
        link=lambda item: narrow("senderId", item.key),
        narrowed={"senderId"},
        text=_delivery_text,
    )


def destinations_chart(data: Top, query: AnalyticsQuery) -> Chart:
    first = ltr(data.items[0].key) if data.items else ""
    return _ranking(
        data,
        query,
        id="destinations",
        role=Role.ACCENT,
        names=[ltr(item.key) for item in data.items],
        heading=t("chart.axis.destination"),
        question=t("chart.destinations.question"),
        title=lambda share: t("chart.destinations.finding", name=first, share=share),
        nothing=t("chart.volume.none"),
        link=lambda item: narrow("destination", item.key),
        narrowed=set(),
        text=_delivery_text,
    )


def error_name(code: str) -> str:
    """What an error code means, or the code itself where nobody has explained it yet."""
    key = f"error_code.{code}.title"
    return t(key) if has(key) else isolate(code)


def _ranking(
    data: Top,
    query: AnalyticsQuery,
    *,
    id: str,
    role: Role,
    names: Sequence[str],
    heading: str,
    question: str,
    title: Callable[[str], str],
    nothing: str,
    link: Callable[[TopItem], str],
    narrowed: set[str],
    text: Callable[[TopItem], str],
) -> Chart:
    items = data.items
    counts = tuple(float(item.messages) for item in items)
    x = axes.categories(heading, [item.key for item in items], names, [link(item) for item in items])
    x = axes.wrapped(x, LINE_LENGTH)
    pairs = [(isolate(name), t("chart.messages", count=item.messages)) for name, item in zip(names, items, strict=True)]
    if data.other_messages:
        pairs.append((t("chart.other"), t("chart.messages", count=data.other_messages)))
    series = Series(
        key="messages",
        name=t("chart.unit.messages"),
        role=role,
        values=counts,
        texts=tuple(text(item) for item in items),
        labels=tuple(fmt.compact(item.messages) for item in items),
        link="",
    )
    return Chart(
        id=id,
        kind=Kind.BAR_HORIZONTAL,
        title=title(fmt.percent(items[0].messages / data.total, 0)) if items and data.total else nothing,
        question=question,
        summary=summary.values(pairs),
        x=x,
        y=axes.unlabelled(axes.amounts(counts, t("chart.unit.messages"), fmt.compact, whole=True)),
        series=(series,),
        direction=locale().dir,
        slots=SLOTS,
        link=log_link(query, narrowed=narrowed),
        notes=(summary.named(*pairs[-1]),) if data.other_messages else (),
    )


def _delivery_text(item: TopItem) -> str:
    count = t("chart.messages", count=item.messages)
    return t("chart.top.value", messages=count, rate=fmt.percent(item.delivery_rate))


def _error_text(item: TopItem) -> str:
    count = t("chart.messages", count=item.messages)
    if item.permanent is None:
        return count
    kind = t("chart.errors.permanent" if item.permanent else "chart.errors.temporary")
    return t("chart.list", first=count, rest=kind)
