"""Saved views of the message log: a person's own filters, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from portal.domain.message_filter import MessageFilter

LONGEST_NAME = 80
MOST_VIEWS = 50

_Essence = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter with a name. ``wanted`` names no tenant: whoever opens the view is looking at one already."""

    view_id: str
    name: str
    wanted: MessageFilter

    def is_of(self, wanted: MessageFilter) -> bool:
        """Whether the log with ``wanted`` shows what the view does, in whatever order things were ticked."""
        return _essence(self.wanted) == _essence(wanted)

    def within(self, wanted: MessageFilter) -> MessageFilter:
        """The view's filter, of the tenant that ``wanted`` is about."""
        return replace(self.wanted, tenant_id=wanted.tenant_id)


def name_problem(name: str) -> str:
    """The code of what is wrong with a name; empty when nothing is."""
    if not name:
        return "missing"
    return "string_too_long" if len(name) > LONGEST_NAME else ""


def open_view(views: Iterable[SavedView], wanted: MessageFilter) -> SavedView | None:
    """The view that the log shows just now."""
    return _by_essence(views).get(_essence(wanted))


def left_view(views: Iterable[SavedView], wanted: MessageFilter, before: Iterable[MessageFilter]) -> SavedView | None:
    """The view that was open last, when the filter has been changed since: what ``wanted`` may be an update of.

    ``before``: the filters that the log showed before, newest first. Whoever cleared the filter is done with the view.
    """
    known = _by_essence(views)
    if not wanted.narrowed or _essence(wanted) in known:
        return None
    for earlier in before:
        if not earlier.narrowed:
            return None
        if view := known.get(_essence(earlier)):
            return view
    return None


def _by_essence(views: Iterable[SavedView]) -> dict[_Essence, SavedView]:
    """Of views with the same filter the first counts."""
    found: dict[_Essence, SavedView] = {}
    for view in views:
        found.setdefault(_essence(view.wanted), view)
    return found


def _essence(wanted: MessageFilter) -> _Essence:
    return tuple(sorted((name, value) for name, value in wanted.to_params() if value and name != "tenantId"))
