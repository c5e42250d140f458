"""Whether a file is a report of ours, and still as it was: told to whoever has it."""

from __future__ import annotations

from typing import cast

from flask import Response, request

from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.models import report_checks as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.signing import LARGEST, TooBusy, Verdict, known_certificates, verify

api = blueprint("report_checks", __name__, "Reports")

BUSY_SECONDS = 3


@api.post("/reports/verify", responses=answers(models.ReportVerdict, 413, 415, statuses=(401, 403, 422, 503)))
def verify_report(query: NoParameters, raw: models.PdfBody) -> Response:
    """Whether a PDF is a report that this platform signed, and still as it was

    For everybody who is signed in: the answer holds what stands in the file and nothing else of anybody's. The file is
    looked at and not kept. At most 10 MiB.
    """
    request.max_content_length = LARGEST
    try:
        found = verify(request.get_data(cache=False), known_certificates(dependencies().settings))
    except TooBusy as error:
        raise Problem(ProblemCode.UNAVAILABLE, "Too many files are being checked.", retry_after=BUSY_SECONDS) from error
    return reply(_presented(found))


def _presented(found: Verdict) -> models.ReportVerdict:
    return models.ReportVerdict(
        result=_result(found),
        signer=found.signer,
        signed_by=found.signed_by,
        organization=found.organization,
        signed_at=found.signed_at,
        covers_whole_file=found.state == "intact",
        certificate_sha256=found.fingerprint,
        certificate_valid_from=found.valid_from,
        certificate_valid_to=found.valid_to,
        sha256=found.sha256,
        size_bytes=found.size,
    )


def _result(found: Verdict) -> models.Result:
    if found.signer == "foreign" and found.state in {"intact", "extended"}:
        return "foreign"
    if found.state == "intact":
        return "genuine" if found.signer == "platform" else "development"
    return cast(models.Result, found.state)
