"""What stands in a report: every text and figure, finished, in one language. The template only lays it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.api.models import qbr as models
from gateway.api.models.shape import Money
from gateway.reports import sections
from gateway.reports.charts import Block
from gateway.reports.words import NONE, Words, own
from gateway.texts import Language
from gateway.typesetting.figures import places_of

TEMPLATE = Path(__file__).with_name("qbr.typ")
PAGE, PAGES = "%page%", "%pages%"
MOST_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs the report; a development key proves nothing, and the report says so."""

    name: str
    development: bool


_SECTIONS: tuple[tuple[str, tuple[str, ...], Callable[[Words, models.QbrPreview], list[Block]]], ...] = (
    ("traffic", ("traffic_grew", "traffic_fell", "traffic_steady", "first_traffic"), sections.traffic),
    (
        "delivery",
        ("delivery_fell", "delivery_rose", "delivery_steady", "delivery_first", "operator_behind"),
        sections.delivery,
    ),
    ("compliance", ("holds_rose", "holds_fell"), sections.compliance),
    ("audience", (), sections.audience),
    ("spend", ("balance_negative",), sections.spend),
    ("health", ("health_fell", "health_rose"), sections.health),
    ("plan", (), lambda _words, _told: []),
)
"""Each part: its name, the findings that are about it, what it holds."""


def sheet_of(told: models.QbrPreview, language: Language, signature: Signature | None = None) -> dict[str, Any]:
    """All of it as JSON values."""
    amounts = [told.totals.spend, told.balance.start, told.balance.end, *(month.spend for month in told.months)]
    places = min(places_of((Decimal(each.amount) for each in amounts), told.tenant.currency), 2)
    words = Words(language, told.tenant.currency, ZoneInfo(told.tenant.time_zone), places)
    t, (tag, _, region) = words.text, language.spoken.partition("-")
    quarter, texts = words.quarter(told.period.name), told.comments.texts
    title = words.finding(told.findings[0]) if told.findings else t("review.title")
    return {
        "language": tag,
        "region": region or None,
        "direction": language.dir,
        "brand": t("identity.brand"),
        "report": t("qbr.paper.report"),
        "customer": own(told.tenant.name),
        "quarter": quarter if told.period.complete else t("review.so_far", quarter=quarter),
        "days": words.days(told.period.from_, told.period.through),
        "compared": _compared(words, told),
        "title": title,
        "document": f"{told.tenant.name} – {quarter}",
        "demo": t("qbr.paper.demo") if told.tenant.is_demo else None,
        "tiles": _tiles(words, told),
        "findings_title": t("qbr.paper.findings"),
        "findings": [
            [each.tone, t(f"review.tone.{each.tone}"), words.finding(each)] for each in told.findings[:MOST_FINDINGS]
        ],
        "comment_title": t("qbr.paper.manager"),
        "comment_by": _written(words, told.comments),
        "summary": _paragraphs(texts.summary),
        "sections": [
            {
                "title": t(f"review.section.{name}"),
                "lead": [words.finding(each) for each in told.findings if each.kind in kinds],
                "blocks": build(words, told),
                "comment": _paragraphs(getattr(texts, name)),
            }
            for name, kinds, build in _SECTIONS
            if name != "plan" or texts.plan
            if name != "health" or told.health is not None
        ],
        "about_title": t("qbr.paper.about"),
        "about": _about(words, told, signature),
        "replaced_note": t("qbr.paper.about.replaced"),
        "page": t("invoice.page", page=PAGE, pages=PAGES),
        "page_numbers": "۱" if language.digits == "arabext" else "1",
    }


def _compared(words: Words, told: models.QbrPreview) -> str:
    if told.previous is None:
        return words.text("review.nothing_before")
    before = told.period.previous
    days = words.days(before.from_, before.to)[0]
    return words.text("review.compared", quarter=words.quarter(before.name), days=days)


@dataclass(frozen=True, slots=True)
class _Tile:
    """A figure with what it was before, and its change; a change of less than `least` is neither good nor bad."""

    label: str
    value: str
    before: str | None
    change: str | None = None
    tone: str = "neutral"


def _tiles(words: Words, told: models.QbrPreview) -> list[dict[str, Any]]:
    now, before, t = told.totals, told.previous, words.text
    messages, spend = words.count(now.messages), words.money(now.spend)
    if before is None:
        found = [
            _Tile(t("review.tile.messages"), messages, None),
            _Tile(t("review.tile.rate"), words.percent(now.delivery_rate), None),
            _Tile(t("review.tile.holds"), words.percent(now.hold_rate, 2), None),
            _Tile(t("review.tile.spend"), spend, None),
        ]
    else:
        growth = (now.messages - before.messages) / before.messages
        found = [
            _Tile(
                t("review.tile.messages"), messages, words.count(before.messages), words.signed_percent(growth),
                _tone(growth, 0.05, good=1),
            ),
            _rate(words, "rate", now.delivery_rate, before.delivery_rate, places=1, least=0.005, good=1),
            _rate(words, "holds", now.hold_rate, before.hold_rate, places=2, least=0.002, good=-1),
            _Tile(t("review.tile.spend"), spend, words.money(before.spend), _growth(words, now.spend, before.spend)),
        ]  # fmt: skip
    if (health := told.health) is not None:
        change = t("qbr.paper.points", value=words.signed(health.change)) if health.change is not None else None
        start = words.score(health.start) if health.start is not None else None
        tone = _tone(health.change, 3, good=1)
        found.append(_Tile(t("review.tile.health"), words.score(health.score), start, change, tone))
    return [
        {**asdict(each), "before": t("qbr.paper.before", value=each.before) if each.before is not None else None}
        for each in found
    ]


def _rate(
    words: Words, name: str, now: float | None, before: float | None, *, places: int, least: float, good: int
) -> _Tile:
    label, value, was = words.text(f"review.tile.{name}"), words.percent(now, places), words.percent(before, places)
    if now is None or before is None:
        return _Tile(label, value, was)
    change = words.text("qbr.paper.points", value=words.signed(100 * (now - before), places))
    return _Tile(label, value, was, change, _tone(now - before, least, good=good))


def _tone(change: float | None, least: float, *, good: int) -> str:
    if change is None or abs(change) < least:
        return "neutral"
    return "good" if change * good > 0 else "bad"


def _growth(words: Words, now: Money, before: Money) -> str | None:
    was = Decimal(before.amount)
    return words.signed_percent(float((Decimal(now.amount) - was) / was)) if was else None


def _written(words: Words, comments: models.QbrComments) -> str | None:
    if comments.changed_at is None:
        return None
    day = words.day(comments.changed_at.astimezone(words.zone).date())
    return words.text("qbr.paper.written", name=own(comments.changed_by_name or NONE), day=day)


def _paragraphs(text: str) -> list[str]:
    return [own(line.strip()) for line in text.splitlines() if line.strip()]


def _about(words: Words, told: models.QbrPreview, signature: Signature | None) -> list[str]:
    t = words.text
    lines: Iterable[str | None] = (
        t("qbr.paper.about.counted", zone=own(told.tenant.time_zone), moment=words.moment(told.as_of)),
        t("qbr.paper.about.rate"),
        t("qbr.paper.about.holds"),
        t("qbr.paper.about.balance"),
        None if told.period.complete else t("qbr.paper.about.compared"),
        t("frame.demo.banner") if told.tenant.is_demo else None,
        t("qbr.paper.about.signed", name=own(signature.name)) if signature is not None else None,
        t("qbr.paper.about.development") if signature is not None and signature.development else None,
    )
    return [line for line in lines if line is not None]
