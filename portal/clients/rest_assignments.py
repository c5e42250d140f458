"""Who looks after whom over REST: ``/v1/internal/assignments``, ``/v1/internal/tams``."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.upstream import Upstream
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

_PATH, _PEOPLE = "/v1/internal/assignments", "/v1/internal/tams"


class RestAssignments:
    """:class:`portal.domain.ports.AssignmentsPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_assigned(self, wanted: AssignmentFilter, *, limit: int = 50, actor: Actor) -> AssignedPage:
        asked = [
            ("q", wanted.text),
            ("tamId", wanted.tam_id or ""),
            ("unassigned", "true" if wanted.unassigned else ""),
        ]
        asked += [("limit", str(limit)), ("cursor", wanted.cursor or "")]
        body = self._upstream.get(_PATH, asked, actor=actor)
        with decode.answer():
            return AssignedPage(
                tuple(_tenant(item) for item in decode.items(body["items"])),
                decode.maybe_text(body.get("nextCursor")),
                decode.integer(body["total"]),
                decode.integer(body["unassigned"]),
            )

    def list_people(self, *, actor: Actor) -> tuple[InternalPerson, ...]:
        body = self._upstream.get(_PEOPLE, actor=actor)
        with decode.answer():
            return tuple(
                InternalPerson(
                    decode.text(item["userId"]),
                    decode.text(item["name"]),
                    decode.text(item["email"]),
                    decode.flag(item["active"]),
                    decode.integer(item["tenants"]),
                )
                for item in decode.items(body["items"])
            )

    def change(self, change: Change, *, actor: Actor) -> dict[str, Result]:
        asked = {"tenantIds": list(change.tenant_ids), "add" if change.adds else "remove": [change.person_id]}
        body = self._upstream.post(_PATH, asked, actor=actor)
        with decode.answer():
            return {
                decode.text(item["tenantId"]): Result(decode.text(item["status"]))
                for item in decode.items(body["results"])
            }


def _tenant(body: Json) -> AssignedTenant:
    return AssignedTenant(
        decode.text(body["tenantId"]),
        decode.text(body["name"]),
        decode.flag(body["isDemo"]),
        tuple(
            Tam(decode.text(each["userId"]), decode.text(each["name"]), decode.flag(each["active"]))
            for each in decode.items(body["tams"])
        ),
    )
