from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.imports import runner
from tests.integration.imports.conftest import World

COLUMNS = ("external_id", "to", "from", "body", "submitted_at", "status", "sent_at", "final_at", "error_code", "price")
START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def row(number: int, **values: Any) -> dict[str, Any]:
    at = START + timedelta(seconds=number)
    return {
        "external_id": f"m{number}",
        "to": f"+9370{number:07}",
        "from": "ACME",
        "body": f"hello {number}",
        "submitted_at": at.isoformat(),
        "status": "delivered",
        "sent_at": at.isoformat(),
        "final_at": (at + timedelta(seconds=4)).isoformat(),
        "error_code": "",
        "price": "0.5000",
    } | values


def write_csv(path: Path, *rows: dict[str, Any], columns: tuple[str, ...] = COLUMNS) -> Path:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def test_csv_rows_become_messages_with_their_history_and_cost(world: World, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        row(1), row(2, status="failed", error_code="barred"), row(3, status="queued", sent_at="", final_at=""),
        row(4, status="blocked", body="سلام\nدنیا, \"نقل\""), row(5, body="x" * 161, price=""),
    )  # fmt: skip
    assert world.run(path, file_format="csv") == 0
    assert world.statuses() == {"delivered": 2, "failed": 1, "queued": 1, "blocked": 1}
    found = {each.external_id: each for each in world.rows("SELECT * FROM messages")}
    assert found["m4"].body == 'سلام\nدنیا, "نقل"'
    assert (found["m5"].segments, found["m5"].price) == (2, Decimal("0.7000"))
    assert found["m2"].error_code == "barred"
    history = world.rows(
        "SELECT status::text FROM message_events JOIN messages USING (message_id) WHERE external_id = 'm4'".replace(
            "SELECT status", "SELECT message_events.status"
        )
        + " ORDER BY seq"
    )
    assert [each[0] for each in history] == ["queued", "held", "blocked"]
    spent = world.rows("SELECT sum(price) FROM messages")[0][0]
    entries = world.rows("SELECT kind, amount FROM ledger_entries")
    assert [tuple(each) for each in entries] == [("charge", spent)]


