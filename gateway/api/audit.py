"""A line in the audit log about what the caller does, in the transaction that does it."""

from __future__ import annotations

from uuid import UUID

from gateway.api.access import principal
from gateway.store.accounts import Account
from gateway.store.audit import record
from gateway.store.connections import Connection


def audit(connection: Connection, account: Account, action: str, subject: UUID, **details: object) -> None:
    """Write that the caller did `action` (a noun and a verb) to `subject`; `details` hold no secret."""
    record(connection, account.tenant_id, principal().user_id, action, str(subject), details)


def audit_internally(connection: Connection, account: Account, action: str, subject: UUID, **details: object) -> None:
    """The same of what is about the customer and not for them: no customer ever sees the line."""
    record(connection, account.tenant_id, principal().user_id, action, str(subject), details, internal=True)
