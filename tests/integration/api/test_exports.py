"""Exports of the log: the file holds the filtered rows and nothing else, and only who may have it gets it."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pyarrow.parquet
import pytest
from sqlalchemy import text

from gateway.api.context import EXTENSION, Dependencies
from gateway.domain import ids
from gateway.domain.messages import new_message
from gateway.settings import GatewaySettings
from tests.integration.api.test_message_log import ordered_ids
from tests.support.api_world import NOW, World, build_world
from tests.support.jobs import work_off
from tests.support.postgres import NewDatabase

EXPORTS = "/v1/messages/exports"


@pytest.fixture(scope="module")
def exporting(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("exports"), messages=600) as built:
        work_off(settings_of(built), built.worker_engine)  # what the world itself queued
        yield built


def settings_of(world: World) -> GatewaySettings:
    own: Dependencies = world.app.extensions[EXTENSION]
    return own.settings


def folder_of(world: World, tenant: UUID | None = None) -> list[str]:
    folder = settings_of(world).export_folder / str(tenant or world.tenant)
    return sorted(path.name for path in folder.glob("*"))


def ask(world: World, who: str = "owner", **body: Any) -> dict[str, Any]:
    answer = world.client(who).post(EXPORTS, json={"format": "csv", **body})
    assert answer.status_code == 202, answer.json
    found: dict[str, Any] = answer.json
    return found


def made(world: World, who: str = "owner", **body: Any) -> dict[str, Any]:
    """An export, written."""
    asked = ask(world, who, **body)
    work_off(settings_of(world), world.worker_engine)
    found: dict[str, Any] = world.get(who, f"{EXPORTS}/{asked['exportId']}").json
    assert found["status"] == "ready", found
    return found


def fetch(world: World, export: dict[str, Any], **headers: str) -> Any:
    return world.client(None).get(export["downloadUrl"], headers=headers, buffered=True)


def rows_of(world: World, export: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(fetch(world, export).data.decode("utf-8-sig"))))


def log_of(world: World, who: str, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """All pages of the log for the same filter."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {**chosen, "limit": 200, **({"cursor": cursor} if cursor else {})}
        page = world.get(who, "/v1/messages", **query).json
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


FILTERS: dict[str, dict[str, Any]] = {
    "everything": {},
    "statuses": {"status": ["failed", "expired", "queued"]},
    "days": {"startDate": "2026-11-02", "endDate": "2026-11-09"},
    "operators": {"operator": ["Roshan", "AWCC"], "status": ["delivered"]},
    "sender": {"from": "فروش"},
    "prefix": {"to": "۰۷۰*"},
    "search": {"q": "bank"},
    "hour": {"weekday": 3, "hour": 0},
    "abroad": {"country": ["GB"], "errorCode": ["throttled", "absent_subscriber"]},
    "nothing": {"from": "BANK", "senderId": ["SHOP"]},
}


@pytest.mark.parametrize("name", list(FILTERS))
def test_file_holds_exactly_what_the_log_shows_for_the_filter(exporting: World, name: str) -> None:
    chosen = FILTERS[name]
    export = made(exporting, filter=chosen)
    log = log_of(exporting, "owner", chosen)
    rows = rows_of(exporting, export)
    shown = [
        {
            **{
                field: row[field]
                for field in ("messageId", "to", "from", "status", "operator", "country", "submittedAt")
            },
            "errorCode": row["errorCode"] or None,
            "deliveredAt": row["deliveredAt"] or None,
            "segments": int(row["segments"]),
            "price": {"amount": row["price"], "currency": row["currency"]},
        }
        for row in rows
    ]
    assert shown == log
    assert (export["rowsTotal"], export["rowsDone"]) == (len(log), len(log))
    assert export["filter"] == chosen
    assert (name == "nothing") is (log == [])


def test_file_of_everything_equals_a_recount(exporting: World) -> None:
    rows = rows_of(exporting, made(exporting, "viewer", includeText=True))
    assert [row["messageId"] for row in rows] == ordered_ids(exporting)
    local = exporting.sql(
        "SELECT to_char(submitted_at AT TIME ZONE 'Asia/Kabul', 'YYYY-MM-DD HH24:MI:SS'), body FROM messages"
        " WHERE tenant_id = :tenant ORDER BY submitted_at DESC, message_id DESC",
        tenant=exporting.tenant,
    )
    assert [(row["submittedLocalTime"], row["text"]) for row in rows] == [tuple(each) for each in local]


