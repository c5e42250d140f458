"""From the API call to the delivered message: API, worker process, real Kannel, message centre, receipt, ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from gateway.store import ledger, prices
from tests.integration.kannel.conftest import House
from tests.support.smpp_smsc import Answer, Submitted

ROOT = Path(__file__).resolve().parents[3]
BODIES = ("Your code is 482913.", "سلام دنیا " * 20, "x" * 153 + "€" * 80, "😀" * 100)
PRICE = Decimal("0.5000")


@contextmanager
def working(house: House) -> Iterator[None]:
    """A worker process on the house's database and Kannel."""
    own = house.settings
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "DATABASE_"))} | {
        "DATABASE_URL": own.database_url or "", "GATEWAY_DATA_DIR": str(own.data_dir), "GATEWAY_CARRIER": "kannel",
        "GATEWAY_PUBLIC_URL": house.api_url, "GATEWAY_KANNEL_URL": own.kannel_url or "",
        "GATEWAY_KANNEL_USERNAME": own.kannel_username or "", "GATEWAY_KANNEL_PASSWORD": own.kannel_password or "",
        "GATEWAY_KANNEL_CALLBACK_URL": own.kannel_callback_url or "",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "gateway", "worker"], cwd=ROOT, env=env)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def send(house: House, recipient: str, body: str) -> dict[str, Any]:
    answer = requests.post(
        f"{house.api_url}/v1/messages", json={"to": recipient, "from": "BANK", "body": body},
        headers={"Authorization": "Bearer token-of-owner"}, timeout=20,
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read(house: House, message_id: str) -> dict[str, Any]:
    answer = requests.get(
        f"{house.api_url}/v1/messages/{message_id}", headers={"Authorization": "Bearer token-of-owner"}, timeout=20
    )
    found: dict[str, Any] = answer.json()
    return found


def fate(submitted: Submitted) -> Answer:
    return Answer(receipts=(("UNDELIV", "001"),) if submitted.destination.endswith("9") else (("DELIVRD", "000"),))


def test_message_goes_the_whole_way_and_all_books_agree(own_house: House) -> None:
    house = own_house
    with house.worker.begin() as connection:
        ledger.top_up(connection, house.tenant, Decimal(1000))
        prices.set_default_price(connection, "AFN", "*", "*", PRICE)
        prices.set_price(connection, house.tenant, "AF", "*", PRICE)
    house.centre.plan = fate
    with working(house):
        sent = {f"+9370000{number:04d}": body for number, body in enumerate(BODIES * 5)}
        answers = {recipient: send(house, recipient, body) for recipient, body in list(sent.items())[:10]}
        house.until(lambda: len(house.centre.messages_begun()) == 10, "the first ten")
        house.engine.stop()
        answers |= {recipient: send(house, recipient, body) for recipient, body in list(sent.items())[10:]}
        house.engine.start()
        wanted = {recipient: "failed" if recipient.endswith("9") else "delivered" for recipient in sent}
        for recipient, status in wanted.items():
            house.until(
                lambda recipient=recipient, status=status: (  # type: ignore[misc]
                    read(house, answers[recipient]["messageId"])["status"] == status
                ),
                f"{recipient} to be {status}",
            )
    arrived = {f"+{destination}": (text, parts) for destination, text, parts in house.centre.messages()}
    assert arrived == {recipient: (body, answers[recipient]["segments"]) for recipient, body in sent.items()}
    segments = sum(answer["segments"] for answer in answers.values())
    assert len(house.centre.record) == segments
    with house.worker.begin() as connection:
        left = ledger.get_balances(connection, house.tenant)
        assert ledger.differences(connection, house.tenant) == []
    assert (left.available, left.reserved) == (Decimal(1000) - segments * PRICE, 0)
    told = Counter(row[0] for row in house.sql("SELECT event_type FROM platform_events"))
    failed = sum(status == "failed" for status in wanted.values())
    assert told == {"message.sent": 20, "message.delivered": 20 - failed, "message.failed": failed}
    assert house.sql("SELECT count(*) FROM outbound_messages")[0][0] == 0
