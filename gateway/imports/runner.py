"""Importing: a file in chunks, each chunk in one transaction with the place where reading goes on.

A run that is interrupted, however rudely, goes on from its last chunk; a file that was imported is read again and
changes nothing. At every moment imported + rejected + already known = lines read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.imports.book import EARLY, LONGEST_WAIT, Book, message_key
from gateway.imports.items import Item
from gateway.imports.occurrences import Occurrences
from gateway.imports.progress import Progress
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Receipt, Submission
from gateway.imports.rejects import RejectsFile
from gateway.imports.sources import Options, Source, open_source
from gateway.store import imports as store
from gateway.store import ledger, rollups
from gateway.store.retention import kept_from
from gateway.store.writes import apply_transitions, copy_messages

CHUNK_LINES = 20_000
CHUNK_BYTES = 16 << 20
_EXTERNAL_ID_SPAN = timedelta(days=7)
_FOLD_EVERY = 5


class ImportBusy(RuntimeError):
    """Another import is working on this tenant."""


class ImportInconsistent(RuntimeError):
    """The database changed under the import in a way it cannot account for; the chunk was rolled back."""


@dataclass
class FileReport:
    """What became of one file's lines. `rejected` counts by reason; `waiting` are receipts kept for their message."""

    name: str
    lines: int = 0
    known: int = 0
    waiting: int = 0
    messages: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rejects_path: Path | None = None

    @property
    def rejects(self) -> int:
        """Lines in the rejects file."""
        return self.rejected.total()

    @property
    def imported(self) -> int:
        """Lines that became a message or news of one."""
        return self.lines - self.known - self.rejects


@dataclass
class _OpenRun:
    """A file whose lines were read and whose waiting receipts are not settled yet."""

    report: FileReport
    run: store.Run
    rejects: RejectsFile
    spend: dict[date, Decimal]


