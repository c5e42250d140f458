"""The account's audit log."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from gateway.api.models.filters import PageQuery, TenantQuery
from gateway.api.models.shape import Answer, Timestamp

ActorKind = Literal["person", "api_key", "internal", "platform"]


class AuditQuery(TenantQuery, PageQuery):
    what: Literal["reads", "changes"] | None = Field(
        default=None, description="Only what the platform's own people looked at, or only the rest."
    )
    actor_id: UUID | None = Field(default=None, description="Only what this person or API key did.")


class AuditEvent(Answer):
    audit_id: str
    at: Timestamp
    actor_id: str | None = Field(description="A person or an API key; null: the platform itself.")
    actor_kind: ActorKind = Field(description="`internal` is one of the platform's own people, `platform` nobody.")
    actor_name: str | None = Field(
        description="The name they have now; null when they are gone. Of the platform's people, the name they had then."
    )
    action: str = Field(examples=["api_key.created"])
    subject: str = Field(description="The id of what it was done to.")
    details: dict[str, Any]
    reads: int | None = Field(description="Of what somebody looked at: how many calls the line stands for. Else null.")
    last_at: Timestamp | None = Field(description="When the last of them was.")


class AuditEvents(Answer):
    items: list[AuditEvent]
    next_cursor: str | None