def test_message_that_appears_under_an_import_undoes_the_chunk_and_is_known_to_the_next_run(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(write_csv(tmp_path / "a.csv", row(1)), file_format="csv")
    before = world.contents()
    more = write_csv(tmp_path / "b.csv", row(1), row(2))
    with monkeypatch.context() as unseen:
        unseen.setattr(runner.store, "find_messages", lambda *_: [])
        with pytest.raises(runner.ImportInconsistent):
            world.run(more, file_format="csv")
    assert world.contents() == before
    assert world.run(more, file_format="csv") == 0
    assert world.statuses() == {"delivered": 2}


def test_second_csv_import_changes_nothing(world: World, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", *(row(number) for number in range(50)))
    world.run(path, file_format="csv")
    before = world.contents()
    copy = tmp_path / "another name.csv"
    copy.write_bytes(path.read_bytes() + b"\r\n")
    world.out()
    world.run(copy, file_format="csv")
    assert "0 imported + 1 rejected + 50 already known = 51 lines read" in world.out()
    assert world.contents() == before


def test_later_export_brings_the_news(world: World, tmp_path: Path) -> None:
    queued = [row(number, status="queued", sent_at="", final_at="") for number in range(3)]
    world.run(write_csv(tmp_path / "a.csv", *queued), file_format="csv")
    news = [row(0), row(1, status="rejected"), row(2, status="sent", final_at="")]
    world.run(write_csv(tmp_path / "b.csv", *news), file_format="csv")
    assert world.statuses() == {"delivered": 1, "rejected": 1, "sent": 1}
    world.out()
    world.run(write_csv(tmp_path / "c.csv", row(0, status="failed"), row(2, status="queued", sent_at="", final_at="")),
              file_format="csv")  # fmt: skip
    assert "0 imported + 1 rejected + 1 already known = 2 lines read" in world.out()
    assert world.rejected()[-1]["code"] == "conflicts_with_known"
    balance = world.rows("SELECT -available FROM ledger_balances")[0][0]
    assert balance == world.rows("SELECT sum(price) FROM messages")[0][0]


def test_news_in_the_same_file_is_the_same_as_in_another(world: World, tmp_path: Path) -> None:
    old = [row(number, status="queued", sent_at="", final_at="") for number in range(4)]
    new = [row(0), row(1, status="rejected"), row(2, status="sent", final_at=""), row(3, status="expired", sent_at="")]
    world.run(write_csv(tmp_path / "a.csv", *old), file_format="csv")
    world.run(write_csv(tmp_path / "b.csv", *new), file_format="csv")
    apart = world.contents()
    world.clear()
    world.run(write_csv(tmp_path / "c.csv", *old, *new), file_format="csv")
    together = world.contents()
    for contents in (apart, together):
        contents["ledger"] = [sum(each[2] for each in contents["ledger"])]
    assert together == apart


def test_external_id_of_another_message_is_refused(world: World, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        row(1), row(1), row(1, to="+93790000001"), row(2, external_id="m1"), row(3, external_id=""),
        row(3, external_id=""),
    )  # fmt: skip
    world.run(path, file_format="csv")
    assert "2 imported + 2 rejected + 2 already known = 6 lines read" in world.out()
    assert [(each["line"], each["code"]) for each in world.rejected()] == [
        (4, "duplicate_external_id"), (5, "duplicate_external_id"),
    ]  # fmt: skip


def test_damaged_csv_loses_nothing_that_was_good(world: World, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "good.csv", *(row(number) for number in range(6))).read_bytes().split(b"\r\n")
    head, rows = good[0], good[1:7]
    bad = {
        "wrong_columns": b"a,b,c",
        "missing_value": rows[0].replace(b"ACME", b""),
        "bad_time": rows[0].replace(b"2026-03-01T06:00:00", b"2026-13-01T06:00:00", 1),
        "bad_number": rows[0].replace(b"0.5000", b"half"),
        "unknown_status": rows[0].replace(b"delivered", b"arrived"),
        "bad_recipient": rows[0].replace(b"+93700000000", b"somebody"),
        "bad_encoding": rows[0].replace(b"hello", b"hell\xf6"),
        "nul_byte": rows[0].replace(b"hello", b"hell\0"),
        "line_too_long": b"y" * (2 << 20),
        "empty_line": b"",
        "bad_quoting": b'"a"b,' + rows[0],
        "unclosed_quote": rows[0].replace(b"hello", b'"hello').replace(b",hello", b',"hello'),
    }
    bad["unclosed_quote"] = b'x,"never closed'
    lines = [head]
    for number, each in enumerate(bad.values()):
        lines += [each, rows[number % 6]]
    path = tmp_path / "damaged.csv"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n" + rows[0][:40])
    world.run(path, file_format="csv")
    assert sorted(each[0] for each in world.rows("SELECT external_id FROM messages")) == [f"m{n}" for n in range(6)]
    codes = [each["code"] for each in world.rejected()]
    assert codes[:-1] == list(bad)
    assert f"6 imported + {len(bad) + 1} rejected + 6 already known" in world.out()


@pytest.mark.parametrize("header", [b"", b"to;from;submitted_at\n", b"\x00\xff\n", b"to,to,from,submitted_at,status\n"])
def test_csv_without_a_usable_header_is_an_error(
    world: World, tmp_path: Path, header: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(header)
    assert world.run(path, file_format="csv") == 1
    assert "a.csv" in capsys.readouterr().err


def test_one_unreadable_file_does_not_stop_the_others(world: World, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "a.csv", row(1))
    assert world.run(tmp_path / "missing.csv", good, file_format="csv") == 1
    assert world.statuses() == {"delivered": 1}


def test_rejects_of_several_files_share_the_named_file(world: World, tmp_path: Path) -> None:
    one = write_csv(tmp_path / "a.csv", row(1), row(2, status="gone"))
    two = write_csv(tmp_path / "b.csv", row(3, status="lost"))
    path = tmp_path / "rejects.jsonl"
    for _ in range(2):
        world.run(one, two, file_format="csv", rejects=path)
        assert [(each["file"], each["line"]) for each in world.rejected(path)] == [("a.csv", 3), ("b.csv", 2)]


def test_parquet_holds_the_same_as_csv(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(number) for number in range(200)]
    rows[7]["status"], rows[9]["to"] = "gone", None
    for each in rows:
        each["submitted_at"] = datetime.fromisoformat(each["submitted_at"])
        each["price"] = Decimal(each["price"])
    columns = {name: [each[name] for each in rows] for name in COLUMNS}
    table = pa.table(columns | {"unknown": list(range(200))})
    table = table.set_column(
        table.schema.get_field_index("submitted_at"), "submitted_at",
        table["submitted_at"].cast(pa.timestamp("ns", tz="Asia/Kabul")),
    )  # fmt: skip
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, row_group_size=60)
    monkeypatch.setattr(runner, "CHUNK_LINES", 50)
    store = runner.Importer._store
    calls = 0

    def fail_third(self: runner.Importer, *arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        store(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runner.Importer, "_store", fail_third)
    assert world.run(path, file_format="parquet") == 130
    assert world.run(path, file_format="parquet") == 0
    assert "198 imported + 2 rejected + 0 already known = 200 lines read" in world.out()
    assert [(each["line"], each["code"]) for each in world.rejected()] == [(8, "unknown_status"), (10, "missing_value")]
    parquet = world.contents()
    world.clear()
    good = [each for number, each in enumerate(rows) if number not in (7, 9)]
    world.run(write_csv(tmp_path / "a.csv", *good), file_format="csv")
    assert world.contents() == parquet


def test_file_that_is_no_parquet_is_an_error(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 or not")
    assert world.run(path, file_format="parquet") == 1
