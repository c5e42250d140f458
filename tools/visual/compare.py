"""Two pictures as an eye compares them: how letters are smoothed does not count, nor one pixel this way or that.

A pixel has changed when its colour is none of those around the same place in the other picture, nor between them, *and*
the ink about it is not the same either: smoothing moves ink to a neighbour, and a glyph half a pixel further has its
strokes in other columns, but as much of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # height × width × red, green, blue
#: Of 255, in any of the three colours. What is kept was rounded to steps of 8 (see ``baselines``).
COLOUR = 12
INK = 8
#: And of what ink stands on: dark letters on white move more of it about than a pale line.
INK_SHARE = 1 / 8
#: Fewer pixels than a full stop has are no change.
FEWEST = 6


@dataclass(frozen=True)
class Difference:
    """``changed`` says of each pixel of the larger size whether it has; ``pixels`` are how many have."""

    changed: NDArray[np.bool_]
    pixels: int
    resized: bool

    def __bool__(self) -> bool:
        return self.resized or self.pixels >= FEWEST

    def box(self) -> tuple[int, int, int, int] | None:
        """(left, top, right, bottom) of all that has changed, the last two excluded."""
        rows, columns = np.flatnonzero(self.changed.any(axis=1)), np.flatnonzero(self.changed.any(axis=0))
        if not rows.size:
            return None
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def compare(before: Pixels, after: Pixels) -> Difference:
    """What has changed; of pictures of other sizes, also all that only one of them has."""
    height, width = (max(before.shape[side], after.shape[side]) for side in (0, 1))
    common = (slice(min(before.shape[0], after.shape[0])), slice(min(before.shape[1], after.shape[1])))
    changed = np.ones((height, width), dtype=np.bool_)
    changed[common] = False
    one, other = before[common], after[common]
    rows = np.flatnonzero((one != other).any(axis=(1, 2)))
    if rows.size:  # most pictures differ in few of their rows, if in any
        band = slice(max(0, int(rows[0]) - 2), int(rows[-1]) + 3)
        changed[common][band] = _changed(one[band], other[band])
    return Difference(changed, int(changed.sum()), before.shape != after.shape)


def _changed(one: Pixels, other: Pixels) -> NDArray[np.bool_]:
    (low, high), (other_low, other_high) = _span(one), _span(other)
    foreign = _beyond(one, other_low, other_high) | _beyond(other, low, high)
    contrast = (np.maximum(high, other_high) - np.minimum(low, other_low)).max(axis=2)
    ink = np.abs(_blurred(one) - _blurred(other)).max(axis=2)
    found: NDArray[np.bool_] = foreign & (ink > np.maximum(INK, contrast * INK_SHARE))
    return found


def _span(pixels: Pixels) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """The least and the greatest of each colour within a pixel of each place."""
    return _around(pixels, np.minimum).astype(np.int16), _around(pixels, np.maximum).astype(np.int16)


def _beyond(pixels: Pixels, low: NDArray[np.int16], high: NDArray[np.int16]) -> NDArray[np.bool_]:
    value = pixels.astype(np.int16)
    found: NDArray[np.bool_] = ((value < low - COLOUR) | (value > high + COLOUR)).any(axis=2)
    return found


def _around(pixels: Pixels, choose: Any) -> Pixels:
    """The least or greatest of each pixel's square of nine."""
    for side in (0, 1):
        edges = [(1, 1) if side == at else (0, 0) for at in range(3)]
        wide = np.pad(pixels, edges, mode="edge")
        size = pixels.shape[side]
        parts = [wide[_slice(side, at, size)] for at in range(3)]
        pixels = choose(choose(parts[0], parts[1]), parts[2])
    return pixels


def _blurred(pixels: Pixels) -> NDArray[np.float32]:
    """The mean of each pixel's square of nine."""
    blurred = pixels.astype(np.float32)
    for side in (0, 1):
        edges = [(1, 1) if side == at else (0, 0) for at in range(3)]
        wide = np.pad(blurred, edges, mode="edge")
        size = blurred.shape[side]
        blurred = (wide[_slice(side, 0, size)] + wide[_slice(side, 1, size)] + wide[_slice(side, 2, size)]) / 3
    return blurred


def _slice(side: int, start: int, size: int) -> tuple[slice, ...]:
    return tuple(slice(start, start + size) if side == at else slice(None) for at in range(2))
