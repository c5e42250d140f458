"""The folder of export files, shared by the worker that writes them and the API that hands them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from uuid import UUID

_DRAFT = ".part"
Named = tuple[UUID, UUID, int, Literal["csv", "parquet"]]
"""Tenant, export, attempt, format."""


class ExportFiles:
    """One folder for each tenant; an attempt at an export has a file of its own. Readable by their owner alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, named: Named) -> Path:
        """Where the file is when it is finished."""
        tenant_id, export_id, attempt, file_format = named
        return self._root / str(tenant_id) / f"{export_id}.{attempt}.{file_format}"

    @contextmanager
    def writing(self, named: Named) -> Iterator[Path]:
        """A path to write to. The file appears at its place, whole, when the block ends; on an exception it is gone."""
        final = self.path(named)
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = final.with_name(final.name + _DRAFT)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            yield draft
            with draft.open("rb") as written:
                os.fsync(written.fileno())
            draft.replace(final)
        finally:
            draft.unlink(missing_ok=True)

    def remove(self, tenant_id: UUID, export_id: UUID) -> None:
        """Remove what there is of an export. What cannot be removed now is found by the next `sweep`."""
        for path in (self._root / str(tenant_id)).glob(f"{export_id}.*"):
            with suppress(OSError):
                path.unlink()

    def sweep(self, wanted: Callable[[], Sequence[Named]]) -> int:
        """Remove every file that `wanted` does not name; how many. Folders are looked through before it is asked, so a
        file that appears meanwhile is left alone."""
        found = [path for path in self._root.glob("*/*") if path.is_file()]
        if not found:
            return 0
        kept = {self.path(named) for named in wanted()}
        removed = 0
        for path in found:
            if path.with_name(path.name.removesuffix(_DRAFT)) not in kept:
                with suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed
