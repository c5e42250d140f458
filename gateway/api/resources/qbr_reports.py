"""Reports of business reviews: asked for, followed, found again. The worker makes them."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, open_actor, principal
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.models import qbr_reports as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.models.qbr import QbrTenantPath
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.api.report_links import report_link
from gateway.api.resources.qbr import begun_review
from gateway.reports.content import has_traffic
from gateway.store.accounts import Account, get_user
from gateway.store.connections import Connection
from gateway.store.qbr import reports as store
from gateway.store.qbr.comments import get_comments
from gateway.texts import choose

api = blueprint("qbr_reports", __name__, "Customer success")

MOST_UNFINISHED = 5
BUSY_SECONDS = 10


@api.post("/internal/qbr/<tenantId>", responses=answers(models.QbrReport, 409, 413, 415, 429, accepted=True))
def export_qbr(path: QbrTenantPath, query: models.QbrExportQuery, body: models.QbrExportBody) -> Response:
    """Ask for a tenant's review of a quarter as a signed PDF

    It holds what the preview shows and the comments as they are now. While the same is being made already, that one is
    answered. At most 5 of a tenant wait.
    """
    with open_account(path.tenant_id) as (connection, account):
        review = begun_review(account, query.period)
        if not has_traffic(connection, account, review):
            raise Problem(ProblemCode.PERIOD_WITHOUT_TRAFFIC)
        return reply(_presented(_ask(connection, account, query)), 202)


@api.get("/internal/qbr/jobs/<jobId>", responses=answers(models.QbrReport))
def get_qbr_job(path: models.QbrJobPath, query: NoParameters) -> Response:
    """One report, how far it is, and the address of its file"""
    with open_actor() as connection:
        report = store.get_report(connection, path.job_id)
    if report is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return reply(_presented(report))


@api.get("/internal/tenants/<tenantId>/qbr-reports", responses=answers(models.QbrReports))
def list_qbr_reports(path: QbrTenantPath, query: models.QbrReportsQuery) -> Response:
    """A tenant's reports, newest first"""
    with open_account(path.tenant_id) as (connection, account):
        described = f"{account.tenant_id}?qbr-reports"
        after = cursors.to_id(query.cursor, described) if query.cursor else None
        rows = store.list_reports(connection, account.tenant_id, limit=query.limit + 1, after=after)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return reply(
        models.QbrReports(
            items=[_presented(row) for row in shown],
            next_cursor=cursors.from_id(shown[-1].report_id, described) if more else None,
        )
    )


def _ask(connection: Connection, account: Account, query: models.QbrExportQuery) -> store.Report:
    person = get_user(connection, principal().user_id)
    if person is None:
        raise Problem(ProblemCode.FORBIDDEN)
    store.lock(connection, account.tenant_id)
    new = store.NewReport(
        period=query.period,
        language=query.language or choose([account.locale]).tag,
        comments_version=get_comments(connection, account.tenant_id, query.period).version,
        created_by=person.user_id,
        created_by_name=person.name,
        created_at=dependencies().now(),
    )
    found = store.find_unfinished(connection, account.tenant_id, new)
    if found is not None:
        return found
    if store.count_unfinished(connection, account.tenant_id) >= MOST_UNFINISHED:
        raise Problem(
            ProblemCode.RATE_LIMITED, f"{MOST_UNFINISHED} reports are waiting already.", retry_after=BUSY_SECONDS
        )
    report = store.add_report(connection, account.tenant_id, new)
    audit(connection, account, "qbr.exported", report.report_id, period=new.period, language=new.language)
    return report


def _presented(report: store.Report) -> models.QbrReport:
    now = dependencies().now()
    over = report.status == "ready" and report.expires_at is not None and report.expires_at <= now
    status = "expired" if over else report.status
    url, until = None, None
    if status == "ready" and report.storage_key is not None:
        url, until = report_link(
            report.tenant_id, report.report_id, report.storage_key, name=_name(report), kept_until=report.expires_at
        )
    shown = ("progress", "created_at", "created_by_name", "finished_at", "expires_at", "complete", "size_bytes")
    told = ("period", "language", "comments_version", "sha256", "problem", *shown)
    return models.QbrReport.model_validate(
        {
            "job_id": _written(report.report_id),
            "tenant_id": _written(report.tenant_id),
            "status": status,
            "glyphs_replaced": list(report.glyphs),
            "url": url,
            "url_expires_at": until,
            **{name: getattr(report, name) for name in told},
        }
    )


def _name(report: store.Report) -> str:
    return f"review-{report.period}-{report.language}.pdf"


def _written(identity: UUID) -> str:
    return str(identity)
