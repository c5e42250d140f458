"""Notes, audit log and assignments in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from portal.domain.actor import Actor
from portal.domain.assignments import (
    AssignedPage,
    AssignedTenant,
    AssignmentFilter,
    Change,
    InternalPerson,
    Result,
    Tam,
)
from portal.domain.audit import ActorKind, AuditEntry, AuditFilter, AuditPage, What
from portal.domain.errors import NotFound, PortalError, UpstreamRefused
from portal.domain.notes import Note, NotePage, NoteVersion
from tests.support.fakes_portfolio import name as tenant_name
from tests.support.fakes_portfolio import tenant_id

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
BODIES = (
    "Called **Farid**: the new sender waits for *their* bank.\n\n- letter sent\n- [their page](https://bank.example/)",
    "با فرید صحبت شد: **فرستنده** جدید تایید نشده است.",
    "# Prices\n\n| operator | price |\n|---|---|\n| Roshan | `0.35` |\n\n> they want less\n\n```\nGET /v1/messages\n```",
    "<img src=x onerror=alert(1)> [click](javascript:alert(1)) " + "long" * 60,
)
WRITERS = ("Nadia Rahimi", "ادریس احمدزی با نامی که بسیار بسیار دراز است")


def note_id(number: int = 0) -> str:
    return f"00000000-0000-7000-b000-{number:012d}"


def note(number: int = 0, **changes: object) -> Note:
    """The ``number``-th newest note; every other one is somebody else's, every third was changed."""
    at, writer = AT - dt.timedelta(days=number * 3), WRITERS[number % 2]
    edited = at + dt.timedelta(hours=2) if number % 3 == 0 else at
    made = Note(
        note_id(number),
        BODIES[number % len(BODIES)],
        2 if edited > at else 1,
        writer,
        at,
        edited,
        WRITERS[0],
        number % 2 == 0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeNotes:
    """``notes`` about every account. ``error`` is raised by every call, ``failing`` by those it names."""

    notes: list[Note] = field(default_factory=lambda: [note(number) for number in range(4)])
    error: PortalError | None = None
    failing: dict[str, PortalError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    written: dict[str, Note] = field(default_factory=dict)

    def list_notes(self, tenant_id: str, *, cursor: str | None = None, limit: int = 20, actor: Actor) -> NotePage:
        self._begin("list")
        start = int(cursor or 0)
        end = start + limit
        return NotePage(tuple(self.notes[start:end]), str(end) if end < len(self.notes) else None)

    def create_note(self, tenant_id: str, body: str, *, idempotency_key: str, actor: Actor) -> Note:
        self._begin("create")
        if idempotency_key not in self.written:
            made = note(100 + len(self.written), body=body, author_name=actor.name, may_change=True)
            self.notes.insert(0, made)
            self.written[idempotency_key] = made
        return self.written[idempotency_key]

    def change_note(self, tenant_id: str, note_id: str, body: str, *, based_on: int, actor: Actor) -> Note:
        self._begin("change")
        at = self._place(note_id, based_on)
        self.notes[at] = replace(self.notes[at], body=body, version=based_on + 1)
        return self.notes[at]

    def delete_note(self, tenant_id: str, note_id: str, *, based_on: int, actor: Actor) -> None:
        self._begin("delete")
        del self.notes[self._place(note_id, based_on)]

    def list_versions(self, tenant_id: str, note_id: str, *, actor: Actor) -> tuple[NoteVersion, ...]:
        self._begin("history")
        found = self.notes[self._place(note_id)]
        versions = [
            NoteVersion(number, "edited" if number > 1 else "created", found.body, AT, found.author_name)
            for number in range(1, found.version + 1)
        ]
        return tuple(reversed(versions))

    def _place(self, note_id: str, based_on: int | None = None) -> int:
        for at, each in enumerate(self.notes):
            if each.note_id == note_id:
                if based_on not in (None, each.version):
                    raise UpstreamRefused("conflict", 409)
                return at
        raise NotFound("note")

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        failure = self.error or self.failing.get(call)
        if failure is not None:
            raise failure


#: Action, who (and of which kind), details, and how often it was read.
LINES = (
    ("messages.viewed", "Nadia Rahimi", ActorKind.INTERNAL, {}, 8),
    ("api_key.created", "Omid Rahimi", ActorKind.PERSON, {"name": "Core banking OTP", "mode": "live"}, None),
    ("assignments.changed", "Chief", ActorKind.INTERNAL, {"added": ["Nadia Rahimi"], "removed": ["ادریس"]}, None),
    ("webhook.auto_disabled", None, ActorKind.PLATFORM, {"url": "https://hooks.example.com/a/very/long/address"}, None),
    ("message_export.created", "Core banking OTP", ActorKind.API_KEY, {}, None),
    ("qbr.viewed", "Nadia Rahimi", ActorKind.INTERNAL, {"period": "2026-Q4"}, 1),
    ("something.of_tomorrow", None, ActorKind.PERSON, {"odd": [1, {"deep": True}]}, None),
)


def entry(number: int = 0) -> AuditEntry:
    action, who, kind, details, reads = LINES[number % len(LINES)]
    at = AT - dt.timedelta(minutes=41 * number)
    actor_id = None if kind is ActorKind.PLATFORM else f"00000000-0000-7000-c000-{number % len(LINES):012d}"
    last = at + dt.timedelta(minutes=6) if reads else None
    return AuditEntry(f"00000000-0000-7000-d000-{number:012d}", at, actor_id, kind, who, action, details, reads, last)


@dataclass
class FakeAudit:
    """``count`` lines; ``error`` is raised by every call. What was asked is in ``asked``."""

    count: int = 60
    error: PortalError | None = None
    asked: list[AuditFilter] = field(default_factory=list)

    def list_entries(self, wanted: AuditFilter, *, limit: int = 50, actor: Actor) -> AuditPage:
        self.asked.append(wanted)
        if self.error is not None:
            raise self.error
        fit = [each for each in map(entry, range(self.count)) if _fits(each, wanted)]
        start = int(wanted.cursor or 0)
        end = start + limit
        return AuditPage(tuple(fit[start:end]), str(end) if end < len(fit) else None)


def _fits(each: AuditEntry, wanted: AuditFilter) -> bool:
    right = {What.ALL: True, What.READS: each.reads is not None, What.CHANGES: each.reads is None}[wanted.what]
    return right and wanted.actor_id in (None, each.actor_id)


def person(number: int = 0) -> InternalPerson:
    who = (*WRITERS, "Jamshid")[number]
    return InternalPerson(
        f"00000000-0000-7000-e000-{number:012d}", who, f"p{number}@platform.example", number != 2, number
    )


@dataclass
class FakeAssignments:
    """``count`` accounts, every third of nobody. ``error`` is raised by every call; ``broken`` accounts cannot be changed."""

    count: int = 7
    error: PortalError | None = None
    no_people: PortalError | None = None
    broken: frozenset[str] = frozenset()
    changes: list[Change] = field(default_factory=list)
    held: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in range(self.count):
            self.held[tenant_id(number)] = {person(number % 2).user_id} if number % 3 else set()

    def list_assigned(self, wanted: AssignmentFilter, *, limit: int = 50, actor: Actor) -> AssignedPage:
        if self.error is not None:
            raise self.error
        people = {each.user_id: each for each in map(person, range(3))}
        found = [
            AssignedTenant(
                tenant,
                tenant_name(number),
                number == 0,
                tuple(Tam(each, people[each].name, people[each].active) for each in sorted(self.held[tenant])),
            )
            for number, tenant in enumerate(self.held)
        ]
        fit = [
            each
            for each in found
            if wanted.text.casefold() in each.name.casefold()
            and (not wanted.unassigned or not each.tams)
            and (not wanted.tam_id or wanted.tam_id in {tam.user_id for tam in each.tams})
        ]
        start = int(wanted.cursor or 0)
        end = start + limit
        unassigned = sum(not each.tams for each in found)
        return AssignedPage(tuple(fit[start:end]), str(end) if end < len(fit) else None, len(found), unassigned)

    def list_people(self, *, actor: Actor) -> tuple[InternalPerson, ...]:
        failure = self.error or self.no_people
        if failure is not None:
            raise failure
        return tuple(map(person, range(3)))

    def change(self, change: Change, *, actor: Actor) -> dict[str, Result]:
        if self.error is not None:
            raise self.error
        self.changes.append(change)
        return {tenant: self._change(tenant, change) for tenant in change.tenant_ids}

    def _change(self, tenant: str, change: Change) -> Result:
        if tenant in self.broken:
            return Result.FAILED
        if tenant not in self.held:
            return Result.NOT_FOUND
        if change.adds is (change.person_id in self.held[tenant]):
            return Result.UNCHANGED
        (self.held[tenant].add if change.adds else self.held[tenant].remove)(change.person_id)
        return Result.CHANGED
