"""Charts in words: for people who do not see them, and for everything that is not a picture."""

from __future__ import annotations

from collections.abc import Sequence

from components.charts.spec import Categories, Series
from portal.i18n import t


def join(parts: Sequence[str]) -> str:
    """An enumeration with the language's comma."""
    if not parts:
        return ""
    joined = parts[-1]
    for part in reversed(parts[:-1]):
        joined = t("chart.list", first=part, rest=joined)
    return joined


def extremes(series: Series, x: Categories) -> str:
    """Where a series is highest and lowest, and how many gaps it has."""
    known = [(value, index) for index, value in enumerate(series.values) if value is not None]
    if not known:
        return ""
    _, high = max(known, key=lambda pair: pair[0])
    _, low = min(known, key=lambda pair: pair[0])
    said = t(
        "chart.summary.extremes",
        high=series.texts[high],
        high_at=x.labels[high],
        low=series.texts[low],
        low_at=x.labels[low],
    )
    gaps = len(series.values) - len(known)
    return f"{said} {t('chart.summary.gaps', count=gaps)}" if gaps else said


def values(pairs: Sequence[tuple[str, str]]) -> str:
    """Names with their values, in one sentence."""
    return t("chart.summary.values", values=join([named(name, value) for name, value in pairs])) if pairs else ""


def named(name: str, value: str) -> str:
    return t("chart.named", name=name, value=value)


def sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
