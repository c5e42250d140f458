"""A folder that machines only think they share is told apart from one that they do."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from gateway.settings import GatewaySettings
from gateway.storage.local import LocalFolder
from gateway.storage.marks import FILE, problems, tell_own, warn


def _machine(settings: GatewaySettings, folder: Path, *, exports: Path | None = None) -> GatewaySettings:
    return replace(settings, data_dir=folder, export_dir=exports)


def test_one_folder_of_all_has_one_mark(
    gateway_settings: GatewaySettings, worker_engine: Engine, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    here, there = (_machine(gateway_settings, tmp_path / name, exports=shared) for name in ("a", "b"))
    with worker_engine.begin() as connection:
        tell_own(here, connection)
        mark = (shared / FILE).read_text()
        tell_own(there, connection)
        assert (shared / FILE).read_text() == mark
        assert [p for p in problems(here, connection) + problems(there, connection) if "EXPORT" in p] == []
        kinds = connection.execute(text("SELECT kind, count(*) FROM shared_folders GROUP BY 1 ORDER BY 1")).all()
        assert [tuple(row) for row in kinds] == [("exports", 1), ("reports", 2)]  # reports: each their own


def test_a_folder_of_the_same_name_elsewhere_is_told(
    gateway_settings: GatewaySettings, worker_engine: Engine, api_engine: Engine, tmp_path: Path
) -> None:
    worker, gateway = (_machine(gateway_settings, tmp_path / name) for name in ("worker", "gateway"))
    with api_engine.connect() as connection:
        assert problems(gateway, connection) == []  # nobody has written anything yet
    with worker_engine.begin() as connection:
        tell_own(worker, connection)
    with api_engine.connect() as connection:
        found = problems(gateway, connection)
    assert [each.partition(":")[0] for each in found] == ["GATEWAY_EXPORT_DIR", "GATEWAY_REPORT_DIR"]
    assert str(tmp_path / "gateway" / "exports") in found[0]
    in_s3 = replace(gateway, reports=replace(gateway.reports, storage="s3", s3_bucket="x"))
    with api_engine.connect() as connection:
        assert [each.partition(":")[0] for each in problems(in_s3, connection)] == ["GATEWAY_EXPORT_DIR"]


def test_workers_that_were_moved_are_forgotten(
    gateway_settings: GatewaySettings, worker_engine: Engine, tmp_path: Path
) -> None:
    with worker_engine.begin() as connection:
        tell_own(_machine(gateway_settings, tmp_path / "old"), connection)
        connection.execute(text("UPDATE shared_folders SET seen_at = now() - interval '25 hours'"))
        tell_own(_machine(gateway_settings, tmp_path / "new"), connection)
        assert problems(_machine(gateway_settings, tmp_path / "new"), connection) == []


def test_a_folder_that_cannot_be_written_and_a_database_that_is_away_stop_nobody(
    gateway_settings: GatewaySettings, worker_engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with worker_engine.begin() as connection:
        tell_own(_machine(gateway_settings, tmp_path / "file", exports=tmp_path / "file" / "x"), connection)
        assert connection.execute(text("SELECT count(*) FROM shared_folders")).scalar_one() == 0

    def away() -> AbstractContextManager[Connection]:
        raise OperationalError("SELECT", {}, Exception("nobody answers"))

    warn(gateway_settings, away)


def test_the_mark_is_no_file_of_a_tenants(
    tmp_path: Path, gateway_settings: GatewaySettings, worker_engine: Engine
) -> None:
    own = _machine(gateway_settings, tmp_path)
    with worker_engine.begin() as connection:
        tell_own(own, connection)
    assert LocalFolder(own.export_folder).sweep(list) == 0
    assert (own.export_folder / FILE).exists()
