"""Signed addresses of export files: whoever holds one may fetch that file, for some minutes, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from gateway.api.context import dependencies
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem

LINK_LIFE = timedelta(minutes=10)
_PURPOSE = "message-export-link"


def link_to(tenant_id: UUID, export_id: UUID, person: UUID, until: datetime) -> str:
    """The address by which `person` (the audit log names them) fetches the file until `until`."""
    expires = int(until.timestamp())
    query = {"tenant": tenant_id, "person": person, "expires": expires}
    signature = dependencies().sealer.mac(_PURPOSE, _signed(tenant_id, export_id, person, expires))
    base = dependencies().settings.public_url or request.host_url.rstrip("/")
    return f"{base}/v1/messages/exports/{export_id}/file?{urlencode({**query, 'signature': signature})}"


def check_link(tenant_id: UUID, export_id: UUID, person: UUID, expires: int, signature: str) -> None:
    """Raise Problem (403) for an address that was not given out like this, or has expired."""
    if not dependencies().sealer.check_mac(_PURPOSE, _signed(tenant_id, export_id, person, expires), signature):
        raise Problem(ProblemCode.FORBIDDEN, "This is no address that was given out.")
    if datetime.fromtimestamp(expires, UTC) <= dependencies().now():
        raise Problem(ProblemCode.FORBIDDEN, "This address has expired; ask for the export again to get a new one.")


def _signed(tenant_id: UUID, export_id: UUID, person: UUID, expires: int) -> str:
    return f"{tenant_id}/{export_id}/{person}/{expires}"
