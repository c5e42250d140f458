"""What people do with their own account: change password and address, look at their sessions and end them.

The API answers these calls, but its database role can neither read a password's hash nor change an address; they are
done here, with the identity service's role. Why: docs/decisions/0009.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from flask import current_app

from gateway.identity.passwords import LONGEST, PasswordsBusy
from gateway.identity.provider import Provider
from gateway.identity.sealing import digest
from gateway.identity.sign_in import TryLater
from gateway.identity.users import is_email, normalise_email
from gateway.identity.weak_passwords import weakness
from gateway.store import audit
from gateway.store.connections import Connection
from gateway.store.identity import sessions, throttling, users
from gateway.store.identity.sessions import SessionRow
from gateway.store.identity.users import EmailTaken, UserRow

EXTENSION = "identity-own-account"
log = structlog.get_logger("gateway.identity")
__all__ = ["EXTENSION", "NotAccepted", "OwnAccount", "Refusal", "TryLater", "own_account"]


@dataclass(frozen=True)
class Refusal:
    """What is wrong with one thing that was given. ``field`` and ``code`` are names, not text."""

    field: str
    code: str


class NotAccepted(Exception):
    """Nothing was changed; ``refusals`` has every reason at once."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(", ".join(f"{refusal.field}: {refusal.code}" for refusal in refusals))
        self.refusals = tuple(refusals)


class UnknownUser(LookupError):
    """The person was removed or shut out a moment ago."""


class OwnAccount:
    """Each call is about the person ``user_id`` who is asking; nothing here reaches anybody else."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._engine = provider.engine
        self._policy = provider.policy

    def change_password(self, user_id: UUID, current: str, new: str, *, session_id: UUID | None) -> None:
        """Replace the password and end every other session: whoever else is signed in may be why it is changed.

        The same request again (its answer was lost) changes nothing and succeeds: it knows the password of now.
        Raises NotAccepted, TryLater, UnknownUser.
        """
        user = self._user(user_id)
        refusals = [Refusal("newPassword", found)] if (found := weakness(new, user.email, current)) else []
        known = self._knows(user, current)
        if not known and not refusals and self._is_right(user, new):
            return
        if not known:
            refusals.insert(0, Refusal("currentPassword", "wrong_password"))
        if refusals:
            raise NotAccepted(refusals)
        hashed = self._hash(new)
        with self._engine.begin() as conn:
            if not users.set_password_hash(conn, user_id, hashed, replacing=user.password_hash):
                raise NotAccepted([Refusal("currentPassword", "wrong_password")])  # changed in this very moment
            ended = sessions.end_sessions(conn, reason="password changed", user_id=user_id, keep=session_id)
            _note(conn, user, "person.password_changed", {"sessionsEnded": len(ended)})
        self._provider.logouts.send_now(ended)

    def change_email(self, user_id: UUID, email: str, current: str | None) -> None:
        """Sign in with another address from now on. Sessions stay: an address is a name, not a secret.

        Raises NotAccepted, TryLater, UnknownUser. An address that is somebody else's is refused like one that cannot
        be used at all, to nobody but who gave their own password, and counts against the same limit as wrong passwords.
        """
        user = self._user(user_id)
        address = normalise_email(email)
        refusals = [] if is_email(address) else [Refusal("email", "email_not_usable")]
        if not current:
            refusals.append(Refusal("currentPassword", "missing"))
        elif not self._knows(user, current):
            refusals.append(Refusal("currentPassword", "wrong_password"))
        if refusals:
            raise NotAccepted(refusals)
        try:
            with self._engine.begin() as conn:
                users.set_email(conn, user_id, address)
                _note(conn, user, "person.email_changed", {"from": user.email, "to": address})
        except EmailTaken:
            self._count(user_id)
            raise NotAccepted([Refusal("email", "email_not_usable")]) from None

    def list_sessions(self, user_id: UUID, *, limit: int, before: UUID | None = None) -> list[SessionRow]:
        with self._engine.begin() as conn:
            return sessions.list_sessions(conn, user_id, limit=limit, before=before)

    def end_session(self, user_id: UUID, session_id: UUID) -> bool:
        """End one of the person's sessions; False for one that is not theirs, which is as unknown as any other."""
        return self._end(user_id, session_id=session_id) > 0

    def end_other_sessions(self, user_id: UUID, *, keep: UUID | None) -> int:
        """End all of the person's sessions but ``keep``; how many that were."""
        return self._end(user_id, keep=keep)

    # -- inside ------------------------------------------------------------------------------------------------

    def _end(self, user_id: UUID, *, session_id: UUID | None = None, keep: UUID | None = None) -> int:
        user = self._user(user_id)
        with self._engine.begin() as conn:
            ended = sessions.end_sessions(
                conn, reason="ended by the user", session_id=session_id, user_id=user_id, keep=keep
            )
            if ended:
                _note(conn, user, "person.sessions_ended", {"sessions": [str(each) for each in ended]})
        self._provider.logouts.send_now(ended)
        return len(ended)

    def _user(self, user_id: UUID) -> UserRow:
        with self._engine.begin() as conn:
            user = users.get_user(conn, user_id)
        if user is None or user.disabled_at is not None:
            raise UnknownUser
        return user

    def _knows(self, user: UserRow, password: str) -> bool:
        """Whether the password is theirs: counted before it is looked at, as sign-ins are, and forgotten if right.

        A session somebody left open must not let its finder try passwords without end.
        """
        bucket = self._count(user.user_id)
        try:
            right = self._is_right(user, password)
        except TryLater:
            self._take_back(bucket)  # nobody looked at it
            raise
        if right:
            self._take_back(bucket)
        return right

    def _is_right(self, user: UserRow, password: str) -> bool:
        try:
            return self._policy.passwords.verify(user.password_hash, password[:LONGEST]).ok
        except PasswordsBusy as busy:
            raise TryLater(busy.retry_after, busy=True) from None

    def _count(self, user_id: UUID) -> bytes:
        bucket = digest(f"own account|{user_id}")
        with self._engine.begin() as conn:
            attempts = throttling.count_attempt(conn, bucket, self._policy.attempt_window_seconds)
        if attempts.count > self._policy.attempts_per_account:
            raise TryLater(attempts.resets_in)
        return bucket

    def _take_back(self, bucket: bytes) -> None:
        with self._engine.begin() as conn:
            throttling.take_back_attempt(conn, bucket)

    def _hash(self, password: str) -> str:
        try:
            return self._policy.passwords.hash(password)
        except PasswordsBusy as busy:
            raise TryLater(busy.retry_after, busy=True) from None


def _note(conn: Connection, user: UserRow, action: str, details: Mapping[str, Any]) -> None:
    """A line in the account's audit log; the platform's own people have no account, and it goes to the service's."""
    if user.tenant_id is None:
        log.info("audit", action=action, user_id=str(user.user_id), **details)
    else:
        audit.record(conn, user.tenant_id, user.user_id, action, str(user.user_id), details)


def own_account() -> OwnAccount:
    """The current application's."""
    found: OwnAccount = current_app.extensions[EXTENSION]
    return found
