"""The certificates of signed reports, for whoever would rather check one without us."""

from __future__ import annotations

from flask import Response

from gateway.api.context import dependencies
from gateway.api.documents import Answers, blueprint, problem
from gateway.api.models.filters import NoParameters
from gateway.signing import published_certificates

api = blueprint("report_certificates", __name__, "Reports", security=[{}])

PEM_TYPE = "application/x-pem-file"
_ANSWERS: Answers = {200: {"description": "PEM (`application/x-pem-file`)."}, 422: problem(422)}


@api.get("/reports/certificate", responses=_ANSWERS)
def get_report_certificate(query: NoParameters) -> Response:
    """The certificates by which this platform signs and signed reports, as PEM"""
    response = Response(published_certificates(dependencies().settings), mimetype=PEM_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename="report-certificates.pem")
    return response
