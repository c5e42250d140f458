"""A figure that got worse is seen, and only then."""

from __future__ import annotations

import pytest

from bench import history
from bench.measure import Found
from bench.results import Run
from bench.targets import Target

RATIO = Target("page", "ratio", "a ratio", 1, digits=2, steady=True)
TIME = Target("page", "ms", "a time", 100)
RATE = Target("page", "rate", "a rate", 1.8, at_least=True, digits=1, steady=True)
TARGETS = (RATIO, TIME, RATE)


def runs(*figures: dict[str, float], messages: int = 100) -> list[Run]:
    return [
        Run("page", f"2026-11-{day:02}T10:00:00+00:00", "a machine", messages, 1, 0, Found(each))
        for day, each in enumerate(figures, 1)
    ]


def keys(found: list[history.Regression]) -> list[str]:
    return [each.target.key for each in found]


def test_steady_figure_worse_by_more_than_a_fifth_is_flagged() -> None:
    (flagged,) = history.regressions(TARGETS, runs({"ratio": 1.0}, {"ratio": 1.25}))
    assert (flagged.target.key, flagged.before, flagged.now) == ("ratio", 1.0, 1.25)
    assert flagged.share == pytest.approx(0.25)


@pytest.mark.parametrize("now", [1.2, 1.0, 0.5])
def test_a_fifth_and_less_or_better_is_not(now: float) -> None:
    assert history.regressions(TARGETS, runs({"ratio": 1.0}, {"ratio": now})) == []


def test_rate_that_falls_is_worse() -> None:
    assert keys(history.regressions(TARGETS, runs({"rate": 2.0}, {"rate": 1.5}))) == ["rate"]
    assert history.regressions(TARGETS, runs({"rate": 1.5}, {"rate": 2.0})) == []


def test_times_are_not_flagged_for_machines_are_busy() -> None:
    assert history.regressions(TARGETS, runs({"ms": 10}, {"ms": 1000})) == []


def test_compared_with_the_middle_of_the_last_three() -> None:
    before = [{"ratio": value} for value in (9.0, 1.0, 1.0, 2.0)]
    assert keys(history.regressions(TARGETS, runs(*before, {"ratio": 1.5}))) == ["ratio"]


def test_runs_of_another_size_are_not_compared() -> None:
    small, large = runs({"ratio": 1.0}, messages=1), runs({"ratio": 5.0}, messages=2)
    assert history.regressions(TARGETS, small + large) == []


def test_what_is_shown_alike_has_not_changed() -> None:
    assert history.regressions(TARGETS, runs({"ratio": 0.0010}, {"ratio": 0.0014})) == []


def test_first_run_has_nothing_to_be_compared_with() -> None:
    assert history.regressions(TARGETS, []) == []
    assert history.regressions(TARGETS, runs({"ratio": 1.0})) == []


def test_table_shows_days_and_gaps_and_flags() -> None:
    told = history.told(TARGETS, runs({"ratio": 1.0, "ms": 7}, {"ms": 8}, {"ratio": 1.5}))
    assert "| figure | target | 2026-11-01 | 2026-11-02 | 2026-11-03 |  |" in told
    assert "| a ratio | ≤ 1.00 | 1.00 | – | 1.50 | **worse** |" in told
    assert "| a time | ≤ 100 | 7 | 8 | – |  |" in told
    assert "a rate" not in told


def test_table_shows_only_the_last_runs() -> None:
    told = history.told(TARGETS, runs(*({"ratio": 1.0} for _ in range(history.SHOWN + 2))))
    assert "2026-11-02" not in told
    assert "2026-11-03" in told


def test_no_table_of_a_single_run() -> None:
    assert history.told(TARGETS, runs({"ratio": 1.0})) == ""
