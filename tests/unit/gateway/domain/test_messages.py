from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from gateway.domain import ids
from gateway.domain.messages import NewMessage, new_message
from gateway.domain.pricing import SEGMENT_PRICES, UNCHARGED, price_of
from gateway.domain.statuses import Status

TENANT = UUID("0199a0b0-0000-7000-8000-000000000001")
AT = datetime(2026, 11, 21, 3, 53, 39, 123456, tzinfo=UTC)


def build(**given: object) -> NewMessage:
    settings: dict[str, object] = {
        "tenant_id": TENANT, "submitted_at": AT, "recipient": "+93700000141", "sender_id": "BANK", "source": "api",
        "external_id": "a1", "body": "سلام",
    }  # fmt: skip
    return new_message(**(settings | given))  # type: ignore[arg-type]


def test_new_message_works_out_what_follows_from_number_and_text() -> None:
    row = build(body="س" * 71)
    assert (row.operator, row.country, row.destination) == ("AWCC", "AF", "+9370")
    assert (row.encoding, row.segments, row.price) == ("UCS-2", 2, SEGMENT_PRICES["AWCC"] * 2)
    assert row.submitted_at == ids.submitted_at_of(row.message_id) == ids.to_milliseconds(AT)


def test_new_message_without_outside_name_is_a_new_one_each_time() -> None:
    assert build(external_id=None).message_id != build(external_id=None).message_id
    assert build().message_id == build().message_id


def test_new_message_times_that_its_status_cannot_have_are_dropped() -> None:
    later = AT + timedelta(seconds=1)
    assert build(status=Status.QUEUED, sent_at=later, final_at=later)[3:5] == (None, None)
    assert build(status=Status.SENT, sent_at=later, final_at=later)[3:5] == (later, None)
    assert build(status=Status.REJECTED, sent_at=later, final_at=later)[3:5] == (None, later)
    assert build(status=Status.DELIVERED, sent_at=later).final_at == later


@pytest.mark.parametrize("status", Status)
def test_price_of_message_that_never_left_is_nothing(status: Status) -> None:
    price = price_of("Roshan", 3, status)
    assert price == (Decimal(0) if status in UNCHARGED else Decimal("1.14"))
    assert price.as_tuple().exponent == -4


def test_price_of_unknown_operator_is_that_of_other() -> None:
    assert price_of("Elsewhere", 1) == SEGMENT_PRICES["other"]
