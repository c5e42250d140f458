"""Exports of the message log: what is asked for, and how far it is."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.filters import PageQuery, TenantQuery
from gateway.api.models.messages import MessageFilter
from gateway.api.models.shape import Answer, Body, Query, Timestamp

Format = Literal["csv", "parquet"]


class ExportFilter(Body, MessageFilter):
    """The filters of `GET /v1/messages`, those that may be repeated there as lists."""

    # Numbers are numbers here: what is text in an address is not in JSON.
    weekday: int | None = Field(default=None, ge=1, le=7, strict=True, description="Local ISO weekday of submission.")
    hour: int | None = Field(default=None, ge=0, le=23, strict=True, description="Local hour of submission.")


class ExportBody(Body):
    format: Format = Field(description="`csv`: UTF-8 for spreadsheets. `parquet`: typed columns, zstd.")
    include_text: bool = Field(
        default=False, strict=True, description="Whether the file holds what was written to whom."
    )
    filter: ExportFilter = Field(default_factory=ExportFilter, description="Empty: every message.")


class ExportsQuery(TenantQuery, PageQuery):
    pass


class ExportPath(Query):
    export_id: UUID


class MessageExport(Answer):
    """`asOf` is the moment the file shows: one snapshot, without messages submitted after `createdAt`."""

    export_id: str
    status: Literal["queued", "running", "ready", "failed", "expired"]
    format: Format
    include_text: bool
    filter: dict[str, Any] = Field(description="As it was asked for.")
    created_at: Timestamp
    created_by: str | None = Field(description="Name of the person who asked; null for one who is gone.")
    as_of: Timestamp | None
    rows_total: int | None
    rows_done: int
    size_bytes: int | None
    finished_at: Timestamp | None
    expires_at: Timestamp | None = Field(description="Until when the file is kept.")
    problem: Literal["storage", "interrupted", "internal"] | None
    download_url: str | None = Field(description="Signed; opens without a token until `downloadUrlExpiresAt`.")
    download_url_expires_at: Timestamp | None


class MessageExports(Answer):
    items: list[MessageExport]
    next_cursor: str | None
