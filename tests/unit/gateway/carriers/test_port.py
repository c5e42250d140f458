from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.port import Outbound, UnknownReference, parse_reference, reference_of


@given(tenant_id=st.uuids(), message_id=st.uuids())
def test_reference_names_tenant_and_message(tenant_id: UUID, message_id: UUID) -> None:
    outbound = Outbound(tenant_id, message_id, "BANK", "+93700000141", "hi", "GSM-7", 1, datetime.now(UTC))
    assert outbound.reference == reference_of(tenant_id, message_id)
    assert parse_reference(outbound.reference) == (tenant_id, message_id)
    assert outbound.reference.isascii()
    assert outbound.reference.isalnum()


@pytest.mark.parametrize("text", ["", "A", "سلام", "0" * 52, "A" * 51, "A" * 53, "A" * 104, "msg_01KAXE"])
def test_other_text_is_no_reference(text: str) -> None:
    with pytest.raises(UnknownReference):
        parse_reference(text)
