"""Checking a report that somebody has."""

from __future__ import annotations

from portal.domain.actor import Actor
from portal.domain.errors import PortalError, RateLimited, Unauthenticated
from portal.domain.ports import ReportChecksPort
from portal.domain.report_checks import LARGEST_BYTES, ReportCheck, UploadProblem


class ReportCheckService:
    """Whether a file is a report of the platform's, and still as it was."""

    def __init__(self, checks: ReportChecksPort, api_url: str) -> None:
        """``api_url`` is where browsers and programs reach the platform."""
        self._checks = checks
        self.certificate_address = f"{api_url}/v1/reports/certificate"

    def check(self, file_name: str, content: bytes, *, actor: Actor) -> ReportCheck:
        """What is to be told of an uploaded file. Nothing of it is kept. Raises Unauthenticated only."""
        if not content:
            return ReportCheck(file_name, problem=UploadProblem.MISSING)
        if len(content) > LARGEST_BYTES:
            return ReportCheck(file_name, problem=UploadProblem.TOO_LARGE)
        try:
            return ReportCheck(file_name, self._checks.verify(content, actor=actor))
        except Unauthenticated:
            raise
        except RateLimited as error:
            return ReportCheck(file_name, problem=UploadProblem.BUSY, request_id=error.request_id)
        except PortalError as error:
            return ReportCheck(file_name, problem=UploadProblem.UNAVAILABLE, request_id=error.request_id)
