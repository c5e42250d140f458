"""What is worth saying of a quarter, most important first: the first is a review's title, and the next stand below it.

Trouble comes before success, and success before what stayed as it was. docs/qbr.md has the thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from gateway.api.models import qbr as models

DELIVERY_MOVES = 0.005
HOLDS_MOVE = 0.002
TRAFFIC_MOVES = 0.05
HEALTH_MOVES = 3.0
OPERATOR_BEHIND = 0.03
OPERATOR_SHARE = 0.02
_TONES = ("bad", "good", "neutral")


def findings_of(
    totals: models.QbrNumbers,
    previous: models.QbrNumbers | None,
    operators: Sequence[models.QbrOperator],
    balance: models.QbrBalance,
    health: models.QbrHealth | None,
) -> list[models.QbrFinding]:
    """None without traffic."""
    if not totals.messages:
        return []
    found = [
        *_delivery(totals, previous),
        *_holds(totals, previous),
        *_health(health),
        *_operators(totals, operators),
        *_balance(balance),
        *_traffic(totals, previous),
    ]
    return sorted(found, key=lambda finding: _TONES.index(finding.tone))  # as they are within a tone


def _finding(
    kind: models.FindingKind,
    tone: str,
    value: float | None = None,
    before: float | None = None,
    change: float | None = None,
    name: str | None = None,
) -> models.QbrFinding:
    return models.QbrFinding.model_validate(
        {"kind": kind, "tone": tone, "value": value, "before": before, "change": change, "name": name}
    )


def _delivery(totals: models.QbrNumbers, previous: models.QbrNumbers | None) -> Iterator[models.QbrFinding]:
    now, before = totals.delivery_rate, previous.delivery_rate if previous is not None else None
    if now is None:
        return
    if before is None:
        yield _finding("delivery_first", "neutral", now)
        return
    change = round(now - before, 6)
    if change <= -DELIVERY_MOVES:
        yield _finding("delivery_fell", "bad", now, before, change)
    elif change >= DELIVERY_MOVES:
        yield _finding("delivery_rose", "good", now, before, change)
    else:
        yield _finding("delivery_steady", "neutral", now, before, change)


def _holds(totals: models.QbrNumbers, previous: models.QbrNumbers | None) -> Iterator[models.QbrFinding]:
    now, before = totals.hold_rate, previous.hold_rate if previous is not None else None
    if now is None or before is None:
        return
    change = round(now - before, 6)
    if change >= HOLDS_MOVE:
        yield _finding("holds_rose", "bad", now, before, change)
    elif change <= -HOLDS_MOVE:
        yield _finding("holds_fell", "good", now, before, change)


def _health(health: models.QbrHealth | None) -> Iterator[models.QbrFinding]:
    if health is None or health.change is None:
        return
    if health.change <= -HEALTH_MOVES:
        yield _finding("health_fell", "bad", health.score, health.start, health.change, health.driver)
    elif health.change >= HEALTH_MOVES:
        yield _finding("health_rose", "good", health.score, health.start, health.change)


def _operators(totals: models.QbrNumbers, operators: Sequence[models.QbrOperator]) -> Iterator[models.QbrFinding]:
    overall = totals.delivery_rate
    if overall is None:
        return
    behind = [
        (overall - each.delivery_rate, each)
        for each in operators
        if each.delivery_rate is not None
        and each.messages >= OPERATOR_SHARE * totals.messages
        and overall - each.delivery_rate >= OPERATOR_BEHIND
    ]
    if behind:
        gap, worst = max(behind, key=lambda found: (found[0] * found[1].messages, found[1].operator))
        yield _finding("operator_behind", "bad", worst.delivery_rate, overall, -round(gap, 6), worst.operator)


def _balance(balance: models.QbrBalance) -> Iterator[models.QbrFinding]:
    if Decimal(balance.end.amount) < 0:
        yield _finding("balance_negative", "bad", float(balance.end.amount))


def _traffic(totals: models.QbrNumbers, previous: models.QbrNumbers | None) -> Iterator[models.QbrFinding]:
    now, before = totals.messages, previous.messages if previous is not None else 0
    if not before:
        yield _finding("first_traffic", "neutral", now)
        return
    change = round((now - before) / before, 6)
    if change >= TRAFFIC_MOVES:
        yield _finding("traffic_grew", "good", now, before, change)
    elif change <= -TRAFFIC_MOVES:
        yield _finding("traffic_fell", "bad", now, before, change)
    else:
        yield _finding("traffic_steady", "neutral", now, before, change)
