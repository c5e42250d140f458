"""Business reviews over REST: ``/v1/internal/tenants/{tenantId}/qbr-…`` and ``/v1/internal/qbr``."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.review_answers import comments, review
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import NotFound
from portal.domain.params import as_uuid
from portal.domain.qbr import Review
from portal.domain.qbr_comments import Comments, Texts
from portal.domain.qbr_reports import Report, ReportPage, ReportStatus

_TENANTS = "/v1/internal/tenants"
_REPORTS = "/v1/internal/qbr"


class RestQbr:
    """:class:`portal.domain.ports.QbrPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def get_review(self, tenant_id: str, period: str, *, actor: Actor) -> Review:
        body = self._upstream.get(f"{_tenant(tenant_id)}/qbr-preview", [("period", period)], actor=actor)
        with decode.answer():
            return review(body)

    def get_comments(self, tenant_id: str, period: str, *, actor: Actor) -> Comments:
        body = self._upstream.get(f"{_tenant(tenant_id)}/qbr-comments", [("period", period)], actor=actor)
        with decode.answer():
            return comments(body)

    def save_comments(self, tenant_id: str, period: str, based_on: int, texts: Texts, *, actor: Actor) -> Comments:
        change = {"basedOn": based_on, "texts": dict(texts)}
        body = self._upstream.put(f"{_tenant(tenant_id)}/qbr-comments", change, query=[("period", period)], actor=actor)
        with decode.answer():
            return comments(body)

    def create_report(
        self, tenant_id: str, period: str, language: str, *, idempotency_key: str, actor: Actor
    ) -> Report:
        asked = [("period", period), ("language", language)]
        path = f"{_REPORTS}/{_uuid(tenant_id)}"
        body = self._upstream.post(path, query=asked, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _report(body)

    def get_report(self, job_id: str, *, actor: Actor) -> Report:
        body = self._upstream.get(f"{_REPORTS}/jobs/{_uuid(job_id)}", actor=actor)
        with decode.answer():
            return _report(body)

    def list_reports(self, tenant_id: str, *, limit: int = 20, actor: Actor) -> ReportPage:
        body = self._upstream.get(f"{_tenant(tenant_id)}/qbr-reports", [("limit", str(limit))], actor=actor)
        with decode.answer():
            return ReportPage(
                items=tuple(_report(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )


def _tenant(tenant_id: str) -> str:
    return f"{_TENANTS}/{_uuid(tenant_id)}"


def _uuid(text: str) -> str:
    """Anything else names nothing, and is not worth a question."""
    found = as_uuid(text)
    if found is None:
        raise NotFound("tenant or report")
    return found


def _report(body: Json) -> Report:
    return Report(
        job_id=decode.text(body["jobId"]),
        tenant_id=decode.text(body["tenantId"]),
        period=decode.text(body["period"]),
        language=decode.text(body["language"]),
        status=ReportStatus(decode.text(body["status"])),
        progress=max(0, min(100, decode.integer(body["progress"]))),
        created_at=decode.instant(body["createdAt"]),
        created_by=decode.maybe_text(body.get("createdByName")),
        finished_at=decode.maybe_instant(body.get("finishedAt")),
        expires_at=decode.maybe_instant(body.get("expiresAt")),
        comments_version=decode.integer(body["commentsVersion"]),
        complete=decode.flag(body["complete"]) if body.get("complete") is not None else None,
        size_bytes=decode.integer(body["sizeBytes"]) if body.get("sizeBytes") is not None else None,
        glyphs_replaced=tuple(decode.text(each) for each in decode.items(body.get("glyphsReplaced") or [])),
        problem=decode.maybe_text(body.get("problem")),
        address=decode.maybe_text(body.get("url")),
    )
