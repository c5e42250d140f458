"""A quarterly business review: one answer holds all that the preview shows and the PDF is made of."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.accounts import Locale
from gateway.api.models.analytics import Incident, Rate, Seconds, StatusCounts
from gateway.api.models.filters import printable
from gateway.api.models.portfolio import BandName, InputName, Score
from gateway.api.models.shape import Answer, Body, Money, Query, Timestamp
from gateway.domain.quarters import FIRST_YEAR, LAST_YEAR

FindingKind = Literal[
    "delivery_fell", "delivery_rose", "delivery_steady", "delivery_first", "operator_behind",
    "holds_rose", "holds_fell", "traffic_grew", "traffic_fell", "traffic_steady", "first_traffic", "balance_negative",
    "health_fell", "health_rose",
]  # fmt: skip
_PERIOD = r"^[0-9]{4}-Q[1-4]$"
PeriodName = Annotated[str, StringConstraints(pattern=_PERIOD)]
HoldShare = Annotated[float | None, Field(ge=0, le=1, description="(held + blocked) / messages; null without messages")]


def _writable(value: str) -> str:
    """Lines are kept; other control characters have no place in a text, and the database no place for some."""
    lines = value.replace("\r\n", "\n").strip()
    printable(lines.replace("\n", " ").replace("\t", " "))
    return lines


class QbrTenantPath(Query):
    tenant_id: UUID


class QbrQuery(Query):
    period: str = Field(
        json_schema_extra={"pattern": _PERIOD},
        description="A quarter of the Gregorian year, by the account's own days. The running one is told so far.",
    )

    @field_validator("period")
    @classmethod
    def a_quarter(cls, value: str) -> str:
        if not re.fullmatch(_PERIOD[1:-1], value, re.ASCII):
            raise PydanticCustomError("period", "Give a quarter such as 2026-Q3.")
        if not FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
            raise PydanticCustomError("period_range", f"Give a quarter between {FIRST_YEAR}-Q1 and {LAST_YEAR}-Q4.")
        return value


class QbrTenant(Answer):
    tenant_id: str
    name: str
    time_zone: str
    currency: str
    locale: Locale = Field(description="The account's language: what a report is written in unless said otherwise.")
    is_demo: bool


class QbrDays(Answer):
    name: PeriodName
    from_: date
    to: date = Field(description="Inclusive.")


class QbrPeriod(QbrDays):
    """`to` is the quarter's last day; `through` the last one told of, which is today while the quarter runs."""

    complete: bool = Field(description="False: it runs still, and everything is so far.")
    through: date
    previous: QbrDays = Field(
        description="What it is compared with: the quarter before; of that as many days, while this one runs."
    )


class QbrNumbers(Answer):
    """Messages submitted in the days that are meant, by their present state."""

    messages: int
    segments: int
    by_status: StatusCounts
    delivery_rate: Rate
    hold_rate: HoldShare
    spend: Money
    latency_p50: Seconds
    latency_p95: Seconds


class QbrMonth(QbrNumbers):
    month: date = Field(description="Its first day.")
    complete: bool


class QbrOperatorMonth(Answer):
    month: date
    messages: int
    delivery_rate: Rate


class QbrOperator(Answer):
    operator: str
    messages: int
    by_status: StatusCounts
    delivery_rate: Rate
    previous_delivery_rate: Rate
    spend: Money
    months: list[QbrOperatorMonth] = Field(description="One for each of `months`, in its order.")


class QbrWeek(Answer):
    """Weeks begin on Saturday; the first and the last one are cut at the quarter."""

    from_: date
    to: date
    messages: int
    delivery_rate: Rate
    held: int
    blocked: int
    hold_rate: HoldShare


class QbrQueueMonth(Answer):
    """By when it happened, not by when the message was submitted."""

    month: date
    entered: int
    released: int
    blocked: int


class QbrQueue(Answer):
    """What compliance did in the quarter. Of a message that was held twice both are counted."""

    entered: int = Field(description="Messages that were held.")
    released: int = Field(description="Held messages that were let go.")
    blocked: int = Field(description="Held messages that were blocked.")
    waiting: int = Field(description="Held at this moment, whenever they were submitted.")
    oldest_waiting_since: Timestamp | None = Field(description="When the oldest of them was submitted.")
    median_wait_seconds: float | None = Field(description="From being held to the decision; null without a decision.")
    longest_wait_seconds: float | None
    months: list[QbrQueueMonth]


