"""API keys: what is shown of them, and what may be chosen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.api.context import dependencies
from gateway.api.models.filters import PageQuery, TenantQuery, printable
from gateway.api.models.shape import Answer, Body, Query, Timestamp
from gateway.domain.api_keys import LONGEST_GRACE

LONGEST_LIFE = timedelta(days=3660)
MOST_NETWORKS = 50
USAGE_DAYS = 30
LONGEST_USAGE_DAYS = 366

Scope = Literal["sms:send", "sms:read", "billing:read"]
Mode = Literal["live", "test"]
Status = Literal["active", "expiring", "grace", "expired", "revoked"]
Warned = Literal["stale", "never_expires", "unused_wide"]


def distinct_scopes(scopes: list[Scope]) -> list[Scope]:
    return sorted(set(scopes), key=("sms:send", "sms:read", "billing:read").index)


def network(value: str) -> str:
    """An address or a network in its usual form. What is written beside the network is refused: it was meant to be
    something else."""
    try:
        return str(ip_network(value.strip()))
    except ValueError:
        raise PydanticCustomError(
            "network", "Give an IP address or a network such as 203.0.113.0/24, with no bits set beside the network."
        ) from None


def in_future(moment: datetime) -> datetime:
    now = dependencies().now()
    if moment <= now:
        raise PydanticCustomError("past", "Give a moment that is still to come.")
    if moment > now + LONGEST_LIFE:
        raise PydanticCustomError("too_far", "Give a moment within the next ten years.")
    return moment


KeyName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(printable)
]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=10), AfterValidator(distinct_scopes)]
Network = Annotated[str, StringConstraints(max_length=50), AfterValidator(network)]
Networks = Annotated[list[Network], Field(max_length=MOST_NETWORKS)]
Expiry = Annotated[AwareDatetime, AfterValidator(in_future)]


class KeysQuery(TenantQuery, PageQuery):
    pass


class KeyPath(Query):
    key_id: str = Field(max_length=64)


class UsageQuery(TenantQuery):
    days: int = Field(default=USAGE_DAYS, ge=1, le=LONGEST_USAGE_DAYS, description="Local days, today included.")


class RefusedCallsQuery(TenantQuery, PageQuery):
    api_key_id: UUID | None = Field(default=None, description="Of one key only.")


class NewKeyBody(Body):
    name: KeyName
    scopes: Scopes
    mode: Mode = "live"
    expires_at: Expiry | None = Field(default=None, description="Null: it never expires by itself.")
    allowed_ips: Networks = Field(
        default_factory=list, description="Addresses and networks it works from; empty: from anywhere."
    )


class KeyChange(Body):
    """Only the fields given change."""

    name: KeyName | None = None
    expires_at: Expiry | None = Field(default=None, description="Null takes the expiry away.")
    allowed_ips: Networks | None = None


class RotateBody(Body):
    grace_seconds: int = Field(
        strict=True,
        ge=0,
        le=int(LONGEST_GRACE.total_seconds()),
        description="How long the old key goes on working beside the new one; 0 stops it now.",
        examples=[0, 900, 3600, 86400],
    )


class RecentUse(Answer):
    """Calls on the last 30 local days, oldest first, today last."""

    first_day: date
    calls: list[int]
    refused: list[int] = Field(description="Of them, those that were answered with an error of the caller.")


class ApiKey(Answer):
    key_id: str
    name: str
    mode: Mode
    scopes: list[Scope]
    prefix: str = Field(examples=["gsk_live_9fKc"])
    last_four: str
    status: Status = Field(description="`grace`: rotated, and works until `worksUntil`.")
    warnings: list[Warned] = Field(
        description="`stale`: unused for 90 days. `never_expires`. `unused_wide`: never used, with more than one scope."
    )
    allowed_ips: list[str]
    created_by: str | None = Field(description="The name of who made it.")
    created_at: Timestamp
    expires_at: Timestamp | None
    revoked_at: Timestamp | None
    works_until: Timestamp | None = Field(description="The end of the grace after a rotation.")
    rotated_from: str | None
    successor_id: str | None
    last_used_at: Timestamp | None = Field(description="The last call it was let in with, right within a minute.")
    recent_use: RecentUse


class ApiKeys(Answer):
    items: list[ApiKey]
    next_cursor: str | None


class CreatedApiKey(ApiKey):
    """The only answer that ever holds the key itself."""

    raw_key: str = Field(description="Keep it now: it is not stored, and nobody can show it again.")


class DayOfUse(Answer):
    day: date
    calls: int
    refused: int


class ApiKeyUsage(Answer):
    key_id: str
    items: list[DayOfUse] = Field(description="Every local day asked for, oldest first.")
    calls: int
    refused: int


class RefusedCall(Answer):
    call_id: str
    at: Timestamp
    api_key_id: str
    api_key_name: str
    method: str
    route: str = Field(examples=["/v1/messages"])
    status: int
    code: str = Field(
        description="`key_revoked`, `key_expired`, `address_not_allowed`, `not_for_keys`, `scope_missing`, or the"
        " problem's own code."
    )
    request_id: str


class RefusedCalls(Answer):
    items: list[RefusedCall]
    next_cursor: str | None
