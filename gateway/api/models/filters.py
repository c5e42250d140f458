"""Parameters several resources share: the tenant an internal user names, operators, senders, pages."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.api.models.shape import Query


def printable(value: str) -> str:
    """PostgreSQL's text holds no NUL, and no identifier contains control characters."""
    if any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise PydanticCustomError("characters", "Control characters are not allowed.")
    return value


StatusName = Literal["queued", "held", "sent", "delivered", "failed", "expired", "rejected", "blocked"]
TextItem = Annotated[str, Field(max_length=200)]
OperatorName = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(printable)]
SenderId = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(printable)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
ErrorCode = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(printable)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=400)]

LARGEST_PAGE = 200
DEEPEST_NUMBERED_ROW = 10_000


class TenantQuery(Query):
    """Internal users name the tenant they look at; a customer's own tenant comes from the token and this is ignored."""

    tenant_id: UUID | None = Field(
        default=None,
        description="Internal users only (and needed for them): the account to read. Ignored for customers.",
    )


class NoParameters(Query):
    pass


class PageQuery(Query):
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Items on a page.")
    cursor: Cursor | None = Field(default=None, description="`nextCursor` of the page before.")
