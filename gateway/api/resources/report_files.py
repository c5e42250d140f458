"""Files of reports that are kept in the local folder, fetched by a signed address: no token goes along."""

from __future__ import annotations

from flask import Response, g, request, send_file

from gateway.api.context import dependencies
from gateway.api.documents import Answers, blueprint, problem
from gateway.api.links import Purpose, check_link
from gateway.api.models import report_checks as models
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.report_links import signed_thing
from gateway.storage import LocalFolder
from gateway.store.audit import record
from gateway.store.tenancy import tenant_transaction

api = blueprint("report_files", __name__, "Reports", security=[{}])

_ANSWERS: Answers = {
    200: {"description": "The PDF."},
    206: {"description": "The part of it that `Range` names."},
    **{status: problem(status) for status in (403, 404, 422, 503)},
}


@api.get("/reports/files/<reportId>", responses=_ANSWERS)
def fetch_report(path: models.ReportFilePath, query: models.ReportLinkQuery) -> Response:
    """The PDF of a report, by the signed address that its job gives"""
    check_link(Purpose.REPORT, signed_thing(path.report_id, query.file, query.name), query)
    g.tenant_id = query.tenant
    storage = dependencies().reports
    file = storage.path(f"{query.tenant}/{query.file}") if isinstance(storage, LocalFolder) else None
    if file is None or not file.is_file():
        raise Problem(ProblemCode.NOT_FOUND)
    if request.method == "GET" and request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        with tenant_transaction(dependencies().engine, query.tenant, actor=str(query.person)) as connection:
            record(connection, query.tenant, query.person, "qbr_report.downloaded", str(path.report_id), {})
    response = send_file(file, "application/pdf", as_attachment=True, download_name=query.name, conditional=True)
    response.headers["Cache-Control"] = "private, no-store"
    return response
