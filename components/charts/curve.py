"""How an input becomes points, as a thumbnail: a picture without words, since the list beside it has them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import quote

from components.charts.palette import INKS, Role

WIDTH, HEIGHT, EDGE = 120, 48, 4
#: How far the level ends are drawn, of the whole width.
BEYOND = 0.08


def curve(corners: Sequence[tuple[float, float]], *, rtl: bool = False) -> str:
    """A ``data:`` URL of an SVG: the line through ``corners`` (value, points from 0 to 100; ascending by value), going
    on level at both ends. Empty without two corners."""
    if len(corners) < 2 or any(after[0] <= before[0] for before, after in pairwise(corners)):
        return ""
    low, high = corners[0][0], corners[-1][0]
    margin = (high - low) * BEYOND
    drawn = [(low - margin, corners[0][1]), *corners, (high + margin, corners[-1][1])]

    def place(value: float, points: float) -> str:
        along = EDGE + (value - low + margin) / (high - low + 2 * margin) * (WIDTH - 2 * EDGE)
        up = EDGE + (1 - points / 100) * (HEIGHT - 2 * EDGE)
        return f"{WIDTH - along if rtl else along:.1f},{up:.1f}"

    colour, quiet = INKS[Role.ACCENT].colour, INKS[Role.QUEUED].colour
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>'
        for x, y in (place(*corner).split(",") for corner in corners)
    )
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="M0,{HEIGHT - EDGE}H{WIDTH}M0,{EDGE}H{WIDTH}" stroke="{quiet}" stroke-dasharray="2 3" fill="none"/>'
        f'<path d="M{"L".join(place(*each) for each in drawn)}" fill="none" stroke="{colour}" stroke-width="2" '
        f'stroke-linejoin="round"/>{dots}</svg>'
    )
    return f"data:image/svg+xml,{quote(picture)}"
