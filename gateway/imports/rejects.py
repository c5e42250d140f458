"""The rejects file: one JSON object a line for every line of the source that could not be used.

::

    {"file": "access.log", "line": 12, "code": "log_marker", "reason": "The line …", "raw": "2026-11-21 …"}

`raw` is the line as far as 4 KiB; bytes that are not UTF-8 are shown as `\\xNN`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

from gateway.imports.reasons import Rejected

_KEPT_BYTES = 4096


class RejectsFile:
    """Where the rejects of one source file go. The file appears with the first reject.

    `size` is how much of it belongs to lines whose transaction was committed: after a crash what follows is cut off
    and written again. Several sources may share a file if they are imported one after the other.
    """

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self._source = source
        self._file: IO[bytes] | None = None
        self.size = 0

    def open_at(self, size: int) -> bool:
        """Continue after `size` bytes; False when the file is not that long, so that it cannot be continued."""
        if size > (self.path.stat().st_size if self.path.exists() else 0):
            return False
        self.size = size
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(size)
        return True

    def write(self, number: int, rejected: Rejected, raw: bytes) -> None:
        """Add a reject. Raises OSError."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        line = json.dumps(
            {
                "file": self._source,
                "line": number,
                "code": rejected.reason.value,
                "reason": rejected.sentence,
                "raw": raw[:_KEPT_BYTES].decode(errors="backslashreplace"),
            },
            ensure_ascii=False,
        )
        encoded = line.encode(errors="backslashreplace") + b"\n"
        self._file.write(encoded)
        self.size += len(encoded)

    def flush(self) -> None:
        """Hand what was written to the operating system, before the transaction that counts on it."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None