class QbrCompliance(Answer):
    weeks: list[QbrWeek]
    queue: QbrQueue


class QbrRanked(Answer):
    """A sender ID, a country or a destination (the number's prefix)."""

    key: str
    messages: int
    share: float = Field(ge=0, le=1, description="Of all messages of the quarter.")
    delivery_rate: Rate
    spend: Money


class QbrTop(Answer):
    """The largest ten; the others are `others` keys with `otherMessages` messages."""

    items: list[QbrRanked]
    others: int
    other_messages: int


class QbrError(Answer):
    code: str
    permanent: bool | None = Field(description="Null: not a code of the platform's own.")
    messages: int
    share: float = Field(ge=0, le=1, description="Of all messages with a code.")


class QbrErrors(Answer):
    items: list[QbrError]
    others: int
    other_messages: int


class QbrMovement(Answer):
    """What a month did to the balance. `usage` is what messages cost and took back: negative when it spends."""

    month: date
    topups: Money
    usage: Money
    adjustments: Money
    sla_credits: Money


class QbrBalance(Answer):
    """`start` and all movements are `end`, exactly: by the ledger, and by when an entry was made."""

    start: Money
    end: Money = Field(description="At the quarter's end, or now while it runs.")
    movements: list[QbrMovement]


class QbrCredit(Answer):
    at: Timestamp
    amount: Money
    note: str


class QbrCredits(Answer):
    """Credits for service levels that were not held, as the ledger has them; the latest fifty."""

    total: Money
    count: int
    items: list[QbrCredit]


class QbrHealthPart(Answer):
    input: InputName
    points: Score | None
    effect: float = Field(le=0, description="What it adds to 100 on the last day.")
    effect_before: float | None = Field(le=0, description="On `startDay`; null without a score then.")


class QbrHealth(Answer):
    """`series` has one score for each day of the quarter up to `through`; null: none."""

    series: list[Score | None]
    start_day: date | None
    start: Score | None = Field(description="The score of the last day before the quarter, else the first in it.")
    day: date
    score: Score | None
    band: BandName
    change: float | None
    driver: InputName | None
    parts: list[QbrHealthPart]


class QbrFinding(Answer):
    """One thing worth saying, most important first. Which of the values a kind has is told in docs/qbr.md."""

    kind: FindingKind
    tone: Literal["good", "bad", "neutral"]
    value: float | None
    before: float | None
    change: float | None
    name: str | None = Field(description="An operator or a health input.")


CommentText = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_writable)]
COMMENT_SECTIONS = ("summary", "traffic", "delivery", "compliance", "audience", "spend", "health", "plan")


class QbrCommentTexts(Body):
    """Plain text for each part of the report; empty: none."""

    summary: CommentText = ""
    traffic: CommentText = ""
    delivery: CommentText = ""
    compliance: CommentText = ""
    audience: CommentText = Field(default="", description="Beside senders and destinations.")
    spend: CommentText = ""
    health: CommentText = ""
    plan: CommentText = Field(default="", description="What is planned next: a part of its own.")


class QbrComments(Answer):
    version: int = Field(description="0: nothing was written yet.")
    texts: QbrCommentTexts
    changed_at: Timestamp | None
    changed_by_name: str | None


class QbrCommentsChange(Body):
    based_on: int = Field(
        ge=0, le=2_147_483_646, strict=True, description="The version that was changed: another is refused (409)."
    )
    texts: QbrCommentTexts


class QbrPreview(Answer):
    tenant: QbrTenant
    period: QbrPeriod
    as_of: Timestamp
    has_traffic: bool = Field(description="False: no message was submitted in the quarter; it cannot be exported.")
    findings: list[QbrFinding]
    totals: QbrNumbers
    previous: QbrNumbers | None = Field(description="Of `period.previous`; null: no message then.")
    months: list[QbrMonth] = Field(description="Those that have begun.")
    operators: list[QbrOperator] = Field(description="Largest first.")
    compliance: QbrCompliance
    senders: QbrTop
    countries: QbrTop
    destinations: QbrTop
    errors: QbrErrors
    balance: QbrBalance
    sla_credits: QbrCredits
    health: QbrHealth | None = Field(description="Null without a score in the quarter.")
    incidents: list[Incident]
    comments: QbrComments
