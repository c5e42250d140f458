"""From the message centre's receipt to the message's status, through a real Kannel."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from gateway.carriers.kannel_receipts import PATH
from gateway.carriers.port import Accepted, Outbound
from tests.integration.kannel.conftest import House
from tests.support.smpp_smsc import INVALID_DESTINATION, QUEUE_FULL, THROTTLED, Answer, Submitted

VERDICTS = {
    ("DELIVRD", "000"): ("delivered", None, None),
    ("UNDELIV", "001"): ("failed", "unknown_subscriber", "UNDELIV/001"),
    ("UNDELIV", "027"): ("failed", "absent_subscriber", "UNDELIV/027"),
    ("EXPIRED", "254"): ("expired", "validity_expired", "EXPIRED/254"),
    ("REJECTD", "008"): ("failed", "rejected_by_carrier", "REJECTD/008"),
    ("DELETED", "000"): ("failed", "deleted_by_carrier", "DELETED/000"),
}


def send(house: House, body: str = "Hello") -> tuple[Outbound, Submitted]:
    """A message that the centre took, and what it took."""
    message = house.new_message(body)
    assert house.carrier.submit(message) == Accepted()
    taken: list[Submitted] = []

    def is_taken() -> bool:
        taken[:] = [one for one in house.centre.record if one.text == body]
        return bool(taken)

    house.centre.wait_until(is_taken, "the submission")
    return message, taken[0]


@pytest.mark.parametrize("receipt", list(VERDICTS), ids=lambda pair: "-".join(pair))
def test_receipt_decides_the_status(house: House, receipt: tuple[str, str]) -> None:
    house.centre.plan = lambda _: Answer(receipts=(receipt,))
    message, _ = send(house)
    status, error_code, carrier_code = VERDICTS[receipt]
    house.until_status(message, status)
    found = house.message(message)
    assert (found.error_code, found.carrier_code) == (error_code, carrier_code)
    assert found.final_at >= found.submitted_at
    detail = house.sql("SELECT detail FROM message_events WHERE message_id = :id AND seq = 3", id=message.message_id)
    assert detail[0][0].startswith("operator/")


def test_receipts_in_any_order_leave_the_first_verdict(house: House) -> None:
    house.centre.plan = lambda _: Answer(receipts=(("ENROUTE", "000"), ("ACCEPTD", "000"), ("DELIVRD", "000")))
    message, taken = send(house)
    house.until_status(message, "delivered")
    for stat in ("DELIVRD", "UNDELIV"):
        house.centre.send_receipt(taken, stat, "001")  # Kannel knows the first verdict too and lets nothing through
    house.until(lambda: len(house.events(message)) >= 4, "both interim receipts to be recorded")
    assert house.message(message).status == "delivered"
    assert house.events(message).count(("status", "delivered")) == 1


def test_late_receipt_is_taken_when_it_comes(house: House) -> None:
    house.centre.plan = lambda _: Answer()
    message, taken = send(house)
    other, _ = send(house, "another one meanwhile")
    house.centre.send_receipt(taken, "DELIVRD", message_id="424242")  # an id that nobody has
    house.centre.send_receipt(taken, "DELIVRD")
    house.until_status(message, "delivered")
    assert house.message(other).status == "queued"


def test_refusal_by_the_centre_is_a_failure_with_its_reason(house: House) -> None:
    house.centre.plan = lambda _: Answer(INVALID_DESTINATION)
    message = house.new_message("to nobody")
    assert house.carrier.submit(message) == Accepted()
    house.until_status(message, "failed")
    found = house.message(message)
    assert (found.error_code, found.carrier_code) == ("invalid_destination", "0x0000000B")


@pytest.mark.parametrize("status", [THROTTLED, QUEUE_FULL])
def test_centre_that_is_busy_gets_the_message_again_once(house: House, status: int) -> None:
    house.centre.plan = lambda _: Answer(receipts=(("DELIVRD", "000"),)) if house.centre.refused else Answer(status)
    message = house.new_message(f"busy {status}")
    assert house.carrier.submit(message) == Accepted()
    house.until_status(message, "delivered")
    assert (len(house.centre.refused), len(house.centre.record)) == (1, 1)


class Addressed:
    """The address that Kannel was given for a message's receipts, to be called as anybody could."""

    def __init__(self, house: House, message: Outbound) -> None:
        self._url = house.api_url + PATH
        address = urlsplit(house.carrier.receipts.url_for(message)).query
        self._signed = {name: value for name, value in parse_qsl(address) if name in {"reference", "mac"}}

    def call(self, **changes: str) -> requests.Response:
        values = self._signed | {"type": "1", "smsc": "operator", "id": "1", "reply": "stat:DELIVRD err:000", "at": ""}
        return requests.get(f"{self._url}?{urlencode(values | changes)}", timeout=10)


def test_forged_receipt_is_refused(house: House) -> None:
    message, other = house.new_message("mine"), house.new_message("another")
    genuine, foreign = Addressed(house, message), Addressed(house, other)
    for changes in ({"mac": "A" * 43}, {"mac": foreign._signed["mac"]}, {"reference": foreign._signed["reference"]}):
        answer = genuine.call(**changes)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert house.message(message).status == house.message(other).status == "queued"
    assert genuine.call().status_code == 200
    assert house.message(message).status == "delivered"


def test_repeated_late_and_contradicting_calls_are_recorded_and_change_nothing(house: House) -> None:
    message = house.new_message("told often")
    address = Addressed(house, message)
    calls = (("1", "stat:DELIVRD err:000"), ("1", "stat:DELIVRD err:000"), ("8", "ACK/"), ("2", "stat:UNDELIV err:001"), ("16", "NACK/0x00000045/x"), ("4", ""), ("99", "?\x00\n"))  # fmt: skip
    for kind, reply in calls:
        assert address.call(type=kind, reply=reply).status_code == 200
    assert house.message(message)[:2] == ("delivered", None)
    assert house.events(message)[:2] == [("status", "sent"), ("status", "delivered")]
    assert [kind for kind, _ in house.events(message)[2:]] == ["receipt"] * 6


def test_genuine_receipt_of_a_message_that_is_gone_is_answered(house: House) -> None:
    message = house.new_message("gone")
    house.sql("DELETE FROM messages WHERE message_id = :id RETURNING 1", id=message.message_id)
    assert Addressed(house, message).call().status_code == 200


@pytest.mark.parametrize("changes", [{"type": "one"}, {"reference": ""}, {"unknown": "1"}])
def test_malformed_call_is_refused(house: House, changes: dict[str, str]) -> None:
    assert Addressed(house, house.new_message("x")).call(**changes).status_code == 422
