from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.domain.nps import ASKED_EVERY, KNOWN_FOR, ask_again_at

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def test_person_is_asked_first_after_a_while_and_then_once_in_a_quarter() -> None:
    assert ask_again_at(None, SINCE) == SINCE + KNOWN_FOR
    answered = SINCE + timedelta(days=45)
    assert ask_again_at(answered, SINCE) == answered + ASKED_EVERY
    assert timedelta(days=89) < ASKED_EVERY < timedelta(days=93)
