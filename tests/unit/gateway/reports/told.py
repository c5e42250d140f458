"""A review to lay out: the contract's own sample, with what a test changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.api.models.qbr import QbrPreview

SAMPLE = Path(__file__).parents[4] / "contracts" / "samples" / "qbr_preview.json"


def sample() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))["payload"]
    return found


def review(**changes: Any) -> QbrPreview:
    """The sample, with whole parts of it put in place of its own."""
    return QbrPreview.model_validate_json(json.dumps({**sample(), **changes}))
