"""The report says of every figure what it is and should be, of missed ones why, and what got worse."""

from __future__ import annotations

from bench import document, results
from bench.__main__ import PARTS
from bench.measure import Found, Table
from bench.results import Run
from bench.stack import ROOT
from bench.targets import TARGETS, Target

TARGETS_HERE = (
    Target("page", "kb", "kilobytes", 560, steady=True),
    Target("page", "ms", "milliseconds", 200),
    Target("api", "p50", "slowest p50", 15, digits=1),
)


def run(
    part: str, figures: dict[str, float], *, day: int = 27, tables: list[Table] | None = None, pace: float | None = None,
    touch: float | None = None,
) -> Run:  # fmt: skip
    found = Found(figures, tables or [])
    return Run(part, f"2026-11-{day}T10:05:00+00:00", "2 cores", 10_000, 61.4, 0.074, found, pace, touch)


def compose(runs: dict[str, list[Run]], notes: dict[str, dict[str, str]] | None = None) -> str:
    return document.compose(runs, notes or {}, TARGETS_HERE)


def test_each_figure_stands_against_its_target() -> None:
    text = compose({"page": [run("page", {"kb": 596, "ms": 197})], "api": []})
    assert "| kilobytes | 596 | ≤ 560 | **no** |" in text
    assert "| milliseconds | 197 | ≤ 200 | yes |" in text
    assert "| slowest p50 | not measured | ≤ 15.0 | – |" in text


def test_each_part_says_when_where_and_beside_whom() -> None:
    text = compose({"page": [run("page", {}, day=20, pace=58.5, touch=0.24)], "api": [run("api", {})]})
    assert "| Pages | `make bench-page` | 2026-11-20 10:05 UTC | 2 cores | 10,000 | 61 | 7 % | 58 | 0.2 |" in text
    assert (
        "| The gateway's API | `make bench-api` | 2026-11-27 10:05 UTC | 2 cores | 10,000 | 61 | 7 % | – | – |" in text
    )
    assert "| Webhooks | `make bench-webhooks` | not yet |" in text


def test_newest_run_of_a_part_is_told() -> None:
    text = compose({"page": [run("page", {"kb": 700}, day=26), run("page", {"kb": 550})]})
    assert "| kilobytes | 550 | ≤ 560 | yes |" in text


def test_missed_figure_has_its_profile_and_the_next_idea_beside_it() -> None:
    notes = {"page.kb": {"profile": "half of it is Plotly", "next": "draw without it"}, "page.ms": {"profile": "held"}}
    text = compose({"page": [run("page", {"kb": 596, "ms": 197})]}, notes)
    assert "| kilobytes | 596 | ≤ 560 | half of it is Plotly | draw without it |" in text
    missed = text.partition("## Missed, and why")[2].partition("\n## ")[0]
    assert "milliseconds" not in missed


def test_missed_figure_that_nobody_explained_says_so() -> None:
    assert "| kilobytes | 596 | ≤ 560 | not yet looked into |" in compose({"page": [run("page", {"kb": 596})]})


def test_nothing_missed_needs_no_section() -> None:
    assert "## Missed" not in compose({"page": [run("page", {"kb": 1})]})


def test_what_got_worse_is_told_and_stands_in_the_parts_history() -> None:
    text = compose({"page": [run("page", {"kb": 400}, day=26), run("page", {"kb": 500})]})
    assert "| kilobytes | 400 | 500 | 25 % |" in text
    assert "| kilobytes | ≤ 560 | 400 | 500 | **worse** |" in text


def test_tables_of_a_part_come_with_how_they_were_measured() -> None:
    text = compose(
        {"page": [run("page", {}, tables=[Table("Loads", "Medians.", ["page", "KB"], [["portal", "596"]])])]}
    )
    assert "## Pages\n\n### Loads\n\nMedians.\n\n| page | KB |\n|---|---|\n| portal | 596 |\n" in text


def test_the_report_in_the_tree_is_of_what_is_kept() -> None:
    """Whoever measures a part or changes a target or a note composes the report anew."""
    composed = document.compose({part: results.read(part) for part in PARTS}, document.notes())
    assert (ROOT / "docs" / "performance.md").read_text(encoding="utf-8") == composed


def test_every_note_is_of_a_figure_and_says_both() -> None:
    known = {f"{target.part}.{target.key}" for target in TARGETS}
    for key, note in document.notes().items():
        assert key in known
        assert set(note) == {"profile", "next"}
