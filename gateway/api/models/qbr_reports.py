"""Reports of business reviews: what is asked for, and how far it is."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.accounts import WrittenIn
from gateway.api.models.filters import PageQuery
from gateway.api.models.qbr import PeriodName, QbrQuery
from gateway.api.models.shape import Answer, Body, Query, Timestamp


class QbrExportQuery(QbrQuery):
    language: WrittenIn | None = Field(default=None, description="Of the report; by default the account's.")


class QbrExportBody(Body):
    """Nothing but the period is needed: an empty object."""


class QbrJobPath(Query):
    job_id: UUID


class QbrReportsQuery(PageQuery):
    pass


class QbrReport(Answer):
    job_id: str
    tenant_id: str
    period: PeriodName
    language: WrittenIn
    comments_version: int = Field(description="Of the comments that stand in it; 0: none.")
    status: Literal["queued", "running", "ready", "failed", "expired"]
    progress: int = Field(ge=0, le=100)
    created_at: Timestamp
    created_by_name: str = Field(description="The name they had then.")
    finished_at: Timestamp | None
    expires_at: Timestamp | None = Field(description="Until when the file is kept.")
    complete: bool | None = Field(description="Whether the quarter was over when it was made; null: not made yet.")
    size_bytes: int | None
    sha256: str | None = Field(description="Of the file, in hexadecimal digits.")
    glyphs_replaced: list[str] = Field(
        description="Characters that no font shows, as `U+1F600`: a box stands for each."
    )
    problem: Literal["period_without_traffic", "layout", "signing", "storage", "interrupted", "internal"] | None
    url: str | None = Field(description="Signed; opens without a token until `urlExpiresAt`. Null unless it is ready.")
    url_expires_at: Timestamp | None


class QbrReports(Answer):
    items: list[QbrReport]
    next_cursor: str | None
