"""A translation claims no more than happened, and a release needs what it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.i18n import lint, release, status

REVIEWED = status.reviewed("Send", "لېږل", by="Zarghuna", at="2026-01-31")


def test_review_that_happened_is_believed() -> None:
    assert status.problems(REVIEWED, "Send") == []
    assert status.counts({"k": REVIEWED}, {"k": {"message": "Send"}}) == (1, 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reviewedBy": " "}, "by nobody"),
        ({"reviewedAt": "last week"}, "without a day"),
        ({"message": "استول"}, "changed since its review"),
        ({"status": "machine"}, "without a review"),
        ({"status": "perfect"}, "no known status"),
    ],
)
def test_claim_that_cannot_be_so_is_refused_and_not_counted(change: dict[str, str], told: str) -> None:
    entry = {**REVIEWED, **change}
    assert any(told in problem for problem in status.problems(entry, "Send"))
    assert status.counts({"k": entry}, {"k": {"message": "Send"}}) == (1, 0)


def test_review_does_not_outlive_its_english_text() -> None:
    assert status.problems(REVIEWED, "Send it")


def test_lint_looks_at_what_entries_claim() -> None:
    loaded = {"en": {"k": {"message": "Send", "context": "x"}}, "ps": {"k": {**REVIEWED, "message": "استول"}}}
    assert [str(finding) for finding in lint.check_catalogs(loaded) if "review" in str(finding)]


def _written(folder: Path, translated: int) -> Path:
    """Catalogs of 100 texts; Pashto has ``translated`` of them, of which the first is broken and the second reviewed."""
    english = {f"k{number}": {"message": "Send {n}", "context": "x"} for number in range(100)}
    machine: dict[str, Any] = {key: {"message": "ارسال {n}", "status": "machine"} for key in english}
    pashto = dict(list(machine.items())[:translated])
    pashto["k0"] = {"message": "لېږل", "status": "machine"}
    pashto["k1"] = status.reviewed("Send {n}", "لېږل {n}", by="Zarghuna", at="2026-01-31")
    for tag, entries in {"en": english, "fa-AF": machine, "ps": pashto, "ar": {}}.items():
        (folder / tag).mkdir()
        (folder / tag / "messages.json").write_text(json.dumps(entries))
    return folder


def test_release_with_too_little_is_refused_with_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(_written(tmp_path, translated=95)) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[1].split() == ["fa-AF", "100.0%", "(100", "of", "100)", "0.0%", "(0", "of", "100)"]
    assert told[2].split() == ["ps", "94.0%", "(94", "of", "100)", "1.0%", "(1", "of", "100)"]
    assert told[-1] == "ps is translated to 94.0%, a release needs 95%"


def test_release_with_enough_is_not(tmp_path: Path) -> None:
    # Arabic has nothing: that is printed, and does not stop a release.
    assert release.main(_written(tmp_path, translated=96)) == 0


def test_share_is_never_told_as_more_than_it_is() -> None:
    assert status.share(1171, 1172) == "99.9%"
    assert status.share(0, 0) == "100.0%"
