"""Business reviews: who may, what becomes of two people's comments, and what a refusal of the platform means."""

from __future__ import annotations

import pytest

from portal.domain.errors import Forbidden, InvalidInput, UpstreamRefused, UpstreamUnavailable
from portal.domain.qbr_comments import LONGEST
from portal.services.qbr import QbrService
from tests.support.fakes_analytics import actor
from tests.support.fakes_portfolio import tenant_id
from tests.support.fakes_qbr import QUARTER, SILENT, FakeQbr, comments

TAM = actor(None, roles=("tam",))
TENANT = tenant_id()


def written(port: FakeQbr, base: dict[str, str], mine: dict[str, str], version: int = 2):  # type: ignore[no-untyped-def]
    return QbrService(port).save_comments(TENANT, QUARTER, version, base, mine, actor=TAM)


def test_customers_get_nothing_before_anything_is_asked() -> None:
    port = FakeQbr()
    service, owner = QbrService(port), actor()
    for call in (
        lambda: service.open(TENANT, QUARTER, actor=owner),
        lambda: service.save_comments(TENANT, QUARTER, 0, {}, {}, actor=owner),
        lambda: service.export(TENANT, QUARTER, "en", idempotency_key="k", actor=owner),
        lambda: service.list_reports(TENANT, actor=owner),
        lambda: service.address("x", actor=owner),
    ):
        with pytest.raises(Forbidden):
            call()
    assert port.calls == []


def test_review_stands_without_the_list_of_reports() -> None:
    found = QbrService(FakeQbr(failing={"reports": UpstreamUnavailable()})).open(TENANT, QUARTER, actor=TAM)
    assert found.review.value is not None
    assert isinstance(found.reports.error, UpstreamUnavailable)


def test_saved_comments_have_the_next_version() -> None:
    saved = written(FakeQbr(), {}, {"summary": "mine"})
    assert (saved.latest.version, saved.texts["summary"], saved.clashes, saved.joined) == (3, "mine", {}, False)


def test_sections_that_two_people_wrote_apart_come_together() -> None:
    port = FakeQbr(latest=comments(5, plan="theirs"))
    saved = written(port, {}, {"summary": "mine"})
    assert saved.joined
    assert not saved.clashes
    assert (port.latest.version, port.latest.texts["summary"], port.latest.texts["plan"]) == (6, "mine", "theirs")


def test_section_that_two_people_wrote_is_shown_twice_and_saved_by_neither() -> None:
    port = FakeQbr(latest=comments(5, summary="theirs", plan="theirs"))
    saved = written(port, {}, {"summary": "mine"})
    assert saved.clashes == {"summary": "theirs"}
    assert (saved.texts["summary"], saved.texts["plan"], saved.latest.version) == ("mine", "theirs", 5)
    assert port.latest.version == 5
    again = written(port, dict(saved.latest.texts), {**saved.texts, "summary": "both"}, version=5)
    assert again.clashes == {}
    assert port.latest.texts["summary"] == "both"


def test_text_that_is_too_long_is_told_beside_its_section() -> None:
    port = FakeQbr()
    with pytest.raises(InvalidInput) as caught:
        written(port, {}, {"plan": "x" * (LONGEST + 1)})
    assert caught.value.codes == {"plan": "string_too_long"}
    assert port.calls == []


def test_other_refusals_are_no_conflicts() -> None:
    with pytest.raises(UpstreamRefused):
        written(FakeQbr(failing={"save": UpstreamRefused("unknown", 418)}), {}, {"summary": "mine"})


def test_quarter_without_traffic_is_no_report() -> None:
    with pytest.raises(InvalidInput) as caught:
        QbrService(FakeQbr()).export(TENANT, SILENT, "en", idempotency_key="k", actor=TAM)
    assert caught.value.codes == {"period": "period_without_traffic"}
