"""Keyset positions, which lists go on from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a page ended: the next one holds what is older. Earlier ones come first."""

    submitted_at: datetime
    message_id: UUID
