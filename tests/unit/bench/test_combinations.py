"""Every combination of filters, and none twice."""

from __future__ import annotations

from bench.combinations import Combination, every, filters_of
from gateway.api.models.messages import MessagesQuery

MESSAGE = {
    "submittedAt": "2026-11-20T08:30:00Z", "status": "failed", "operator": "Roshan", "from": "Bank",
    "errorCode": "E101", "country": "AF", "to": "+93791234567",
}  # fmt: skip


def test_all_subsets_smaller_ones_first() -> None:
    found = list(every(filters_of(MESSAGE, "+9379")))
    assert len(found) == len(set(found)) == 2**10
    assert found[0] == ()
    assert [len(names) for names in found] == sorted(len(names) for names in found)


def test_filters_are_those_of_the_api_and_fit_the_message() -> None:
    filters = filters_of(MESSAGE, "+9379")
    known = set(MessagesQuery.model_json_schema()["properties"]) - {"limit", "cursor", "page", "tenantId"}
    asked = {key for each in filters.values() for key in each}
    assert asked <= known
    assert known - asked == {"from", "weekday", "invoiceLineId"}, "a filter that is new wants to be measured"
    assert filters["number"] == {"to": "+93791*"}
    assert filters["hour"] == {"hour": 8}


def test_combination_is_named_by_its_filters() -> None:
    assert Combination({"status": "failed", "hour": 8}).name == "status + hour"
    assert Combination({}).name == "none"
