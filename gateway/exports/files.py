"""The folder of export files, shared by the worker that writes them and the API that hands them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal
from uuid import UUID

from gateway.storage.local import LocalFolder

Named = tuple[UUID, UUID, int, Literal["csv", "parquet"]]
"""Tenant, export, attempt, format."""


class ExportFiles:
    """One folder for each tenant; an attempt at an export has a file of its own. Readable by their owner alone."""

    def __init__(self, root: Path) -> None:
        self._folder = LocalFolder(root)

    def path(self, named: Named) -> Path:
        """Where the file is when it is finished."""
        return self._folder.path(_key(named))

    def writing(self, named: Named) -> AbstractContextManager[Path]:
        """A path to write to. The file appears at its place, whole, when the block ends; on an exception it is gone."""
        return self._folder.writing(_key(named))

    def remove(self, tenant_id: UUID, export_id: UUID) -> None:
        """Remove what there is of an export. What cannot be removed now is found by the next `sweep`."""
        self._folder.remove_all(f"{tenant_id}/{export_id}.")

    def sweep(self, wanted: Callable[[], Sequence[Named]]) -> int:
        """Remove every file that `wanted` does not name; how many. Folders are looked through before it is asked, so a
        file that appears meanwhile is left alone."""
        return self._folder.sweep(lambda: [_key(named) for named in wanted()])


def _key(named: Named) -> str:
    tenant_id, export_id, attempt, file_format = named
    return f"{tenant_id}/{export_id}.{attempt}.{file_format}"
