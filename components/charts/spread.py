"""How many accounts have which score, by the weights that hold and by others."""

from __future__ import annotations

from dataclasses import replace

from components.charts import axes, summary
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Series, Tick
from portal.domain.weights import WeightsPreview
from portal.i18n import fmt, locale, t

STEP = 10


def spread_chart(preview: WeightsPreview) -> Chart:
    """Bars for each ten points; those of the weights that hold are the quiet line, where others would change any."""
    keys = [str(at * STEP) for at in range(len(preview.spread_after))]
    labels = [t("chart.spread.range", low=fmt.number(int(key)), high=fmt.number(int(key) + STEP)) for key in keys]
    x = axes.categories(t("health.score"), keys, labels)
    # Where each ten begin: a narrow screen has room for no more.
    x = replace(x, ticks=tuple(Tick(at, fmt.number(at * STEP)) for at in range(len(keys))))
    after = _series("after", t("chart.spread.after"), Role.ACCENT, preview.spread_after)
    before = _series("before", t("chart.spread.before"), Role.PREVIOUS, preview.spread_before)
    moved = preview.other_band > 0 or preview.spread_before != preview.spread_after
    title = t("chart.spread.finding", count=preview.other_band) if moved else t("chart.spread.now")
    return Chart(
        id="spread",
        kind=Kind.BAR,
        title=title,
        question=t("chart.spread.question"),
        summary=summary.values(list(zip(labels, after.texts, strict=True))),
        x=x,
        y=axes.amounts(
            [*preview.spread_after, *preview.spread_before], t("chart.spread.accounts"), fmt.number, whole=True
        ),
        series=(after,),
        comparison=before if moved else None,
        direction=locale().dir,
    )


def _series(key: str, name: str, role: Role, counts: tuple[int, ...]) -> Series:
    return Series(key, name, role, tuple(map(float, counts)), tuple(map(fmt.number, counts)))
