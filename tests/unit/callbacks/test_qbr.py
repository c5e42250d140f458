"""The page of a business review in all its states, and what its controls do, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from dash import no_update

from callbacks import qbr, qbr_reports
from components.charts import Chart
from components.qbr import QbrIds, build_qbr
from components.qbr_comments import BASE
from components.qbr_reports import ReportIds
from components.qbr_words import finding_text
from portal import context
from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, NotFound, Unauthenticated, UpstreamRefused, UpstreamUnavailable
from portal.domain.qbr_comments import SECTIONS
from portal.domain.qbr_reports import ReportStatus
from portal.i18n import SUPPORTED, use
from portal.services import Services
from portal.shell.first_data import fill
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_portfolio import tenant_id
from tests.support.fakes_qbr import FINDINGS, QUARTER, SILENT, FakeQbr, comments, report, review
from tests.support.trees import links, nodes, text

TAM = actor(None, roles=("tam",))
TENANT = tenant_id()
ADDRESS = urlencode({"tenantId": TENANT, "period": QUARTER.name, "language": "fa-AF"})
FIELDS = 2 + len(SECTIONS)  # where the fields' values begin in an answer
SUMMARY = FIELDS + len(SECTIONS)


def on(port: FakeQbr, call: Callable[[], Any], asker: Actor | None = None) -> Any:
    services: Services = fake_services(qbr=port)
    with context.use(actor=asker or TAM, services=services):
        return call()


def load(port: FakeQbr | None = None, period: str = QUARTER.name, tenant: str = TENANT) -> dict[Any, Any]:
    found: dict[Any, Any] = on(port or FakeQbr(), lambda: qbr.load_qbr({"tenantId": tenant, "period": period}))
    fill(build_qbr(), found)  # every value has its component
    return found


def save(port: FakeQbr, base: object, **written: str) -> list[Any]:
    texts = [written.get(name, "") for name in SECTIONS]
    found: list[Any] = on(port, lambda: qbr.save_comments(1, ADDRESS, base, *texts))
    return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What toasts were shown."""
    found: list[str] = []
    monkeypatch.setattr(qbr_reports, "set_props", lambda _id, props: found.append(str(props)))
    return found


@pytest.mark.parametrize("tag", SUPPORTED)
def test_title_says_the_main_finding_and_each_finding_has_words(tag: str) -> None:
    with use(tag):
        values = load()
        head, body = text(values[QbrIds.HEAD, "children"]), text(values[QbrIds.BODY, "children"])
        said = [text([finding_text(each, review())]) for each in FINDINGS]
    assert said[0] in head
    assert "Spinghar Wallet" in head
    assert all(each in body for each in said)
    assert len([value for value in values.values() if isinstance(value, Chart)]) == 10


def test_page_asks_the_platform_two_things() -> None:
    port = FakeQbr()
    load(port)
    assert sorted(port.calls) == ["reports", "review"]


def test_charts_lead_to_the_messages_of_the_account_and_the_month() -> None:
    volume = load()["qbr-volume-graph", "figure"]
    href = volume.href(0, 1)
    assert f"tenantId={TENANT}" in href
    assert "startDate=2026-08-01&endDate=2026-08-31" in href
    assert volume.x.ticks[1].text == "August"
    holds = load()["qbr-holds-graph", "figure"]
    assert "status=held&status=blocked" in holds.href(0, 0)


def test_reader_of_another_calendar_sees_which_quarter_it_is_and_its_days() -> None:
    with use("fa-AF"):
        head = text(load()[QbrIds.HEAD, "children"])
    assert "ربع سوم ۲۰۲۶ میلادی" in head
    assert "۱۰ سرطان – ۸ میزان ۱۴۰۵" in head


def test_reader_of_both_calendars_is_told_both_but_under_bars_and_above_columns() -> None:
    with use(SUPPORTED["en"].preferring(calendar="both")):
        values = load()
        assert "1 Jul – 30 Sep 2026 (10 Saratan – 8 Mizan 1405)" in text(values[QbrIds.HEAD, "children"])
        months = values["qbr-volume-graph", "figure"].x
        assert [tick.text for tick in months.ticks] == ["July", "August", "September"]
        assert months.labels[1] == "August 2026 (10 Asad – 9 Sunbula)"
        heads = [text(node) for node in nodes(values[QbrIds.BODY, "children"]) if type(node).__name__ == "Th"]
        rows = [head for head in heads if head.startswith("August")]
        assert set(rows) == {"August", "August (10 Asad – 9 Sunbula)"}


