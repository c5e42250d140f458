"""Saved views in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, NotFound, PortalError
from portal.domain.message_filter import MessageFilter
from portal.domain.views import MOST_VIEWS, SavedView

_NAMES = (
    "Failures on Roshan",
    "Held since the first of the month",
    "نوبت‌دهی شفاخانه: ناکام‌ها",
    "د کابل بانک د پېغامونو ستونزې چې باید نن وکتل شي او بیا ورته ځواب ورکړل شي",
    "OTP",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
)
_SEARCHES = (
    "status=failed&status=expired&operator=Roshan",
    "status=held&startDate=2026-11-01&endDate=2026-11-20",
    "senderId=نوبت‌دهی&status=failed",
    "errorCode=absent_subscriber",
    "senderId=OTP",
    "to=%2B9370*&weekday=5&hour=3",
)


def view(number: int = 0, **changes: object) -> SavedView:
    """The ``number``-th view; what each looks like follows from its number."""
    turn, kind = divmod(number, len(_NAMES))
    made = SavedView(
        view_id=f"00000000-0000-7000-9000-{number:012d}",
        name=f"{_NAMES[kind]} {turn}"[-80:] if turn else _NAMES[kind],
        wanted=MessageFilter.from_search(_SEARCHES[kind]),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeViews:
    """One person's ``views``. ``error`` is raised by every call, ``failing`` by the calls it names; ``calls`` are all
    that were made. What was saved is in ``saved`` by idempotency key. Nobody is answered while ``slow`` is held."""

    views: list[SavedView] = field(default_factory=lambda: [view(number) for number in range(6)])
    error: PortalError | None = None
    failing: dict[str, PortalError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    saved: dict[str, SavedView] = field(default_factory=dict)
    slow: Lock = field(default_factory=Lock)

    def list_views(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[SavedView, ...]:
        self._begin("list")
        return tuple(sorted(self.views, key=lambda each: each.name.lower()))

    def create_view(self, name: str, wanted: MessageFilter, *, idempotency_key: str, actor: Actor) -> SavedView:
        self._begin("create")
        if idempotency_key not in self.saved:
            self._free(name)
            if len(self.views) >= MOST_VIEWS:
                raise InvalidInput(codes={"name": "too_many"})
            made = SavedView(f"00000000-0000-7000-a000-{len(self.saved):012d}", name, replace(wanted, tenant_id=None))
            self.views.append(made)
            self.saved[idempotency_key] = made
        return self.saved[idempotency_key]

    def change_view(
        self, view_id: str, *, name: str | None = None, wanted: MessageFilter | None = None, actor: Actor
    ) -> SavedView:
        self._begin("change")
        at = self._place(view_id)
        before = self.views[at]
        if name is not None:
            self._free(name, apart_from=view_id)
        changed = replace(before, name=name or before.name, wanted=wanted or before.wanted)
        self.views[at] = changed
        return changed

    def delete_view(self, view_id: str, *, actor: Actor) -> None:
        self._begin("delete")
        del self.views[self._place(view_id)]

    def _place(self, view_id: str) -> int:
        for at, each in enumerate(self.views):
            if each.view_id == view_id:
                return at
        raise NotFound("view")

    def _free(self, name: str, apart_from: str = "") -> None:
        if any(each.name.lower() == name.lower() and each.view_id != apart_from for each in self.views):
            raise InvalidInput(codes={"name": "taken"})

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        with self.slow:
            pass
        failure = self.error or self.failing.get(call)
        if failure is not None:
            raise failure
