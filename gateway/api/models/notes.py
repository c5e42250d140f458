"""Notes about a tenant, in Markdown: kept as they were written, and drawn by whoever shows them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import PageQuery
from gateway.api.models.shape import Answer, Body, Query, Timestamp

LONGEST_NOTE = 10_000
LARGEST_VERSION = 2_147_483_647
_LINES = frozenset("\n\r\t")


def written(value: str) -> str:
    """Lines and tabs are part of a text; other control characters, and half characters, are not."""
    if any(
        (ord(char) < 32 and char not in _LINES) or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in value
    ):
        raise PydanticCustomError("characters", "Control characters are not allowed.")
    if not value.strip():
        raise PydanticCustomError("missing", "Write something.")
    return value


Markdown = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NOTE),
    AfterValidator(written),
    Field(examples=["Called **Farid**."]),
]
Version = Annotated[int, Field(ge=1, le=LARGEST_VERSION)]
VersionKind = Literal["created", "edited", "deleted"]
BasedOn = Annotated[
    int, Field(ge=1, le=LARGEST_VERSION, description="The version that was read: when there is a newer one it is 409.")
]


class NotesPath(Query):
    tenant_id: UUID


class NotePath(NotesPath):
    note_id: UUID


class NotesQuery(PageQuery):
    deleted: bool = Field(default=False, description="Those that were deleted instead: platform admins only.")


class NoteWrite(Body):
    body: Markdown


class NoteChange(Body):
    body: Markdown
    based_on: BasedOn


class NoteDeletion(Query):
    based_on: BasedOn


class Note(Answer):
    note_id: str
    body: str = Field(description="Markdown, as it was written. Whoever draws it must not trust it.")
    version: Version
    author_id: str
    author_name: str = Field(description="The name they had when they wrote it.")
    created_at: Timestamp
    updated_at: Timestamp
    updated_by_name: str
    deleted_at: Timestamp | None
    may_change: bool = Field(description="Whether the caller may edit and delete it: its author, and platform admins.")


class Notes(Answer):
    """Newest first."""

    items: list[Note]
    next_cursor: str | None


class NoteVersion(Answer):
    version: Version
    kind: VersionKind
    body: str = Field(description="What it said from then on; of a deletion, what it said until then.")
    at: Timestamp
    by_id: str
    by_name: str


class NoteHistory(Answer):
    """Newest first."""

    items: list[NoteVersion]
    next_cursor: str | None
