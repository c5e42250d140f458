"""Opening signing secrets: once each, and never for longer or for another endpoint than they are meant for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gateway.identity.sealing import Sealer
from gateway.webhooks.secrets import Opener, SecretUnreadable, seal

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Counting(Sealer):
    """Counts what it opens."""

    opened = 0

    def open(self, purpose: str, sealed: bytes) -> bytes | None:
        self.opened += 1
        return super().open(purpose, sealed)


@pytest.fixture
def sealer() -> Counting:
    return Counting(b"only of tests, 32 bytes or longer")


def test_secret_is_opened_once_and_one_that_replaces_it_anew(sealer: Counting) -> None:
    endpoint, opener = uuid4(), Opener(sealer)
    old, new, until = seal(sealer, endpoint, "old"), seal(sealer, endpoint, "new"), NOW + timedelta(hours=1)
    for _ in range(3):
        assert opener.valid(endpoint, old, None, None, NOW) == ["old"]
    assert sealer.opened == 1
    assert opener.valid(endpoint, new, old, until, NOW) == ["new", "old"]
    assert opener.valid(endpoint, new, old, until, until) == ["new"]
    assert sealer.opened == 2


def test_what_is_remembered_opens_nothing_for_another_endpoint(sealer: Counting) -> None:
    endpoint, opener = uuid4(), Opener(sealer)
    sealed = seal(sealer, endpoint, "mine")
    assert opener.valid(endpoint, sealed, None, None, NOW) == ["mine"]
    for _ in range(2):
        with pytest.raises(SecretUnreadable):
            opener.valid(uuid4(), sealed, None, None, NOW)
