"""The log: every row once and in order, whatever arrives meanwhile; numbers found in any digits."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.domain import ids
from gateway.store.log_filter import LogFilter, Window
from gateway.store.message_reads import MessageRow, list_messages, log_span
from gateway.store.positions import Position
from gateway.store.tenancy import tenant_transaction
from tests.integration.api.test_numbers_agree import STATUSES, log_rows
from tests.support.api_world import NOW, World, random_messages

few = settings(
    max_examples=10, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
LOG = "/v1/messages"


def ordered_ids(world: World, condition: str = "true", **parameters: Any) -> list[str]:
    rows = world.sql(
        f"SELECT message_id FROM messages WHERE tenant_id = :tenant AND {condition}"
        " ORDER BY submitted_at DESC, message_id DESC",
        tenant=world.tenant,
        **parameters,
    )
    return [ids.encode(row[0]) for row in rows]


@few
@given(limit=st.integers(1, 200), statuses=st.lists(st.sampled_from(STATUSES), max_size=3, unique=True))
def test_log_concatenated_pages_equal_the_whole_list(world: World, limit: int, statuses: list[str]) -> None:
    wanted = {"statuses": statuses or STATUSES}
    expected = ordered_ids(world, "status::text = ANY (:statuses)", **wanted)[: limit * 6]
    seen: list[str] = []
    cursor = None
    for _ in range(6):
        page = world.get("owner", LOG, limit=limit, status=statuses, **({"cursor": cursor} if cursor else {})).json
        assert len(page["items"]) <= limit
        seen += [item["messageId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == expected


def test_log_pages_while_newer_rows_arrive_stay_as_they_were(own_world: World) -> None:
    expected = ordered_ids(own_world)
    seen: list[str] = []
    cursor, arrived = None, 0
    while True:
        page = own_world.get("owner", LOG, limit=23, **({"cursor": cursor} if cursor else {})).json
        seen += [item["messageId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
        newer = random_messages(own_world.tenant, 7, seed=100 + arrived, until=NOW + timedelta(hours=1), days=0 + 1)
        own_world.add([row._replace(external_id=None) for row in newer if row.submitted_at > NOW])
        arrived += 1
    assert seen == expected


def test_log_rows_of_one_millisecond_are_split_between_pages_without_loss(own_world: World) -> None:
    twins = random_messages(own_world.tenant, 40, seed=7)
    moment = NOW - timedelta(hours=1)
    rows = []
    for number, row in enumerate(twins):
        message_id = ids.message_id(own_world.tenant, moment, "internal", f"twin-{number}")
        rows.append(row._replace(submitted_at=moment, message_id=message_id, external_id=f"twin-{number}"))
    own_world.add(rows)
    instants = {"startDate": moment.isoformat(), "endDate": (moment + timedelta(milliseconds=1)).isoformat()}
    seen, cursor = [], None
    while True:
        page = own_world.get("owner", LOG, limit=7, **instants, **({"cursor": cursor} if cursor else {})).json
        seen += [item["messageId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids.encode(row.message_id) for row in rows)


def test_log_numbered_pages_equal_cursor_pages(world: World) -> None:
    first = world.get("owner", LOG, limit=30).json
    second = world.get("owner", LOG, limit=30, cursor=first["nextCursor"]).json
    assert world.get("owner", LOG, limit=30, page=1).json["items"] == first["items"]
    numbered = world.get("owner", LOG, limit=30, page=2).json
    assert numbered["items"] == second["items"]
    assert numbered["nextCursor"] == second["nextCursor"]


@pytest.mark.parametrize(
    "query",
    [
        {"page": 51, "limit": 200},
        {"page": 0},
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"cursor": "x"},
        {"cursor": "AAAA" * 20},
        {"weekday": 8},
        {"hour": 24},
        {"startDate": "2026-11-31"},
        {"startDate": "2026-11-20", "endDate": "2026-11-19"},
        {"startDate": "2026-11-20", "endDate": "2026-11-21T00:00:00Z"},
        {"startDate": "2026-11-20T00:00:00"},
        {"status": "lost"},
        {"country": "Afghanistan"},
        {"to": "somebody"},
        {"q": "a\x00b"},
        {"operators": "AWCC"},
    ],
)
def test_log_bad_parameter_is_refused_by_name(world: World, query: dict[str, Any]) -> None:
    answer = world.get("owner", LOG, **query)
    assert answer.status_code == 422
    named = {problem["field"].split(".")[0] for problem in answer.json["errors"]}
    assert named & set(query), answer.json


def test_log_cursor_of_another_filter_or_altered_is_refused(world: World) -> None:
    cursor = world.get("owner", LOG, limit=5, status="delivered").json["nextCursor"]
    assert world.get("owner", LOG, limit=9, status="delivered", cursor=cursor).status_code == 200
    for wrong in ({"status": "failed", "cursor": cursor}, {"status": "delivered", "cursor": cursor[:-2] + "AA"}):
        answer = world.get("owner", LOG, **wrong)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "cursor")


def test_log_cursor_of_another_tenant_is_refused(world: World) -> None:
    cursor = world.get("stranger", LOG, limit=5).json["nextCursor"]
    assert world.get("owner", LOG, limit=5, cursor=cursor).status_code == 422


def _forms(number: str) -> list[str]:
    national = "0" + number.removeprefix("+93")
    persian = national.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    arabic = number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    return [
        number,
        national,
        persian,
        arabic,
        number[1:],
        f"00{number[1:]}",
        f"{number[:3]} {number[3:6]}-{number[6:]}",
    ]


def test_log_number_in_any_digits_and_form_finds_the_same_messages(world: World) -> None:
    number = world.sql(
        "SELECT recipient FROM messages WHERE tenant_id = :tenant AND recipient LIKE '+9370%' LIMIT 1",
        tenant=world.tenant,
    )[0][0]
    expected = ordered_ids(world, "recipient = :number", number=number)
    for form in _forms(number):
        assert [row["messageId"] for row in log_rows(world, to=form)] == expected, form
        assert [row["messageId"] for row in log_rows(world, q=form)] == expected, form


@pytest.mark.parametrize("length", [4, 5, 6, 7, 8, 9, 11])
def test_log_number_prefix_lists_every_number_that_begins_so(world: World, length: int) -> None:
    number = world.sql(
        "SELECT recipient FROM messages WHERE tenant_id = :tenant AND recipient LIKE '+9371%' LIMIT 1",
        tenant=world.tenant,
    )[0][0]
    expected = ordered_ids(world, "starts_with(recipient, :prefix)", prefix=number[:length])
    local = "۰" + number[3:length]
    for form in (f"{number[:length]}*", f"{local}*"):
        assert [row["messageId"] for row in log_rows(world, to=form)] == expected, form
    both = ordered_ids(world, "starts_with(recipient, :prefix) AND status = 'failed'", prefix=number[:length])
    assert [row["messageId"] for row in log_rows(world, to=f"{number[:length]}*", status="failed")] == both


@pytest.mark.parametrize("text", ["bank", "OTP", "فروش", "4040", "۴۰۴۰"])
def test_log_search_finds_parts_of_sender_ids(world: World, text: str) -> None:
    plain = text.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"))
    # 4040 may be a sender or the beginning of a number: both are listed, each row once.
    condition = "sender_id ILIKE :part OR starts_with(recipient, :prefix)"
    expected = ordered_ids(world, f"({condition})", part=f"%{plain}%", prefix=f"+93{plain}")
    assert expected
    assert [row["messageId"] for row in log_rows(world, q=text)] == expected


def test_log_search_by_message_id_finds_that_message(world: World) -> None:
    wanted = ordered_ids(world)[17]
    for form in (wanted, wanted.lower(), f" {wanted} "):
        assert [row["messageId"] for row in log_rows(world, q=form)] == [wanted]


@pytest.mark.parametrize(
    "unknown", ["msg_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "msg_00000000000000000000000000", "nothing like it"]
)
def test_log_search_for_nothing_known_is_empty(world: World, unknown: str) -> None:
    assert log_rows(world, q=unknown) == []


def test_log_sender_and_from_must_both_hold(world: World) -> None:
    assert log_rows(world, **{"from": "BANK", "senderId": "SHOP"}) == []
    assert log_rows(world, **{"from": "BANK"}) == log_rows(world, senderId="BANK")


def test_log_instants_include_their_start_and_exclude_their_end(world: World) -> None:
    moments = world.sql(
        "SELECT DISTINCT submitted_at FROM messages WHERE tenant_id = :tenant ORDER BY 1 LIMIT 2 OFFSET 40",
        tenant=world.tenant,
    )
    start, end = (row[0] for row in moments)
    expected = ordered_ids(world, "submitted_at = :start", start=start)
    listed = log_rows(world, startDate=start.isoformat(), endDate=end.isoformat())
    assert [row["messageId"] for row in listed] == expected


def test_detail_shows_everything_with_its_timeline(world: World) -> None:
    for row in world.get("owner", LOG, limit=20).json["items"]:
        detail = world.get("owner", f"{LOG}/{row['messageId']}").json
        assert {name: detail[name] for name in row} == row
        entered = [event["status"] for event in detail["timeline"] if event["kind"] == "status"]
        assert entered[0] == "queued"
        assert entered[-1] == row["status"]
        assert [event["seq"] for event in detail["timeline"]] == list(range(1, len(detail["timeline"]) + 1))


@pytest.mark.parametrize(
    ("message_id", "status"),
    [
        ("msg_01M7W2Y7M0FFWRYN4K6AZF755A", 404),
        ("msg_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 404),
        ("msg_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", 404),
        ("msg_short", 422),
        ("01a1fcb6-d3bd-7353-937e-38edd862d4c0", 422),
    ],
)
def test_detail_of_what_is_not_there_is_a_problem(world: World, message_id: str, status: int) -> None:
    assert world.get("owner", f"{LOG}/{message_id}").status_code == status


def test_log_dataclass_of_filter_has_no_forgotten_field() -> None:
    """Every field of the store's filter must be set from the query: one forgotten would silently not filter."""
    from inspect import getsource

    from gateway.api.log_filters import log_filter
    from gateway.store.log_filter import LogFilter

    source = getsource(log_filter)
    assert all(f"{field.name}=" in source for field in dataclasses.fields(LogFilter))


def test_pages_of_hours_join_without_gap_or_repeat(world: World) -> None:
    with tenant_transaction(world.api_engine, world.tenant) as connection:
        lived = log_span(connection, world.tenant)
        assert lived is not None
        count = int((lived.end - lived.start) / timedelta(hours=1)) + 1
        ends = [lived.end - timedelta(hours=back) for back in range(0, count, 2)]
        wanted = LogFilter(world.tenant, windows=tuple(Window(end - timedelta(hours=1), end) for end in ends))
        whole = list_messages(connection, wanted, limit=100_000)
        paged: list[MessageRow] = []
        after: Position | None = None
        while page := list_messages(connection, wanted, limit=7, after=after):
            paged += page
            after = Position(page[-1].submitted_at, page[-1].message_id)
    inside = [row for row in whole if any(end - timedelta(hours=1) <= row.submitted_at < end for end in ends)]
    assert len(whole) > 7
    assert inside == whole
    assert paged == whole
