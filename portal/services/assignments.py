"""Saying who looks after whom."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.assignments import AssignedPage, AssignmentFilter, Change, InternalPerson, Result
from portal.domain.errors import InvalidInput
from portal.domain.internal_ports import AssignmentsPort
from portal.domain.permissions import Act, require
from portal.services.concurrency import Outcome, ask_all


@dataclass(frozen=True, slots=True)
class AssignmentsView:
    """Some accounts with those who look after them, and everybody who could; each answered or failed on its own."""

    page: Outcome[AssignedPage]
    people: Outcome[tuple[InternalPerson, ...]]


@dataclass(frozen=True, slots=True)
class AssignmentService:
    """For platform admins. Everybody else gets Forbidden before anything is asked."""

    port: AssignmentsPort

    def open(self, wanted: AssignmentFilter, *, actor: Actor) -> AssignmentsView:
        require(actor, Act.ASSIGN)
        found = ask_all(
            {
                "page": lambda: self.port.list_assigned(wanted, actor=actor),
                "people": lambda: self.port.list_people(actor=actor),
            }
        )
        return AssignmentsView(found["page"], found["people"])

    def change(self, change: Change, *, actor: Actor) -> dict[str, Result]:
        """What became of each account. Raises InvalidInput when nobody or nothing is named."""
        require(actor, Act.ASSIGN)
        missing = {"person": "missing"} if not change.person_id else {}
        missing |= {"tenant": "missing"} if not change.tenant_ids else {}
        if missing:
            raise InvalidInput(codes=missing)
        return self.port.change(change, actor=actor)
