"""The platform's answer about a business review, read into the domain's values."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.rest_analytics import incident, totals
from portal.domain.health import Band, HealthInput
from portal.domain.qbr import (
    BalanceCourse,
    DriverChange,
    ErrorRanking,
    Finding,
    HoldQueue,
    HoldWeek,
    MonthNumbers,
    Movement,
    Numbers,
    OperatorMonth,
    QueueMonth,
    Ranked,
    RankedError,
    Ranking,
    Review,
    ReviewedHealth,
    ReviewedOperator,
    ReviewedPeriod,
    ReviewedTenant,
    SlaCredit,
    SlaCredits,
    Tone,
)
from portal.domain.qbr_comments import SECTIONS, Comments


def review(body: Json) -> Review:
    """All of it. What is missing or of another kind raises what :func:`decode.answer` catches."""
    compliance, previous, health = decode.mapping(body["compliance"]), body["previous"], body["health"]
    return Review(
        tenant=_tenant(decode.mapping(body["tenant"])),
        period=_period(decode.mapping(body["period"])),
        as_of=decode.instant(body["asOf"]),
        has_traffic=decode.flag(body["hasTraffic"]),
        findings=tuple(_finding(each) for each in decode.items(body["findings"])),
        numbers=_numbers(decode.mapping(body["totals"])),
        previous=_numbers(decode.mapping(previous)) if previous is not None else None,
        months=tuple(
            MonthNumbers(decode.day(each["month"]), decode.flag(each["complete"]), _numbers(each))
            for each in decode.items(body["months"])
        ),
        operators=tuple(_operator(each) for each in decode.items(body["operators"])),
        weeks=tuple(_week(each) for each in decode.items(compliance["weeks"])),
        queue=_queue(decode.mapping(compliance["queue"])),
        senders=_ranking(decode.mapping(body["senders"])),
        countries=_ranking(decode.mapping(body["countries"])),
        destinations=_ranking(decode.mapping(body["destinations"])),
        errors=_errors(decode.mapping(body["errors"])),
        balance=_balance(decode.mapping(body["balance"])),
        sla_credits=_credits(decode.mapping(body["slaCredits"])),
        health=_health(decode.mapping(health)) if health is not None else None,
        incidents=tuple(incident(each) for each in decode.items(body["incidents"])),
        comments=comments(decode.mapping(body["comments"])),
    )


def comments(body: Json) -> Comments:
    texts = decode.mapping(body["texts"])
    return Comments(
        version=decode.integer(body["version"]),
        texts={name: decode.text(texts.get(name, "")) for name in SECTIONS},
        changed_at=decode.maybe_instant(body.get("changedAt")),
        changed_by=decode.maybe_text(body.get("changedByName")),
    )


def _tenant(body: Json) -> ReviewedTenant:
    return ReviewedTenant(
        tenant_id=decode.text(body["tenantId"]),
        name=decode.text(body["name"]),
        time_zone=decode.text(body["timeZone"]),
        currency=decode.text(body["currency"]),
        locale=decode.text(body["locale"]),
        is_demo=decode.flag(body["isDemo"]),
    )


def _period(body: Json) -> ReviewedPeriod:
    previous = decode.mapping(body["previous"])
    return ReviewedPeriod(
        name=decode.text(body["name"]),
        start=decode.day(body["from"]),
        end=decode.day(body["to"]),
        through=decode.day(body["through"]),
        complete=decode.flag(body["complete"]),
        previous_name=decode.text(previous["name"]),
        previous_start=decode.day(previous["from"]),
        previous_end=decode.day(previous["to"]),
    )


def _finding(body: Json) -> Finding:
    return Finding(
        kind=decode.text(body["kind"]),
        tone=Tone(decode.text(body["tone"])),
        value=decode.maybe_number(body.get("value")),
        before=decode.maybe_number(body.get("before")),
        change=decode.maybe_number(body.get("change")),
        name=decode.maybe_text(body.get("name")),
    )


def _numbers(body: Json) -> Numbers:
    return Numbers(totals(body), decode.maybe_number(body["holdRate"]))


def _operator(body: Json) -> ReviewedOperator:
    return ReviewedOperator(
        operator=decode.text(body["operator"]),
        messages=decode.integer(body["messages"]),
        by_status=decode.status_counts(body["byStatus"]),
        delivery_rate=decode.maybe_number(body["deliveryRate"]),
        previous_delivery_rate=decode.maybe_number(body["previousDeliveryRate"]),
        spend=decode.money(body["spend"]),
        months=tuple(
            OperatorMonth(
                decode.day(each["month"]), decode.integer(each["messages"]), decode.maybe_number(each["deliveryRate"])
            )
            for each in decode.items(body["months"])
        ),
    )


def _week(body: Json) -> HoldWeek:
    return HoldWeek(
        start=decode.day(body["from"]),
        end=decode.day(body["to"]),
        messages=decode.integer(body["messages"]),
        held=decode.integer(body["held"]),
        blocked=decode.integer(body["blocked"]),
        hold_rate=decode.maybe_number(body["holdRate"]),
        delivery_rate=decode.maybe_number(body["deliveryRate"]),
    )


def _queue(body: Json) -> HoldQueue:
    return HoldQueue(
        entered=decode.integer(body["entered"]),
        released=decode.integer(body["released"]),
        blocked=decode.integer(body["blocked"]),
        waiting=decode.integer(body["waiting"]),
        oldest_waiting_since=decode.maybe_instant(body.get("oldestWaitingSince")),
        median_wait=decode.maybe_number(body.get("medianWaitSeconds")),
        longest_wait=decode.maybe_number(body.get("longestWaitSeconds")),
        months=tuple(
            QueueMonth(
                decode.day(each["month"]),
                decode.integer(each["entered"]),
                decode.integer(each["released"]),
                decode.integer(each["blocked"]),
            )
            for each in decode.items(body["months"])
        ),
    )


def _ranking(body: Json) -> Ranking:
    return Ranking(
        items=tuple(
            Ranked(
                key=decode.text(each["key"]),
                messages=decode.integer(each["messages"]),
                share=decode.number(each["share"]),
                delivery_rate=decode.maybe_number(each["deliveryRate"]),
                spend=decode.money(each["spend"]),
            )
            for each in decode.items(body["items"])
        ),
        others=decode.integer(body["others"]),
        other_messages=decode.integer(body["otherMessages"]),
    )


def _errors(body: Json) -> ErrorRanking:
    return ErrorRanking(
        items=tuple(
            RankedError(
                code=decode.text(each["code"]),
                permanent=decode.flag(each["permanent"]) if each.get("permanent") is not None else None,
                messages=decode.integer(each["messages"]),
                share=decode.number(each["share"]),
            )
            for each in decode.items(body["items"])
        ),
        others=decode.integer(body["others"]),
        other_messages=decode.integer(body["otherMessages"]),
    )


def _balance(body: Json) -> BalanceCourse:
    return BalanceCourse(
        start=decode.money(body["start"]),
        end=decode.money(body["end"]),
        movements=tuple(
            Movement(
                month=decode.day(each["month"]),
                topups=decode.money(each["topups"]),
                usage=decode.money(each["usage"]),
                adjustments=decode.money(each["adjustments"]),
                sla_credits=decode.money(each["slaCredits"]),
            )
            for each in decode.items(body["movements"])
        ),
    )


def _credits(body: Json) -> SlaCredits:
    return SlaCredits(
        total=decode.money(body["total"]),
        count=decode.integer(body["count"]),
        items=tuple(
            SlaCredit(decode.instant(each["at"]), decode.money(each["amount"]), decode.text(each["note"]))
            for each in decode.items(body["items"])
        ),
    )


def _health(body: Json) -> ReviewedHealth:
    driver, started = body.get("driver"), body.get("startDay")
    return ReviewedHealth(
        series=tuple(decode.maybe_number(score) for score in decode.items(body["series"])),
        start_day=decode.day(started) if started is not None else None,
        start=decode.maybe_number(body.get("start")),
        day=decode.day(body["day"]),
        score=decode.maybe_number(body.get("score")),
        band=Band(decode.text(body["band"])),
        change=decode.maybe_number(body.get("change")),
        driver=HealthInput(decode.text(driver)) if driver is not None else None,
        parts=tuple(
            DriverChange(
                name=HealthInput(decode.text(each["input"])),
                points=decode.maybe_number(each.get("points")),
                effect=decode.number(each["effect"]),
                effect_before=decode.maybe_number(each.get("effectBefore")),
            )
            for each in decode.items(body["parts"])
        ),
    )
