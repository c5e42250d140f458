"""``python -m gateway import-messages``: messages from files into a tenant's log."""

from __future__ import annotations

import argparse
import gc
import sys
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.imports.runner import FileReport, Importer

_FORMATS = ("kannel-access-log", "csv", "parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="file to import, may be gzip-compressed")
    parser.add_argument("--tenant", required=True, metavar="SLUG", help="the account the messages belong to")
    parser.add_argument("--format", required=True, choices=_FORMATS, help="what the files are")
    parser.add_argument(
        "--svc", action="append", default=[], metavar="USER",
        help="take only lines of this Kannel service user; may be repeated (default: all)",
    )  # fmt: skip
    parser.add_argument(
        "--rejects",
        type=Path,
        metavar="PATH",
        help="where unusable lines go (default: a file below the data directory)",
    )
    parser.add_argument("--log-format", metavar="FORMAT", help="Kannel's access-log-format, if it is not the default")
    parser.add_argument(
        "--log-time-zone", default="UTC", metavar="ZONE",
        help="time zone of times that state none, e.g. Asia/Kabul (default: UTC)",
    )  # fmt: skip


def run(args: argparse.Namespace, settings: GatewaySettings) -> int:
    """Import the files. 0 when something could be read of every file, 1 otherwise, 2 for arguments that must change."""
    # Imported here: the other commands do without pyarrow and tqdm.
    from gateway.imports.kannel_format import FormatError, compile_format
    from gateway.imports.runner import ImportBusy, Importer
    from gateway.imports.sources import Options
    from gateway.postgres import database
    from gateway.store import accounts
    from gateway.store.engine import create_engine

    zone = _zone(args.log_time_zone)
    if zone is None:
        return _refuse(f"--log-time-zone: {args.log_time_zone!r} is not an IANA time zone")
    for option, value in (("--svc", args.svc), ("--log-format", args.log_format)):
        if value and args.format != "kannel-access-log":
            return _refuse(f"{option} is for the format kannel-access-log only")
    try:
        if args.log_format:
            compile_format(args.log_format)
    except FormatError as error:
        return _refuse(f"--log-format: {error}")
    if args.rejects is not None and any(_same(args.rejects, path) for path in args.files):
        return _refuse("--rejects: this is one of the files to import")
    options = Options(args.format, tuple(args.svc), args.log_format, zone)
    with database(settings) as settings:
        engine = create_engine(settings, "worker")
        try:
            with engine.connect() as connection:
                tenant_id = accounts.find_tenant(connection, args.tenant)
            if tenant_id is None:
                return _refuse(f"--tenant: there is no tenant {args.tenant!r}; create-tenant makes one")
            importer = Importer(engine, tenant_id, options, args.rejects, settings.data_dir / "imports")
            try:
                with importer.locked():
                    return _import(importer, args.files)
            except ImportBusy as error:
                sys.stderr.write(f"{error}\n")
                return 1
        except KeyboardInterrupt:
            sys.stderr.write("Interrupted. What was read is kept; the same command goes on from there.\n")
            return 130
        finally:
            engine.dispose()


def _import(importer: Importer, files: list[Path]) -> int:
    from gateway.imports.kannel_format import FormatError
    from gateway.imports.tabular import ColumnsError

    # A chunk is some hundred thousand objects that all live until it is written: looking among them for garbage as
    # often as usual takes a third of the time and finds none.
    gc.set_threshold(200_000, 20, 20)
    unreadable = 0
    for path in files:
        try:
            importer.read(path, sys.stderr)
        except (OSError, ColumnsError, FormatError) as error:
            unreadable += 1
            sys.stderr.write(f"{path}: {error}\n")
    reports = importer.settle()
    for report in reports:
        _print(report)
    if len(reports) > 1:
        sys.stdout.write(_sum(reports))
    lines = sum(report.lines for report in reports)
    nothing = lines > 0 and all(report.imported + report.known == 0 for report in reports)
    return 1 if unreadable or nothing else 0


def _print(report: FileReport) -> None:
    from gateway.imports.reasons import SENTENCES, Reason

    sys.stdout.write(f"{report.name}: {_account(report.lines, report.imported, report.rejects, report.known)}\n")
    sys.stdout.write(f"  new messages: {report.messages:,}\n")
    for code, count in report.rejected.most_common():
        sys.stdout.write(f"  {count:,} × {code}: {SENTENCES[Reason(code)]}\n")
    if report.rejects_path is not None:
        sys.stdout.write(f"  rejected lines are in {report.rejects_path}\n")


def _sum(reports: list[FileReport]) -> str:
    numbers = [sum(getattr(report, name) for report in reports) for name in ("lines", "imported", "rejects", "known")]
    return f"total: {_account(*numbers)}\n"


def _account(lines: int, imported: int, rejected: int, known: int) -> str:
    return f"{imported:,} imported + {rejected:,} rejected + {known:,} already known = {lines:,} lines read"


def _zone(name: str) -> tzinfo | None:
    try:
        return UTC if name.upper() in ("UTC", "GMT") else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2
