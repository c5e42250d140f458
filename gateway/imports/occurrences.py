"""Telling apart lines that look alike.

A log writes seconds and some of its lines have no id: two texts refused for the same number within a second give the
same line twice. The second one is a message of its own, so lines without an id are numbered among their equals.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.imports.reasons import Rejected
from gateway.imports.records import Record, Submission

_REMEMBERED = timedelta(seconds=5)


class Occurrences:
    """Counts equal lines. Equal lines have equal times, so only those of the last seconds are remembered."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[datetime, int]] = {}
        self._latest: datetime | None = None

    def count(self, record: Record | Rejected) -> int:
        """How many lines equal to this one came before; 0 for lines that have an id of their own."""
        if isinstance(record, Rejected) or record.identified:
            return 0
        at = record.submitted_at if isinstance(record, Submission) else record.at
        if self._latest is None or at > self._latest:
            self._latest = at
            self._forget(at - _REMEMBERED)
        before = self._seen.get(record.digest, (at, -1))[1] + 1
        self._seen[record.digest] = (at, before)
        return before

    def _forget(self, horizon: datetime) -> None:
        self._seen = {digest: seen for digest, seen in self._seen.items() if seen[0] >= horizon}

    def saved(self) -> dict[str, Any]:
        """What a run that is taken up again has to know."""
        return {digest.hex(): [at.isoformat(), count] for digest, (at, count) in self._seen.items()}

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Occurrences:
        """The counter as it was saved."""
        counter = cls()
        for digest, (at, count) in saved.items():
            counter._seen[bytes.fromhex(digest)] = (datetime.fromisoformat(at), count)
        counter._latest = max((at for at, _ in counter._seen.values()), default=None)
        return counter
