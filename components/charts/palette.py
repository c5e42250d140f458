"""Colours and patterns of what charts draw: one pair per meaning, the same everywhere.

Every colour has a contrast of at least 3:1 (WCAG 1.4.11) against the light *and* the dark surfaces of the portal, so a
figure is right in both themes and a theme switch redraws nothing. That leaves a narrow band of lightness, too narrow
to tell eight hues apart without full colour vision: therefore each status has a pattern of its own as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a series stands for; a status is its own role."""

    DELIVERED = "delivered"
    SENT = "sent"
    QUEUED = "queued"
    HELD = "held"
    FAILED = "failed"
    EXPIRED = "expired"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    ACCENT = "accent"
    SECOND = "second"
    PREVIOUS = "previous"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Ink:
    """``pattern`` uses Plotly's shape letters (``""`` is solid); ``dash`` Plotly's dash names, for lines."""

    colour: str
    pattern: str = ""
    dash: str = "solid"


INKS: Final[dict[Role, Ink]] = {
    Role.DELIVERED: Ink("#0e9171"),
    Role.SENT: Ink("#3f7fd6", "."),
    Role.QUEUED: Ink("#7d8796", "-"),
    Role.HELD: Ink("#a8790a", "|", "dash"),
    Role.FAILED: Ink("#d9480f", "x", "dot"),
    Role.EXPIRED: Ink("#9c67d6", "\\", "dashdot"),
    Role.REJECTED: Ink("#d6457f", "/", "longdash"),
    Role.BLOCKED: Ink("#967460", "+", "longdashdot"),
    Role.ACCENT: Ink("#3f7fd6"),
    Role.SECOND: Ink("#9c67d6", "", "dash"),
    Role.PREVIOUS: Ink("#7d8796", "", "dot"),
    Role.WARNING: Ink("#d9480f", "x", "dot"),
}

#: What a point of a scatter looks like, so that its colour need not be seen: Plotly's names, and the same as a glyph.
SHAPES: Final[dict[Role, tuple[str, str]]] = {
    Role.FAILED: ("diamond", "◆"),
    Role.HELD: ("square", "■"),
    Role.DELIVERED: ("circle", "●"),
}

#: Points of a scatter lie over each other.
SHEER: Final = 0.8

#: Pixels from one repetition of a pattern to the next.
PATTERN_SIZE: Final = 8

#: Drawn over a patterned area; light enough on every ink, in both themes.
PATTERN_STROKE: Final = "rgba(255,255,255,0.5)"

#: From the axis upwards: what arrived, what is still under way, what did not arrive.
STATUS_ORDER: Final[tuple[Role, ...]] = (
    Role.DELIVERED,
    Role.SENT,
    Role.QUEUED,
    Role.HELD,
    Role.FAILED,
    Role.EXPIRED,
    Role.REJECTED,
    Role.BLOCKED,
)


def status_role(status: str) -> Role:
    """The role of a message status; one that this portal does not know is drawn like what waits."""
    try:
        return Role(status)
    except ValueError:
        return Role.QUEUED
