"""What is found out about a report that somebody has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

LARGEST_BYTES = 10 * 1024 * 1024
"""A file beyond it is no report; the platform refuses it too."""


class CheckResult(StrEnum):
    """In one word. Only the first says that the report can be relied on."""

    GENUINE = "genuine"
    DEVELOPMENT = "development"
    FOREIGN = "foreign"
    EXTENDED = "extended"
    CHANGED = "changed"
    NOT_SIGNED = "not_signed"
    NOT_PDF = "not_pdf"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ReportVerdict:
    """What the platform says of a file. ``signed_by`` and what follows it stand in the file itself."""

    result: CheckResult
    sha256: str
    size_bytes: int
    signer: str | None = None
    signed_by: str | None = None
    organization: str | None = None
    signed_at: dt.datetime | None = None
    certificate_sha256: str | None = None


class UploadProblem(StrEnum):
    """Why a file was not looked at."""

    MISSING = "missing"
    TOO_LARGE = "too_large"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class ReportCheck:
    """One upload and what came of it: a verdict or a problem."""

    file_name: str = ""
    verdict: ReportVerdict | None = None
    problem: UploadProblem | None = None
    request_id: str | None = None
