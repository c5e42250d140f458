"""What parts found, kept by part and day: ``bench/results/<part>/<date>.json``. A day's later run takes its place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measure import Found, Table

FOLDER = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Run:
    """One measurement of one part. `others` is the share of the machine that other programs took meanwhile, `pace` the
    milliseconds a million additions took, `touch` the microseconds a page of memory that a program had not had yet (None:
    it was not looked at), `at` an ISO instant in UTC."""

    part: str
    at: str
    machine: str
    messages: int
    seconds: float | None
    others: float | None
    found: Found
    pace: float | None = None
    touch: float | None = None

    @property
    def day(self) -> str:
        return self.at[:10]


def write(run: Run, folder: Path = FOLDER) -> Path:
    """Keep a run; a table's row stands on one line, so that what changed can be read."""
    record = asdict(run)
    del record["found"]["messages"]  # the run says it
    figures, tables = record["found"]["figures"], record["found"]["tables"]
    record["found"]["figures"] = {key: _rounded(value) for key, value in figures.items()}
    for each in tables:
        each["rows"] = [f"@{place}" for place in range(len(each["rows"]))]
    text = json.dumps(record, indent=1, ensure_ascii=False)
    for each in run.found.tables:
        for place, row in enumerate(each.rows):
            text = text.replace(f'"@{place}"', json.dumps(row, ensure_ascii=False), 1)
    path = folder / run.part / f"{run.day}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read(part: str, folder: Path = FOLDER) -> list[Run]:
    """All runs of a part, oldest first."""
    return [_run(json.loads(path.read_text(encoding="utf-8"))) for path in sorted((folder / part).glob("*.json"))]


def _run(record: dict[str, Any]) -> Run:
    found = Found(record["found"]["figures"], [Table(**each) for each in record["found"]["tables"]])
    return Run(**{**record, "found": found})


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
