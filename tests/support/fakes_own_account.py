"""A person's password, address and sessions in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from portal.domain.account import Profile, SignedInSession
from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, NotFound, PortalError

NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
DEVICES = (
    ("203.0.113.7", "Firefox", "Linux"),
    ("2001:db8:85a3:8d3:1319:8a2e:370:7348", "Samsung Internet", "Android"),
    (None, None, None),
)


def session(number: int = 0, **changes: object) -> SignedInSession:
    """The ``number``-th session; the first is the one that asks."""
    ip, browser, system = DEVICES[number % len(DEVICES)]
    made = SignedInSession(
        session_id=f"00000000-0000-7000-8000-{number:012d}",
        created_at=NOW - dt.timedelta(days=3 * number, minutes=5),
        last_seen_at=NOW - dt.timedelta(hours=9 * number),
        ip=ip,
        browser=browser,
        system=system,
        current=number == 0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeOwnAccount:
    """``password`` is the right one; ``error`` is raised by every call."""

    password: str = "the current one"
    sessions: list[SignedInSession] = field(default_factory=lambda: [session(n) for n in range(3)])
    error: PortalError | None = None
    changed: list[str] = field(default_factory=list)

    def change_password(self, current: str, new: str, *, actor: Actor) -> None:
        self._know(current)
        self.password = new
        self.sessions = [each for each in self.sessions if each.current]

    def change_email(self, email: str, current_password: str, *, actor: Actor) -> Profile:
        self._know(current_password)
        self.changed.append(email)
        return Profile(name=actor.name, email=email.lower())

    def list_sessions(self, *, actor: Actor) -> tuple[SignedInSession, ...]:
        self._fail()
        return tuple(self.sessions)

    def end_session(self, session_id: str, *, actor: Actor) -> None:
        self._fail()
        left = [each for each in self.sessions if each.session_id != session_id]
        if len(left) == len(self.sessions):
            raise NotFound("session")
        self.sessions = left

    def end_other_sessions(self, *, actor: Actor) -> None:
        self._fail()
        self.sessions = [each for each in self.sessions if each.current]

    def _know(self, password: str) -> None:
        self._fail()
        if password != self.password:
            raise InvalidInput(codes={"currentPassword": "wrong_password"})

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
