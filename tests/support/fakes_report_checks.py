"""Checks of reports in memory: the verdict that a test wants, or a failure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from hashlib import sha256

from portal.domain.actor import Actor
from portal.domain.errors import PortalError
from portal.domain.report_checks import CheckResult, ReportVerdict


@dataclass
class FakeReportChecks:
    """Answers ``result``, for a file that begins with a result's name that one; raises ``error`` instead, if any."""

    result: CheckResult = CheckResult.GENUINE
    error: PortalError | None = None
    asked: list[bytes] = field(default_factory=list)

    def verify(self, content: bytes, *, actor: Actor) -> ReportVerdict:
        self.asked.append(content)
        if self.error is not None:
            raise self.error
        named = next((each for each in CheckResult if content.startswith(each.encode())), self.result)
        about = {
            "signer": "foreign" if named is CheckResult.FOREIGN else "platform",
            "signed_by": "Ghasi SMS reports, signing key of the year two thousand and twenty-six",
            "organization": "Ghasi",
            "signed_at": dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC),
            "certificate_sha256": sha256(b"certificate").hexdigest(),
        }
        if named in {CheckResult.NOT_PDF, CheckResult.NOT_SIGNED, CheckResult.UNREADABLE}:
            about = {}
        return ReportVerdict(named, sha256(content).hexdigest(), len(content), **about)  # type: ignore[arg-type]
