"""Which TAMs look after which tenants. Row-level security lets platform admins change it, and nobody else.

The version of a tenant's set is made of the set itself: two people who began with the same one may overwrite each other
only with the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Tam:
    """Somebody who looks after a tenant. Not `active`: they can sign in no more, and still stand there."""

    user_id: UUID
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class InternalPerson:
    """One of the platform's own people who can be assigned, with how many tenants they look after."""

    user_id: UUID
    name: str
    email: str
    active: bool
    tenants: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """A tenant with those who look after it, by name. `sort_key` is where it stands in the list."""

    tenant_id: UUID
    name: str
    is_demo: bool
    tams: tuple[Tam, ...]
    sort_key: str


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Which tenants: part of the name, those of one TAM, those of nobody."""

    name: str = ""
    tam_id: UUID | None = None
    unassigned: bool = False


_TAMS = text("SELECT tenant_id, user_id, name, active FROM tams_of(:tenants) ORDER BY lower(name), user_id")
_PEOPLE = text("""
    SELECT p.user_id, p.name, p.email, p.active, coalesce(a.tenants, 0)
    FROM internal_people() p
    LEFT JOIN (SELECT user_id, count(*) AS tenants FROM tam_assignments GROUP BY 1) a ON a.user_id = p.user_id
    WHERE 'tam' = ANY (p.roles) AND (p.active OR a.tenants > 0)
    ORDER BY lower(p.name), p.user_id LIMIT :limit""")
_ASSIGNABLE = text("""
    SELECT user_id, name FROM internal_people() WHERE user_id = ANY (:people) AND active AND 'tam' = ANY (roles)""")
_FILTER = """
    (:name = '' OR strpos(lower(t.name), lower(:name)) > 0)
    AND (CAST(:tam_id AS uuid) IS NULL
         OR EXISTS (SELECT FROM tam_assignments a WHERE a.tenant_id = t.tenant_id AND a.user_id = :tam_id))
    AND (NOT :unassigned OR NOT EXISTS (SELECT FROM tam_assignments a WHERE a.tenant_id = t.tenant_id))"""
_LIST = text(f"""
    SELECT t.tenant_id, t.name, t.is_demo, lower(t.name) FROM tenants t
    WHERE {_FILTER}
      AND (CAST(:after_id AS uuid) IS NULL OR (lower(t.name), t.tenant_id) > (:after_key, CAST(:after_id AS uuid)))
    ORDER BY lower(t.name), t.tenant_id LIMIT :limit""")  # noqa: S608 — of the constant above
_COUNT = text("""
    SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM tam_assignments a WHERE a.tenant_id = t.tenant_id))
    FROM tenants t""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('assignments ' || CAST(:tenant_id AS text), 0))")
_ADD = text("""
    INSERT INTO tam_assignments (tenant_id, user_id) SELECT :tenant_id, unnest(CAST(:people AS uuid[]))
    ON CONFLICT DO NOTHING""")
_REMOVE = text("DELETE FROM tam_assignments WHERE tenant_id = :tenant_id AND user_id = ANY (:people)")


def version_of(people: Collection[UUID]) -> str:
    """What names this set of people, whatever their order."""
    return blake2b(b"".join(sorted(each.bytes for each in people)), digest_size=8).hexdigest()


def tams_of(connection: Connection, tenant_ids: Sequence[UUID]) -> dict[UUID, tuple[Tam, ...]]:
    """Who looks after each of the tenants that the actor looks after too; all of them for a platform admin."""
    found: dict[UUID, tuple[Tam, ...]] = dict.fromkeys(tenant_ids, ())
    for tenant_id, *tam in connection.execute(_TAMS, {"tenants": list(tenant_ids)}):
        found[tenant_id] += (Tam(*tam),)
    return found


def list_people(connection: Connection, *, limit: int) -> list[InternalPerson]:
    """Those who can be assigned, and those who are and can no longer; none for anybody but platform admins."""
    return [InternalPerson(*row) for row in connection.execute(_PEOPLE, {"limit": limit})]


def assignable(connection: Connection, people: Collection[UUID]) -> dict[UUID, str]:
    """The names of those of the people who can be assigned."""
    return {row.user_id: row.name for row in connection.execute(_ASSIGNABLE, {"people": list(people)})}


def list_assigned(
    connection: Connection, wanted: AssignmentFilter, *, limit: int, after: tuple[str, UUID] | None = None
) -> list[Assigned]:
    """One page by name. `after` is (sort_key, id) of the one before it."""
    after_key, after_id = after or (None, None)
    values = {"name": wanted.name, "tam_id": wanted.tam_id, "unassigned": wanted.unassigned}
    rows = connection.execute(_LIST, {**values, "after_key": after_key, "after_id": after_id, "limit": limit}).all()
    tams = tams_of(connection, [row[0] for row in rows])
    return [Assigned(row[0], row[1], row[2], tams[row[0]], row[3]) for row in rows]


def count_tenants(connection: Connection) -> tuple[int, int]:
    """How many tenants there are, and how many nobody looks after."""
    row = connection.execute(_COUNT).one()
    return row[0], row[1]


def lock(connection: Connection, tenant_id: UUID) -> None:
    """Whoever else changes the tenant's assignments waits until the caller's transaction ends."""
    connection.execute(_LOCK, {"tenant_id": tenant_id})


def change(connection: Connection, tenant_id: UUID, *, add: Collection[UUID], remove: Collection[UUID]) -> None:
    """Assign and take away; what is so already stays."""
    if add:
        connection.execute(_ADD, {"tenant_id": tenant_id, "people": list(add)})
    if remove:
        connection.execute(_REMOVE, {"tenant_id": tenant_id, "people": list(remove)})
