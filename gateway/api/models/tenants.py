"""One tenant as whoever looks after it needs it at a glance."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.api.models.portfolio import TenantItem
from gateway.api.models.shape import Answer, Body, Money, Timestamp

RoleName = Literal["owner", "developer", "billing", "viewer"]
IncidentKind = Literal["platform", "webhook_disabled", "invoices_overdue", "balance_low", "key_revoked"]


class TenantIncident(Answer):
    """Something that went wrong, or that somebody should know about before they call the customer."""

    kind: IncidentKind
    starts_at: Timestamp
    ends_at: Timestamp | None = Field(description="Null: it lasts, or it is an event of a moment (`key_revoked`).")
    about: str | None = Field(description="An operator, an endpoint's address, a key's name.")
    about_id: str | None = Field(description="The id of that endpoint or key.")
    reason: str | None = Field(
        description="Of an endpoint `gone` (it answered 410) or `failing`; of a `platform` incident its title's key."
    )


class Arrears(Answer):
    invoices: int
    due: Money


class Tenant(TenantItem):
    """As in the list, and what else is to be known at once. Traffic of other days is in the analytics."""

    time_zone: str
    currency: str
    held_now: int = Field(description="Messages of whatever day that wait to be let go or blocked.")
    arrears: Arrears | None = Field(description="All that is overdue; null: nothing is.")
    incidents: list[TenantIncident] = Field(description="Of the last 30 days, or lasting: the latest first.")


class RolePreviewRequest(Body):
    role: RoleName = Field(description="Whose view it is to be.")


class RolePreview(Answer):
    tenant_id: str
    name: str
    role: RoleName
    started_at: Timestamp
