"""Saved views of the message log: a filter with a name."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.exports import ExportFilter
from gateway.api.models.filters import printable
from gateway.api.models.shape import Answer, Body, Query, Timestamp

LONGEST_NAME = 80

ViewName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME), AfterValidator(printable)
]


class ViewCreate(Body):
    name: ViewName = Field(description="Differs from the person's other names in more than capitals.")
    filter: ExportFilter = Field(description="The filters of `GET /v1/messages`.")


class ViewChange(Body):
    """What is left out stays."""

    name: ViewName | None = None
    filter: ExportFilter | None = None

    @field_validator("name", "filter")
    @classmethod
    def given(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("missing", "Leave it out, or give a value.")
        return value


class ViewPath(Query):
    view_id: UUID


class SavedView(Answer):
    view_id: str
    name: str
    filter: dict[str, Any] = Field(description="As it was saved.")
    created_at: Timestamp
    updated_at: Timestamp


class SavedViews(Answer):
    """All of a person's views, by name."""

    items: list[SavedView]
