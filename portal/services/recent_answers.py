"""Answers given a moment ago, kept in memory for whoever asks the same next.

Entries of one scope are invisible to every other: the scope is part of the key, and it names the tenant and what the
actor may see. Nothing is kept per person beyond that, and nothing outlives the process.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.domain.actor import Actor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose answers these are. ``asked_tenant`` is the tenant that an internal user looks at."""

    tenant: str | None
    asked_tenant: str | None
    user_type: str
    roles: frozenset[str]
    #: Internal users see the tenants assigned to *them*: what one may see says nothing about another.
    person: str | None

    @classmethod
    def of(cls, actor: Actor, asked_tenant: str | None) -> Scope:
        person = actor.user_id if actor.internal or actor.preview_role else None
        return cls(actor.tenant_id, asked_tenant, actor.user_type, actor.roles, person)


class RecentAnswers(Generic[T]):
    """The last ``size`` answers, least recently used first out. Safe for threads."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._entries: OrderedDict[tuple[Scope, Hashable], T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, scope: Scope, question: Hashable) -> T | None:
        with self._lock:
            found = self._entries.get((scope, question))
            if found is not None:
                self._entries.move_to_end((scope, question))
            return found

    def put(self, scope: Scope, question: Hashable, answer: T) -> None:
        with self._lock:
            self._entries[scope, question] = answer
            self._entries.move_to_end((scope, question))
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)


class Believed(Generic[T]):
    """Answers that are believed for ``life`` after they were asked for, by everybody of the same scope.

    Not by internal people, nor by those who look as somebody else: what they read the platform writes down each time.
    ``clock`` gives an aware time; one that was set back believes nothing that is still to come.
    """

    def __init__(self, life: dt.timedelta, clock: Callable[[], dt.datetime], size: int = 1024) -> None:
        self._life = life
        self._clock = clock
        self._known: RecentAnswers[tuple[dt.datetime, T]] = RecentAnswers(size)

    def get(self, scope: Scope, question: Hashable) -> T | None:
        """The answer, or None where there is none that is still believed."""
        known = None if scope.person is not None else self._known.get(scope, question)
        if known is None or not dt.timedelta(0) <= self._clock() - known[0] < self._life:
            return None
        return known[1]

    def put(self, scope: Scope, question: Hashable, answer: T, asked_at: dt.datetime) -> None:
        """Keep what was asked for at ``asked_at``."""
        self._known.put(scope, question, (asked_at, answer))
