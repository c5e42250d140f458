"""What the answers of sendsms mean; the real ones are in tests/integration/kannel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from werkzeug import Request, Response

from gateway.carriers.kannel import Kannel
from gateway.carriers.kannel_receipts import ReceiptAddress
from gateway.carriers.port import Accepted, Outbound, Refused, Submission, Unsure, Wait
from gateway.domain.segments import segment
from gateway.identity.sealing import Sealer
from gateway.settings import GatewaySettings, SettingsError
from tests.support.served import HOST, free_port, served


def outbound(body: str = "Hello", sender: str = "BANK") -> Outbound:
    now, counted = datetime.now(UTC), segment(body)
    return Outbound(
        UUID(int=1), UUID(int=2), sender, "+93700000141", body, counted.encoding, counted.segments,
        now + timedelta(minutes=10, seconds=30),
    )  # fmt: skip


@contextmanager
def answering(*answers: tuple[int, str]) -> Iterator[tuple[Kannel, list[Any]]]:
    """A carrier whose Kannel gives these answers, the last one for ever, and what it was asked (headers, body)."""
    asked: list[Any] = []

    @Request.application
    def application(request: Request) -> Response:
        asked.append((dict(request.headers), request.get_data()))
        status, text = answers[min(len(asked), len(answers)) - 1]
        return Response(text, status)

    port = free_port()
    with served(application, port):
        receipts = ReceiptAddress("http://gateway.example", Sealer(b"s" * 32))
        yield Kannel(f"http://{HOST}:{port}/cgi-bin/sendsms", "gateway", "hunter2", receipts, "mno1"), asked


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (202, "0: Accepted for delivery", Accepted()),
        (202, "3: Queued for later delivery", Accepted()),
        (200, "0: Accepted for delivery\n", Accepted()),
        (202, "Sent.", Accepted()),
        (403, "Not routable. Do not try again.", Refused("no_route", "403 Not routable. Do not try again.")),
        (400, "Sender missing and no global set, rejected", Refused("invalid_sender", "400 Sender missing and no global set, rejected")),
        (400, "Empty receiver number not allowed, rejected", Refused("invalid_destination", "400 Empty receiver number not allowed, rejected")),
        (400, "UDH field misformed, rejected", Refused("rejected_by_carrier", "400 UDH field misformed, rejected")),
        (503, "Temporal failure, try again later.", Wait(1.0, "Kannel is busy: Temporal failure, try again later.")),
    ],
)  # fmt: skip
def test_answer_of_sendsms_has_one_meaning(status: int, text: str, expected: Submission) -> None:
    with answering((status, text)) as (carrier, _):
        assert carrier.submit(outbound()) == expected


@pytest.mark.parametrize(
    ("status", "text"), [(403, "Authorization failed for sendsms"), (404, ""), (301, ""), (401, ""), (405, "")]
)
def test_wrong_credentials_or_address_reject_nobodys_message(status: int, text: str) -> None:
    with answering((status, text)) as (carrier, _):
        said = carrier.submit(outbound())
        assert isinstance(said, Wait)
        assert said.seconds >= 30
        assert str(status) in (carrier.problem() or "")


@pytest.mark.parametrize(("status", "text"), [(200, "<html>"), (500, "Sending failed."), (502, ""), (504, "")])
def test_answer_that_says_nothing_certain_is_unsure(status: int, text: str) -> None:
    with answering((status, text)) as (carrier, _):
        assert isinstance(carrier.submit(outbound()), Unsure)


def test_request_carries_credentials_in_headers_and_the_text_as_it_is() -> None:
    with answering((202, "0: Accepted for delivery")) as (carrier, asked):
        carrier.submit(outbound("سلام"))
        carrier.submit(outbound("€uro"))
    (dari, body), (english, _) = asked
    assert body.decode() == "سلام"
    assert (dari["X-Kannel-Coding"], english["X-Kannel-Coding"]) == ("2", "0")
    assert (dari["X-Kannel-Username"], dari["X-Kannel-Password"]) == ("gateway", "hunter2")
    assert (dari["X-Kannel-To"], dari["X-Kannel-From"], dari["X-Kannel-Smsc"]) == ("93700000141", "BANK", "mno1")
    assert (dari["X-Kannel-Validity"], dari["X-Kannel-Dlr-Mask"]) == ("10", "23")
    assert dari["X-Kannel-Dlr-Url"].startswith("http://gateway.example/v1/carriers/kannel/receipts?reference=")
    assert "X-Kannel-Udh" not in dari


def test_sender_that_smpp_cannot_carry_is_refused_unasked() -> None:
    with answering((202, "0: Accepted for delivery")) as (carrier, asked):
        for sender in ("فروش", "a\nX-Kannel-To: 1"):
            assert carrier.submit(outbound(sender=sender)) == Refused("invalid_sender", "not ASCII")
    assert asked == []


def test_parts_divided_by_us_are_tried_again_until_all_are_taken() -> None:
    taken, busy = (202, "0: Accepted for delivery"), (503, "Temporal failure, try again later.")
    with answering(taken, busy, taken, taken) as (carrier, asked):
        assert carrier.submit(outbound("😀" * 80)) == Accepted()
    headers = [each for each, _ in asked]
    assert [each["X-Kannel-Udh"][-4:] for each in headers] == ["0301", "0302", "0302", "0303"]
    assert ["X-Kannel-Dlr-Url" in each for each in headers] == [True, False, False, False]


def test_parts_of_which_one_is_lost_are_unsure_and_of_which_none_was_taken_wait() -> None:
    with answering((202, "0: Accepted for delivery"), (500, "")) as (carrier, _):
        assert carrier.submit(outbound("😀" * 80)) == Unsure("Kannel took 1 of 3 parts")
    with answering((503, "")) as (carrier, asked):
        assert isinstance(carrier.submit(outbound("😀" * 80)), Wait)
        assert len(asked) == 1


def test_nobody_listening_is_wait() -> None:
    receipts = ReceiptAddress("http://gateway.example", Sealer(b"s" * 32))
    carrier = Kannel(f"http://{HOST}:{free_port()}/cgi-bin/sendsms", "gateway", "hunter2", receipts)
    assert isinstance(carrier.submit(outbound()), Wait)
    assert carrier.knows(outbound()) is None


def test_password_is_not_in_the_repr() -> None:
    with answering((202, "")) as (carrier, _):
        assert "hunter2" not in repr(carrier)


@pytest.mark.parametrize("missing", ["kannel_url", "kannel_username", "kannel_password"])
def test_from_settings_names_what_is_missing(missing: str, tmp_path: Any) -> None:
    given: dict[str, Any] = {"kannel_url": "http://k/x", "kannel_username": "u", "kannel_password": "p"}
    with pytest.raises(SettingsError, match=f"^GATEWAY_{missing.upper()}: is needed"):
        Kannel.from_settings(GatewaySettings(data_dir=tmp_path, **(given | {missing: None})))
