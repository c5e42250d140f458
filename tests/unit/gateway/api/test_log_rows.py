"""Rows of the log are written without a model each, and are what the model of their document says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from gateway.api.models.messages import MessageRow as Model
from gateway.api.models.shape import Money
from gateway.api.resources.messages import row_json
from gateway.domain import ids
from gateway.store.message_reads import MessageRow

AT = datetime(2026, 11, 21, 3, 53, 39, 120_000, tzinfo=UTC)
ROW = MessageRow(
    UUID("019a1fcb-d3bd-7353-937e-38edd862d4c0"), AT, "+93700000141", "فروش", "delivered", "AWCC", "AF", None,
    AT + timedelta(seconds=3), 2, Decimal("0.5"),
)  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        replace(ROW, status="failed", error_code="absent_subscriber"),
        replace(ROW, status="queued", final_at=None, price=None),
        replace(ROW, price=Decimal("12345678.12345"), submitted_at=AT.replace(microsecond=999)),
        replace(ROW, price=Decimal(0), message_id=UUID(int=0)),
    ],
    ids=["delivered", "failed", "queued", "rounded", "nothing"],
)
def test_row_is_what_its_model_says(row: MessageRow) -> None:
    model = Model(
        message_id=ids.encode(row.message_id), to=row.recipient, from_=row.sender_id, status=row.status,
        operator=row.operator, country=row.country, error_code=row.error_code, submitted_at=row.submitted_at,
        delivered_at=row.final_at if row.status == "delivered" else None, segments=row.segments,
        price=Money.of(row.price, "AFN") if row.price is not None else None,
    )  # fmt: skip
    assert row_json(row, "AFN") == model.model_dump(mode="json", by_alias=True)
    assert list(row_json(row, "AFN")) == list(model.model_dump(mode="json", by_alias=True))
