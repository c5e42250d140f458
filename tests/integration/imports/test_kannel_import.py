from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from gateway.imports import runner
from gateway.settings import GatewaySettings
from gateway.store import accounts
from gateway.store import engine as store_engine
from tests.integration.imports.conftest import ACCESS_LOG, KANNEL, World

TOTALS = {"delivered": 420, "failed": 78, "sent": 32, "rejected": 27, "expired": 19}
CUSTOM = "%t|%T|%l|%i|%n|%A|%B|%F|%I|%D|%p|%P|%m:%c:%M:%C:%d|%L|%b|%U:%u"
STATUS = {"undelivered": "failed", "submitted": "sent"}


def log_time(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def sent(
    second: int, fid: str, to: str = "93700000141", text: str = "hi", user: str = "acme", smsc: str = "mno1"
) -> str:
    return (
        f"2026-03-01 10:00:{second:02} Sent SMS [SMSC:{smsc}] [SVC:{user}] [ACT:] [BINF:] [FID:{fid}] [META:] [from:INFO]"
        f" [to:{to}] [flags:-1:0:-1:-1:31] [msg:{len(text)}:{text}] [udh:0:]"
    )


def receipt(second: int, fid: str, kind: int, reply: str = "", to: str = "93700000141", smsc: str = "mno1") -> str:
    return (
        f"2026-03-01 10:00:{second:02} Receive DLR [SMSC:{smsc}] [SVC:acme] [ACT:] [BINF:] [FID:{fid}] [META:] [from:INFO]"
        f" [to:{to}] [flags:-1:-1:-1:-1:{kind}] [msg:{len(reply)}:{reply}] [udh:0:]"
    )


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_access_log_has_the_totals_of_its_note(world: World) -> None:
    assert world.run(ACCESS_LOG) == 0
    assert world.statuses() == TOTALS
    printed = world.out()
    assert "1,685 imported + 21 rejected + 0 already known = 1,706 lines read" in printed
    assert [row["code"] for row in world.rejected()].count("orphan_receipt") == 19
    folded = world.rows("SELECT status::text, sum(messages)::int FROM rollup_daily GROUP BY 1")
    assert dict(map(tuple, folded)) == TOTALS


def test_access_log_has_every_message_as_the_message_centre_knows_it(world: World) -> None:
    world.run(ACCESS_LOG)
    stored = {
        (row.submitted_at, row.recipient, row.external_id, row.sender_id): row
        for row in world.rows("SELECT * FROM messages")
    }
    events: dict[object, list[object]] = {}
    for row in world.rows("SELECT * FROM message_events ORDER BY message_id, seq"):
        events.setdefault(row.message_id, []).append(row)
    expected = [json.loads(line) for line in (KANNEL / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    messages = [row for row in expected if row["dir"] == "mt"]
    assert len(messages) == len(stored) == 576
    for wanted in messages:
        recipient = "+" + wanted["to"].lstrip("+")
        name = f"{wanted['smsc']}/{wanted['fid'] or '/' + recipient}"
        found = stored[log_time(wanted["t"]), recipient, name, wanted["frm"]]
        assert found.status == STATUS.get(wanted["state"], wanted["state"]), wanted
        if wanted["text_exact"]:
            assert found.body == wanted["text"]
        codes = "/".join(part for part in (wanted["stat"], wanted["err"]) if part)
        if wanted["state"] == "rejected":
            codes = wanted["smpp_status"] or wanted["nack"] or ""
        elif wanted["stat"] == "DELIVRD":
            codes = ""
        assert (found.carrier_code or "").lower() == codes.lower(), wanted
        assert (found.error_code is not None) == (found.status in ("failed", "expired", "rejected"))
        final = [log_time(at) for at, kind, _ in wanted["dlrs"] if kind in (1, 2)]
        if final:
            assert found.final_at == final[0]
        history = events[found.message_id]
        told = [
            (event.at, int(event.detail.removeprefix("type ")[0:2].rstrip(":"))) for event in history if event.detail
        ]
        if not wanted["fid"]:
            # The note joins by id alone; acceptances of messages without one are ours to find.
            told = [each for each in told if each[1] != 8]
        assert told == [(log_time(at), kind) for at, kind, _ in wanted["dlrs"]]
        assert [event.seq for event in history] == list(range(1, len(history) + 1))


def test_second_import_changes_nothing_and_says_so(world: World) -> None:
    world.run(ACCESS_LOG)
    before = world.contents()
    world.out()
    assert world.run(ACCESS_LOG) == 0
    assert "0 imported + 21 rejected + 1,685 already known = 1,706 lines read" in world.out()
    assert world.contents() == before


@pytest.mark.parametrize("size", [1, 7, 250])
def test_chunks_of_any_size_leave_the_same(world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    lines = ACCESS_LOG.read_bytes().splitlines(keepends=True)[:400]
    path = world.settings.data_dir / "log"
    path.write_bytes(b"".join(lines))
    monkeypatch.setattr(runner, "CHUNK_LINES", size)
    world.run(path)
    small = world.contents()
    world.clear()
    monkeypatch.setattr(runner, "CHUNK_LINES", 20_000)
    world.run(path)
    assert world.contents() == small


def test_interrupted_import_goes_on_and_ends_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHUNK_LINES", 100)
    world.run(ACCESS_LOG)
    whole, account = world.contents(), world.out().splitlines()[0]
    rejects = world.rejected()
    world.clear()
    written = 0
    store = runner.Importer._store

    def fail_sometimes(self: runner.Importer, *arguments: object) -> None:
        nonlocal written
        written += 1
        if written % 4 == 0:
            raise KeyboardInterrupt
        store(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runner.Importer, "_store", fail_sometimes)
    codes = []
    while not codes or codes[-1] == 130:
        codes.append(world.run(ACCESS_LOG))
    assert len(codes) > 3
    assert codes[-1] == 0
    assert world.contents() == whole
    assert world.out().splitlines()[0] == account
    assert world.rejected() == rejects


def test_file_that_changed_before_the_interruption_is_read_from_its_beginning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CHUNK_LINES", 1000)
    path = world.settings.data_dir / "log"
    data = ACCESS_LOG.read_bytes()
    path.write_bytes(data)
    store = runner.Importer._store
    calls = 0

    def fail_second(self: runner.Importer, *arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        store(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runner.Importer, "_store", fail_second)
    assert world.run(path) == 130
    place = data.index(b"\n", 100_000) + 1  # after what names the file, before where it stopped
    path.write_bytes(data[:place] + b"not a line of a log\n" + data[place:])
    assert world.run(path) == 0
    assert "1,707 lines read" in world.out()
    assert world.statuses() == TOTALS


@pytest.mark.parametrize(
    ("name", "options"),
    [("custom-layout", {"log_format": CUSTOM}), ("local-time", {"log_time_zone": "Asia/Kabul"})],
)
def test_log_of_another_layout_has_the_outcomes_the_message_centre_saw(
    world: World, name: str, options: dict[str, str]
) -> None:
    assert world.run(KANNEL / f"{name}.log.gz", **options) == 0
    states = json.loads((KANNEL / f"{name}.states.json").read_text(encoding="utf-8"))
    found = {row[0].removeprefix("+"): row[1] for row in world.rows("SELECT recipient, status::text FROM messages")}
    assert found == states
    first = world.rows("SELECT min(submitted_at) FROM messages")[0][0]
    assert first == datetime(2026, 11, 21, 5, 37, 27 if name == "custom-layout" else 28, tzinfo=UTC)
    assert {row["code"] for row in world.rejected()} <= {"orphan_receipt", "log_marker", "inbound_message"}


def test_receipts_of_a_later_import_reach_their_messages(world: World, tmp_path: Path) -> None:
    world.run(write(tmp_path / "one", sent(1, "a1"), receipt(1, "a1", 8, "ACK/")))
    world.run(write(tmp_path / "two", receipt(9, "a1", 1, "stat:DELIVRD err:000")))
    assert world.statuses() == {"delivered": 1}
    kinds = world.rows("SELECT kind, status::text FROM message_events ORDER BY seq")
    assert [tuple(row) for row in kinds] == [
        ("status", "queued"), ("status", "sent"), ("receipt", None), ("status", "delivered"),
    ]  # fmt: skip


def test_receipts_imported_before_their_messages_wait_for_them(world: World, tmp_path: Path) -> None:
    late = write(tmp_path / "two", receipt(9, "a1", 1, "stat:DELIVRD err:000"), receipt(9, "zz", 1))
    world.run(late)
    assert "0 imported + 2 rejected + 0 already known = 2 lines read" in world.out()
    assert [row["code"] for row in world.rejected()] == ["receipt_without_message"] * 2
    world.run(write(tmp_path / "one", sent(1, "a1")))
    assert world.statuses() == {"delivered": 1}
    world.out()
    world.run(late)
    assert "0 imported + 1 rejected + 1 already known = 2 lines read" in world.out()


def test_files_in_the_wrong_order_need_no_second_run(world: World, tmp_path: Path) -> None:
    newer = write(tmp_path / "new", receipt(9, "a1", 1))
    older = write(tmp_path / "old", sent(1, "a1"))
    world.run(newer, older)
    assert "total: 2 imported + 0 rejected + 0 already known = 2 lines read" in world.out()
    assert world.statuses() == {"delivered": 1}


def test_receipt_logged_before_its_message_still_finds_it(world: World, tmp_path: Path) -> None:
    world.run(write(tmp_path / "log", receipt(1, "a1", 1), sent(2, "a1")))
    assert world.statuses() == {"delivered": 1}
    assert world.rejected() == []


def test_reused_id_goes_to_the_nearest_open_message(world: World, tmp_path: Path) -> None:
    world.run(
        write(
            tmp_path / "log",
            sent(1, "a1", text="first"), receipt(2, "a1", 2, "stat:UNDELIV err:001"),
            sent(10, "a1", text="second"), receipt(12, "a1", 1, "stat:DELIVRD err:000"),
            sent(20, "a1", to="93790000141", text="third"),
        )
    )  # fmt: skip
    found = world.rows("SELECT body, status::text, final_at FROM messages ORDER BY submitted_at")
    assert [row[:2] for row in found] == [("first", "failed"), ("second", "delivered"), ("third", "sent")]


def test_final_status_never_goes_back(world: World, tmp_path: Path) -> None:
    log = write(
        tmp_path / "log",
        sent(1, "a1"), receipt(3, "a1", 1, "stat:DELIVRD err:000"), receipt(4, "a1", 8, "ACK/"),
        receipt(5, "a1", 2, "stat:UNDELIV err:027"),
    )  # fmt: skip
    world.run(log)
    assert world.statuses() == {"delivered": 1}
    assert "4 imported + 0 rejected" in world.out()
    kinds = world.rows("SELECT kind, status::text FROM message_events ORDER BY seq OFFSET 3")
    assert [tuple(row) for row in kinds] == [("receipt", None), ("receipt", "failed")]
    assert world.rows("SELECT error_code FROM messages") == [(None,)]


def test_equal_lines_without_an_id_are_messages_of_their_own(world: World, tmp_path: Path) -> None:
    refused = sent(1, "").replace("Sent SMS", "REJECTED Send SMS")
    said = receipt(1, "", 16, "NACK/0x0000000b/Invalid Destination Address")
    log = write(tmp_path / "log", refused, said, refused, said, refused, said)
    world.run(log)
    assert world.statuses() == {"rejected": 3}
    assert world.rows("SELECT DISTINCT error_code, carrier_code FROM messages") == [
        ("invalid_destination", "0x0000000B")
    ]
    before = world.contents()
    world.out()
    world.run(log)
    assert "0 imported + 0 rejected + 6 already known" in world.out()
    assert world.contents() == before


def test_services_choose_whose_lines_are_taken(world: World) -> None:
    assert world.run(ACCESS_LOG, svc=["acme"]) == 0
    assert sum(world.statuses().values()) == 416
    with world.engine.begin() as connection:
        other = accounts.create_tenant(connection, slug="globex", name="Globex")
    world.run(ACCESS_LOG, tenant="globex", svc=["globex", "onepart"])
    assert sum(world.statuses(other).values()) == 149 + 11


def test_log_that_grows_is_imported_from_where_it_is_new(world: World) -> None:
    lines = ACCESS_LOG.read_bytes().splitlines(keepends=True)
    path = world.settings.data_dir / "growing.log"
    path.write_bytes(b"".join(lines[:900]))
    world.run(path)
    path.write_bytes(b"".join(lines))
    world.run(path)
    assert world.statuses() == TOTALS
    account = re.findall(r"([\d,]+) imported \+ ([\d,]+) rejected \+ ([\d,]+) already known", world.out())
    assert int(account[1][2]) > 800


def test_damaged_log_loses_nothing_that_was_good(world: World, tmp_path: Path) -> None:
    good = ACCESS_LOG.read_bytes().splitlines()
    damaged: list[bytes] = []
    bad = [
        b"\xff\xfe broken",
        b"x" * (3 << 20),
        b"a\0b",
        b"",
        b"2026-11-21 03:5",
        b"2026-99-99 00:00:00 Sent SMS [SMSC:]",
    ]
    for number, line in enumerate(good):
        damaged.append(line + (b"\r" if number % 3 == 0 else b""))
        if number % 200 == 0:
            damaged.extend(bad)
    path = tmp_path / "damaged.log"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(damaged) + b"\n" + good[1][:200])
    assert world.run(path) == 0
    assert world.statuses() == TOTALS
    assert f"= {len(damaged) + 1:,} lines read" in world.out()
    assert len(world.rejected()) == 21 + len(damaged) - len(good) + 1


def test_cut_archive_keeps_what_came_before(world: World, tmp_path: Path) -> None:
    path = tmp_path / "cut.log.gz"
    whole = gzip.compress(ACCESS_LOG.read_bytes())
    path.write_bytes(whole[: len(whole) // 2])
    assert world.run(path) == 0
    assert sum(world.statuses().values()) > 100
    assert world.rejected()[-1]["code"] == "damaged_archive"


def test_nothing_usable_is_an_error(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run(write(tmp_path / "log", "nothing", "of", "the", "kind")) == 1
    assert world.run(tmp_path / "missing") == 1
    assert world.run(ACCESS_LOG, tenant="nobody") == 2
    assert world.run(ACCESS_LOG, log_time_zone="Mars/Olympus") == 2
    assert world.run(ACCESS_LOG, log_format="%l %i") == 2
    assert world.run(ACCESS_LOG, rejects=ACCESS_LOG) == 2


def test_two_imports_of_one_tenant_do_not_run_at_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    from gateway.store import imports

    with world.engine.connect() as connection:
        assert imports.lock_tenant(connection, world.tenant_id)
        assert world.run(ACCESS_LOG) == 1
    assert "another import" in capsys.readouterr().err


def test_next_import_need_not_wait_for_the_server_to_notice_that_the_last_one_went(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed connections live on in the server for a moment, and what they hold with them."""
    held: list[int] = []
    locks = (  # of this database alone: others on the server belong to other tests
        "SELECT count(*)::int FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    build = store_engine.create_engine

    def watched(settings: GatewaySettings, role: store_engine.Role) -> Engine:
        engine = build(settings, role)
        event.listen(engine, "close_detached", lambda _connection: held.append(world.rows(locks)[0][0]))
        return engine

    monkeypatch.setattr(store_engine, "create_engine", watched)
    assert world.run(write(tmp_path / "one", sent(1, "a1"))) == 0
    assert held == [0]