def test_running_quarter_is_told_so_far() -> None:
    assert "so far" in text(load(period="2026-Q4")[QbrIds.HEAD, "children"])


def test_quarter_without_traffic_has_neither_charts_nor_an_export() -> None:
    values = load(period=SILENT.name)
    assert "No message was sent" in text(values[QbrIds.BODY, "children"])
    assert not any(isinstance(value, Chart) for value in values.values())
    assert ReportIds.NEW not in str(values[QbrIds.HEAD, "children"])


@pytest.mark.parametrize(
    ("period", "said"), [("2026-Q7", "no such quarter"), ("x" * 300, ""), ("2099-Q1", "not begun yet")]
)
def test_quarter_that_is_none_or_to_come_gets_a_clear_answer_and_ways_on(period: str, said: str) -> None:
    values = load(period=period)
    assert said in text(values[QbrIds.BODY, "children"])
    assert any(f"tenantId={TENANT}" in href for href in links(values[QbrIds.BODY, "children"])) or not said


def test_account_of_somebody_else_is_no_page() -> None:
    with pytest.raises(NotFound):
        load(tenant="01890000-0000-7000-8000-000000000000")


def test_failure_can_be_tried_again_and_names_its_request() -> None:
    values = load(FakeQbr(error=UpstreamUnavailable(request_id="up-7")))
    body = values[QbrIds.BODY, "children"]
    assert "up-7" in text(body)
    assert f"/qbr?tenantId={TENANT}&period={QUARTER.name}" in links(body)


def test_review_stands_without_the_list_of_reports() -> None:
    values = load(FakeQbr(failing={"reports": UpstreamUnavailable(request_id="up-8")}))
    assert "up-8" in text(values[QbrIds.BODY, "children"])
    assert "Spinghar" in text(values[QbrIds.HEAD, "children"])


def test_customer_is_refused_before_anything_is_asked() -> None:
    port, owner = FakeQbr(), actor()
    calls: tuple[Callable[[], Any], ...] = (
        lambda: qbr.load_qbr({"tenantId": TENANT}),
        lambda: qbr.save_comments(1, ADDRESS, None, *SECTIONS),
        lambda: qbr_reports.begin_report(1, "k", ADDRESS, "en"),
    )
    for call in calls:
        with pytest.raises(Forbidden):
            on(port, call, owner)
    assert port.calls == []


def test_saved_comments_say_who_and_leave_what_is_in_the_fields() -> None:
    port = FakeQbr()
    values = save(port, load(port)[BASE, "data"], summary="A hard quarter")
    assert "Saved" in text(values[0])
    assert TAM.name in text(values[0])
    assert values[1]["version"] == 3
    assert values[FIELDS:SUMMARY] == [no_update] * len(SECTIONS)


def test_two_people_s_texts_of_one_section_are_both_shown_and_others_come_in() -> None:
    port = FakeQbr()
    base = load(port)[BASE, "data"]
    port.latest = comments(9, summary="Theirs", plan="Their plan")
    values = save(port, base, summary="Mine")
    place = SECTIONS.index("summary")
    assert "Theirs" in text(values[2 + place])
    assert values[FIELDS + place] is no_update, "one's own text stays"
    assert values[FIELDS + SECTIONS.index("plan")] == "Their plan"
    assert "nothing was saved" in text(values[SUMMARY])
    assert "Saved" not in text(values[0])
    again = save(port, values[1], summary="Mine and theirs", plan="Their plan")
    assert port.latest.texts["summary"] == "Mine and theirs"
    assert values[1]["version"] == 9
    assert again[1]["version"] == 10


def test_failed_save_changes_nothing_that_was_typed() -> None:
    values = save(FakeQbr(failing={"save": UpstreamUnavailable(request_id="up-9")}), None, plan="x")
    assert values[:SUMMARY] == [no_update] * SUMMARY
    assert "up-9" in text(values[SUMMARY])


