"""Which folders workers write their files to: told by a mark that lies in each, so that two are not taken for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

_NOTE = text("""
    INSERT INTO shared_folders AS f (kind, mark, host, seen_at) VALUES (:kind, :mark, :host, :now)
    ON CONFLICT (kind, mark) DO UPDATE SET host = excluded.host, seen_at = excluded.seen_at""")
_SEEN = text("SELECT kind, mark, host FROM shared_folders WHERE seen_at >= :since ORDER BY kind, seen_at DESC")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a worker on `host` writes files of this kind to."""

    kind: str
    mark: UUID
    host: str


def note_folder(connection: Connection, folder: Folder, now: datetime) -> None:
    """A worker uses this folder (worker's connection)."""
    values = {"kind": folder.kind, "mark": folder.mark, "host": folder.host, "now": now}
    connection.execute(_NOTE, values)


def list_folders(connection: Connection, since: datetime) -> list[Folder]:
    """The folders that workers used since then."""
    return [Folder(*row) for row in connection.execute(_SEEN, {"since": since})]
