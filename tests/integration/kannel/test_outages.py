"""Kannel stops, starts, dies and is full: nothing that it took is lost, and nothing is sent twice."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from gateway.carriers.kannel import Kannel
from gateway.carriers.kannel_receipts import ReceiptAddress
from gateway.carriers.port import Accepted, Outbound, Submission, Unsure, Wait
from gateway.domain import ids
from gateway.identity.sealing import Sealer
from tests.support import kannel as engine
from tests.support.kannel import kannel_below
from tests.support.smpp_smsc import QUEUE_FULL, Answer

TENANT = UUID(int=7)
LOAD = 120
PENDING_SUBMITS = 20
"""`max-pending-submits` of the documented configuration."""


def carrier_of(running: engine.Kannel, **changes: str) -> Kannel:
    receipts = ReceiptAddress("http://127.0.0.1:9", Sealer(b"s" * 32))
    named = {"url": running.url, "username": engine.USERNAME, "password": engine.PASSWORD} | changes
    return Kannel(receipts=receipts, **named)


def outbound(body: str, recipient: str = "+93700000141") -> Outbound:
    now = datetime.now(UTC)
    message_id = ids.message_id(TENANT, now, "api", uuid4().hex)
    return Outbound(TENANT, message_id, "BANK", recipient, body, "GSM-7", 1, now + timedelta(hours=1))


def arrived(running: engine.Kannel) -> Counter[str]:
    return Counter(text for _, text, _ in running.centre.messages())


@contextmanager
def submitting(carrier: Kannel, bodies: Sequence[str]) -> Iterator[dict[str, Submission]]:
    """Hands all messages over as the worker would: what has to wait is tried again until it is taken or unsure."""
    said: dict[str, Submission] = {}
    given_up = threading.Event()

    def persist(body: str) -> None:
        message = outbound(body)
        while isinstance(answer := carrier.submit(message), Wait):
            if given_up.wait(0.05):
                return
        said[body] = answer

    with ThreadPoolExecutor(carrier.concurrency) as threads:
        for body in bodies:
            threads.submit(persist, body)
        try:
            yield said
        except BaseException:
            given_up.set()  # the test has failed: nobody waits for what Kannel does not take
            raise


def settle(running: engine.Kannel, condition: Callable[[], bool]) -> None:
    running.centre.wait_until(condition, "what Kannel took", 30)


def test_bearerbox_stopped_under_load_loses_nothing_and_is_given_nothing_twice(kannel: engine.Kannel) -> None:
    """What bearerbox had sent and the centre not acknowledged when it stopped, it may offer again (docs/kannel.md)."""
    carrier, bodies = carrier_of(kannel), [f"load {number}" for number in range(LOAD)]
    with submitting(carrier, bodies) as said:
        settle(kannel, lambda: len(kannel.centre.record) > LOAD // 6)
        kannel.stop("bearerbox")
        before = list(kannel.centre.record)
        assert len(said) < LOAD, "there was no load left to stop under"
        kannel.start()
    taken = {body for body, answer in said.items() if isinstance(answer, Accepted)}
    unsure = {body for body, answer in said.items() if isinstance(answer, Unsure)}
    assert taken | unsure == set(bodies)
    # Only what was on its way at a death: bearerbox's, and smsbox's own if it panicked while it started.
    assert len(unsure) <= carrier.concurrency * (1 + kannel.panics)
    settle(kannel, lambda: taken <= set(arrived(kannel)))
    # A message that we had handed over a second time would be here although the centre did not have it before the stop.
    twice = {body for body, times in arrived(kannel).items() if times > 1}
    assert len(twice) <= PENDING_SUBMITS
    assert twice <= {one.text for one in before}


def test_bearerbox_killed_loses_nothing_that_it_took(kannel: engine.Kannel) -> None:
    """What the centre had not acknowledged yet may come twice then: Kannel offers it again (docs/kannel.md)."""
    carrier, bodies = carrier_of(kannel), [f"load {number}" for number in range(LOAD)]
    with submitting(carrier, bodies) as said:
        settle(kannel, lambda: len(kannel.centre.record) > LOAD // 6)
        kannel.stop("bearerbox", how=signal.SIGKILL)
        kannel.start()
    taken = {body for body, answer in said.items() if isinstance(answer, Accepted)}
    settle(kannel, lambda: taken <= set(arrived(kannel)))


@pytest.mark.parametrize("box", ["bearerbox", "smsbox"])
def test_box_that_dies_in_mid_submit_leaves_the_carrier_unsure(kannel: engine.Kannel, box: str) -> None:
    carrier = carrier_of(kannel)
    kannel.pause("bearerbox")  # smsbox has the request, and waits for bearerbox to confirm it
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(carrier.submit, outbound("in mid-submit"))
        kannel.wait_until(lambda: "sendsms sender" in (kannel.directory / "smsbox.log").read_text(), "the request")
        kannel.stop(box, how=signal.SIGKILL)
        assert isinstance(answer.result(30), Unsure)
    if box == "smsbox":
        # It was taken: sending it again would have delivered it twice.
        kannel.resume("bearerbox")
        settle(kannel, lambda: arrived(kannel) == {"in mid-submit": 1})


def test_kannel_that_is_down_or_does_not_know_us_makes_messages_wait(kannel: engine.Kannel) -> None:
    assert carrier_of(kannel).problem() is None
    stranger = carrier_of(kannel, password="wrong")
    assert isinstance(stranger.submit(outbound("x")), Wait)
    assert "403" in (stranger.problem() or "")
    lost = carrier_of(kannel, url=kannel.url.replace("sendsms", "elsewhere"))
    assert isinstance(lost.submit(outbound("x")), Wait)
    kannel.stop()
    said = carrier_of(kannel).submit(outbound("x"))
    assert isinstance(said, Wait)
    assert said.seconds > 0
    assert "does not answer" in (carrier_of(kannel).problem() or "")
    assert kannel.centre.record == []


def test_full_queue_makes_messages_wait_until_there_is_room(tmp_path: Path) -> None:
    engine.require_kannel()
    limit = {"sms-outgoing-queue-limit = 10000": "sms-outgoing-queue-limit = 5"}
    with kannel_below(tmp_path / "kannel", changes=limit) as running:
        running.centre.plan = lambda _: Answer(QUEUE_FULL)
        carrier, full = carrier_of(running), threading.Event()

        def submit(number: int) -> Submission:
            while isinstance(said := carrier.submit(outbound(f"m{number}")), Wait):
                full.set()
                threading.Event().wait(0.05)
            return said

        with ThreadPoolExecutor(8) as threads:
            answers = [threads.submit(submit, number) for number in range(40)]
            assert full.wait(30), "the queue never was full"
            running.centre.plan = lambda _: Answer()
            assert {answer.result(30) for answer in answers} == {Accepted()}
        settle(running, lambda: len(running.centre.record) >= 40)
        assert arrived(running) == {f"m{number}": 1 for number in range(40)}
