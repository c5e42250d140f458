"""Limits, and which way a figure gets worse."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.__main__ import PARTS
from bench.document import TITLES
from bench.targets import TARGETS, Target

MOST = Target("page", "kb", "kilobytes", 560)
LEAST = Target("webhooks", "rate", "deliveries/s", 500, at_least=True)


@pytest.mark.parametrize(
    ("target", "value", "held"),
    [(MOST, 560, True), (MOST, 560.4, False), (LEAST, 500, True), (LEAST, 499.9, False)],
)
def test_limit_itself_holds_and_beyond_it_does_not(target: Target, value: float, held: bool) -> None:
    assert target.holds(value) is held


def test_followed_figure_without_limit_always_holds() -> None:
    followed = Target("page", "x", "x")
    assert followed.holds(1e9)
    assert followed.wanted == "–"


def test_wanted_says_the_direction_and_the_digits() -> None:
    assert Target("page", "x", "x", 1.25, digits=2).wanted == "≤ 1.25"
    assert Target("page", "x", "x", 1500, at_least=True).wanted == "≥ 1,500"


def test_worsened_is_a_share_of_what_was_whichever_way_is_worse() -> None:
    assert MOST.worsened(100, 130) == pytest.approx(0.3)
    assert MOST.worsened(100, 70) == pytest.approx(-0.3)
    assert LEAST.worsened(100, 70) == pytest.approx(0.3)
    assert LEAST.worsened(100, 130) == pytest.approx(-0.3)


def test_anything_after_nothing_is_worse_by_all() -> None:
    assert MOST.worsened(0, 1) == 1
    assert MOST.worsened(0, 0) == 0


def test_every_target_is_of_a_part_and_named_once() -> None:
    assert {target.part for target in TARGETS} <= set(PARTS)
    assert set(PARTS) == set(TITLES)
    assert [key for key, count in Counter((target.part, target.key) for target in TARGETS).items() if count > 1] == []
