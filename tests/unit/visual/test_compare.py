"""What counts as a change of a picture, on pictures small enough to be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.visual.baselines import STEP, packed, unpacked
from tools.visual.compare import Pixels, compare

PAPER, INK = 255, 20


def picture(height: int = 40, width: int = 60) -> Pixels:
    return np.full((height, width, 3), PAPER, dtype=np.uint8)


def with_stroke(at: int, strength: float = 1.0) -> Pixels:
    """A stem of a letter, one pixel wide."""
    drawn = picture()
    drawn[10:20, at] = PAPER - round((PAPER - INK) * strength)
    return drawn


def test_same_picture_is_the_same() -> None:
    difference = compare(with_stroke(20), with_stroke(20))
    assert not difference
    assert (difference.pixels, difference.box(), difference.resized) == (0, None, False)


def test_stroke_one_pixel_further_does_not_count_and_three_do() -> None:
    assert not compare(with_stroke(20), with_stroke(21))
    assert compare(with_stroke(20), with_stroke(23))


def test_ink_that_smoothing_spreads_over_two_columns_does_not_count() -> None:
    spread = picture()
    spread[10:20, 20:22] = (PAPER + INK) // 2
    assert not compare(with_stroke(20), spread)
    assert not compare(spread, with_stroke(20))


@pytest.mark.parametrize("missing_from", ["before", "after"])
def test_stroke_that_is_in_one_picture_alone_counts(missing_from: str) -> None:
    pair = (picture(), with_stroke(20))
    difference = compare(*(pair if missing_from == "before" else pair[::-1]))
    assert difference.pixels == 10
    assert difference.box() == (20, 10, 21, 20)


def test_hairline_of_the_palest_border_counts() -> None:
    lined = picture()
    lined[20, 5:55] = 222  # #dedede
    assert compare(picture(), lined)


@pytest.mark.parametrize("colour", [(40, 90, 198), (53, 83, 180)])
def test_tile_of_another_colour_counts_as_a_whole(colour: tuple[int, int, int]) -> None:
    one, other = picture(), picture()
    one[10:30, 10:50], other[10:30, 10:50] = (53, 83, 198), colour
    assert compare(one, other).pixels >= 18 * 38


def test_moved_tile_is_where_it_was_and_where_it_is() -> None:
    one, other = picture(), picture()
    one[10:20, 10:30], other[10:20, 14:34] = 200, 200
    assert compare(one, other).box() == (10, 10, 34, 20)


def test_longer_page_differs_by_all_that_is_more() -> None:
    difference = compare(picture(40), picture(50))
    assert difference
    assert difference.resized
    assert difference.box() == (0, 40, 60, 50)


@given(st.integers(0, 30), st.integers(0, 50), st.integers(2, 8), st.integers(2, 8), st.integers(0, 255))
def test_direction_makes_no_difference(top: int, left: int, height: int, width: int, shade: int) -> None:
    blot = picture()
    blot[top : top + height, left : left + width] = shade
    there, back = compare(picture(), blot), compare(blot, picture())
    assert (there.pixels, there.box()) == (back.pixels, back.box())


@given(st.integers(0, 2**32 - 1))
def test_what_is_kept_is_within_half_a_step_and_no_change(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    kept = unpacked(packed(noise))
    assert np.abs(kept.astype(int) - noise).max() < STEP
    assert not compare(kept, noise)
