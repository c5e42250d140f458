"""The account, and what a person prefers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from portal.domain.account import LONGEST_COMMENT, OPINIONS, Account, Balance, Profile
from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, UpstreamRefused
from portal.domain.permissions import Act, require
from portal.domain.ports import AccountPort
from portal.flights import Flights
from portal.services.recent_answers import Believed, Scope


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class AccountService:
    """What people do with their account."""

    port: AccountPort
    clock: Callable[[], dt.datetime] = _now
    #: How long the account's name and the like are believed by the frame around each page.
    name_life: dt.timedelta = dt.timedelta(0)
    flights: Flights = field(default_factory=Flights)
    names: Believed[Account] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", Believed(self.name_life, self.clock))

    def show(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        """The actor's account; for internal users the tenant they name."""
        return self.port.get_account(tenant_id, actor=actor)

    def recall(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        """The same for what stands around a page: as it was at most ``name_life`` ago, asked once for all who may see
        the same."""
        scope = Scope.of(actor, tenant_id)

        def ask() -> Account:
            asked_at = self.clock()
            found = self.port.get_account(tenant_id, actor=actor)
            self.names.put(scope, "account", found, asked_at)
            return found

        believed = self.names.get(scope, "account")
        return self.flights.ask((scope, "account"), ask) if believed is None else believed

    def recalls(self, tenant_id: str | None = None, *, actor: Actor) -> bool:
        """Whether :meth:`recall` would ask nobody."""
        return self.names.get(Scope.of(actor, tenant_id), "account") is not None

    def show_balance(self, tenant_id: str | None = None, *, actor: Actor) -> Balance:
        return self.port.get_balance(tenant_id, actor=actor)

    def show_preferences(self, *, actor: Actor) -> Profile:
        return self.port.get_profile(actor=actor)

    def prefer(self, changes: Mapping[str, str | None], *, actor: Actor) -> Profile:
        """Keep the actor's own choices of language, zone, calendar and digits; None takes one back."""
        require(actor, Act.CHANGE_OWN_PROFILE)
        return self.port.update_profile(changes, actor=actor)

    def give_opinion(self, score: object, comment: str, *, idempotency_key: str, actor: Actor) -> None:
        """Answer the question. Raises InvalidInput. Whoever answered already, in another window, has answered."""
        require(actor, Act.GIVE_OPINION)
        chosen = score if isinstance(score, int) and not isinstance(score, bool) else None
        wrong: dict[str, str] = {}
        if chosen not in OPINIONS:
            wrong["score"] = "missing"
        if len(comment) > LONGEST_COMMENT:
            wrong["comment"] = "string_too_long"
        if wrong:
            raise InvalidInput(codes=wrong)
        self._answer(chosen, comment.strip(), idempotency_key, actor)

    def keep_opinion(self, *, idempotency_key: str, actor: Actor) -> None:
        """Put the question away."""
        require(actor, Act.GIVE_OPINION)
        self._answer(None, "", idempotency_key, actor)

    def _answer(self, score: int | None, comment: str, idempotency_key: str, actor: Actor) -> None:
        try:
            self.port.answer_question(score, comment, idempotency_key=idempotency_key, actor=actor)
        except UpstreamRefused as error:
            if error.status != 409:
                raise
