"""Health scores in pictures: what takes from a hundred, what moved a score since a week before, how it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from components.charts import axes, summary
from components.charts.incidents import bands_over, incident_summary
from components.charts.palette import Role
from components.charts.spec import Categories, Chart, Kind, Scale, Series, Tick
from portal.domain.analytics import Incident
from portal.domain.health import Health, HealthInput, TenantHealth, WeekChange
from portal.i18n import fmt, locale, t

#: What an account has that lacks nothing.
IDEAL = 100.0
LINE_LENGTH = 12
Step = tuple[str, str, float]


def score_chart(health: Health) -> Chart:
    """From a hundred to the score, by what each input takes; nothing of what is not known."""
    score = health.score or 0.0
    steps = [(part.name.value, input_name(part.name), part.effect) for part in health.parts if part.known]
    worst = min((part for part in health.parts if part.known), key=lambda part: part.effect, default=None)
    if worst is None or not worst.effect:
        title = t("chart.health.full")
    else:
        title = t("chart.health.finding", input=input_name(worst.name), points=_points(-worst.effect))
    first, last = ("ideal", t("chart.health.ideal"), IDEAL), ("score", t("health.score"), score)
    return _waterfall("health", t("chart.health.question"), title, first, steps, last)


def change_chart(week: WeekChange, score: float) -> Chart:
    """From the score of a week before to the present one, by what each input added or took."""
    steps = [(part.name.value, input_name(part.name), part.change) for part in week.parts]
    if not week.change:
        title = t("chart.health_change.none")
    else:
        rises = week.change > 0
        most = (max if rises else min)(week.parts, key=lambda part: part.change)
        key = "chart.health_change.rose" if rises else "chart.health_change.fell"
        title = t(key, points=_points(abs(week.change)), input=input_name(most.name))
    first = ("before", fmt.date(week.day, "day"), week.score)
    last = ("score", t("health.score.now"), score)
    return _waterfall("health_change", t("chart.health_change.question"), title, first, steps, last)


def course_chart(found: TenantHealth) -> Chart:
    """The scores of the last days, gaps being days without one."""
    return scores_chart(found.series, found.health.day if found.health else dt.date.min)


def scores_chart(scores: Sequence[float | None], end: dt.date, incidents: Sequence[Incident] = ()) -> Chart:
    """The scores of the days up to ``end``, with what happened in them."""
    days = [end - dt.timedelta(days=back) for back in range(len(scores) - 1, -1, -1)]
    moments = [dt.datetime.combine(day, dt.time()) for day in days]
    labels = tuple(t("chart.day", weekday=fmt.weekday(day.isoweekday()), date=fmt.date(day, "short")) for day in days)
    x = Categories(t("chart.axis.time"), tuple(map(str, days)), labels, axes.time_ticks(moments, "day"))
    line = Series(
        key="score",
        name=t("health.score"),
        role=Role.ACCENT,
        values=tuple(scores),
        texts=tuple(_points(score) if score is not None else "–" for score in scores),
    )
    known = [score for score in line.values if score is not None]
    title = t("chart.health_course.none")
    if known:
        title = t("chart.health_course.finding", low=_points(min(known)), high=_points(max(known)))
    bands = bands_over([str(day) for day in days], incidents)
    return Chart(
        id="health_course",
        kind=Kind.LINE,
        title=title,
        question=t("chart.health_course.question"),
        summary=summary.sentences(summary.extremes(line, x), incident_summary(bands)),
        x=x,
        y=score_scale(),
        series=(line,),
        bands=bands,
        notes=tuple(band.text for band in bands),
        direction=locale().dir,
    )


def input_name(name: HealthInput) -> str:
    return t(f"health.input.{name}")


def score_scale() -> Scale:
    return Scale(t("health.score"), 0.0, IDEAL, tuple(Tick(float(at), fmt.number(at)) for at in range(0, 101, 20)))


def _points(value: float) -> str:
    return fmt.number(value, 1)


def _waterfall(id: str, question: str, title: str, first: Step, steps: Sequence[Step], last: Step) -> Chart:
    """Bars that begin where the one above ends, between two that begin at nothing."""
    rows = [first, *steps, last]
    keys, names = [key for key, _, _ in rows], [name for _, name, _ in rows]
    starts, at = [0.0], first[2]
    for _, _, change in steps:
        starts.append(at)
        at = round(at + change, 4)
    starts.append(0.0)
    whole = {0, len(rows) - 1}
    kinds = (
        ("score", "health.score", Role.ACCENT, [index in whole for index in range(len(rows))]),
        ("adds", "chart.health.adds", Role.DELIVERED, [i not in whole and row[2] > 0 for i, row in enumerate(rows)]),
        ("takes", "chart.health.takes", Role.FAILED, [i not in whole and row[2] <= 0 for i, row in enumerate(rows)]),
    )
    said = [_points(row[2]) if i in whole else _signed(row[2]) for i, row in enumerate(rows)]
    series = tuple(
        Series(
            key=key,
            name=t(name),
            role=role,
            values=tuple(row[2] if mine else None for row, mine in zip(rows, shown, strict=True)),
            texts=tuple(text if mine else "" for text, mine in zip(said, shown, strict=True)),
            labels=tuple(text if mine else "" for text, mine in zip(said, shown, strict=True)),
            starts=tuple(starts),
        )
        for key, name, role, shown in kinds
        if any(shown)
    )
    return Chart(
        id=id,
        kind=Kind.BAR_HORIZONTAL,
        title=title,
        question=question,
        summary=summary.values(list(zip(names, said, strict=True))),
        x=axes.wrapped(axes.categories(t("health.input"), keys, names), LINE_LENGTH),
        # Bars carry their values, and beside their names a narrow screen has room for three ticks.
        y=Scale(t("health.score"), 0.0, IDEAL, tuple(Tick(at, fmt.number(at)) for at in (0.0, IDEAL / 2, IDEAL))),
        series=series,
        direction=locale().dir,
    )


def _signed(value: float) -> str:
    return fmt.points(value / 100)
