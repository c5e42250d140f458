"""RFC 9457 problem details, the only shape errors have."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from gateway.api.models.shape import Answer


class ProblemCode(StrEnum):
    """Stable, machine-readable causes; clients translate these, never the English title."""

    UNAUTHENTICATED = "unauthenticated"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    CONFLICT = "conflict"
    PERIOD_WITHOUT_TRAFFIC = "period_without_traffic"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    VALIDATION_FAILED = "validation_failed"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


class FieldProblem(Answer):
    """What is wrong with one field: `field` is the name the client sent (`to`, `messages.3.from`)."""

    field: str
    code: str = Field(description="Machine-readable reason, for example `missing` or `date_range`.")
    detail: str


class ProblemDetails(Answer):
    """The body of every error, served as `application/problem+json`."""

    type: str = Field(description="URI that names the kind of problem.", examples=["urn:problem:validation_failed"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: ProblemCode
    errors: list[FieldProblem] = Field(description="One entry for each field that is wrong; empty otherwise.")
    request_id: str
