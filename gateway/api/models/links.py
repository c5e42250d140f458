"""Signed addresses."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from gateway.api.models.shape import Query


class LinkQuery(Query):
    """The parts of a signed address; none can be changed."""

    tenant: UUID
    person: UUID
    expires: int = Field(ge=0, le=4_102_444_800, description="Seconds since 1970.")
    signature: str = Field(max_length=100)
