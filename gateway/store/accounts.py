"""Tenants, people's preferences, balances: what is known about accounts rather than about messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant, the revision of its numbers (0 before the first message was counted), and since when its messages are
    kept (None: all are; see retention), which comes with it since every page of the log has to say it."""

    tenant_id: UUID
    name: str
    time_zone: str
    currency: str
    locale: str
    is_demo: bool
    revision: int
    kept_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that explains a dent in the charts; `ends_at` None while it lasts."""

    starts_at: datetime
    ends_at: datetime | None
    operator: str | None
    title_key: str


@dataclass(frozen=True, slots=True)
class User:
    """A person as the API shows them. `nps_answered_at` is when they last answered how likely they are to recommend the
    platform, or put the question away; it comes with the person, since every client asks for both."""

    user_id: UUID
    tenant_id: UUID | None
    email: str
    name: str
    user_type: str
    roles: tuple[str, ...]
    locale: str | None
    time_zone: str | None
    calendar: str | None
    digits: str | None
    created_at: datetime
    nps_answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class BalanceNumbers:
    """What can be spent, without what is reserved for messages on their way; the spend of the days asked about; and
    the threshold below which the balance counts as low (None: nobody asked)."""

    balance: Decimal
    spent: Decimal
    low: Decimal | None


_ACCOUNT = text("""
    SELECT t.tenant_id, t.name, t.time_zone, t.currency, t.locale, t.is_demo, coalesce(r.revision, 0),
           (SELECT kept_from FROM message_retention)
    FROM tenants t LEFT JOIN tenant_revisions r ON r.tenant_id = t.tenant_id
    WHERE t.tenant_id = :tenant_id
      AND (CAST(:assigned_to AS uuid) IS NULL
           OR EXISTS (SELECT FROM tam_assignments a WHERE a.tenant_id = t.tenant_id AND a.user_id = :assigned_to))
""")


def get_account(connection: Connection, tenant_id: UUID, *, assigned_to: UUID | None = None) -> Account | None:
    """The tenant; None when it does not exist, or is not assigned to `assigned_to` when that is given."""
    row = connection.execute(_ACCOUNT, {"tenant_id": tenant_id, "assigned_to": assigned_to}).first()
    return Account(*row) if row is not None else None


_ENTER = "SELECT * FROM enter_account(%(tenant_id)s, %(actor)s, %(assigned_to)s)"


def enter_account(
    connection: Connection, tenant_id: UUID, *, actor: str, assigned_to: UUID | None = None
) -> Account | None:
    """Have the transaction under way see the tenant's rows and the actor's, and give the tenant as `get_account` does:
    with one call of the database, since everything that is read begins with it."""
    row = connection.exec_driver_sql(
        _ENTER, {"tenant_id": tenant_id, "actor": actor, "assigned_to": assigned_to}
    ).first()
    return Account(*row) if row is not None else None


def names_of(connection: Connection, tenant_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of those of the tenants that the connection may see."""
    statement = text("SELECT tenant_id, name FROM tenants WHERE tenant_id = ANY (:tenant_ids)")
    return {row.tenant_id: row.name for row in connection.execute(statement, {"tenant_ids": list(tenant_ids)})}


_INCIDENTS = text("""
    SELECT starts_at, ends_at, operator, title_key FROM incidents
    WHERE (tenant_id IS NULL OR tenant_id = :tenant_id)
      AND starts_at < :end AND (ends_at IS NULL OR ends_at > :start)
    ORDER BY starts_at, incident_id LIMIT 100
""")


def list_incidents(connection: Connection, tenant_id: UUID, start: datetime, end: datetime) -> list[Incident]:
    """Incidents that touch `start` ≤ t < `end`: the tenant's own and those of everyone."""
    rows = connection.execute(_INCIDENTS, {"tenant_id": tenant_id, "start": start, "end": end})
    return [Incident(*row) for row in rows]


_USER_COLUMNS = """
    user_id, tenant_id, email, name, user_type, roles, locale, time_zone, calendar, digits, created_at,
    (SELECT max(a.at) FROM nps_answers a WHERE a.tenant_id = users.tenant_id AND a.user_id = users.user_id)"""
