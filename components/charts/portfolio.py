"""All accounts in one picture: how they do against what they spend, and how much they send."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from components.charts import summary
from components.charts.log_links import narrow
from components.charts.palette import Role
from components.charts.spec import Categories, Chart, Cloud, Kind, Series, Tick
from components.charts.waterfall import score_scale
from portal.domain.health import Band
from portal.domain.portfolio import TenantDot, TenantDots
from portal.i18n import fmt, locale, t
from portal.i18n.bidi import isolate

#: More points than these hide each other, and each is a link in the page.
MOST_POINTS: Final = 300
SMALLEST, LARGEST = 9.0, 32.0
#: Spend is drawn over this many powers of ten at most; what is less stands at the beginning.
DECADES: Final = 4
#: How far from both ends of the axis points stand at least, so that none is cut.
EDGE: Final = 0.04
BAND_ROLES: Final = {
    Band.AT_RISK: Role.FAILED,
    Band.WATCH: Role.HELD,
    Band.HEALTHY: Role.DELIVERED,
    Band.UNKNOWN: Role.QUEUED,
}


def portfolio_chart(dots: TenantDots, path: str) -> Chart:
    """A point for each account that was told of, of the commonest currency: amounts of two currencies are not on one
    axis. A point leads to the account's page at ``path``."""
    shown = _shown(dots)
    names = tuple(isolate(dot.name) for dot in shown)
    places, ticks = _along([dot.spend for dot in shown])
    most = max((dot.messages for dot in shown), default=0) or 1
    bands = [band_of(dot.score) for dot in shown]
    present = [band for band in (Band.AT_RISK, Band.WATCH, Band.HEALTHY) if band in bands]
    counts = [(t(f"health.band.{band}"), fmt.number(bands.count(band))) for band in present]
    return Chart(
        id="portfolio",
        kind=Kind.SCATTER,
        title=_finding(dots),
        question=t("chart.portfolio.question"),
        summary=summary.values(counts),
        x=Categories(
            t("portfolio.column.name"),
            tuple(dot.tenant_id for dot in shown),
            names,
            links=tuple(narrow("tenantId", dot.tenant_id) for dot in shown),
        ),
        y=score_scale(),
        series=(
            Series(
                key="score",
                name=t("health.score"),
                role=Role.ACCENT,
                values=tuple(dot.score for dot in shown),
                texts=tuple(_text(dot, name) for dot, name in zip(shown, names, strict=True)),
                link="",
            ),
        ),
        cloud=Cloud(
            places=places,
            ticks=ticks,
            sizes=tuple(round(SMALLEST + (LARGEST - SMALLEST) * math.sqrt(d.messages / most), 1) for d in shown),
            roles=tuple(BAND_ROLES[band] for band in bands),
            legend=tuple((BAND_ROLES[band], t(f"health.band.{band}")) for band in present),
            columns=_columns(shown),
        ),
        direction=locale().dir,
        height=280,
        link=path,
        notes=_notes(dots),
    )


def band_of(score: float) -> Band:
    """The platform's bands, by the number that is shown."""
    return Band.AT_RISK if score < 60 else Band.WATCH if score < 80 else Band.HEALTHY


def _along(amounts: Sequence[float]) -> tuple[tuple[float, ...], tuple[Tick, ...]]:
    """Places on an axis of powers of ten, which has room for a shop beside a bank, and the ticks of it."""
    paid = [amount for amount in amounts if amount > 0]
    if not paid:
        return (EDGE,) * len(amounts), (Tick(EDGE, fmt.number(0)),)
    high = math.ceil(math.log10(max(paid)) - 1e-9)
    low = max(min(math.floor(math.log10(min(paid)) + 1e-9), high - 1), high - DECADES)

    def place(amount: float) -> float:
        far = (math.log10(amount) - low) / (high - low) if amount > 0 else 0.0
        return round(EDGE + (1 - 2 * EDGE) * min(1.0, max(0.0, far)), 4)

    ticks = tuple(
        Tick(place(10.0**power), fmt.compact(10**power if power >= 0 else 10.0**power))
        for power in range(low, high + 1)
    )
    return tuple(place(amount) for amount in amounts), ticks


def _text(dot: TenantDot, name: str) -> str:
    return t(
        "chart.portfolio.value",
        name=name,
        score=fmt.number(dot.score, 1),
        band=t(f"health.band.{band_of(dot.score)}"),
        spend=fmt.money(dot.spend, dot.currency, 0),
        messages=t("chart.messages", count=dot.messages),
    )


def _columns(shown: Sequence[TenantDot]) -> tuple[Series, ...]:
    def column(key: str, values: Sequence[float], texts: Sequence[str]) -> Series:
        return Series(key, t(f"portfolio.column.{key}"), Role.ACCENT, tuple(values), tuple(texts))

    return (
        column("spend", [dot.spend for dot in shown], [fmt.money(dot.spend, dot.currency) for dot in shown]),
        column("messages", [float(dot.messages) for dot in shown], [fmt.number(dot.messages) for dot in shown]),
    )


def _shown(dots: TenantDots) -> list[TenantDot]:
    currency = dots.sums[0].currency if dots.sums else ""
    return [dot for dot in dots.items if dot.currency == currency][:MOST_POINTS]


def _finding(dots: TenantDots) -> str:
    """How many accounts are at risk, of all there are, and the one that would cost most."""
    shown = _shown(dots)
    if not shown:
        return t("chart.portfolio.none")
    all_of = dots.sums[0]
    risky = [dot for dot in shown if band_of(dot.score) is Band.AT_RISK]
    if not risky:
        return t("chart.portfolio.calm")
    worst = max(risky, key=lambda dot: dot.spend)
    return t(
        "chart.portfolio.finding",
        count=all_of.at_risk,
        total=fmt.money(all_of.at_risk_spend, all_of.currency, 0),
        name=isolate(worst.name),
    )


def _notes(dots: TenantDots) -> tuple[str, ...]:
    """In which currency, and how many of how many are shown, chosen how."""
    shown = len(_shown(dots))
    if not shown:
        return ()
    alike, others = dots.sums[0], sum(each.tenants for each in dots.sums[1:])
    notes = [t("chart.portfolio.axes", currency=alike.currency)]
    if others:
        notes.append(t("chart.portfolio.other_currency", count=others))
    if alike.tenants > shown:
        notes.append(t("chart.portfolio.sample", shown=shown, count=alike.tenants))
    return tuple(notes)
