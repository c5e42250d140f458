"""Users as the identity service reads and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

UserType = Literal["customer", "internal"]

_COLUMNS = "user_id, tenant_id, email, name, user_type, roles, password_hash, locale, disabled_at"
_BY_EMAIL = text(f"SELECT {_COLUMNS} FROM users WHERE email = :email")  # noqa: S608
_BY_ID = text(f"SELECT {_COLUMNS} FROM users WHERE user_id = :user_id")  # noqa: S608
_INSERT = text(
    "INSERT INTO users (tenant_id, email, name, user_type, roles, password_hash, locale, time_zone, calendar, digits,"
    " is_demo) VALUES (:tenant_id, :email, :name, :user_type, CAST(:roles AS text[]), :password_hash, :locale,"
    " :time_zone, :calendar, :digits, :is_demo) RETURNING user_id"
)


class EmailTaken(ValueError):
    """Another user already signs in with this e-mail address."""


@dataclass(frozen=True)
class UserRow:
    """One person. ``tenant_id`` is None for internal users; ``password_hash`` is None when no password is set."""

    user_id: UUID
    tenant_id: UUID | None
    email: str
    name: str
    user_type: UserType
    roles: tuple[str, ...]
    password_hash: str | None
    locale: str | None
    disabled_at: datetime | None


def get_user_by_email(conn: Connection, email: str) -> UserRow | None:
    """The user of a normalised (lower-case) address."""
    return _first(conn, "email", email)


def get_user(conn: Connection, user_id: UUID) -> UserRow | None:
    return _first(conn, "user_id", user_id)


def _first(conn: Connection, by: Literal["email", "user_id"], value: object) -> UserRow | None:
    row = conn.execute(_BY_EMAIL if by == "email" else _BY_ID, {by: value}).mappings().first()
    return UserRow(**{**row, "roles": tuple(row["roles"])}) if row else None


def insert_user(
    conn: Connection,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    user_type: UserType,
    roles: Sequence[str],
    tenant_id: UUID | None,
    locale: str | None,
    time_zone: str | None,
    calendar: str | None,
    digits: str | None,
    is_demo: bool,
) -> UUID:
    """Add a user and return their id. Raises EmailTaken; the caller's transaction stays usable."""
    try:
        with conn.begin_nested():
            return UUID(
                str(
                    conn.execute(
                        _INSERT,
                        {
                            "tenant_id": tenant_id,
                            "email": email,
                            "name": name,
                            "user_type": user_type,
                            "roles": list(roles),
                            "password_hash": password_hash,
                            "locale": locale,
                            "time_zone": time_zone,
                            "calendar": calendar,
                            "digits": digits,
                            "is_demo": is_demo,
                        },
                    ).scalar_one()
                )
            )
    except IntegrityError as problem:
        if getattr(problem.orig, "sqlstate", None) == "23505":
            raise EmailTaken(email) from None
        raise


def set_password_hash(conn: Connection, user_id: UUID, password_hash: str, *, replacing: str | None) -> bool:
    """Store a new hash unless somebody changed the password meanwhile (``replacing`` is the hash that was read)."""
    changed = conn.execute(
        text(
            "UPDATE users SET password_hash = :new WHERE user_id = :user_id AND password_hash IS NOT DISTINCT FROM :old"
        ),
        {"new": password_hash, "user_id": user_id, "old": replacing},
    )
    return changed.rowcount == 1


def set_email(conn: Connection, user_id: UUID, email: str) -> None:
    """Store a normalised address. Raises EmailTaken; the caller's transaction stays usable."""
    try:
        with conn.begin_nested():
            conn.execute(
                text("UPDATE users SET email = :email WHERE user_id = :user_id"), {"email": email, "user_id": user_id}
            )
    except IntegrityError as problem:
        if getattr(problem.orig, "sqlstate", None) == "23505":
            raise EmailTaken(email) from None
        raise


def mark_disabled(conn: Connection, user_id: UUID) -> bool:
    """Disable a user; False when there is none or they already are."""
    changed = conn.execute(
        text("UPDATE users SET disabled_at = now() WHERE user_id = :user_id AND disabled_at IS NULL"),
        {"user_id": user_id},
    )
    return changed.rowcount == 1
