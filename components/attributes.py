"""``aria-…`` and ``data-…`` attributes, which Dash takes as any keyword and its type hints know nothing of."""

from __future__ import annotations

from typing import Any


def attributes(**named: str) -> Any:
    """``attributes(aria_label="…")`` → ``{"aria-label": "…"}``, to be passed on with ``**``."""
    return {name.replace("_", "-"): value for name, value in named.items()}