class Importer:
    """Imports files into one tenant; use it as a context manager, which holds the tenant's import lock."""

    def __init__(self, engine: Engine, tenant_id: UUID, options: Options, rejects: Path | None, default: Path) -> None:
        self._engine = engine
        self._tenant_id = tenant_id
        self._options = options
        self._rejects = rejects
        self._default_directory = default
        self._open: list[_OpenRun] = []
        self._zone = ZoneInfo("UTC")
        self._begun = False
        self.chunk_lines = CHUNK_LINES

    @contextmanager
    def locked(self) -> Iterator[Importer]:
        """Hold the tenant's import lock. Raises `ImportBusy` when another import has it."""
        with self._engine.connect() as connection:
            connection.detach()  # the lock lasts as long as the connection at most: it must not go back to the pool
            if not store.lock_tenant(connection, self._tenant_id):
                raise ImportBusy("another import is working on this tenant")
            self._zone = ZoneInfo(store.tenant_zone(connection, self._tenant_id))
            connection.commit()
            try:
                yield self
            finally:
                for opened in self._open:
                    opened.rejects.close()
                with suppress(DBAPIError):  # a connection that was lost holds nothing
                    connection.rollback()
                    store.unlock_tenant(connection, self._tenant_id)

    def read(self, path: Path, screen: TextIO) -> None:
        """Import a file. Raises OSError, `ColumnsError` or `FormatError` when nothing of it can be read."""
        source = open_source(path, self._options)
        try:
            opened, occurrences = self._begin(source)
            self._open.append(opened)
            progress = Progress(screen, source.name, source.total, source.unit)
            try:
                for number, chunk in enumerate(_ahead(self._chunks(source, opened.run)), 1):
                    self._write(chunk, opened, source, occurrences)
                    progress.show(source.position, opened.report.lines)
                    if number % _FOLD_EVERY == 0:
                        self._fold()
            finally:
                progress.close()
                opened.rejects.flush()
        finally:
            source.close()

    def settle(self) -> list[FileReport]:
        """Settle all files read: reject receipts that still wait, charge the balance, close the runs."""
        for opened in self._open:
            after = 0
            with self._engine.begin() as connection:
                while page := store.left_waiting(connection, self._tenant_id, opened.run.import_id, after=after):
                    for line, raw in page:
                        opened.rejects.write(line, Rejected(Reason.RECEIPT_WITHOUT_MESSAGE), raw)
                        opened.report.rejected[Reason.RECEIPT_WITHOUT_MESSAGE] += 1
                        after = line
                opened.report.waiting = opened.report.rejected[Reason.RECEIPT_WITHOUT_MESSAGE]
                noon = [
                    (datetime.combine(day, time(12), self._zone), amount)
                    for day, amount in sorted(opened.spend.items())
                    if amount
                ]
                ledger.charge(connection, self._tenant_id, noon, "imported messages")
                opened.rejects.flush()
                opened.run.finished = True
                opened.run.counts = _counts(opened)
                store.save_run(connection, self._tenant_id, opened.run)
            opened.rejects.close()
            opened.report.rejects_path = opened.rejects.path if opened.report.rejects else None
        self._fold()
        return [opened.report for opened in self._open]

    def _fold(self) -> None:
        """The worker does this every second; here it keeps the queue short when none is running."""
        with self._engine.begin() as connection:
            rollups.fold_all(connection)

    def _begin(self, source: Source) -> tuple[_OpenRun, Occurrences]:
        fingerprint = source.fingerprint()
        with self._engine.begin() as connection:
            run = store.find_run(connection, self._tenant_id, fingerprint, self._options.file_format)
            if run is not None and not run.finished:
                resumed = self._resume(source, run)
                if resumed is not None:
                    return resumed
            import_id = store.start_run(
                connection, self._tenant_id, fingerprint, self._options.file_format, offset=0, next_number=1
            )
        run = store.Run(import_id, 0, 1, {}, None, finished=False)
        rejects = RejectsFile(self._rejects_path(source, import_id), source.name)
        if self._rejects is None or not self._begun:
            rejects.open_at(0)
        elif rejects.path.exists():
            rejects.open_at(rejects.path.stat().st_size)
        self._begun = True
        return _OpenRun(FileReport(source.name), run, rejects, {}), Occurrences()

    def _resume(self, source: Source, run: store.Run) -> tuple[_OpenRun, Occurrences] | None:
        """The run where it was interrupted, if the file and its rejects are still what they were."""
        counts = run.counts
        rejects = RejectsFile(self._rejects_path(source, run.import_id), source.name)
        if not counts or str(rejects.path) != run.rejects_path or not source.continues(run.offset, counts["tail"]):
            return None
        if not rejects.open_at(counts["rejects_size"]):
            return None
        self._begun = True
        report = FileReport(
            source.name, counts["lines"], counts["known"], 0, counts["messages"], Counter(counts["rejected"])
        )
        spend = {date.fromisoformat(day): Decimal(amount) for day, amount in counts["spend"].items()}
        return _OpenRun(report, run, rejects, spend), Occurrences.restored(counts["occurrences"])

    def _rejects_path(self, source: Source, import_id: UUID) -> Path:
        if self._rejects is not None:
            return self._rejects
        return self._default_directory / f"{source.name}.{import_id.hex[-8:]}.rejects.jsonl"

    def _chunks(self, source: Source, run: store.Run) -> Iterator[list[Item]]:
        chunk: list[Item] = []
        size = 0
        for item in source.items(run.offset, run.next_number):
            chunk.append(item)
            size += item.size
            if len(chunk) >= self.chunk_lines or size >= CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def _write(self, chunk: list[Item], opened: _OpenRun, source: Source, occurrences: Occurrences) -> None:
        """One transaction: the chunk's messages, receipts and rejects, and where reading goes on."""
        report, run = opened.report, opened.run
        numbered = [(item, occurrences.count(item.record)) for item in chunk]
        with self._engine.begin() as connection:
            book = self._open_book(connection, numbered)
            for item, occurrence in numbered:
                self._take(book, item, occurrence, opened)
            self._store(connection, book, run)
            for submitted_at, price in book.charges():
                day = submitted_at.astimezone(self._zone).date()
                opened.spend[day] = opened.spend.get(day, Decimal(0)) + price
            report.lines += len(chunk)
            report.messages += len(book.new)
            run.offset, run.next_number = chunk[-1].offset, chunk[-1].next_number
            run.rejects_path = str(opened.rejects.path)
            opened.rejects.flush()
            run.counts = _counts(opened) | {
                "tail": source.tail(chunk[-1]),
                "occurrences": occurrences.saved(),
            }
            store.save_run(connection, self._tenant_id, run)

    def _open_book(self, connection: Connection, numbered: list[tuple[Item, int]]) -> Book:
        """The messages and waiting receipts that the chunk's records may concern."""
        external_ids: set[str] = set()
        references: set[str] = set()
        keys: list[tuple[datetime, UUID]] = []
        moments: list[datetime] = []
        joined = False
        for item, occurrence in numbered:
            record = item.record
            if isinstance(record, Rejected):
                continue
            moments.append(record.at if isinstance(record, Receipt) else record.submitted_at)
            if record.reference:
                references.add(record.reference)
                joined = True
            if record.external_id is not None:
                external_ids.add(record.external_id)
                if isinstance(record, Receipt):
                    external_ids.add(record.anonymous_id)
            elif isinstance(record, Submission):
                keys.append((record.submitted_at, message_key(self._tenant_id, record, occurrence)))
        if not moments:
            return Book(self._tenant_id, (), ())
        before, behind = (LONGEST_WAIT, EARLY) if joined else (_EXTERNAL_ID_SPAN, _EXTERNAL_ID_SPAN)
        known = store.find_messages(
            connection, self._tenant_id, sorted(external_ids), keys, min(moments) - before, max(moments) + behind
        )
        waiting = store.waiting_receipts(connection, self._tenant_id, sorted(references))
        return Book(self._tenant_id, known, waiting, kept_from=kept_from(connection))

    def _take(self, book: Book, item: Item, occurrence: int, opened: _OpenRun) -> None:
        record = item.record
        try:
            if isinstance(record, Rejected):
                raise record
            if isinstance(record, Submission):
                taken = book.submit(record, occurrence)
            else:
                taken = book.receive(record, occurrence, item.number, item.raw)
        except Rejected as rejected:
            opened.rejects.write(item.number, rejected, item.raw)
            opened.report.rejected[rejected.reason.value] += 1
        else:
            if not taken:
                opened.report.known += 1

    def _store(self, connection: Connection, book: Book, run: store.Run) -> None:
        # Most rows of tables tell their whole history: the database writes it down by itself, in a third of the time.
        plain = [entry.final_row() for entry in book.new if entry.events is None]
        told = [(entry.final_row(), entry.events) for entry in book.new if entry.events is not None]
        events = [event for _, history in told for event in history]
        try:
            copy_messages(connection, plain, all_new=True)
            copy_messages(connection, [row for row, _ in told], events, all_new=True)
        except IntegrityError as error:
            if not isinstance(error.orig, UniqueViolation):
                raise
            raise ImportInconsistent("messages of the chunk appeared meanwhile") from error
        apply_transitions(connection, self._tenant_id, book.news)
        store.explain_rejections(
            connection,
            self._tenant_id,
            [(e.submitted_at, e.message_id, e.error_code, e.carrier_code) for e in book.explanations],
        )
        store.forget_receipts(connection, self._tenant_id, book.forgotten)
        store.keep_receipts(connection, self._tenant_id, run.import_id, list(book.kept.values()))


def _ahead(chunks: Iterator[list[Item]]) -> Iterator[list[Item]]:
    """The same chunks, each read and parsed while the one before it is on its way to the database."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = reader.submit(next, chunks, None)
            yield chunk


def _counts(opened: _OpenRun) -> dict[str, Any]:
    report = opened.report
    return {
        "lines": report.lines,
        "known": report.known,
        "messages": report.messages,
        "rejected": dict(report.rejected),
        "rejects_size": opened.rejects.size,
        "spend": {day.isoformat(): str(amount) for day, amount in opened.spend.items()},
    }
