"""Making, rotating and revoking API keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.api_keys import ApiKey, CreatedKey, KeyDraft, KeyPage
from portal.domain.clock import now as _utc_now
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Act, require
from portal.domain.ports import ApiKeysPort

MOST_KEYS = 200


@dataclass(frozen=True, slots=True)
class ApiKeyService:
    """What people do with keys. Each change asks for the actor's permission before the platform is asked."""

    port: ApiKeysPort
    now: Callable[[], dt.datetime] = _utc_now

    def list(self, tenant_id: str | None = None, *, actor: Actor) -> KeyPage:
        """The newest keys of the account, as many as a page shows."""
        require(actor, Act.SEE_KEYS)
        return self.port.list_keys(tenant_id, limit=MOST_KEYS, actor=actor)

    def show(self, key_id: str, *, actor: Actor) -> ApiKey:
        """One of the account's keys, for whoever may change it."""
        require(actor, Act.CHANGE_KEYS)
        return self.port.get_key(key_id, actor=actor)

    def create(self, draft: KeyDraft, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        """A new key. Raises InvalidInput with everything that is wrong with the draft."""
        require(actor, Act.CHANGE_KEYS)
        if wrong := draft.problems():
            raise InvalidInput(codes=wrong)
        expires_at = draft.expires_at(self.now())
        return self.port.create_key(
            draft, expires_at.isoformat() if expires_at else None, idempotency_key=idempotency_key, actor=actor
        )

    def rotate(self, key_id: str, grace_seconds: int, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        """The successor of a key, which itself goes on working for ``grace_seconds``."""
        require(actor, Act.CHANGE_KEYS)
        return self.port.rotate_key(key_id, grace_seconds, idempotency_key=idempotency_key, actor=actor)

    def revoke(self, key_id: str, *, actor: Actor) -> None:
        """Stop a key at once and for ever; repeating it changes nothing."""
        require(actor, Act.CHANGE_KEYS)
        self.port.revoke_key(key_id, actor=actor)
