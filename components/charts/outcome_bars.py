"""How something went, hour by hour, as a thumbnail: a picture without words, since the text beside it says them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from components.charts.palette import INKS, Role

STEP, BAR, UP, DOWN = 8, 6, 28, 16


def outcome_bars(hours: Sequence[tuple[int, int]], *, rtl: bool = False) -> str:
    """A ``data:`` URL of an SVG: successes grow upwards from a line, failures downwards, so that it takes no colours to
    tell them apart. ``hours`` are (successes, failures), oldest first; empty without any of them.

    Each side has its own scale: one failure beside ten thousand successes has to be seen.
    """
    most_up, most_down = (max((pair[side] for pair in hours), default=0) for side in (0, 1))
    if not most_up and not most_down:
        return ""
    width, height = len(hours) * STEP, UP + DOWN + 1
    bars: list[str] = []
    for index, (good, bad) in enumerate(hours):
        x = (len(hours) - 1 - index if rtl else index) * STEP + (STEP - BAR) // 2
        if good:
            size = max(2.0, good / most_up * UP)
            bars.append(_bar(x, UP - size, size, INKS[Role.DELIVERED].colour))
        if bad:
            bars.append(_bar(x, UP + 1, max(2.0, bad / most_down * DOWN), INKS[Role.FAILED].colour))
    line = f'<path d="M0 {UP + 0.5}H{width}" stroke="{INKS[Role.QUEUED].colour}"/>'
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{line}{''.join(bars)}</svg>"
    )
    return f"data:image/svg+xml,{quote(picture)}"


def _bar(x: int, y: float, height: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y:.1f}" width="{BAR}" height="{height:.1f}" rx="1" fill="{colour}"/>'
