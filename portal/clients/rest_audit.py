"""The audit log over REST: ``/v1/account/audit-events``."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.audit import ActorKind, AuditEntry, AuditFilter, AuditPage

_PATH = "/v1/account/audit-events"


class RestAudit:
    """:class:`portal.domain.ports.AuditPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_entries(self, wanted: AuditFilter, *, limit: int = 50, actor: Actor) -> AuditPage:
        asked = [*tenant_parameter(wanted.tenant_id, actor), ("what", wanted.what.value)]
        asked += [("actorId", wanted.actor_id or ""), ("limit", str(limit)), ("cursor", wanted.cursor or "")]
        body = self._upstream.get(_PATH, asked, actor=actor)
        with decode.answer():
            return AuditPage(
                tuple(_entry(item) for item in decode.items(body["items"])), decode.maybe_text(body.get("nextCursor"))
            )


def _entry(body: Json) -> AuditEntry:
    reads, last = body.get("reads"), body.get("lastAt")
    return AuditEntry(
        audit_id=decode.text(body["auditId"]),
        at=decode.instant(body["at"]),
        actor_id=decode.maybe_text(body.get("actorId")),
        actor_kind=ActorKind(decode.text(body["actorKind"])),
        actor_name=decode.maybe_text(body.get("actorName")),
        action=decode.text(body["action"]),
        details=decode.mapping(body["details"]),
        reads=None if reads is None else decode.integer(reads),
        last_at=None if last is None else decode.instant(last),
    )
