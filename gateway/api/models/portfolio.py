"""The tenants an internal user looks after, with their latest health scores."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.api.models.analytics import Rate
from gateway.api.models.filters import PageQuery, printable
from gateway.api.models.shape import Answer, Money, Query, Timestamp

InputName = Literal["delivery", "holds", "payments", "tickets", "nps"]
BandName = Literal["at_risk", "watch", "healthy", "unknown"]
SortName = Literal[
    "name", "score", "change7d", "change30d", "messages", "deliveryRate", "spend", "spendChange", "openTickets"
]
Score = Annotated[float, Field(ge=0, le=100, description="One decimal.")]


class TenantsFilter(Query):
    q: Annotated[str, AfterValidator(printable)] = Field(
        default="", max_length=100, description="Part of the name, in whatever capitals."
    )
    band: list[BandName] = Field(default_factory=list, max_length=4, description="Only these bands.")
    driver: list[InputName] = Field(
        default_factory=list, max_length=5, description="Only where this input takes most of the score."
    )


class TenantsQuery(TenantsFilter, PageQuery):
    sort: SortName = Field(default="name", description="Tenants without a value come last, whichever the order.")
    order: Literal["asc", "desc"] = "asc"


class TenantHealth(Answer):
    """The latest score. `day` is the last local day of the 30 that it is about."""

    day: date
    score: Score | None = Field(description="Null: nothing is known that counts.")
    band: BandName
    known_weight: int = Field(ge=0, le=100, description="The weights of the inputs that are known, of 100.")
    driver: InputName | None = Field(description="The input that takes most; null when none takes anything.")
    driver_effect: float = Field(le=0, description="What it takes, in points.")
    change_7d: float | None
    change_30d: float | None
    series: list[Score | None] = Field(description="One for each of the 90 days up to `day`; null: no score.")


class LastNote(Answer):
    """The newest note about a tenant."""

    note_id: str
    beginning: str = Field(description="Markdown, as it was written, 400 characters at most. Not to be trusted.")
    author_name: str
    at: Timestamp


class TenantItem(Answer):
    """Traffic and money are those of the 30 days up to `health.day`; zero before a tenant's first night."""

    tenant_id: str
    name: str
    is_demo: bool
    messages_30d: int
    delivery_rate_30d: Rate
    spend_30d: Money
    spend_change: float | None = Field(description="Against the 30 days before: 0.1 is a tenth more. Null: none then.")
    open_tickets: int | None = Field(description="Null: not known.")
    health: TenantHealth | None = Field(description="Null before a tenant's first night.")
    last_note: LastNote | None = Field(description="Null while nobody has written one.")


class BandCounts(Answer):
    at_risk: int
    watch: int
    healthy: int
    unknown: int


class Tenants(Answer):
    items: list[TenantItem]
    next_cursor: str | None
    bands: BandCounts = Field(description="How many tenants lie in each band by the filters, but for `band`.")


class DotsQuery(TenantsFilter):
    sample: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Only so many, of the commonest currency: those at risk first, then those that spend most.",
    )


class DotSums(Answer):
    """Of all tenants with a score that are charged in one currency, whether they are told of or not."""

    currency: str
    tenants: int
    at_risk: int
    at_risk_spend: float


class TenantDots(Answer):
    """Columns of equal length, one place for each tenant that has a score; those with most messages first, unless a
    sample was asked for."""

    tenant_id: list[str]
    name: list[str]
    score: list[Score]
    spend_30d: list[float] = Field(description="In the tenant's own currency.")
    currency: list[str]
    messages_30d: list[int]
    left_off: bool = Field(description="There are more than fit.")
    sums: list[DotSums] = Field(description="By currency, the commonest first.")
