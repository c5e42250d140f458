"""Runs are kept as they were found."""

from __future__ import annotations

from pathlib import Path

from bench import results
from bench.measure import Found, Table
from bench.results import Run
from bench.targets import TARGETS

TABLES = [
    Table("One", "How.", ["a", "b"], [["1", "§ \"quoted\""], ["2", "پښتو"]]),
    Table("Two", "How else.", ["a"], [["3"]]),
]  # fmt: skip


def run(at: str = "2026-11-27T10:00:00+00:00", seconds: float | None = 12.5) -> Run:
    return Run("api", at, "2 cores", 1000, seconds, 0.25, Found({"p50": 1.5, "long": 1 / 3}, TABLES), 58.5, 0.25)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = results.write(run(), tmp_path)
    assert path == tmp_path / "api" / "2026-11-27.json"
    (found,) = results.read("api", tmp_path)
    assert found.found.tables == TABLES
    assert found.found.figures == {"p50": 1.5, "long": 0.33333}
    assert (found.at, found.machine, found.messages, found.seconds, found.others, found.pace, found.touch) == (
        run().at,
        "2 cores",
        1000,
        12.5,
        0.25,
        58.5,
        0.25,
    )


def test_each_row_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    lines = results.write(run(), tmp_path).read_text(encoding="utf-8").splitlines()
    assert any('["2", "پښتو"]' in line for line in lines)


def test_later_run_of_a_day_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    results.write(run(seconds=1), tmp_path)
    results.write(run("2026-11-27T20:00:00+00:00", seconds=2), tmp_path)
    assert [each.seconds for each in results.read("api", tmp_path)] == [2]


def test_oldest_first_and_parts_apart(tmp_path: Path) -> None:
    for day in ("2026-12-01", "2026-11-30"):
        results.write(run(f"{day}T10:00:00+00:00"), tmp_path)
    assert [each.day for each in results.read("api", tmp_path)] == ["2026-11-30", "2026-12-01"]
    assert results.read("page", tmp_path) == []


def test_what_is_kept_in_the_tree_can_be_read_and_its_figures_are_known() -> None:
    known = {(target.part, target.key) for target in TARGETS}
    for folder in results.FOLDER.iterdir():
        for each in results.read(folder.name):
            assert each.part == folder.name
            assert {(each.part, key) for key in each.found.figures} <= known
