from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.charts.palette import INKS, STATUS_ORDER, Role, status_role
from portal.domain.statuses import MessageStatus

STYLES = Path(__file__).resolve().parents[4] / "assets/css/dashboard.css"
# Bootstrap 5.3's surfaces that charts stand on.
SURFACES = {"light card": "#ffffff", "light page": "#f8f9fa", "dark card": "#212529", "dark raised": "#2b3035"}


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance of ``#rrggbb``."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))
@pytest.mark.parametrize("role", Role)
def test_ink_on_every_surface_has_the_contrast_of_graphics(role: Role, surface: str) -> None:
    assert contrast(INKS[role].colour, surface) >= 3.0


def test_statuses_have_a_colour_and_a_pattern_of_their_own() -> None:
    inks = [INKS[role] for role in STATUS_ORDER]
    assert len({ink.colour for ink in inks}) == len(MessageStatus)
    assert len({ink.pattern for ink in inks}) == len(MessageStatus)


def test_every_status_of_the_domain_is_drawn() -> None:
    assert {role.value for role in STATUS_ORDER} == {status.value for status in MessageStatus}


def test_status_unknown_to_the_portal_is_drawn_as_waiting() -> None:
    assert status_role("teleported") is Role.QUEUED
    assert status_role("failed") is Role.FAILED


@pytest.mark.parametrize("role", STATUS_ORDER)
def test_legend_in_the_stylesheet_has_the_ink_of_the_drawing(role: Role) -> None:
    rule = re.search(rf"\.chart-fill-{role} \{{ background-color: (#\w+)", STYLES.read_text())
    assert rule is not None
    assert rule.group(1) == INKS[role].colour