_USER = text(f"SELECT {_USER_COLUMNS} FROM users WHERE user_id = :user_id AND disabled_at IS NULL")  # noqa: S608
PREFERENCES = ("locale", "time_zone", "calendar", "digits")


def get_user(connection: Connection, user_id: UUID) -> User | None:
    """The person, if they may still use the platform."""
    row = connection.execute(_USER, {"user_id": user_id}).first()
    return _user(row) if row is not None else None


def change_preferences(connection: Connection, user_id: UUID, changes: Mapping[str, str | None]) -> User | None:
    """Set the given ones of PREFERENCES (None takes one back) and return the person as they are now."""
    names = [name for name in PREFERENCES if name in changes]
    if not names:
        return get_user(connection, user_id)
    assignments = ", ".join(f"{name} = :{name}" for name in names)
    statement = text(
        f"UPDATE users SET {assignments} WHERE user_id = :user_id AND disabled_at IS NULL"  # noqa: S608
        f" RETURNING {_USER_COLUMNS}"
    )
    row = connection.execute(statement, {"user_id": user_id, **{name: changes[name] for name in names}}).first()
    return _user(row) if row is not None else None


def _user(row: Any) -> User:
    values = list(row)
    values[5] = tuple(row[5])
    return User(*values)


_BALANCE = text("""
    SELECT coalesce((SELECT available FROM ledger_balances WHERE tenant_id = :tenant_id), 0),
           (SELECT coalesce(sum(spend), 0) FROM rollup_totals
            WHERE tenant_id = :tenant_id AND day BETWEEN :first AND :last),
           (SELECT low_balance FROM billing_settings WHERE tenant_id = :tenant_id)
""")


def get_balance(connection: Connection, tenant_id: UUID, first: date, last: date) -> BalanceNumbers:
    """The balance now, and the spend of the local days `first`…`last` by the same rollup the charts show."""
    return BalanceNumbers(*connection.execute(_BALANCE, {"tenant_id": tenant_id, "first": first, "last": last}).one())


_CREATE_TENANT = text("""
    INSERT INTO tenants (slug, name, time_zone, currency, locale, is_demo)
    VALUES (:slug, :name, :time_zone, :currency, :locale, :is_demo) RETURNING tenant_id
""")


def create_tenant(
    connection: Connection,
    *,
    slug: str,
    name: str,
    time_zone: str = "Asia/Kabul",
    currency: str = "AFN",
    locale: str = "fa-AF",
    is_demo: bool = False,
) -> UUID:
    """Add a tenant (worker's connection) and return its id. Raises IntegrityError for a slug taken or malformed."""
    values = {
        "slug": slug,
        "name": name,
        "time_zone": time_zone,
        "currency": currency,
        "locale": locale,
        "is_demo": is_demo,
    }
    created: UUID = connection.execute(_CREATE_TENANT, values).scalar_one()
    return created


def assign_tenant(connection: Connection, tenant_id: UUID, user_id: UUID) -> None:
    """Put a tenant into a TAM's care (worker's connection); repeating it changes nothing."""
    connection.execute(
        text("INSERT INTO tam_assignments (tenant_id, user_id) VALUES (:tenant_id, :user_id) ON CONFLICT DO NOTHING"),
        {"tenant_id": tenant_id, "user_id": user_id},
    )


def find_tenant(connection: Connection, slug_or_id: str) -> UUID | None:
    """The tenant with this slug or id (worker's connection), for operators' commands."""
    statement = text("SELECT tenant_id FROM tenants WHERE slug = :given OR tenant_id::text = :given")
    found: UUID | None = connection.execute(statement, {"given": slug_or_id}).scalar()
    return found


def list_slugs(connection: Connection) -> list[tuple[UUID, str]]:
    """All tenants and their short names (worker's connection), for operators' commands."""
    rows = connection.execute(text("SELECT tenant_id, slug FROM tenants ORDER BY slug"))
    return [(row.tenant_id, row.slug) for row in rows]


def any_tenant(connection: Connection) -> bool:
    """Is there any tenant at all (worker's connection)?"""
    return bool(connection.execute(text("SELECT EXISTS (SELECT FROM tenants)")).scalar_one())


def is_reachable(connection: Connection) -> bool:
    """Does the database answer?"""
    return connection.execute(text("SELECT 1")).scalar() == 1
