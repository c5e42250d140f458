"""Nobody waits for somebody else's receiver, and a worker that dies loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from gateway.identity.policy import IdentityPolicy
from gateway.settings import GatewaySettings
from gateway.webhooks.dispatcher import Pace
from gateway.webhooks.signing import new_secret
from tests.integration.webhooks.conftest import Dispatching, Hooks
from tests.support.receiver import Receiver, receiving

ROOT = Path(__file__).parents[3]
SUCCEEDED = "SELECT count(*) FROM webhook_deliveries WHERE status = 'succeeded' AND endpoint_id = :id"


def test_hanging_receivers_do_not_delay_a_healthy_one(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    with receiving() as dead:
        dead.behave = {f"/{number}": dead.hang for number in range(12)}
        for path in dead.behave:
            hooks.endpoint(dead.url + path, tenant=hooks.other)
        for number in range(20):
            hooks.emit(number, tenant=hooks.other)
        healthy = hooks.endpoint(f"{receiver.url}/in")
        # With 16 slots, the dead ones could fill them all three times over; none of their attempts ever ends here.
        with dispatching(Pace(most_under_way=16, look_seconds=0.02, grace_seconds=0.1), timeout_seconds=3):
            dead.until(8)
            for number in range(60):
                hooks.emit(number)
            receiver.until(60)
            hooks.until(SUCCEEDED, 60, id=healthy)
        assert {json.loads(each.body)["data"]["number"] for each in receiver.received} == set(range(60))
    hooks.until(SUCCEEDED.replace("AND endpoint_id = :id", "AND tenant_id = :id"), 0, id=hooks.other)


def test_stopped_dispatcher_gives_back_what_it_did_not_finish(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = receiver.hang
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching(Pace(look_seconds=0.02, grace_seconds=0)):
        receiver.until(1)
        hooks.until("SELECT due_at > now() FROM webhook_deliveries", True)
    row = hooks.rows("SELECT status, attempts, due_at <= now() FROM webhook_deliveries")[0]
    assert tuple(row) == ("pending", 0, True)


def test_two_dispatchers_share_the_work_and_send_nothing_twice(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    for number in range(80):
        hooks.emit(number)
    with dispatching(), dispatching():
        hooks.until(SUCCEEDED, 80, id=endpoint_id)
    assert len(receiver.received) == 80


@pytest.fixture
def settings(gateway_settings: GatewaySettings) -> GatewaySettings:
    return gateway_settings


@pytest.fixture
def worker(settings: GatewaySettings) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes started by `start_worker`, ended with the test."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start_worker(settings: GatewaySettings, running: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url or "",
        "GATEWAY_DATA_DIR": str(settings.data_dir),
        "GATEWAY_PUBLIC_URL": "http://localhost:1",
        "GATEWAY_WEBHOOK_ALLOW_PRIVATE": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "worker"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    running.append(process)
    return process


def test_killed_worker_loses_no_event_and_the_next_one_finishes(
    hooks: Hooks, receiver: Receiver, settings: GatewaySettings, worker: list[subprocess.Popen[bytes]]
) -> None:
    secret = new_secret()
    endpoint_id = hooks.endpoint(
        f"{receiver.url}/in", secret=secret, sealer=IdentityPolicy.from_settings(settings).sealer
    )
    count = 300
    for number in range(count):
        hooks.emit(number)
    first = start_worker(settings, worker)
    receiver.until(40)
    first.send_signal(signal.SIGKILL)
    first.wait(30)
    settled = hooks.rows(SUCCEEDED, id=endpoint_id)[0][0]
    assert settled < count
    # What it had taken is due again when its lease ends; nobody waits for that here.
    hooks.hurry()
    start_worker(settings, worker)
    hooks.until(SUCCEEDED, count, id=endpoint_id)
    by_id = {each.headers["webhook-id"]: each for each in receiver.received}
    numbers = [Webhook(secret).verify(each.body, dict(each.headers))["data"]["number"] for each in by_id.values()]
    assert sorted(numbers) == list(range(count))
