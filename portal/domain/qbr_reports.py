"""Reports of business reviews: files that the platform writes and signs in the background."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class ReportStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def unfinished(self) -> bool:
        return self in {ReportStatus.QUEUED, ReportStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class Report:
    """``period`` is a quarter's name, ``language`` one of the portal's. ``progress`` is of 100, ``problem`` a code of
    what kept it from being written, ``glyphs_replaced`` are characters that its fonts do not have (``U+1F600``);
    ``complete``: whether the quarter was over when it was made (None: it is not made yet);
    ``address`` opens without a token, and so goes to nobody but the person who opens the file."""

    job_id: str
    tenant_id: str
    period: str
    language: str
    status: ReportStatus
    progress: int
    created_at: dt.datetime
    created_by: str | None
    finished_at: dt.datetime | None
    expires_at: dt.datetime | None
    comments_version: int
    complete: bool | None
    size_bytes: int | None
    glyphs_replaced: tuple[str, ...]
    problem: str | None
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Newest first; ``next_cursor`` None: there are no more."""

    items: tuple[Report, ...]
    next_cursor: str | None

    @property
    def unfinished(self) -> bool:
        return any(each.status.unfinished for each in self.items)
