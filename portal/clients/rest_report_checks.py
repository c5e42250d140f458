"""Checking reports over REST: ``/v1/reports``."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.report_checks import CheckResult, ReportVerdict

CHECK_SECONDS = 12.0
"""The platform looks at a file for so long, or says that it could not."""


class RestReportChecks:
    """:class:`portal.domain.ports.ReportChecksPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def verify(self, content: bytes, *, actor: Actor) -> ReportVerdict:
        body = self._upstream.post_file("/v1/reports/verify", content, "application/pdf", actor=actor)
        with decode.answer():
            return ReportVerdict(
                result=CheckResult(decode.text(body["result"])),
                sha256=decode.text(body["sha256"]),
                size_bytes=decode.integer(body["sizeBytes"]),
                signer=decode.maybe_text(body.get("signer")),
                signed_by=decode.maybe_text(body.get("signedBy")),
                organization=decode.maybe_text(body.get("organization")),
                signed_at=decode.maybe_instant(body.get("signedAt")),
                certificate_sha256=decode.maybe_text(body.get("certificateSha256")),
            )
