"""Which TAMs look after which tenants."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import PageQuery, printable
from gateway.api.models.shape import Answer, Body, Query

MOST_TAMS = 20
MOST_TENANTS = 200
MOST_PEOPLE = 1_000

People = Annotated[list[UUID], Field(max_length=MOST_TAMS)]


class AssignmentsPath(Query):
    tenant_id: UUID


class AssignmentsQuery(PageQuery):
    q: Annotated[str, AfterValidator(printable)] = Field(
        default="", max_length=100, description="Part of the name, in whatever capitals."
    )
    tam_id: UUID | None = Field(default=None, description="Only those that this TAM looks after.")
    unassigned: bool = Field(default=False, description="Only those that nobody looks after.")


class Tam(Answer):
    user_id: str
    name: str
    active: bool = Field(description="False: they can sign in no more.")


class Assignments(Answer):
    """Who looks after a tenant, by name."""

    tenant_id: str
    tams: list[Tam]
    version: str = Field(description="Of this set; another set has another one.")


class AssignmentsChange(Body):
    tam_ids: People = Field(description="The whole set: who is not in it is taken away.")
    based_on: str = Field(
        pattern="^[0-9a-f]{16}$", description="The version that was changed: when there is another it is 409."
    )


class AssignedTenant(Answer):
    tenant_id: str
    name: str
    is_demo: bool
    tams: list[Tam]
    version: str


class AssignedTenants(Answer):
    """By name. `total` and `unassigned` count all tenants, whatever the filter."""

    items: list[AssignedTenant]
    next_cursor: str | None
    total: int
    unassigned: int


class BulkAssignment(Body):
    """The same change to many tenants. What is so already stays so."""

    tenant_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_TENANTS)]
    add: People = Field(default_factory=list)
    remove: People = Field(default_factory=list)

    @model_validator(mode="after")
    def say_something(self) -> Self:
        if not self.add and not self.remove:
            raise PydanticCustomError("missing", "Name somebody to add or to remove.")
        if set(self.add) & set(self.remove):
            raise PydanticCustomError("both", "Nobody can be added and removed at once.")
        return self


ResultStatus = Literal["changed", "unchanged", "not_found", "failed"]


class AssignmentResult(Answer):
    tenant_id: str
    status: ResultStatus = Field(
        description="Each tenant is changed on its own: the others are what they say, whatever became of this one."
    )


class AssignmentResults(Answer):
    """In the order they were asked for, each once."""

    results: list[AssignmentResult]


class InternalPerson(Answer):
    user_id: str
    name: str
    email: str
    active: bool = Field(description="False: they can sign in no more, and look after somebody still.")
    tenants: int = Field(description="How many they look after.")


class InternalPeople(Answer):
    items: list[InternalPerson]
