"""Exports of the message log as people see them. Instants are aware, in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.message_filter import MessageFilter

FORMATS = ("csv", "parquet")


class ExportStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def unfinished(self) -> bool:
        return self in {ExportStatus.QUEUED, ExportStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class Export:
    """A file of all messages that fit ``wanted``. ``as_of`` is the moment it shows, ``problem`` a code of what kept it
    from being written; ``address`` opens without a token, and so goes to nobody but the person who fetches the file."""

    export_id: str
    status: ExportStatus
    file_format: str
    include_text: bool
    wanted: MessageFilter
    created_at: dt.datetime
    created_by: str | None
    as_of: dt.datetime | None
    rows_total: int | None
    rows_done: int
    size_bytes: int | None
    expires_at: dt.datetime | None
    problem: str | None
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some exports, newest first; ``next_cursor`` None: there are no more."""

    items: tuple[Export, ...]
    next_cursor: str | None

    @property
    def unfinished(self) -> bool:
        """Whether any of them is still to come."""
        return any(each.status.unfinished for each in self.items)