def test_parquet_holds_the_same_with_types(exporting: World) -> None:
    plain = rows_of(exporting, made(exporting, includeText=True))
    answer = fetch(exporting, made(exporting, format="parquet", includeText=True))
    assert answer.mimetype == "application/vnd.apache.parquet"
    table = pyarrow.parquet.read_table(io.BytesIO(answer.data))
    rows = table.to_pylist()
    assert [row["messageId"] for row in rows] == [row["messageId"] for row in plain]
    for typed, text_row in zip(rows, plain, strict=True):
        assert typed["submittedAt"] == datetime.fromisoformat(text_row["submittedAt"])
        assert typed["price"] == Decimal(text_row["price"])
        assert (typed["errorCode"] or "", typed["text"]) == (text_row["errorCode"], text_row["text"])
        assert (typed["segments"], typed["to"]) == (int(text_row["segments"]), text_row["to"])


def test_text_is_left_out_unless_asked_for(exporting: World) -> None:
    assert "text" not in rows_of(exporting, made(exporting, filter={"status": ["held"]}))[0]


def test_messages_submitted_after_the_request_are_not_in_the_file(own_world: World) -> None:
    before = ordered_ids(own_world)
    export = ask(own_world)
    own_world.add([message(own_world, submitted_at=NOW + timedelta(milliseconds=1))])
    work_off(settings_of(own_world), own_world.worker_engine)
    export = own_world.get("owner", f"{EXPORTS}/{export['exportId']}").json
    assert [row["messageId"] for row in rows_of(own_world, export)] == before


def message(world: World, **changed: Any) -> Any:
    wanted = {
        "tenant_id": world.tenant, "submitted_at": NOW - timedelta(seconds=1), "recipient": "+93700000141",
        "sender_id": "BANK", "source": "api", "external_id": "late",
    }  # fmt: skip
    return new_message(**{**wanted, **changed})


def test_spreadsheets_find_no_formula_and_programs_find_the_number(own_world: World) -> None:
    own_world.add(
        [
            message(
                own_world, sender_id="=1+1", external_id="a", body='=HYPERLINK("http://x.example","a")\nsecond, line'
            ),
            message(own_world, sender_id="+93700000999", external_id="b", body="@SUM(A1)"),
            message(own_world, sender_id="-2", external_id="c", body="plain -2"),
        ]
    )
    export = made(own_world, includeText=True, filter={"to": "+93700000141"})
    raw = fetch(own_world, export).data
    assert raw.startswith(b"\xef\xbb\xbfmessageId,submittedAt,submittedLocalTime,to,from,")
    found = {row["from"]: row for row in rows_of(own_world, export)}
    assert set(found) == {"'=1+1", "+93700000999", "'-2"}
    assert {row["to"] for row in found.values()} == {"+93700000141"}
    assert found["'=1+1"]["text"] == '\'=HYPERLINK("http://x.example","a")\nsecond, line'
    assert found["+93700000999"]["text"] == "'@SUM(A1)"
    assert found["'-2"]["text"] == "plain -2"
    typed = made(own_world, format="parquet", includeText=True, filter={"to": "+93700000141"})
    senders = pyarrow.parquet.read_table(io.BytesIO(fetch(own_world, typed).data))["from"].to_pylist()
    assert set(senders) == {"=1+1", "+93700000999", "-2"}


def test_export_of_another_account_is_unknown(exporting: World) -> None:
    theirs = made(exporting, "stranger")
    mine = made(exporting)
    assert theirs["rowsTotal"] == 200
    assert not {row["messageId"] for row in rows_of(exporting, theirs)} & set(ordered_ids(exporting))
    for method in ("GET", "DELETE"):
        answer = exporting.client("owner").open(f"{EXPORTS}/{theirs['exportId']}", method=method)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    listed = [item["exportId"] for item in exporting.get("owner", EXPORTS).json["items"]]
    assert mine["exportId"] in listed
    assert theirs["exportId"] not in listed
    # A genuine signature serves the export it was made for, in its own account.
    query = urlsplit(mine["downloadUrl"]).query
    assert exporting.client(None).get(f"{EXPORTS}/{theirs['exportId']}/file?{query}").status_code == 403
    moved = mine["downloadUrl"].replace(str(exporting.tenant), str(exporting.other))
    assert exporting.client(None).get(moved).status_code == 403


def test_link_opens_without_a_token_until_it_expires(exporting: World) -> None:
    export = made(exporting, "developer", filter={"status": ["held"]})
    assert datetime.fromisoformat(export["downloadUrlExpiresAt"]) == NOW + timedelta(minutes=10)
    answer = fetch(exporting, export)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=messages-2026-11-20-1330.csv"
    assert answer.headers["Cache-Control"] == "private, no-store"
    part = fetch(exporting, export, Range="bytes=3-11")
    assert (part.status_code, part.data) == (206, b"messageId")
    later = str(int(parse_qs(urlsplit(export["downloadUrl"]).query)["expires"][0]) + 3600)
    longer = re.sub(r"expires=\d+", f"expires={later}", export["downloadUrl"])
    assert exporting.client(None).get(longer).status_code == 403
    own: Dependencies = exporting.app.extensions[EXTENSION]
    try:
        exporting.app.extensions[EXTENSION] = replace(own, now=lambda: NOW + timedelta(minutes=10))
        expired = fetch(exporting, export)
    finally:
        exporting.app.extensions[EXTENSION] = own
    assert (expired.status_code, expired.json["code"]) == (403, "forbidden")
    assert "expired" in expired.json["detail"]
    actions = exporting.sql(
        "SELECT action, actor_id FROM audit_events WHERE subject = :id ORDER BY audit_id", id=export["exportId"]
    )
    person = exporting.people["developer"].user_id
    assert [tuple(each) for each in actions] == [
        ("message_export.created", person), ("message_export.downloaded", person),
    ]  # fmt: skip


