"""Which of the platform's people look after which accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from portal.domain import params as read
from portal.domain.params import Params


@dataclass(frozen=True, slots=True)
class Tam:
    """Not ``active``: they can sign in no more, and still stand there."""

    user_id: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class InternalPerson:
    """Somebody who can look after accounts, and how many they do."""

    user_id: str
    name: str
    email: str
    active: bool
    tenants: int


@dataclass(frozen=True, slots=True)
class AssignedTenant:
    tenant_id: str
    name: str
    is_demo: bool
    tams: tuple[Tam, ...]


@dataclass(frozen=True, slots=True)
class AssignedPage:
    """By name. ``total`` and ``unassigned`` count all accounts, whatever the filter."""

    items: tuple[AssignedTenant, ...]
    next_cursor: str | None
    total: int
    unassigned: int


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Which accounts, and where to go on."""

    text: str = ""
    tam_id: str | None = None
    unassigned: bool = False
    cursor: str | None = None

    @classmethod
    def from_params(cls, params: Params) -> AssignmentFilter:
        """Read the address's parameters; what cannot be used is left out."""
        return cls(
            read.one(params, "q", longest=100),
            read.as_uuid(read.one(params, "tamId")),
            read.one(params, "unassigned") == "true",
            read.one(params, "cursor", longest=400) or None,
        )

    @classmethod
    def from_search(cls, search: str | None) -> AssignmentFilter:
        return cls.from_params(read.from_search(search))

    def to_query_string(self) -> str:
        """The address's query, without ``?``."""
        return read.to_search(
            [
                ("q", self.text),
                ("tamId", self.tam_id or ""),
                ("unassigned", "true" if self.unassigned else ""),
                ("cursor", self.cursor or ""),
            ]
        )

    def of(self, tam_id: str | None = None, *, unassigned: bool = False) -> AssignmentFilter:
        """Those of one person, those of nobody, or all; the search stays."""
        return replace(self, tam_id=tam_id, unassigned=unassigned, cursor=None)

    def after(self, cursor: str | None) -> AssignmentFilter:
        return replace(self, cursor=cursor)


class Result(StrEnum):
    """What became of one account in a change of many."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_FOUND = "not_found"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """One person to many accounts, or away from them."""

    person_id: str
    tenant_ids: tuple[str, ...]
    adds: bool

    def undone(self, results: Mapping[str, Result]) -> Change:
        """What takes back what this did: only where it did something."""
        did = tuple(tenant for tenant in self.tenant_ids if results.get(tenant) is Result.CHANGED)
        return Change(self.person_id, did, not self.adds)
