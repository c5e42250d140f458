"""Reports of reviews: asked for once, made, fetched, found again, told, and ended."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from gateway.api.context import EXTENSION, Dependencies
from gateway.api.resources import qbr_reports
from gateway.jobs import reporting
from gateway.jobs.resources import Resources
from gateway.signing import SigningFailed, SigningUnavailable, known_certificates, verify
from gateway.storage import StorageUnavailable
from gateway.store.qbr import reports as store
from gateway.typesetting.making import NotMade
from tests.support.api_world import NOW, World, build_world, random_messages
from tests.support.jobs import work_off
from tests.support.postgres import NewDatabase

NOBODY = UUID("01890000-0000-7000-8000-000000000000")


@pytest.fixture(scope="module")
def reporting_world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("reports"), messages=300) as built:
        built.add(random_messages(built.tenant, 300, 7, until=datetime(2026, 10, 2, tzinfo=UTC), days=100))
        built.fold()
        work_off(own_of(built).settings, built.worker_engine)  # what the world itself queued
        yield built


def own_of(world: World) -> Dependencies:
    own: Dependencies = world.app.extensions[EXTENSION]
    return own


def resources_of(world: World) -> Resources:
    return Resources.of(own_of(world).settings, world.worker_engine)


def ask(world: World, who: str = "tam", period: str = "2026-Q3", **query: str) -> Any:
    path = f"/v1/internal/qbr/{world.tenant}"
    return world.client(who).post(path, query_string={"period": period, **query}, json={})


def asked(world: World, **query: str) -> dict[str, Any]:
    answer = ask(world, **query)
    assert answer.status_code == 202, answer.json
    found: dict[str, Any] = answer.json
    return found


def job(world: World, job_id: str, who: str = "tam") -> Any:
    return world.get(who, f"/v1/internal/qbr/jobs/{job_id}")


def work(world: World) -> None:
    work_off(own_of(world).settings, world.worker_engine)


def made(world: World, **query: str) -> dict[str, Any]:
    report = asked(world, **query)
    work(world)
    found: dict[str, Any] = job(world, report["jobId"]).json
    assert found["status"] == "ready", found
    return found


def fetch(world: World, report: dict[str, Any]) -> Any:
    return world.client(None).get(report["url"].replace("http://127.0.0.1:9", ""), buffered=True)


def events(world: World, report: dict[str, Any]) -> list[Any]:
    told = world.sql("SELECT data FROM event_outbox WHERE event_type = 'customer-portal.qbr.exported.v1'")
    return [row.data for row in told if row.data["reportId"] == report["jobId"]]


def test_report_is_made_signed_stored_and_told_once(reporting_world: World) -> None:
    waiting = asked(reporting_world, language="fa-AF")
    assert (waiting["status"], waiting["progress"], waiting["url"]) == ("queued", 0, None)
    work(reporting_world)
    report = job(reporting_world, waiting["jobId"]).json
    assert (report["status"], report["progress"], report["problem"]) == ("ready", 100, None)
    assert (report["period"], report["language"], report["complete"]) == ("2026-Q3", "fa-AF", True)
    assert (report["createdByName"], report["glyphsReplaced"]) == ("tam", [])
    answer = fetch(reporting_world, report)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "review-2026-Q3-fa-AF.pdf" in answer.headers["Content-Disposition"]
    assert hashlib.sha256(answer.data).hexdigest() == report["sha256"]
    assert len(answer.data) == report["sizeBytes"]
    assert len(PdfReader(io.BytesIO(answer.data)).pages) >= 4
    assert b"pdfuaid:part" in answer.data
    (told,) = events(reporting_world, report)
    assert told["sha256"] == report["sha256"]
    assert (told["period"], told["locale"], told["sizeBytes"]) == ("2026-Q3", "fa-AF", report["sizeBytes"])
    assert (told["tenantId"], told["developmentKey"]) == (str(reporting_world.tenant), True)
    work(reporting_world)
    assert len(events(reporting_world, report)) == 1


def test_report_says_what_the_preview_says(reporting_world: World) -> None:
    told = reporting_world.get(
        "tam", f"/v1/internal/tenants/{reporting_world.tenant}/qbr-preview", period="2026-Q3"
    ).json
    report = made(reporting_world, language="en")
    pages = PdfReader(io.BytesIO(fetch(reporting_world, report).data)).pages
    text = "\n".join(page.extract_text() for page in pages)
    for figure in (told["totals"]["messages"], *(month["messages"] for month in told["months"])):
        assert f"{figure:,}" in text
    assert "The key is a development key" in " ".join(text.split())


def test_two_requests_for_the_same_are_one_report(reporting_world: World) -> None:
    first = asked(reporting_world, language="ps")
    again = ask(reporting_world, "admin", language="ps")
    assert (again.status_code, again.json) == (202, first)
    other = asked(reporting_world, language="ar")
    assert other["jobId"] != first["jobId"]
    comments = f"/v1/internal/tenants/{reporting_world.tenant}/qbr-comments"
    body = {"basedOn": 0, "texts": {"summary": "Well done. 🚀"}}
    assert reporting_world.client("tam").put(comments, query_string={"period": "2026-Q3"}, json=body).status_code == 200
    with_comments = asked(reporting_world, language="ps")
    assert with_comments["jobId"] != first["jobId"]
    assert (first["commentsVersion"], with_comments["commentsVersion"]) == (0, 1)
    work(reporting_world)
    for report, replaced in ((first, []), (other, []), (with_comments, ["U+1F680"])):
        found = job(reporting_world, report["jobId"]).json
        assert (found["status"], found["glyphsReplaced"]) == ("ready", replaced)
        assert len(events(reporting_world, report)) == 1
    # What is made already is made anew: numbers of a quarter may change a little after it.
    assert asked(reporting_world, language="ps")["jobId"] != with_comments["jobId"]
    work(reporting_world)


def test_two_requests_at_the_same_moment_are_one_report(own_world: World) -> None:
    """As if the second had not seen the first: the database itself keeps them one."""
    first = asked(own_world, period="2026-Q4")
    with pytest.raises(Exception, match="qbr_reports_open"), own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO qbr_reports (tenant_id, period, language, comments_version, created_by, created_by_name,"
            " created_at) SELECT tenant_id, period, language, comments_version, created_by, created_by_name, created_at"
            " FROM qbr_reports"
        )
    work(own_world)
    assert job(own_world, first["jobId"]).json["status"] == "ready"


def test_language_of_the_account_is_taken_unless_said_otherwise(reporting_world: World) -> None:
    report = asked(reporting_world, period="2026-Q4")
    assert (report["language"], report["status"]) == ("fa-AF", "queued")
    work(reporting_world)
    assert job(reporting_world, report["jobId"]).json["complete"] is False


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [({"period": "2027-Q1"}, 422, "validation_failed"), ({"period": "2026-Q5"}, 422, "validation_failed"),
     ({"language": "de"}, 422, "validation_failed"), ({"period": "2025-Q1"}, 409, "period_without_traffic")],
)  # fmt: skip
def test_report_of_nothing_is_refused_with_its_reason(
    reporting_world: World, query: dict[str, str], status: int, code: str
) -> None:
    before = reporting_world.sql("SELECT count(*) FROM qbr_reports")
    answer = ask(reporting_world, **query)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert reporting_world.sql("SELECT count(*) FROM qbr_reports") == before


def test_reports_are_found_again_newest_first_by_page(reporting_world: World) -> None:
    made(reporting_world)
    made(reporting_world, language="en")
    path = f"/v1/internal/tenants/{reporting_world.tenant}/qbr-reports"
    whole = reporting_world.get("admin", path).json["items"]
    assert [each["createdAt"] for each in whole] == sorted((each["createdAt"] for each in whole), reverse=True)
    seen, cursor = [], None
    while True:
        page = reporting_world.get("admin", path, limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [each["jobId"] for each in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
        elsewhere = f"/v1/internal/tenants/{reporting_world.other}/qbr-reports"
        assert reporting_world.get("admin", elsewhere, cursor=cursor).status_code == 422, "a place in another's list"
    assert seen == [each["jobId"] for each in whole]
    place = reporting_world.get("admin", path, limit=1).json["nextCursor"]
    foreign = f"/v1/internal/tenants/{reporting_world.other}/qbr-reports"
    assert reporting_world.get("admin", foreign, cursor=place).status_code == 422
    assert all(each["url"] for each in whole if each["status"] == "ready")


def test_report_is_seen_by_whoever_looks_after_the_tenant(reporting_world: World) -> None:
    report = made(reporting_world, language="en")
    assert job(reporting_world, report["jobId"], "admin").status_code == 200
    assert job(reporting_world, report["jobId"], "unassigned_tam").status_code == 404
    assert job(reporting_world, str(NOBODY), "admin").status_code == 404
    assert ask(reporting_world, "unassigned_tam").status_code == 404
    for who in ("owner", "stranger", "impostor"):
        assert job(reporting_world, report["jobId"], who).status_code == 403
    changed = {**report, "url": report["url"].replace(report["jobId"], str(NOBODY))}
    assert fetch(reporting_world, changed).status_code == 403


def test_each_report_is_in_the_customers_audit_log_once(own_world: World) -> None:
    first = asked(own_world, period="2026-Q4", language="en")
    asked(own_world, period="2026-Q4", language="en")
    log = own_world.get("owner", "/v1/account/audit-events").json["items"]
    told = [event for event in log if event["action"] == "qbr.exported"]
    assert [(event["subject"], event["details"]) for event in told] == [
        (first["jobId"], {"period": "2026-Q4", "language": "en"})
    ]


def test_more_than_a_handful_at_once_have_to_wait(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qbr_reports, "MOST_UNFINISHED", 2)
    for language in ("en", "ps"):
        assert ask(own_world, period="2026-Q4", language=language).status_code == 202
    refused = ask(own_world, period="2026-Q4", language="ar")
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert ask(own_world, period="2026-Q4", language="en").status_code == 202, "the same is no other report"


class Faulty:
    """A part that fails some times, and then is itself."""

    def __init__(self, inner: Any, name: str, *faults: Exception) -> None:
        self._inner, self._name, self._faults = inner, name, list(faults)

    def __getattr__(self, name: str) -> Any:
        if name == self._name and self._faults:
            fault = self._faults.pop(0)

            def fail(*_: Any, **__: Any) -> Any:
                raise fault

            return fail
        return getattr(self._inner, name)


def perform(world: World, report: dict[str, Any], resources: Resources) -> None:
    reporting.perform(resources, world.tenant, UUID(report["jobId"]))


@pytest.mark.parametrize(
    ("part", "call", "fault"),
    [("signer", "sign", SigningUnavailable("away")), ("reports", "put", StorageUnavailable("full"))],
)
def test_part_that_is_away_is_tried_again_and_nothing_is_told_before(
    own_world: World, part: str, call: str, fault: Exception
) -> None:
    report, own = asked(own_world, period="2026-Q4"), resources_of(own_world)
    failing: Any = Faulty(getattr(own, part), call, fault)
    faulty = replace(own, **{part: failing})
    with pytest.raises(type(fault)):
        perform(own_world, report, faulty)
    assert events(own_world, report) == []
    assert job(own_world, report["jobId"]).json["status"] == "running"
    perform(own_world, report, faulty)
    assert job(own_world, report["jobId"]).json["status"] == "ready"
    assert len(events(own_world, report)) == 1


@pytest.mark.parametrize(
    ("part", "call", "faults", "problem"),
    [("signer", "sign", [SigningFailed("no")], "signing"), ("signer", "sign", [KeyError("x")], "internal"),
     ("reports", "put", [StorageUnavailable("full")] * 5, "storage")],
)  # fmt: skip
def test_report_that_cannot_be_made_says_why(
    own_world: World, part: str, call: str, faults: list[Exception], problem: str
) -> None:
    report, own = asked(own_world, period="2026-Q4"), resources_of(own_world)
    failing: Any = Faulty(getattr(own, part), call, *faults)
    faulty = replace(own, **{part: failing})
    for _ in faults[:-1]:
        with pytest.raises(StorageUnavailable):
            perform(own_world, report, faulty)
    perform(own_world, report, faulty)
    found = job(own_world, report["jobId"]).json
    assert (found["status"], found["problem"], found["url"]) == ("failed", problem, None)
    assert events(own_world, report) == []
    assert asked(own_world, period="2026-Q4")["jobId"] != report["jobId"], "another may be asked for"


def test_pages_that_cannot_be_laid_out_are_a_problem(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise NotMade("no room")

    monkeypatch.setattr(reporting, "to_pdf", fail)
    report = asked(own_world, period="2026-Q4")
    perform(own_world, report, resources_of(own_world))
    assert job(own_world, report["jobId"]).json["problem"] == "layout"


def test_attempt_that_was_taken_over_leaves_nothing_behind(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was thought dead comes to its end after its successor: one report, one event, one file."""
    report, own = asked(own_world, period="2026-Q4"), resources_of(own_world)
    late = own.reports

    class Overtaken:
        def put(self, key: str, content: bytes) -> None:
            late.put(key, content)
            monkeypatch.undo()
            perform(own_world, report, own)  # the successor, from beginning to end

        def __getattr__(self, name: str) -> Any:
            return getattr(late, name)

    overtaken: Any = Overtaken()
    perform(own_world, report, replace(own, reports=overtaken))
    found = job(own_world, report["jobId"]).json
    assert (found["status"], len(events(own_world, report))) == ("ready", 1)
    assert files_of(own_world) == [f"{report['jobId']}.2.pdf"]
    assert hashlib.sha256(fetch(own_world, found).data).hexdigest() == found["sha256"]