@pytest.mark.parametrize("held", [None, 7, "x", {"version": "1"}, {"version": True, "texts": []}, {"version": -1}])
def test_base_from_a_browser_may_be_anything(held: object) -> None:
    port = FakeQbr(latest=comments(0))
    save(port, held, plan="x")
    assert port.latest.texts["plan"] == "x"


def test_report_is_begun_once_for_a_double_click_and_found_in_the_list(told: list[str]) -> None:
    port = FakeQbr(reports=[])
    for _ in range(2):
        values = on(port, lambda: qbr_reports.begin_report(1, "key", ADDRESS, "fa-AF"))
    assert values[0] is False
    assert [each.language for each in port.reports] == ["fa-AF"]
    assert load(port)[ReportIds.LIVE, "disabled"] is False
    assert told


def test_dialog_offers_the_accounts_language_first() -> None:
    opened, form = on(FakeQbr(), lambda: qbr_reports.ask_for_report(1, ADDRESS))
    assert opened
    assert "value='fa-AF'" in str(form)


def test_refused_export_is_told_in_the_dialog() -> None:
    silent = urlencode({"tenantId": TENANT, "period": SILENT.name})
    values = on(FakeQbr(), lambda: qbr_reports.begin_report(1, "key", silent, "en"))
    assert "nothing to report" in text(values[3])


def test_finished_report_is_told_with_the_way_to_it(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qbr_reports, "ctx", type("Ctx", (), {"triggered_id": ReportIds.LIVE}))
    port = FakeQbr(reports=[report(0, status=ReportStatus.RUNNING), report(4, status=ReportStatus.QUEUED)])
    seen = load(port)[ReportIds.SEEN, "data"]
    port.change(0, status=ReportStatus.READY)
    port.change(1, status=ReportStatus.FAILED, problem="signing")
    values = on(port, lambda: qbr_reports.follow_reports(1, None, ADDRESS, seen))
    assert f"/qbr/reports/{report(0).job_id}/pdf?tenantId={TENANT}" in told[0]
    assert "could not be made" in told[1]
    assert "could not be signed" in text(values[0])
    assert values[2] is True
    assert "signature" not in str(values)
    assert on(port, lambda: qbr_reports.follow_reports(1, None, ADDRESS, values[1]))[0] is no_update


def test_list_that_cannot_be_asked_for_stays_and_an_ended_session_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qbr_reports, "ctx", type("Ctx", (), {"triggered_id": ReportIds.LIVE}))
    away = FakeQbr(error=UpstreamUnavailable())
    assert on(away, lambda: qbr_reports.follow_reports(1, None, ADDRESS, {})) == [no_update] * 3
    with pytest.raises(Unauthenticated):
        on(FakeQbr(error=Unauthenticated()), lambda: qbr_reports.follow_reports(1, None, ADDRESS, {}))


def test_failed_report_is_asked_for_again(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qbr_reports, "ctx", type("Ctx", (), {"triggered_id": {"again": "2026-Q2/ps"}}))
    port = FakeQbr(reports=[])
    assert on(port, lambda: qbr_reports.make_again([1], ADDRESS))
    assert [(each.period, each.language) for each in port.reports] == [("2026-Q2", "ps")]
    port.failing["create"] = UpstreamRefused("unknown", 409)
    assert on(port, lambda: qbr_reports.make_again([1], ADDRESS)) is no_update
    assert "failed" in told[-1]
    monkeypatch.setattr(qbr_reports, "ctx", type("Ctx", (), {"triggered_id": {"again": "nonsense"}}))
    assert on(port, lambda: qbr_reports.make_again([1], ADDRESS)) is no_update


def test_review_without_scores_and_without_a_quarter_before_still_stands() -> None:
    bare = replace(review(), health=None, previous=None, incidents=(), findings=())
    values = qbr.review_values(bare, None, None, review().as_of.date())
    fill(build_qbr(), values)
    assert "Nothing to compare with" in text(values[QbrIds.BODY, "children"])
    assert ("qbr-health_course-graph", "figure") not in values
