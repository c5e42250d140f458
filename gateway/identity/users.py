"""People: creating them, and what a token says about them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from gateway.identity.passwords import Passwords, check_strength
from gateway.store.connections import Connection
from gateway.store.identity import sessions
from gateway.store.identity import users as store
from gateway.store.identity.users import EmailTaken, UserRow, UserType

__all__ = [
    "CUSTOMER_ROLES",
    "INTERNAL_ROLES",
    "LONGEST_EMAIL",
    "EmailTaken",
    "create_user",
    "disable_user",
    "is_email",
    "normalise_email",
    "profile",
]

CUSTOMER_ROLES = frozenset({"owner", "developer", "billing", "viewer"})
INTERNAL_ROLES = frozenset({"tam", "platform_admin"})
LONGEST_EMAIL = 254
_CUSTOMER = "customer"
_DEFAULT_PASSWORDS = Passwords()


def normalise_email(email: str) -> str:
    """The form in which an address is stored and looked up."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def is_email(address: str) -> bool:
    """Whether a normalised address can be one: whether it reaches anybody, only a message to it would tell."""
    name, at, domain = address.partition("@")
    return (
        bool(name and at and domain)
        and "@" not in domain
        and len(address) <= LONGEST_EMAIL
        and address.isprintable()
        and " " not in address
    )


def create_user(
    conn: Connection,
    email: str,
    name: str,
    password: str | None,
    user_type: UserType,
    roles: Iterable[str],
    tenant_id: UUID | None = None,
    *,
    locale: str | None = None,
    time_zone: str | None = None,
    calendar: str | None = None,
    digits: str | None = None,
    is_demo: bool = False,
    passwords: Passwords | None = None,
) -> UUID:
    """Add a person and return their id; the caller commits.

    ``password`` None makes a user who cannot sign in with one. A customer's role brings the role ``customer`` with it.
    No roles at all are allowed: such a person signs in and is told what is missing.
    Raises ValueError for an unusable address, name, password, role or tenant, EmailTaken for an address in use.
    """
    address = normalise_email(email)
    wanted = set(roles)
    if not is_email(address):
        raise ValueError(f"not an e-mail address: {email!r}")
    if not name.strip() or not name.isprintable():
        raise ValueError("a user needs a name")
    if user_type not in ("customer", "internal"):
        raise ValueError(f"user_type must be customer or internal, not {user_type!r}")
    known = CUSTOMER_ROLES | {_CUSTOMER} if user_type == "customer" else INTERNAL_ROLES
    if unknown := wanted - known:
        raise ValueError(f"not a role of {user_type} users: {', '.join(sorted(unknown))}")
    if (user_type == "customer") != (tenant_id is not None):
        raise ValueError("a customer belongs to a tenant and an internal user to none")
    if password is not None:
        check_strength(password)
    if wanted & CUSTOMER_ROLES:
        wanted.add(_CUSTOMER)
    return store.insert_user(
        conn,
        email=address,
        name=name.strip(),
        password_hash=(passwords or _DEFAULT_PASSWORDS).hash(password) if password is not None else None,
        user_type=user_type,
        roles=sorted(wanted),
        tenant_id=tenant_id,
        locale=locale,
        time_zone=time_zone,
        calendar=calendar,
        digits=digits,
        is_demo=is_demo,
    )


def disable_user(conn: Connection, user_id: UUID) -> bool:
    """Shut a person out: no sign-in, and their sessions end. False when they are unknown or already disabled."""
    if not store.mark_disabled(conn, user_id):
        return False
    sessions.end_sessions(conn, reason="user disabled", user_id=user_id)
    return True


def profile(user: UserRow, scopes: Iterable[str], *, everything: bool = False) -> dict[str, Any]:
    """The claims about a person that ``scopes`` reveal (OpenID Connect Core §5.4); absent rather than null.

    Tenant and roles are what the platform runs on, so every client of ours gets them.
    """
    granted = set(scopes)
    claims: dict[str, Any] = {"sub": str(user.user_id), "userType": user.user_type, "roles": list(user.roles)}
    if user.tenant_id is not None:
        claims["accountId"] = str(user.tenant_id)
    if everything or "profile" in granted:
        claims["name"] = user.name
        if user.locale:
            claims["locale"] = user.locale
    if everything or "email" in granted:
        claims["email"] = user.email
    return claims
