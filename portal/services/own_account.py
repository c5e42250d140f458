"""What people do with what they sign in with."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.account import Profile, SignedInSession
from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, InvalidInput, NotFound
from portal.domain.ports import AccountPort, OwnAccountPort
from portal.services.concurrency import Outcome, ask_all


@dataclass(frozen=True, slots=True)
class ProfileView:
    """Everything the profile page shows, each part had or failed on its own."""

    profile: Outcome[Profile]
    sessions: Outcome[tuple[SignedInSession, ...]]

    @property
    def signs_in_elsewhere(self) -> bool:
        """Whether the platform leaves passwords, addresses and sessions to another sign-in service."""
        return isinstance(self.sessions.error, (NotFound, Forbidden))


@dataclass(frozen=True, slots=True)
class OwnAccountService:
    """Each act is about the actor alone."""

    port: OwnAccountPort
    account: AccountPort

    def open_profile(self, *, actor: Actor) -> ProfileView:
        outcomes = ask_all(
            {
                "profile": lambda: self.account.get_profile(actor=actor),
                "sessions": lambda: self.port.list_sessions(actor=actor),
            }
        )
        return ProfileView(outcomes["profile"], outcomes["sessions"])

    def change_password(self, current: str, new: str, *, actor: Actor) -> None:
        """A new password; every other session ends. Raises InvalidInput with everything that is wrong."""
        _need(currentPassword=current, newPassword=new)
        self.port.change_password(current, new, actor=actor)

    def change_email(self, email: str, current_password: str, *, actor: Actor) -> Profile:
        """Another address to sign in with. Raises InvalidInput with everything that is wrong."""
        _need(email=email.strip(), currentPassword=current_password)
        return self.port.change_email(email.strip(), current_password, actor=actor)

    def list_sessions(self, *, actor: Actor) -> tuple[SignedInSession, ...]:
        return self.port.list_sessions(actor=actor)

    def end_session(self, session_id: str, *, actor: Actor) -> None:
        """Sign one session out; one that has ended meanwhile is as good."""
        try:
            self.port.end_session(session_id, actor=actor)
        except NotFound:
            return

    def end_other_sessions(self, *, actor: Actor) -> None:
        self.port.end_other_sessions(actor=actor)


def _need(**given: str) -> None:
    """Refuse before asking: what is empty is missing, all of it at once."""
    if missing := [name for name, value in given.items() if not value]:
        raise InvalidInput(codes=dict.fromkeys(missing, "missing"))
