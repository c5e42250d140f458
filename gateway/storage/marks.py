"""Do this process and the workers mean the same folder? Each folder has a mark in it, and workers say which they use.

Gateways hand out what workers write. On one machine both have the folder; on several it has to be a file system of all,
and a setting that names a folder of the same name on each looks just as right, until a download is not found.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from gateway.settings import GatewaySettings, SettingsError
from gateway.store.connections import ABSENCE, Connection, DatabaseError
from gateway.store.folders import Folder, list_folders, note_folder

FILE = ".mark"
USED_WITHIN = timedelta(days=1)
_CANNOT_BE_ASKED: tuple[type[Exception], ...] = (SettingsError, DatabaseError, *ABSENCE)
log = structlog.get_logger("gateway.storage")


def folders_of(settings: GatewaySettings) -> Iterator[tuple[str, str, Path]]:
    """Kind, setting and path of the folders in use."""
    yield "exports", "GATEWAY_EXPORT_DIR", settings.export_folder
    if settings.reports.storage == "local":
        yield "reports", "GATEWAY_REPORT_DIR", settings.report_folder


def tell_own(settings: GatewaySettings, connection: Connection) -> None:
    """Write down which folders this worker uses; one without a mark gets it."""
    now = datetime.now(UTC)
    for kind, _setting, path in folders_of(settings):
        with suppress(OSError):  # whoever writes a file there will say it
            note_folder(connection, Folder(kind, _made(path), socket.gethostname()), now)


def problems(settings: GatewaySettings, connection: Connection) -> list[str]:
    """Which workers write to other folders than the ones here, in words for the operator."""
    own = {kind: (setting, path, _read(path)) for kind, setting, path in folders_of(settings)}
    found = []
    for folder in list_folders(connection, datetime.now(UTC) - USED_WITHIN):
        setting, path, mark = own.get(folder.kind, ("", Path(), folder.mark))
        if mark != folder.mark:
            found.append(
                f"{setting}: a worker on {folder.host} keeps {folder.kind} in another folder than {path} here, where"
                f" they cannot be found; name one that all machines share"
            )
    return found


def warn(settings: GatewaySettings, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
    """Say at start-up what `problems` finds; a database that cannot be asked says nothing of folders."""
    try:
        with connect() as connection:
            for problem in problems(settings, connection):
                log.warning("folder is not the workers'", problem=problem)
    except _CANNOT_BE_ASKED:
        return  # away, or not migrated yet: /ready says so, and this can wait


def _read(folder: Path) -> UUID | None:
    try:
        return UUID((folder / FILE).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def _made(folder: Path) -> UUID:
    known = _read(folder)
    if known is not None:
        return known
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = folder / f"{FILE}.{uuid4()}"
    staged.write_text(f"{uuid4()}\n", encoding="ascii")
    try:
        with suppress(FileExistsError):  # another worker was first
            os.link(staged, folder / FILE)
    finally:
        staged.unlink()
    made = _read(folder)
    if made is None:
        raise OSError(f"{folder / FILE} is not a mark")
    return made
