"""Laws of the health score: bounds, monotony, shares, and parts that are the score."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.health import (
    CURVES,
    DEFAULT_WEIGHTS,
    HEALTHY_FROM,
    WATCH_FROM,
    Band,
    Facts,
    Input,
    Weights,
    assess,
    band_of,
    changes,
    moves,
    points_at,
    points_of,
)

# More is better for these, less for the others.
RISING = {Input.DELIVERY, Input.NPS}
DEFAULTS = Weights(1, DEFAULT_WEIGHTS)

tenths = st.integers(0, 1000).map(lambda number: Decimal(number) / 10)
maybe_points = st.fixed_dictionaries({each: st.none() | tenths for each in Input})


@st.composite
def some_weights(draw: Any) -> Weights:
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(Input) - 1, max_size=len(Input) - 1)))
    bounds = [0, *cuts, 100]
    return Weights(0, dict(zip(Input, (after - before for before, after in pairwise(bounds)), strict=True)))


@st.composite
def some_facts(draw: Any) -> Facts:
    messages = draw(st.integers(0, 10**7))
    rated = draw(st.integers(0, messages))
    answers = draw(st.integers(0, 50))
    promoters = draw(st.integers(0, answers))
    return Facts(
        messages=messages,
        delivered=draw(st.integers(0, rated)),
        rated=rated,
        withheld=draw(st.integers(0, messages - rated)),
        late_days=draw(st.none() | st.integers(0, 999_900).map(lambda number: Decimal(number) / 100)),
        tickets=draw(st.none() | st.integers(0, 500)),
        promoters=promoters,
        detractors=draw(st.integers(0, answers - promoters)),
        answers=answers,
    )


@pytest.mark.parametrize("each", Input)
def test_curve_goes_from_one_end_of_the_points_to_the_other_in_one_direction(each: Input) -> None:
    values, points = zip(*CURVES[each], strict=True)
    assert list(values) == sorted(set(values))
    assert list(points) == sorted(set(points), reverse=each not in RISING)
    assert {min(points), max(points)} == {0, 100}


@given(each=st.sampled_from(Input), values=st.tuples(st.fractions(-200, 200), st.fractions(-200, 200)))
def test_points_are_bounded_and_monotone_in_the_value(each: Input, values: tuple[Fraction, Fraction]) -> None:
    low, high = (points_at(CURVES[each], value) for value in sorted(values))
    assert 0 <= min(low, high) <= max(low, high) <= 100
    assert low <= high if each in RISING else low >= high


@pytest.mark.parametrize(
    ("each", "value", "points"),
    [
        (Input.DELIVERY, "0.5", "0"), (Input.DELIVERY, "0.85", "40"), (Input.DELIVERY, "0.94", "80"),
        (Input.DELIVERY, "1", "100"), (Input.HOLDS, "0", "100"), (Input.HOLDS, "0.0075", "82.5"),
        (Input.PAYMENTS, "10", "72.5"), (Input.PAYMENTS, "90", "0"), (Input.TICKETS, "1", "95"),
        (Input.TICKETS, "7", "58"), (Input.NPS, "-100", "0"), (Input.NPS, "-33.3", "33.4"), (Input.NPS, "15", "65"),
    ],
)  # fmt: skip
def test_points_at_known_values(each: Input, value: str, points: str) -> None:
    assert points_at(CURVES[each], Fraction(value)) == Decimal(points)


@given(points=maybe_points, weights=some_weights())
def test_parts_are_the_score_and_shares_are_the_whole(points: Any, weights: Weights) -> None:
    found = assess(points, weights)
    known = [part for part in found.parts if part.points is not None and part.weight]
    assert [part.input for part in found.parts] == list(Input)
    if found.score is None:
        assert not known
        assert (found.band, found.driver) == (Band.UNKNOWN, None)
        assert not any(part.effect for part in found.parts)
        return
    assert Decimal(100) + sum(part.effect for part in found.parts) == found.score
    assert sum(part.share for part in found.parts) == 1
    assert 0 <= found.score <= 100
    assert found.score == found.score.quantize(Decimal("0.1"))
    for part in found.parts:
        assert part.effect <= 0
        if part.points is None or part.points == 100 or not part.weight:
            assert part.effect == 0
        # Rounded, and never by more than a tenth.
        exact = part.share * Fraction(100 - (part.points if part.points is not None else 100))
        assert abs(Fraction(-part.effect) - exact) < Fraction(1, 10)
    exact_score = sum(part.share * Fraction(part.points) for part in known)
    assert abs(Fraction(found.score) - exact_score) <= Fraction(1, 20)
    assert found.driver is None or min(part.effect for part in found.parts) == next(
        part.effect for part in found.parts if part.input is found.driver
    )
    assert (found.driver is None) == (found.score == 100)


@given(points=maybe_points, weights=some_weights(), each=st.sampled_from(Input), other=tenths)
def test_score_is_monotone_in_the_points_of_each_input(points: Any, weights: Weights, each: Input, other: Any) -> None:
    points[each] = points[each] if points[each] is not None else Decimal(50)
    before, after = assess(points, weights).score, assess({**points, each: other}, weights).score
    if before is None or after is None:
        assert before is after
    else:
        assert after >= before if other >= points[each] else after <= before


@given(points=maybe_points, weights=some_weights())
def test_missing_input_counts_as_if_it_had_the_score_of_the_others(points: Any, weights: Weights) -> None:
    found = assess(points, weights)
    assert found.known_weight == sum(weights.of[each] for each in Input if points[each] is not None)
    missing = [each for each in Input if points[each] is None]
    if found.score is not None and missing:
        filled = assess({**points, **dict.fromkeys(missing, found.score)}, weights)
        assert filled.score is not None
        assert abs(filled.score - found.score) <= Decimal("0.1")


@given(facts=some_facts(), weights=some_weights())
def test_any_facts_have_points_within_bounds_or_none(facts: Facts, weights: Weights) -> None:
    points = points_of(facts)
    assert all(value is None or 0 <= value <= 100 for value in points.values())
    assert (points[Input.DELIVERY] is None) == (facts.rated == 0)
    assert (points[Input.HOLDS] is None) == (facts.messages == 0)
    assert (points[Input.NPS] is None) == (facts.answers == 0)
    assert assess(points, weights) == assess(points, weights)


@given(before=maybe_points, now=maybe_points, weights=st.tuples(some_weights(), some_weights()))
def test_changes_of_the_parts_are_the_change_of_the_score(
    before: Any, now: Any, weights: tuple[Weights, Weights]
) -> None:
    early, late = assess(before, weights[0]), assess(now, weights[1])
    if early.score is not None and late.score is not None:
        assert sum(each.change for each in changes(early, late)) == late.score - early.score


@given(points=st.lists(st.tuples(st.integers(), maybe_points), max_size=5), weights=some_weights())
def test_moves_are_from_what_holds_to_what_would(points: Any, weights: Weights) -> None:
    found = moves(points, DEFAULTS, weights)
    assert [(move.before, move.after) for move in found] == [
        (assess(each, DEFAULTS), assess(each, weights)) for _, each in points
    ]
    for move in found:
        if move.before.score is not None and move.after.score is not None:
            assert move.before.score + move.change == move.after.score
        else:
            assert move.change == 0


def test_nps_is_promoters_less_detractors_of_a_hundred() -> None:
    assert Facts(promoters=2, detractors=1, answers=4).value(Input.NPS) == 25
    assert Facts(promoters=0, detractors=3, answers=3).value(Input.NPS) == -100


def test_bands_begin_where_they_are_said_to() -> None:
    step = Decimal("0.1")
    assert band_of(Decimal(100)) is band_of(HEALTHY_FROM) is Band.HEALTHY
    assert band_of(HEALTHY_FROM - step) is band_of(WATCH_FROM) is Band.WATCH
    assert band_of(WATCH_FROM - step) is band_of(Decimal(0)) is Band.AT_RISK
    assert band_of(None) is Band.UNKNOWN


@pytest.mark.parametrize(
    "of",
    [
        {**DEFAULT_WEIGHTS, Input.NPS: 16},
        {**DEFAULT_WEIGHTS, Input.NPS: -15, Input.TICKETS: 45},
        {Input.DELIVERY: 100},
    ],
)
def test_weights_that_do_not_add_up_are_none(of: dict[Input, int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        Weights(1, of)
