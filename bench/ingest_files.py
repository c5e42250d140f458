"""Importing files of records: the operator's own command, on files made here."""

from __future__ import annotations

import csv
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.ingest_load import message
from bench.stack import ROOT

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
_HEAD = ("external_id", "to", "from", "body", "submitted_at", "status", "sent_at", "final_at")


@dataclass(frozen=True)
class Imported:
    """One file. `importer_ms` and `database_ms` are processor time for a thousand of its rows."""

    format: str
    rows: int
    messages: int
    seconds: float
    importer_ms: float
    database_ms: float

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds

    @property
    def two_cores(self) -> float:
        """Rows a second when the importer and the database each have a core: the slower one decides."""
        return 1e6 / max(self.importer_ms, self.database_ms)


def _records(rows: int) -> Iterator[tuple[str, ...]]:
    numbers = random.Random(rows)
    for number in range(rows):
        made, at = message(numbers), BEGIN + timedelta(milliseconds=250 * number)
        sent, final = at + timedelta(seconds=1), at + timedelta(seconds=numbers.randrange(3, 90))
        status = "failed" if number % 20 == 0 else "delivered"
        moments = (at.isoformat(), status, sent.isoformat(), final.isoformat())
        yield (f"b{number:09}", made["to"], made["from"], made["body"], *moments)


def _csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEAD)
        writer.writerows(_records(rows))


def _parquet(path: Path, rows: int) -> None:
    columns = list(zip(*_records(rows), strict=True))
    arrays: dict[str, pa.Array] = {}
    for name, column in zip(_HEAD, columns, strict=True):
        array = pa.array(column)
        if name.endswith("_at"):
            array = pa.array([datetime.fromisoformat(each) for each in column], pa.timestamp("us", tz="UTC"))
        arrays[name] = array
    pq.write_table(pa.table(arrays), path)


def _access_log(path: Path, rows: int) -> None:
    """A line for each sent message and one for its receipt, some seconds later, as Kannel writes them."""
    lines: list[tuple[datetime, str]] = []
    for number, (_, to, sender, body, at, status, _, final) in enumerate(_records(rows // 2)):
        flags, kind = "-1:0:-1:-1:31", 1 if status == "delivered" else 2
        head = f"[SMSC:mno1] [SVC:bench] [ACT:] [BINF:] [FID:{number:010}] [META:] [from:{sender}] [to:{to[1:]}]"
        written = body if body.isascii() else body.encode("utf-16-be").hex().upper()
        length = len(written)
        if not body.isascii():  # in digits, of which two are a byte; the length counts bytes
            flags, length = "-1:2:-1:-1:31", length // 2
        sent, received = datetime.fromisoformat(at), datetime.fromisoformat(final)
        reply = f"id:{number} sub:001 dlvrd:001 stat:{'DELIVRD' if kind == 1 else 'UNDELIV'} err:000 text:"
        lines.append(
            (sent, f"{sent:%Y-%m-%d %H:%M:%S} Sent SMS {head} [flags:{flags}] [msg:{length}:{written}] [udh:0:]")
        )
        lines.append(
            (
                received,
                f"{received:%Y-%m-%d %H:%M:%S} Receive DLR {head} [flags:-1:-1:-1:-1:{kind}]"
                f" [msg:{len(reply)}:{reply}] [udh:0:]",
            )
        )
    lines.sort(key=lambda each: each[0])
    path.write_text("".join(f"{line}\n" for _, line in lines), encoding="utf-8")


_MAKERS: dict[str, Callable[[Path, int], None]] = {
    "csv": _csv,
    "parquet": _parquet,
    "kannel-access-log": _access_log,
}


def imports(
    directory: Path,
    environment: dict[str, str],
    rows: int,
    new_tenant: Callable[[], str],
    count: Callable[[str], int],
    database_cpu: Callable[[], float],
) -> Iterator[Imported]:
    """Import a file of each format into an account of its own."""
    for name, make in _MAKERS.items():
        path, slug = directory / f"records.{name}", new_tenant()
        make(path, rows)
        command = [sys.executable, "-m", "gateway", "import-messages", "--tenant", slug, "--format", name, str(path)]
        busy, served, began = _children(), database_cpu(), time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
        took = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"the import of {name} failed:\n{done.stdout}\n{done.stderr}")
        used, database = _children() - busy, database_cpu() - served
        yield Imported(name, rows, count(slug), took, used * 1e6 / rows, database * 1e6 / rows)
        path.unlink()


def _children() -> float:
    """Processor seconds of the processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
