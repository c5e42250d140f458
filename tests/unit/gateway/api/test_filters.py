"""What the log's parameters make of anything: a filter within its bounds, or every field's problem; never an error."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.api.models.exports import ExportFilter
from gateway.api.models.filters import DEEPEST_NUMBERED_ROW, LARGEST_PAGE
from gateway.api.models.messages import MessagesQuery, parse_moment

NAMES = (
    "to", "from", "startDate", "endDate", "weekday", "hour", "invoiceLineId", "q", "tenantId", "limit", "cursor", "page"
)  # fmt: skip
LISTS = ("status", "operator", "senderId", "errorCode", "country", "destination")
TEXTS = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.sampled_from(
        ["sent", "failed", "AF", "Roshan", "\0", "\ud800", "2026-11-01T00:00:00+99:99", "٢٠٢٦-١١-٠١", "NaN"]
    ),
)
QUERIES = st.builds(
    lambda one, many: {**one, **many},
    st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=6),
    st.dictionaries(st.sampled_from(LISTS), st.lists(TEXTS, max_size=60), max_size=3),
)


@given(query=QUERIES)
def test_any_query_is_a_filter_within_bounds_or_is_refused(query: dict[str, Any]) -> None:
    try:
        found = MessagesQuery.model_validate(query)
    except ValidationError:
        return
    assert 1 <= found.limit <= LARGEST_PAGE
    assert found.page is None or found.page * found.limit <= DEEPEST_NUMBERED_ROW
    for moment in (found.start_date, found.end_date):
        assert moment is None or 1970 <= parse_moment(moment).year <= 2100
    assert all("\0" not in text for text in (found.q or "", found.to or "", *found.sender_id, *found.operator))


@given(name=st.sampled_from(["startDate", "endDate"]), moment=TEXTS)
def test_any_moment_is_one_of_this_time_or_is_refused(name: str, moment: str) -> None:
    try:
        found = MessagesQuery.model_validate({name: moment})
    except ValidationError:
        return
    assert 1970 <= parse_moment(found.start_date or found.end_date or "").year <= 2100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(body=st.dictionaries(st.sampled_from((*NAMES, *LISTS)) | st.text(max_size=8), JSON, max_size=6))
def test_any_body_is_a_filter_or_is_refused(body: dict[str, Any]) -> None:
    try:
        found = ExportFilter.model_validate(body)
    except ValidationError:
        return
    # What is kept of it can be read again: exports and views are stored as they were asked for.
    asked = found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert ExportFilter.model_validate(asked) == found
