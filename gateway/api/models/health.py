"""A tenant's health score taken apart, the weights, and runs that make scores."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import printable
from gateway.api.models.portfolio import BandCounts, BandName, InputName, Score
from gateway.api.models.shape import Answer, Body, Money, Query, Timestamp

LONGEST_RUN_DAYS = 120
LONGEST_REASON = 500
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON), AfterValidator(printable)]
PageName = Literal["analytics", "messages", "invoices", "tickets", "nps"]


class TenantPath(Query):
    tenant_id: UUID


class RunPath(Query):
    run_id: UUID


class HealthQuery(Query):
    days: int = Field(default=90, ge=1, le=366, description="How many days of scores, up to the latest.")


class CurvePoint(Answer):
    value: float
    points: float


class HealthPart(Answer):
    """One input. 100 and all effects are the score, exactly."""

    input: InputName
    value: float | None = Field(description="A share, days, a number or the score from -100 to 100. Null: not known.")
    points: Score | None = Field(description="By the curve, from `value`. Null: not known.")
    weight: int = Field(ge=0, le=100)
    share: float = Field(ge=0, le=1, description="Of the weights of all that is known; zero when this is not.")
    effect: float = Field(le=0, description="What it adds to 100.")
    curve: list[CurvePoint] = Field(description="Straight lines between these, level outside.")
    page: PageName = Field(description="The page that shows why.")


class HealthBasis(Answer):
    """What was counted for the score."""

    messages: int
    delivered: int
    rated: int = Field(description="Delivered, failed, expired or rejected.")
    withheld: int = Field(description="Held or blocked.")
    late_days: float | None = Field(description="On average, weighted by amount; null: no invoice was due.")
    invoices: int
    tickets: int | None = Field(description="Opened; null: nobody reports them.")
    open_tickets: int | None
    promoters: int
    detractors: int
    answers: int


class PartChange(Answer):
    input: InputName
    points_before: Score | None
    points: Score | None
    change: float = Field(description="What it has to do with the change of the score.")


class WeekChange(Answer):
    """What changed since the day a week before; the parts are `change` together, exactly."""

    day: date
    score: Score
    change: float
    weights_changed: bool
    parts: list[PartChange]


class NpsComment(Answer):
    at: Timestamp
    score: int = Field(ge=0, le=10)
    comment: str


class HealthExplained(Answer):
    """The latest score. The period of what was counted is `from` to `day`, local days, both inclusive."""

    day: date
    from_: date
    score: Score | None
    band: BandName
    known_weight: int = Field(ge=0, le=100)
    weights_version: int
    computed_at: Timestamp
    parts: list[HealthPart]
    basis: HealthBasis
    since_last_week: WeekChange | None = Field(description="Null without a score on both days.")
    answers: list[NpsComment] = Field(description="The latest that count, five at most.")
    spend: Money
    spend_change: float | None


class TenantHealthAnswer(Answer):
    tenant_id: str
    name: str
    time_zone: str
    is_demo: bool
    health: HealthExplained | None = Field(description="Null before the tenant's first night.")
    series: list[Score | None] = Field(description="One for each day up to `health.day`; null: no score.")


class WeightSet(Body):
    """Whole numbers that add up to 100."""

    delivery: int = Field(ge=0, le=100, strict=True)
    holds: int = Field(ge=0, le=100, strict=True)
    payments: int = Field(ge=0, le=100, strict=True)
    tickets: int = Field(ge=0, le=100, strict=True)
    nps: int = Field(ge=0, le=100, strict=True)


def _adding_up(weights: WeightSet) -> None:
    total = weights.delivery + weights.holds + weights.payments + weights.tickets + weights.nps
    if total != 100:
        raise PydanticCustomError("weights_sum", "The weights must add up to 100; these are {total}.", {"total": total})


class WeightsPreviewRequest(WeightSet):
    @model_validator(mode="after")
    def add_up(self) -> Self:
        _adding_up(self)
        return self


class WeightsChange(WeightSet):
    based_on: int = Field(
        ge=1, le=2_147_483_647, strict=True, description="The version that was changed: another is refused (409)."
    )

    reason: Reason = Field(default="", description="Why; kept with the version.")

    @model_validator(mode="after")
    def add_up(self) -> Self:
        _adding_up(self)
        return self


class Curves(Answer):
    """Of each input: straight lines between these, level outside."""

    delivery: list[CurvePoint]
    holds: list[CurvePoint]
    payments: list[CurvePoint]
    tickets: list[CurvePoint]
    nps: list[CurvePoint]


class WeightsVersion(Answer):
    version: int
    delivery: int
    holds: int
    payments: int
    tickets: int
    nps: int
    changed_at: Timestamp
    changed_by_name: str | None = Field(description="The name they had then; null: what the platform began with.")
    reason: str = Field(description="Why, in their words; empty where they gave none.")


class HealthWeights(Answer):
    current: WeightsVersion
    defaults: WeightSet
    history: list[WeightsVersion] = Field(description="Newest first, 20 at most, the current one included.")
    curves: Curves


class ScoreMove(Answer):
    tenant_id: str
    name: str
    before: Score | None
    after: Score | None
    band_before: BandName
    band_after: BandName


class Distribution(Answer):
    """How many tenants lie in each ten points, from 0 to below 10 up to 90 to 100; those without a score in none."""

    before: list[int]
    after: list[int]


class WeightsPreview(Answer):
    """What the weights would do to the latest score of every tenant."""

    before: BandCounts
    after: BandCounts
    distribution: Distribution
    other_band: int = Field(description="How many tenants would lie in another band.")
    largest: list[ScoreMove] = Field(description="Those whose score would move most, ten at most.")


class RunRequest(Body):
    days: int = Field(
        default=1, ge=1, le=LONGEST_RUN_DAYS, strict=True, description="So many days that are over, the latest last."
    )


class HealthRun(Answer):
    run_id: str
    tenant_id: str | None = Field(description="Null: every tenant.")
    days: int
    status: Literal["queued", "running", "done"]
    asked_at: Timestamp
    finished_at: Timestamp | None
    scores: int = Field(description="How many were made.")
    done_days: int = Field(description="Days that are made already; `days` when it is done.")


class RunsQuery(Query):
    tenant_id: UUID | None = Field(default=None, description="Without it the runs of all tenants together.")


class HealthRuns(Answer):
    items: list[HealthRun] = Field(description="Newest first, five at most; those that somebody asked for.")


class WeightsChanged(Answer):
    weights: HealthWeights
    run: HealthRun | None = Field(description="Which brings the latest scores up to date; null: nothing changed.")
