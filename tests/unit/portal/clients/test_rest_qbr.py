"""Business reviews on the platform's API, read from the published samples."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_qbr import RestQbr
from portal.domain.errors import InvalidInput, NotFound, UpstreamRefused, UpstreamUnavailable
from portal.domain.qbr_comments import SECTIONS
from portal.domain.qbr_reports import ReportStatus
from portal.domain.statuses import MessageStatus
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
TAM = actor(None, roles=("tam",))
TENANT = "00000000-0000-7000-8000-000000000001"
JOB = "00000000-0000-7000-9000-000000000001"
REPORT = {
    "jobId": JOB, "tenantId": TENANT, "period": "2026-Q3", "language": "fa-AF", "status": "ready", "progress": 100,
    "createdAt": "2026-11-20T09:00:00Z", "createdByName": "Maryam Noori", "finishedAt": "2026-11-20T09:00:04Z",
    "expiresAt": "2027-02-18T09:00:04Z", "commentsVersion": 2, "complete": True, "sizeBytes": 248113, "sha256": "00",
    "glyphsReplaced": ["U+1F600"], "problem": None, "url": "https://platform.example/r?signature=s",
    "urlExpiresAt": "2026-11-20T09:10:04Z",
}  # fmt: skip


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestQbr:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestQbr(platform.upstream())


def test_review_is_read_as_published(platform: Platform) -> None:
    published = sample("qbr_preview")
    found = answer(platform, published).get_review(TENANT, "2026-Q3", actor=TAM)
    assert platform.seen[-1][1] == f"/v1/internal/tenants/{TENANT}/qbr-preview?period=2026-Q3"
    assert found.tenant.name == published["tenant"]["name"]
    assert found.period.name == published["period"]["name"]
    assert [each.kind for each in found.findings] == [each["kind"] for each in published["findings"]]
    totals = found.numbers.totals
    assert totals.messages == published["totals"]["messages"]
    assert totals.by_status[MessageStatus.DELIVERED] == published["totals"]["byStatus"]["delivered"]
    assert found.numbers.hold_rate == published["totals"]["holdRate"]
    assert [each.numbers.totals.messages for each in found.months] == [each["messages"] for each in published["months"]]
    assert [each.operator for each in found.operators] == [each["operator"] for each in published["operators"]]
    assert found.balance.end.amount == Decimal(published["balance"]["end"]["amount"])
    assert len(found.weeks) == len(published["compliance"]["weeks"])
    assert [each.code for each in found.errors.items] == [each["code"] for each in published["errors"]["items"]]
    assert (found.health is None) is (published["health"] is None)
    assert set(found.comments.texts) == set(SECTIONS)


@pytest.mark.parametrize("broken", ["totals", "months", "compliance", "balance", "comments", "period"])
def test_review_without_a_part_is_not_understood(platform: Platform, broken: str) -> None:
    body = {name: part for name, part in sample("qbr_preview").items() if name != broken}
    with pytest.raises(UpstreamUnavailable):
        answer(platform, body).get_review(TENANT, "2026-Q3", actor=TAM)


def test_comments_are_sent_with_the_version_they_are_based_on(platform: Platform) -> None:
    saved = answer(platform, sample("qbr_comments")).save_comments(TENANT, "2026-Q3", 4, {"plan": "x"}, actor=TAM)
    assert saved.version == sample("qbr_comments")["version"]
    assert platform.seen[-1][:2] == ("PUT", f"/v1/internal/tenants/{TENANT}/qbr-comments?period=2026-Q3")


def test_conflict_and_a_quarter_to_come_are_told_apart(platform: Platform) -> None:
    with pytest.raises(UpstreamRefused) as conflict:
        answer(platform, {"code": "conflict"}, 409).save_comments(TENANT, "2026-Q3", 1, {}, actor=TAM)
    assert conflict.value.code == "conflict"
    problem = {"code": "validation_failed", "errors": [{"field": "period", "code": "period_future", "detail": "x"}]}
    with pytest.raises(InvalidInput) as future:
        answer(platform, problem, 422).get_review(TENANT, "2030-Q1", actor=TAM)
    assert future.value.codes == {"period": "period_future"}


def test_report_is_asked_for_followed_and_listed(platform: Platform) -> None:
    made = answer(platform, REPORT, 202).create_report(TENANT, "2026-Q3", "fa-AF", idempotency_key="k", actor=TAM)
    assert platform.seen[-1][:2] == ("POST", f"/v1/internal/qbr/{TENANT}?period=2026-Q3&language=fa-AF")
    assert (made.status, made.glyphs_replaced, made.complete) == (ReportStatus.READY, ("U+1F600",), True)
    assert "signature" not in repr(made), "the signed address is in no log"
    found = answer(platform, REPORT).get_report(JOB, actor=TAM)
    assert platform.seen[-1][1] == f"/v1/internal/qbr/jobs/{JOB}"
    assert found.address == REPORT["url"]
    page = answer(platform, {"items": [REPORT], "nextCursor": None}).list_reports(TENANT, actor=TAM)
    assert platform.seen[-1][1] == f"/v1/internal/tenants/{TENANT}/qbr-reports?limit=20"
    assert [each.job_id for each in page.items] == [JOB]


def test_what_is_no_id_is_not_asked_about(platform: Platform) -> None:
    port = RestQbr(platform.upstream())
    for call in (
        lambda: port.get_review("../x", "2026-Q3", actor=TAM),
        lambda: port.get_report("", actor=TAM),
        lambda: port.list_reports("x", actor=TAM),
    ):
        with pytest.raises(NotFound):
            call()
    assert platform.seen == []
