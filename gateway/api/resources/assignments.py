"""Who looks after whom: changed by platform admins, in force with the next call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import structlog
from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, open_actor
from gateway.api.audit import audit
from gateway.api.documents import answers, blueprint
from gateway.api.models import assignments as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem, invalid
from gateway.api.replies import reply
from gateway.store import assignments as store
from gateway.store.accounts import Account
from gateway.store.connections import Connection, DatabaseError

api = blueprint("assignments", __name__, "Customer success")
log = structlog.get_logger("gateway.api")


@api.get("/internal/tams", responses=answers(models.InternalPeople))
def list_tams(query: NoParameters) -> Response:
    """The people who can look after tenants, with how many they do; by name, 1,000 at most"""
    with open_actor() as connection:
        people = store.list_people(connection, limit=models.MOST_PEOPLE)
    return reply(
        models.InternalPeople(
            items=[
                models.InternalPerson(
                    user_id=str(each.user_id),
                    name=each.name,
                    email=each.email,
                    active=each.active,
                    tenants=each.tenants,
                )
                for each in people
            ]
        )
    )


@api.get("/internal/assignments", responses=answers(models.AssignedTenants))
def list_assignments(query: models.AssignmentsQuery) -> Response:
    """All tenants with those who look after them, by name"""
    wanted = store.AssignmentFilter(query.q.strip(), query.tam_id, query.unassigned)
    described = f"assignments:{wanted}"
    after = cursors.to_name(query.cursor, described) if query.cursor else None
    if after is not None and "\0" in after[0]:
        raise invalid("cursor", "cursor", "This cursor does not belong to this query; start again without it.")
    with open_actor() as connection:
        found = store.list_assigned(connection, wanted, limit=query.limit + 1, after=after)
        total, unassigned = store.count_tenants(connection)
    shown = found[: query.limit]
    last = shown[-1] if len(found) > query.limit else None
    return reply(
        models.AssignedTenants(
            items=[
                models.AssignedTenant(
                    tenant_id=str(each.tenant_id),
                    name=each.name,
                    is_demo=each.is_demo,
                    tams=_tams(each.tams),
                    version=_version(each.tams),
                )
                for each in shown
            ],
            next_cursor=cursors.from_name(last.sort_key, last.tenant_id, described) if last else None,
            total=total,
            unassigned=unassigned,
        )
    )


@api.post("/internal/assignments", responses=answers(models.AssignmentResults, 413, 415))
def change_assignments(query: NoParameters, body: models.BulkAssignment) -> Response:
    """Assign many tenants to the same people, or take them away; each tenant is changed on its own"""
    with open_actor() as connection:
        names = _require_people(connection, "add", body.add)
    results = [
        models.AssignmentResult(tenant_id=str(tenant_id), status=_change_one(tenant_id, body, names))
        for tenant_id in dict.fromkeys(body.tenant_ids)
    ]
    return reply(models.AssignmentResults(results=results))


@api.get("/internal/tenants/<tenantId>/assignments", responses=answers(models.Assignments))
def get_assignments(path: models.AssignmentsPath, query: NoParameters) -> Response:
    """Who looks after a tenant"""
    with open_account(path.tenant_id) as (connection, account):
        return reply(_told(account.tenant_id, _now(connection, account)))


@api.put("/internal/tenants/<tenantId>/assignments", responses=answers(models.Assignments, 409, 413, 415))
def set_assignments(path: models.AssignmentsPath, query: NoParameters, body: models.AssignmentsChange) -> Response:
    """Have these people look after a tenant, and nobody else; who is taken away gets 404 from their next call on"""
    with open_account(path.tenant_id) as (connection, account):
        store.lock(connection, account.tenant_id)
        before = _now(connection, account)
        if (version := _version(before)) != body.based_on:
            raise Problem(ProblemCode.CONFLICT, f"The assignments were changed meanwhile: version {version} holds.")
        held, wanted = {each.user_id for each in before}, set(body.tam_ids)
        names = _require_people(connection, "tamIds", wanted - held)
        _change(connection, account, before, names, add=wanted - held, remove=held - wanted)
        return reply(_told(account.tenant_id, _now(connection, account)))


def _change_one(tenant_id: UUID, body: models.BulkAssignment, names: dict[UUID, str]) -> models.ResultStatus:
    try:
        with open_account(tenant_id) as (connection, account):
            store.lock(connection, account.tenant_id)
            before = _now(connection, account)
            held = {each.user_id for each in before}
            add, remove = set(body.add) - held, set(body.remove) & held
            _change(connection, account, before, names, add=add, remove=remove)
            return "changed" if add or remove else "unchanged"
    except Problem as problem:
        if problem.code is not ProblemCode.NOT_FOUND:
            raise
        return "not_found"
    except DatabaseError as error:
        log.warning("assignment_failed", tenant_id=str(tenant_id), error=type(error.orig).__name__)
        return "failed"


def _change(
    connection: Connection,
    account: Account,
    before: Iterable[store.Tam],
    names: dict[UUID, str],
    *,
    add: Collection[UUID],
    remove: Collection[UUID],
) -> None:
    """Do it, and write it into the tenant's log: it is about who may see its data."""
    if not add and not remove:
        return
    store.change(connection, account.tenant_id, add=add, remove=remove)
    removed = sorted(each.name for each in before if each.user_id in remove)
    added = sorted(names[each] for each in add)
    audit(connection, account, "assignments.changed", account.tenant_id, added=added, removed=removed)


def _require_people(connection: Connection, field: str, people: Collection[UUID]) -> dict[UUID, str]:
    """The people's names. Raises Problem (422) when one of them cannot be assigned."""
    names = store.assignable(connection, people)
    if set(people) - set(names):
        raise invalid(field, "unknown_person", "Somebody here is no TAM of the platform's who can sign in.")
    return names


def _now(connection: Connection, account: Account) -> tuple[store.Tam, ...]:
    return store.tams_of(connection, [account.tenant_id])[account.tenant_id]


def _version(tams: Iterable[store.Tam]) -> str:
    return store.version_of([each.user_id for each in tams])


def _told(tenant_id: UUID, tams: tuple[store.Tam, ...]) -> models.Assignments:
    return models.Assignments(tenant_id=str(tenant_id), tams=_tams(tams), version=_version(tams))


def _tams(tams: Iterable[store.Tam]) -> list[models.Tam]:
    return [models.Tam(user_id=str(each.user_id), name=each.name, active=each.active) for each in tams]
