"""A folder, shared by the worker that writes files and the API that hands them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from gateway.storage.port import StorageUnavailable, checked, may_sweep

_DRAFT = ".part"


class LocalFolder:
    """One folder for each tenant. Files are readable by their owner alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where a file is when it is finished."""
        return self._root / checked(key)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """A path to write to. The file appears at its place, whole, when the block ends; on an exception it is gone."""
        final = self.path(key)
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

    def put(self, key: str, content: bytes) -> None:
        try:
            with self.writing(key) as draft:
                draft.write_bytes(content)
        except OSError as error:
            raise StorageUnavailable(f"the folder of reports cannot be written: {error.strerror}") from error

    def remove(self, key: str) -> None:
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"a report cannot be removed: {error.strerror}") from error

    def remove_all(self, beginning: str) -> None:
        """Remove every file whose key begins like this, drafts included. What cannot be removed now is found by the
        next `sweep`."""
        folder, _, name = beginning.partition("/")
        for path in (self._root / folder).glob(f"{name}*"):
            with suppress(OSError):
                path.unlink()

    def sweep(self, wanted: Callable[[], Iterable[str]]) -> int:
        found = [
            path
            for path in self._root.glob("*/*")
            if path.is_file() and may_sweep(path.relative_to(self._root).as_posix())
        ]
        if not found:
            return 0
        kept = {self.path(key) for key in wanted()}
        removed = 0
        for path in found:
            if path.with_name(path.name.removesuffix(_DRAFT)) not in kept:
                with suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed

    def address(self, key: str, *, name: str, until: datetime) -> str | None:
        return None