def test_deleted_export_is_gone_with_its_file(own_world: World) -> None:
    export = made(own_world)
    assert folder_of(own_world) == [f"{export['exportId']}.1.csv"]
    assert own_world.client("owner").delete(f"{EXPORTS}/{export['exportId']}").status_code == 204
    assert folder_of(own_world) == []
    assert fetch(own_world, export).status_code == 404
    assert own_world.get("owner", f"{EXPORTS}/{export['exportId']}").status_code == 404


def test_export_deleted_while_it_is_written_leaves_nothing(own_world: World) -> None:
    export = ask(own_world)
    worker = threading.Thread(target=work_off, args=(settings_of(own_world), own_world.worker_engine))
    with own_world.worker_engine.connect() as connection:
        connection.execute(text("SET ROLE gateway_owner"))
        connection.execute(text("LOCK TABLE messages_2026_11"))
        worker.start()
        wait_until_running(own_world, export)
        assert own_world.client("owner").delete(f"{EXPORTS}/{export['exportId']}").status_code == 204
        connection.rollback()
    worker.join()
    assert folder_of(own_world) == []


def wait_until_running(world: World, export: dict[str, Any]) -> None:
    statement = "SELECT 1 FROM message_exports WHERE status = 'running' AND export_id = CAST(:id AS uuid)"
    while not world.sql(statement, id=export["exportId"]):
        pass


def test_account_has_few_unfinished_exports_and_one_for_each_key(own_world: World) -> None:
    client = own_world.client("owner")
    first, again = (
        client.post(EXPORTS, json={"format": "csv"}, headers={"Idempotency-Key": "one"}).json for _ in range(2)
    )
    assert first == again
    for _ in range(4):
        ask(own_world, "viewer")
    refused = client.post(EXPORTS, json={"format": "csv"})
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0
    work_off(settings_of(own_world), own_world.worker_engine)
    ask(own_world)


def test_cleaning_ends_what_was_kept_long_enough(own_world: World, tmp_path: Path) -> None:
    ended, kept = made(own_world), made(own_world)
    with own_world.worker_engine.begin() as connection:
        connection.execute(
            text("UPDATE message_exports SET expires_at = now() - interval '1 s' WHERE export_id = CAST(:id AS uuid)"),
            {"id": ended["exportId"]},
        )
    left = settings_of(own_world).export_folder / str(own_world.tenant) / f"{kept['exportId']}.7.csv.part"
    left.write_bytes(b"of an attempt that was killed")
    work_off(settings_of(own_world), own_world.worker_engine, "clean_exports")
    assert folder_of(own_world) == [f"{kept['exportId']}.1.csv"]
    found = own_world.get("owner", f"{EXPORTS}/{ended['exportId']}").json
    assert (found["status"], found["downloadUrl"]) == ("expired", None)
    assert fetch(own_world, ended).status_code == 404
    assert fetch(own_world, kept).status_code == 200


def test_list_goes_on_with_its_cursor(exporting: World) -> None:
    everything = [item["exportId"] for item in exporting.get("owner", EXPORTS, limit=200).json["items"]]
    seen: list[str] = []
    cursor: str | None = None
    while len(seen) <= len(everything):
        page = exporting.get("owner", EXPORTS, limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [item["exportId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == everything
    assert exporting.get("owner", EXPORTS, cursor="AAAA").status_code == 422


def test_filter_is_refused_as_the_log_refuses_it(exporting: World) -> None:
    body = {"format": "xlsx", "filter": {"status": ["lost"], "startDate": "2026-11-20", "endDate": "2026-11-01"}}
    answer = exporting.client("owner").post(EXPORTS, json=body)
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json["errors"]} == {"format", "filter.status.0", "filter.endDate"}
    unknown = exporting.client("owner").post(EXPORTS, json={"format": "csv", "filter": {"colour": "red"}})
    assert unknown.status_code == 422


def test_ids_in_files_are_those_of_the_api(exporting: World) -> None:
    found = exporting.sql("SELECT message_id FROM messages WHERE tenant_id = :tenant", tenant=exporting.tenant)
    rows = rows_of(exporting, made(exporting))
    assert {row["messageId"] for row in rows} == {ids.encode(each[0]) for each in found}
