from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest

from gateway.demo.cast import OPERATORS, TENANTS
from gateway.demo.plan import day_profile
from gateway.demo.rows import message_ids, recipients
from gateway.demo.texts import TEMPLATES, make_texts
from gateway.demo.traffic import PREFIXES
from gateway.domain import ids, numbers
from gateway.domain.segments import segment


def test_ids_have_the_layout_of_the_platforms() -> None:
    moments = np.array([1_795_239_447_123, 0, (1 << 48) - 1])
    noise = np.array([[0, 0], [2**64 - 1, 2**64 - 1], [12345, 67890]], dtype=np.uint64)
    made = [UUID(text) for text in message_ids(moments, noise).to_pylist()]
    assert [each.version for each in made] == [7, 7, 7]
    assert [each.int >> 62 & 0b11 for each in made] == [0b10] * 3
    assert [each.int >> 80 for each in made] == moments.tolist()
    assert ids.submitted_at_of(made[0]) == datetime.fromtimestamp(1_795_239_447.123, UTC)


@pytest.mark.parametrize("number", range(len(PREFIXES)))
def test_numbers_of_a_network_are_known_as_its_own(number: int) -> None:
    network = PREFIXES[number]
    made = recipients(np.array([number, number]), np.array([0, 1_234_567])).to_pylist()
    for text in made:
        assert numbers.normalise(text) == text
        assert numbers.operator_of(text) == (OPERATORS[network.operator].name, network.country, network.destination)


def test_shares_add_up() -> None:
    assert sum(tenant.share for tenant in TENANTS) == pytest.approx(1)
    assert sum(operator.share for operator in OPERATORS) == pytest.approx(1)
    for kind in ("otp", "notice"):
        profile = day_profile(kind)
        assert profile[-1] == pytest.approx(1)
        assert (np.diff(profile) >= 0).all()


def test_texts_are_counted_as_they_are() -> None:
    texts = make_texts("Demo Bank", frozenset(TEMPLATES), np.random.default_rng(1))
    for body, segments, unicode in zip(texts.bodies, texts.segments, texts.unicode, strict=True):
        counted = segment(body)
        assert (counted.segments, counted.encoding == "UCS-2") == (segments, unicode)
        assert "{" not in body
    assert set(texts.segments) >= {1, 2, 3}


def test_languages_have_the_segments_they_cost() -> None:
    texts = make_texts("Demo Bank", frozenset({"otp"}), np.random.default_rng(1))
    first, last = texts.ranges["otp", "en"]
    assert not texts.unicode[first:last].any()
    first, last = texts.ranges["otp", "ps"]
    assert texts.unicode[first:last].all()
