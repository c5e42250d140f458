"""What leaves is what was written, in as many parts as were counted and paid."""

from __future__ import annotations

import pytest

from gateway.carriers.port import Accepted
from gateway.domain.segments import segment
from tests.integration.kannel.conftest import House

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
TEXTS = (
    "Your code is 482913.",
    "سلام، کود تایید شما ۴۸۲۹۱۳ است.",
    "سلام دنیا\u200cها " * 14,
    ALPHABET,
    "x" * 160,
    "x" * 161,
    "x" * 152 + "€" + "y" * 152,
    "x" * 153 + "€" * 80,
    "]" * 80,
    "]" * 153,
    "ا" * 70,
    "ا" * 71,
    "ا" * 134,
    "ا" * 135,
    "😀" * 35,
    "😀" * 100,
    "ا" * 66 + "😀" * 30,
    "line one\r\nline two  with  two  spaces",
)
PARTS = (1, 1, 3, 1, 1, 2, 3, 3, 1, 3, 1, 2, 2, 3, 1, 4, 2, 1)


def test_texts_arrive_whole_in_the_parts_that_were_counted(house: House) -> None:
    sent = {}
    for number, body in enumerate(TEXTS):
        message = house.new_message(body, f"+9370{number:07d}")
        assert house.carrier.submit(message) == Accepted(), body
        sent[message.recipient.removeprefix("+")] = message
    assert tuple(message.segments for message in sent.values()) == PARTS
    house.centre.wait_until(lambda: len(house.centre.record) >= sum(PARTS), "all parts", 15)
    arrived = {destination: (text, parts) for destination, text, parts in house.centre.messages()}
    assert arrived == {number: (message.body, message.segments) for number, message in sent.items()}
    for number, message in sent.items():
        codings = {part.data_coding for part in house.centre.record if part.destination == number}
        assert codings == {8 if segment(message.body).encoding == "UCS-2" else 0}
    for message in sent.values():
        house.until_status(message, "delivered")


def test_no_part_ends_within_a_character(house: House) -> None:
    house.carrier.submit(house.new_message("ا" + "😀" * 120))
    house.centre.wait_until(lambda: bool(house.centre.record) and len(house.centre.record) == 4, "the parts", 15)
    for part in house.centre.record:
        assert part.text.encode("utf-16-be") == part.payload  # raises where a pair was cut


@pytest.mark.parametrize("sender", ["BANK", "Bank OTP", "4040", "+93790000001"])
def test_sender_arrives_as_it_was_written(house: House, sender: str) -> None:
    assert house.carrier.submit(house.new_message("x", sender=sender)) == Accepted()
    house.centre.wait_until(lambda: bool(house.centre.record), "the message")
    assert house.centre.record[0].source == sender.removeprefix("+")
