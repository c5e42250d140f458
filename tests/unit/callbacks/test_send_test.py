"""The test sender's callbacks as plain functions: the counter, the price, one effect, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import no_update

from callbacks import send_test
from components.send_test import FIELDS
from portal import context
from portal.domain.errors import Forbidden, RateLimited, UpstreamRefused, UpstreamUnavailable
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_sending import MESSAGE_ID, FakeSending
from tests.support.trees import links, nodes, text

KEY = "00000000-0000-4000-8000-000000000001"
DRAFT = ("0701234567", "BANK", "Your code is 123456")


def on(port: FakeSending, call: Callable[[], Any], **asker: Any) -> Any:
    with context.use(actor=actor(**asker), services=fake_services(sending=port)):
        return call()


def preview(*draft: str | None, port: FakeSending | None = None) -> Any:
    return on(port or FakeSending(), lambda: send_test.show_preview(list(draft)))


def marks(shown: Any) -> list[str]:
    return [node.children for node in nodes(shown[0]) if type(node).__name__ == "Mark"]


def test_counter_prices_the_text_for_the_recipients_operator() -> None:
    shown = text(preview(*DRAFT)[0])
    assert "1 part" in shown
    assert "141 more fit" in shown
    assert "0.3500" in shown
    assert "AWCC" in shown


def test_recipient_that_is_no_number_yet_costs_the_price_only() -> None:
    shown = text(preview("07012", "", "a" * 161)[0])
    assert "2 parts" in shown
    assert "Give a phone number" in shown
    assert "0.35" not in shown


def test_characters_that_force_ucs2_are_marked_and_can_be_replaced_in_one_go() -> None:
    body = "“ten” – off" + "x" * 60
    shown = preview("", "", body)
    assert marks(shown) == ["“", "”", "–"]
    assert "3 characters are outside the GSM alphabet" in text(shown[0])
    [button] = [node for node in nodes(shown[0]) if getattr(node, "id", None) == {"type": "send-plain", "segments": 1}]
    assert button.value == '"ten" - off' + "x" * 60
    assert on(FakeSending(), lambda: send_test.use_plain_version([1], [button.value])) == button.value
    assert on(FakeSending(), lambda: send_test.use_plain_version([None], [button.value])) is no_update


def test_characters_that_count_two_are_marked_and_parts_hold_the_whole_text() -> None:
    body = "€" * 80 + "{a}"
    shown = preview("", "", body)
    assert len(marks(shown)) == 82
    assert "82 characters count two" in text(shown[0])
    pieces = [node for node in nodes(shown[0]) if "send-part" in (getattr(node, "className", None) or "").split()]
    assert "".join(text(piece.children[1]).replace("\n", "").replace(" ", "") for piece in pieces) == body


def test_text_too_long_to_send_is_counted_and_says_so() -> None:
    assert "at most 10 parts" in text(preview("", "", "a" * 1_531)[0])


def test_nothing_is_asked_for_an_empty_text_and_a_failure_leaves_the_code() -> None:
    port = FakeSending(error=UpstreamUnavailable(request_id="up-7"))
    empty = preview("0701234567", "BANK", "", port=port)
    assert port.previews == 0
    failed = preview(*DRAFT, port=port)
    assert "up-7" in text(failed[0])
    assert len(empty) == len(failed) == 5
    assert all("Your code is 123456" in part for part in failed[1:])


def test_sent_message_empties_the_form_and_is_followed_until_it_is_final() -> None:
    port = FakeSending()
    answer = on(port, lambda: send_test.send_message(1, KEY, *DRAFT))
    result, sent, rests, ticks, *fields = answer[: 4 + len(FIELDS)]
    assert (sent, rests, ticks, fields) == (MESSAGE_ID, False, 0, ["", "", ""])
    assert links(result) == [f"/messages/{MESSAGE_ID}"]
    assert answer[4 + len(FIELDS)] != KEY
    shown, rests = on(port, lambda: send_test.follow_message(1, sent))
    assert "Delivered" in text(shown)
    assert rests is True


def test_same_draft_with_the_same_key_is_one_message_and_a_changed_one_another() -> None:
    port = FakeSending()
    for _ in range(2):
        on(port, lambda: send_test.send_message(1, KEY, *DRAFT))
    assert len(port.sent) == 1
    on(port, lambda: send_test.send_message(1, KEY, DRAFT[0], DRAFT[1], "Another"))
    assert len(port.sent) == 2


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (UpstreamRefused("insufficient_balance", 402, request_id="up-1"), "The balance does not cover this message"),
        (RateLimited(retry_after=7), "7"),
        (UpstreamUnavailable(request_id="up-2"), "up-2"),
    ],
)
def test_refusal_is_told_and_nothing_that_was_written_is_lost(failure: Any, said: str) -> None:
    answer = on(FakeSending(failing=failure), lambda: send_test.send_message(1, KEY, *DRAFT))
    assert answer[: 5 + len(FIELDS)] == [no_update] * (5 + len(FIELDS))
    assert said in text(answer[5 + len(FIELDS)])


def test_every_empty_field_is_named_at_once() -> None:
    port = FakeSending()
    answer = on(port, lambda: send_test.send_message(1, KEY, " ", None, ""))
    assert all(answer[-len(FIELDS) :])
    assert port.sent == {}


def test_who_may_not_send_sends_nothing() -> None:
    port = FakeSending()
    answer = on(port, lambda: send_test.send_message(1, KEY, *DRAFT), roles=("viewer",))
    assert port.sent == {}
    assert text(answer[5 + len(FIELDS)])
    with pytest.raises(Forbidden):
        on(port, lambda: context.services().sending.preview("", "x", actor=context.actor()), roles=("billing",))


def test_controls_that_were_only_drawn_anew_do_nothing() -> None:
    port = FakeSending()
    assert set(on(port, lambda: send_test.send_message(None, KEY, *DRAFT))) == {no_update}
    assert on(port, lambda: send_test.follow_message(None, MESSAGE_ID)) == (no_update, no_update)
    assert port.sent == {}
