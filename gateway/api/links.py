"""Signed addresses of files: whoever holds one may fetch that file, for some minutes, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from gateway.api.context import dependencies
from gateway.api.models.links import LinkQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem

LINK_LIFE = timedelta(minutes=10)


class Purpose(StrEnum):
    """What an address is for; one made for one kind of file opens no other."""

    EXPORT = "message-export-link"
    INVOICE = "invoice-pdf-link"
    REPORT = "report-link"


def link_to(
    path: str, purpose: Purpose, thing: str, tenant_id: UUID, person: UUID, until: datetime, **query: str
) -> str:
    """The address by which `person` (the log names them) fetches what is below `path` until `until`.

    `thing` is all that says which file it is, what stands in `query` included.
    """
    expires = int(until.timestamp())
    parts = {**query, "tenant": tenant_id, "person": person, "expires": expires}
    signature = dependencies().sealer.mac(purpose, _signed(thing, tenant_id, person, expires))
    base = dependencies().settings.public_url or request.host_url.rstrip("/")
    return f"{base}{path}?{urlencode({**parts, 'signature': signature})}"


def check_link(purpose: Purpose, thing: str, query: LinkQuery) -> None:
    """Raise Problem (403) for an address that was not given out like this, or has expired."""
    signed = _signed(thing, query.tenant, query.person, query.expires)
    if not dependencies().sealer.check_mac(purpose, signed, query.signature):
        raise Problem(ProblemCode.FORBIDDEN, "This is no address that was given out.")
    if datetime.fromtimestamp(query.expires, UTC) <= dependencies().now():
        raise Problem(ProblemCode.FORBIDDEN, "This address has expired; ask for the file again to get a new one.")


def _signed(thing: str, tenant_id: UUID, person: UUID, expires: int) -> str:
    return f"{tenant_id}/{thing}/{person}/{expires}"
