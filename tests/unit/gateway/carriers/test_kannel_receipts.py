from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.kannel_receipts import ForgedReceipt, ReceiptAddress, moment_of, outcome_of, receipt_of
from gateway.carriers.port import Outbound
from gateway.domain.errors import CATALOGUE
from gateway.domain.statuses import Status
from gateway.identity.sealing import Sealer

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ADDRESS = ReceiptAddress("http://gateway.example", Sealer(b"s" * 32))


@pytest.mark.parametrize(
    ("kind", "reply", "expected"),
    [
        (1, "id:1 stat:DELIVRD err:000 text:x", (Status.DELIVERED, None, None)),
        (1, "", (Status.DELIVERED, None, None)),
        (2, "id:1 stat:UNDELIV err:001", (Status.FAILED, "unknown_subscriber", "UNDELIV/001")),
        (2, "stat:EXPIRED err:254", (Status.EXPIRED, "validity_expired", "EXPIRED/254")),
        (2, "stat:UNKNOWN err:0A1", (Status.FAILED, "undeliverable", "UNKNOWN/0A1")),
        (2, "", (Status.FAILED, "undeliverable", None)),
        (4, "stat:ENROUTE err:000", (None, None, "ENROUTE/000")),
        (8, "ACK/", (Status.SENT, None, None)),
        (16, "NACK/0x0000000b/Invalid Destination Address", (Status.FAILED, "invalid_destination", "0x0000000B")),
        (16, "NACK/0x00000045/Submit failed", (Status.FAILED, "submit_failed", "0x00000045")),
        (16, "NACK/no SMSC", (Status.FAILED, "no_route", "no SMSC")),
        (16, "NACK/EXPIRED", (Status.EXPIRED, "validity_expired", "EXPIRED")),
        (16, "", (Status.FAILED, "rejected_by_carrier", None)),
        (99, "stat:DELIVRD", (None, None, "DELIVRD")),
    ],
)
def test_type_decides_and_reply_explains(kind: int, reply: str, expected: tuple[object, ...]) -> None:
    said = outcome_of(kind, reply)
    assert (said.status, said.error_code, said.carrier_code) == expected


@given(st.integers(), st.text(), st.text(), st.text(), st.text())
def test_any_receipt_can_be_stored(kind: int, reply: str, centre: str, centre_id: str, at: str) -> None:
    receipt = receipt_of(UUID(int=1), kind, reply, centre, centre_id, at, NOW)
    assert receipt.detail is None or receipt.detail.isprintable()
    assert receipt.outcome.error_code is None or receipt.outcome.error_code in CATALOGUE
    assert len(receipt.outcome.carrier_code or "") <= 64
    assert NOW - timedelta(days=30) < receipt.at <= NOW


@pytest.mark.parametrize(
    ("seconds_ago", "believed"),
    [(0, False), (2, False), (11, True), (86_400, True), (-60, False), (40 * 86_400, False)],
)
def test_own_time_of_a_receipt_counts_when_it_was_long_under_way(seconds_ago: int, believed: bool) -> None:
    moment = NOW - timedelta(seconds=seconds_ago)
    assert moment_of(str(int(moment.timestamp())), NOW) == (moment if believed else NOW)


def test_address_leads_back_to_its_message_and_to_no_other() -> None:
    tenant, message = UUID(int=3), UUID(int=4)
    sent = Outbound(tenant, message, "BANK", "+93700000141", "x", "GSM-7", 1, NOW)
    address = parse_qs(urlsplit(ADDRESS.url_for(sent)).query)
    reference, mac = address["reference"][0], address["mac"][0]
    assert address["type"] == ["%d"]
    assert ADDRESS.message_of(reference, mac) == (tenant, message)
    for wrong in ((reference, mac[:-1]), ("Z" + reference[1:], mac), (reference, ""), ("", ""), (reference.lower(), mac), ("é", "é")):  # fmt: skip
        with pytest.raises(ForgedReceipt):
            ADDRESS.message_of(*wrong)
    with pytest.raises(ForgedReceipt):
        ReceiptAddress(ADDRESS.base, Sealer(b"t" * 32)).message_of(reference, mac)
