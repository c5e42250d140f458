"""Exports in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from portal.domain.actor import Actor
from portal.domain.errors import NotFound, PortalError
from portal.domain.exports import Export, ExportPage, ExportStatus
from portal.domain.message_filter import MessageFilter
from portal.domain.statuses import MessageStatus

NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
_LONG = MessageFilter(
    start=dt.date(2026, 11, 1),
    end=dt.date(2026, 11, 20),
    statuses=(MessageStatus.FAILED, MessageStatus.EXPIRED),
    operators=("AWCC", "Roshan"),
    sender_ids=("BANK", "نوبت‌دهی شفاخانه"),
    recipient="+93701*",
)
_KINDS = (
    (ExportStatus.QUEUED, MessageFilter()),
    (ExportStatus.RUNNING, _LONG),
    (ExportStatus.READY, MessageFilter(start=dt.date(2026, 11, 1), end=dt.date(2026, 11, 20))),
    (ExportStatus.FAILED, MessageFilter(text="BANK")),
    (ExportStatus.EXPIRED, MessageFilter(weekday=5, hour=3)),
    (ExportStatus.READY, MessageFilter(statuses=(MessageStatus.FAILED,))),
)


def export(number: int = 0, **changes: object) -> Export:
    """The ``number``-th export; what each looks like follows from its number."""
    status, wanted = _KINDS[number % len(_KINDS)]
    ready = status in (ExportStatus.READY, ExportStatus.EXPIRED)
    made = Export(
        export_id=f"00000000-0000-7000-8000-{number:012d}",
        status=status,
        file_format="parquet" if number % 3 == 1 else "csv",
        include_text=number % 2 == 1,
        wanted=wanted,
        created_at=NOW - dt.timedelta(hours=number),
        created_by="Omid Rahimi" if number % 4 else None,
        as_of=NOW - dt.timedelta(hours=number) if ready or status is ExportStatus.RUNNING else None,
        rows_total=1_123_577 if ready or status is ExportStatus.RUNNING else None,
        rows_done=412_000 if status is ExportStatus.RUNNING else 1_123_577 if ready else 0,
        size_bytes=335_705_714 if ready else None,
        expires_at=NOW + dt.timedelta(days=7 - number) if ready else None,
        problem="storage" if status is ExportStatus.FAILED else None,
        address=f"https://platform.example/file/{number}?signature=s" if status is ExportStatus.READY else None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeExports:
    """``exports`` of one account. ``error`` is raised by every call, ``failing`` by the calls it names. What was asked
    for is in ``asked`` by idempotency key."""

    exports: list[Export] = field(default_factory=lambda: [export(number) for number in range(6)])
    error: PortalError | None = None
    failing: dict[str, PortalError] = field(default_factory=dict)
    asked: dict[str, Export] = field(default_factory=dict)

    def list_exports(self, *, limit: int = 50, actor: Actor) -> ExportPage:
        self._fail("list")
        return ExportPage(tuple(self.exports[:limit]), None)

    def get_export(self, export_id: str, *, actor: Actor) -> Export:
        self._fail("get")
        for each in self.exports:
            if each.export_id == export_id:
                return each
        raise NotFound("export")

    def create_export(
        self, wanted: MessageFilter, file_format: str, *, include_text: bool, idempotency_key: str, actor: Actor
    ) -> Export:
        self._fail("create")
        if idempotency_key not in self.asked:
            fresh = export(
                6 * (len(self.exports) + 1), wanted=wanted, file_format=file_format, include_text=include_text
            )
            self.exports.insert(0, fresh)
            self.asked[idempotency_key] = fresh
        return self.asked[idempotency_key]

    def delete_export(self, export_id: str, *, actor: Actor) -> None:
        self._fail("delete")
        self.exports.remove(self.get_export(export_id, actor=actor))

    def change(self, number: int, **changes: object) -> None:
        """What the platform's worker does meanwhile, to the ``number``-th from the top."""
        self.exports[number] = replace(self.exports[number], **changes)  # type: ignore[arg-type]

    def _fail(self, call: str) -> None:
        failure = self.error or self.failing.get(call)
        if failure is not None:
            raise failure
