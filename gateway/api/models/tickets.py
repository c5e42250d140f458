"""Support tickets of a tenant, as another system told them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.api.models.filters import printable
from gateway.api.models.shape import Answer, Body, Timestamp

StatusName = Literal["new", "open", "pending", "on_hold", "solved", "closed", "unknown"]
PriorityName = Literal["low", "normal", "high", "urgent"]
ProblemName = Literal["unreachable", "slow", "refused", "rate_limited", "malformed", "unknown_organisation"]
SourceName = Literal["zendesk", "helpscout", "demo"]


class TicketItem(Answer):
    ticket_id: str = Field(description="The other system's.")
    subject: str
    status: StatusName
    priority: PriorityName | None = Field(description="Null: the system has none, or nobody gave it one.")
    opened_at: Timestamp
    url: str | None = Field(description="Opens it where it is worked on; null for tickets of the demo.")


class Tickets(Answer):
    """The ten opened last. Whatever is wrong with the other system is said here and is no failure of this call."""

    state: Literal["known", "unavailable", "not_linked", "not_configured"] = Field(
        description="`known`: as the system tells them now, or a minute ago. `unavailable`: it does not; `items` are"
        " what it told last. `not_linked`: nobody said which of its organisations this tenant is."
    )
    source: SourceName | None
    problem: ProblemName | None = Field(description="Why it is `unavailable`.")
    as_of: Timestamp | None = Field(description="When `items` were told; null: never.")
    organisation: str | None = Field(description="Which of the system's organisations the tenant is linked to.")
    items: list[TicketItem]


class TicketLinkBody(Body):
    organisation: Annotated[str, AfterValidator(printable)] | None = Field(
        min_length=1,
        max_length=200,
        description="Zendesk: the organisation's external id. Help Scout: the organisation's id. Null: none any more.",
    )


class TicketLink(Answer):
    tenant_id: str
    organisation: str | None
