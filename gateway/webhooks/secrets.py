"""Keeping signing secrets: sealed in the database, each for its own endpoint only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.identity.sealing import Sealer


class SecretUnreadable(RuntimeError):
    """A stored secret was sealed under another identity secret than the one in use."""


def seal(sealer: Sealer, endpoint_id: UUID, secret: str) -> bytes:
    return sealer.seal(_purpose(endpoint_id), secret.encode())


def valid_secrets(
    sealer: Sealer,
    endpoint_id: UUID,
    sealed: bytes,
    previous: bytes | None,
    previous_until: datetime | None,
    now: datetime,
) -> list[str]:
    """The secrets that sign at `now`, the newest first. Raises SecretUnreadable."""
    found = [sealed]
    if previous is not None and previous_until is not None and now < previous_until:
        found.append(previous)
    opened = [sealer.open(_purpose(endpoint_id), each) for each in found]
    if any(plain is None for plain in opened):
        raise SecretUnreadable(f"the signing secret of endpoint {endpoint_id} cannot be opened")
    return [plain.decode() for plain in opened if plain is not None]


def _purpose(endpoint_id: UUID) -> str:
    # A sealed secret that is copied to another endpoint's row does not open there.
    return f"webhook-secret/{endpoint_id}"
