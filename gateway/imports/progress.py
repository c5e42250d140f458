"""How far an import is, for the person who waits: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Progress of one file. `total` and `position` are bytes of the file on disk (rows in Parquet)."""

    def __init__(self, stream: TextIO, name: str, total: int, unit: str = "B") -> None:
        self._stream = stream
        self._name = name
        self._total = total
        self._shown = time.monotonic()
        self._bar = (
            tqdm(total=total, desc=name, unit=unit, unit_scale=True, file=stream, leave=False)
            if stream.isatty()
            else None
        )

    def show(self, position: int, lines: int) -> None:
        """Say how far it is."""
        if self._bar is not None:
            self._bar.update(max(0, min(position, self._total) - self._bar.n))
            self._bar.set_postfix_str(f"{lines:,} lines")
            return
        now = time.monotonic()
        if now - self._shown >= _SECONDS_BETWEEN_LINES:
            self._shown = now
            share = 100 * position // self._total if self._total else 100
            self._stream.write(f"{self._name}: {min(share, 100)} %, {lines:,} lines\n")
            self._stream.flush()

    def close(self) -> None:
        """Clear the bar."""
        if self._bar is not None:
            self._bar.close()
