"""The account's audit log."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from gateway.api.models.filters import PageQuery, TenantQuery
from gateway.api.models.shape import Answer, Timestamp


class AuditQuery(TenantQuery, PageQuery):
    pass


class AuditEvent(Answer):
    audit_id: str
    at: Timestamp
    actor_id: str | None = Field(description="A person or an API key; null: the platform itself.")
    actor_name: str | None = Field(description="The name they have now; null when they are gone.")
    action: str = Field(examples=["api_key.created"])
    subject: str = Field(description="The id of what it was done to.")
    details: dict[str, Any]


class AuditEvents(Answer):
    items: list[AuditEvent]
    next_cursor: str | None
