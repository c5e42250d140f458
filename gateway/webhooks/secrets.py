"""Keeping signing secrets: sealed in the database, each for its own endpoint only."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from gateway.identity.sealing import Sealer


class SecretUnreadable(RuntimeError):
    """A stored secret was sealed under another identity secret than the one in use."""


def seal(sealer: Sealer, endpoint_id: UUID, secret: str) -> bytes:
    return sealer.seal(_purpose(endpoint_id), secret.encode())


class Opener:
    """Opens secrets, and remembers those opened lately: a delivery costs a signature then, and no key derivation."""

    def __init__(self, sealer: Sealer, remembered: int = 1024) -> None:
        self._sealer = sealer
        self._opened = lru_cache(remembered)(self._open)

    def valid(
        self, endpoint_id: UUID, sealed: bytes, previous: bytes | None, previous_until: datetime | None, now: datetime
    ) -> list[str]:
        """The secrets that sign at `now`, the newest first. Raises SecretUnreadable."""
        found = [sealed]
        if previous is not None and previous_until is not None and now < previous_until:
            found.append(previous)
        return [self._opened(endpoint_id, bytes(each)) for each in found]

    def _open(self, endpoint_id: UUID, sealed: bytes) -> str:
        plain = self._sealer.open(_purpose(endpoint_id), sealed)
        if plain is None:
            raise SecretUnreadable(f"the signing secret of endpoint {endpoint_id} cannot be opened")
        return plain.decode()


def valid_secrets(
    sealer: Sealer,
    endpoint_id: UUID,
    sealed: bytes,
    previous: bytes | None,
    previous_until: datetime | None,
    now: datetime,
) -> list[str]:
    """The same without remembering anything."""
    return Opener(sealer).valid(endpoint_id, sealed, previous, previous_until, now)


def _purpose(endpoint_id: UUID) -> str:
    # A sealed secret that is copied to another endpoint's row does not open there.
    return f"webhook-secret/{endpoint_id}"
