"""A figure's course as a thumbnail: a picture without words, since the tile beside it says them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from components.charts.palette import INKS, Role
from components.charts.spec import finite

WIDTH, HEIGHT, EDGE = 120, 32, 3
_PLAIN = "/:=,-"


def sparkline(
    values: Sequence[float | None],
    role: Role = Role.ACCENT,
    *,
    rtl: bool = False,
    scale: tuple[float, float] | None = None,
) -> str:
    """A ``data:`` URL of an SVG line with a dot at its end; empty without two known values. ``scale``: from and to
    where it reaches, for thumbnails that are compared with each other; else as far as its own values do.

    A picture instead of a figure: four more Plotly charts a page would cost more than they tell. Its one colour is
    legible in both themes.
    """
    known = [(index, value) for index, value in enumerate(map(finite, values)) if value is not None]
    if len(known) < 2:
        return ""
    low, high = scale or (min(value for _, value in known), max(value for _, value in known))
    span = high - low or 1.0
    width = max(1, len(values) - 1)

    def place(index: int, value: float) -> str:
        along = index / width * (WIDTH - 2 * EDGE) + EDGE
        up = (1 - (value - low) / span) * (HEIGHT - 2 * EDGE) + EDGE
        return f"{WIDTH - along if rtl else along:.1f},{up:.1f}"

    path, before = "", None
    for index, value in known:
        path += ("L" if before == index - 1 else "M") + place(index, value)
        before = index
    x, y = place(*known[-1]).split(",")
    colour = INKS[role].colour
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round" '
        f'stroke-linecap="round"/><circle cx="{x}" cy="{y}" r="3" fill="{colour}"/></svg>'
    )
    # Only what would end the address or is a sign of markup: a list has fifty of these.
    return f"data:image/svg+xml,{quote(picture, safe=_PLAIN)}"
