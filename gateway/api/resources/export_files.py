"""Export files, fetched by the signed address that an export's `downloadUrl` holds: no token goes along."""

from __future__ import annotations

from threading import BoundedSemaphore
from zoneinfo import ZoneInfo

from flask import Response, g, request, send_file

from gateway.api.context import dependencies
from gateway.api.documents import Answers, blueprint, problem
from gateway.api.links import Purpose, check_link
from gateway.api.models import exports as models
from gateway.api.models.links import LinkQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.exports.files import ExportFiles
from gateway.store import exports as store
from gateway.store.accounts import get_account
from gateway.store.audit import record
from gateway.store.tenancy import tenant_transaction

api = blueprint("export_files", __name__, "Exports", security=[{}])

BUSY_SECONDS = 30
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_ANSWERS: Answers = {
    200: {"description": "The file."},
    206: {"description": "The part of it that `Range` names."},
    **{status: problem(status) for status in (403, 404, 422, 503)},
}

# A slow reader holds a thread for as long as it reads; the other half of the threads goes on answering.
_downloads = BoundedSemaphore(4)


@api.get("/messages/exports/<exportId>/file", responses=_ANSWERS)
def fetch_export(path: models.ExportPath, query: LinkQuery) -> Response:
    """The file, by the signed address an export's `downloadUrl` holds"""
    check_link(Purpose.EXPORT, str(path.export_id), query)
    own = dependencies()
    g.tenant_id = query.tenant
    with tenant_transaction(own.engine, query.tenant, actor=str(query.person)) as connection:
        row = store.get_export(connection, query.tenant, path.export_id)
        account = get_account(connection, query.tenant)
        if row is None or row.status != "ready" or account is None:
            raise Problem(ProblemCode.NOT_FOUND)
        file = ExportFiles(own.settings.export_folder).path((query.tenant, row.export_id, row.attempt, row.file_format))
        if not file.is_file():
            raise Problem(ProblemCode.NOT_FOUND)
        if request.method == "GET" and request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
            record(connection, query.tenant, query.person, "message_export.downloaded", str(row.export_id), {})
    if not _downloads.acquire(blocking=False):
        raise Problem(ProblemCode.UNAVAILABLE, "Too many files are being fetched just now.", retry_after=BUSY_SECONDS)
    day = row.created_at.astimezone(ZoneInfo(account.time_zone))
    name = f"messages-{day:%Y-%m-%d-%H%M}.{row.file_format}"
    try:
        response = send_file(file, _TYPES[row.file_format], as_attachment=True, download_name=name, conditional=True)
    except BaseException:
        _downloads.release()
        raise
    response.headers["Cache-Control"] = "private, no-store"
    response.direct_passthrough = False  # or nobody would be told when the server is done with the file
    response.call_on_close(_downloads.release)
    return response
