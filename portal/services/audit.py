"""Reading an account's audit log."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.audit import AuditFilter, AuditPage
from portal.domain.permissions import Act, require
from portal.domain.ports import AuditPort


@dataclass(frozen=True, slots=True)
class AuditService:
    """For whoever answers for the account, and for whoever looks after it."""

    port: AuditPort

    def list(self, wanted: AuditFilter, *, actor: Actor) -> AuditPage:
        """Some lines, newest first."""
        require(actor, Act.SEE_AUDIT_LOG)
        return self.port.list_entries(wanted, actor=actor)