def files_of(world: World) -> list[str]:
    folder = own_of(world).settings.report_folder / str(world.tenant)
    return sorted(path.name for path in folder.glob("*"))


def test_report_is_kept_and_then_ended_with_its_file(own_world: World) -> None:
    report = asked(own_world, period="2026-Q4")
    work(own_world)
    resources, now = resources_of(own_world), datetime.now(UTC)
    stray = f"{own_world.tenant}/{report['jobId']}.9.pdf"
    resources.reports.put(stray, b"%PDF")
    reporting.clean(resources, now)
    assert files_of(own_world) == [f"{report['jobId']}.1.pdf"]
    reporting.clean(resources, now + reporting.KEPT + timedelta(hours=1))
    assert files_of(own_world) == []
    found = job(own_world, report["jobId"]).json
    assert (found["status"], found["url"]) == ("expired", None)
    reporting.clean(resources, now + reporting.KEPT + reporting.REMEMBERED + timedelta(hours=2))
    assert job(own_world, report["jobId"]).status_code == 404


def test_report_whose_job_is_gone_is_given_up(own_world: World) -> None:
    report = asked(own_world, period="2026-Q4")
    with own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs")
    reporting.clean(resources_of(own_world), NOW + timedelta(minutes=30))
    assert job(own_world, report["jobId"]).json["status"] == "queued"
    reporting.clean(resources_of(own_world), NOW + timedelta(hours=2))
    assert job(own_world, report["jobId"]).json["problem"] == "interrupted"


def test_signature_of_a_report_holds_until_a_byte_is_changed(reporting_world: World) -> None:
    pdf = fetch(reporting_world, made(reporting_world, language="en")).data
    known = known_certificates(own_of(reporting_world).settings)
    verdict = verify(pdf, known)
    assert (verdict.state, verdict.signer) == ("intact", "development")
    place = len(pdf) // 3
    changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
    assert verify(changed, known).state in ("changed", "unreadable")


def test_store_of_a_report_that_is_not_there(own_world: World) -> None:
    with own_world.worker_engine.begin() as connection:
        assert store.begin_attempt(connection, own_world.tenant, NOBODY, NOW) is None
    reporting.perform(resources_of(own_world), own_world.tenant, NOBODY)
