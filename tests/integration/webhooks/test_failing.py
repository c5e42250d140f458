"""Each way an attempt can fail has its name, and what follows from it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.store.webhooks.endpoints import change_endpoint
from gateway.webhooks.schedule import BUDGET
from tests.integration.webhooks.conftest import Dispatching, Hooks
from tests.support.certificates import self_signed
from tests.support.receiver import Receiver, receiving, say

ATTEMPT = "SELECT error_kind, http_status, response_body, response_truncated, error_detail FROM webhook_attempts"
KIND = "SELECT error_kind FROM webhook_deliveries"


def unreachable(host: str) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def loopback(host: str) -> list[str]:
    return ["127.0.0.1"]


def test_redirect_is_a_failure_and_is_not_followed(hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    receiver.behave["/in"] = say(302, Location=f"{receiver.url}/elsewhere")
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until(KIND, "redirect")
    assert [each.path for each in receiver.received] == ["/in"]
    assert hooks.rows(ATTEMPT)[0].http_status == 302


def test_gone_disables_the_endpoint_and_ends_the_delivery(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(410)
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until("SELECT status FROM webhook_endpoints", "auto_disabled")
    noted = hooks.rows("SELECT action, actor_id, subject FROM audit_events")
    assert [tuple(line) for line in noted] == [("webhook.auto_disabled", None, str(endpoint_id))]
    assert tuple(hooks.rows("SELECT status_reason, last_error FROM webhook_endpoints")[0]) == ("gone", "gone")
    assert tuple(hooks.rows("SELECT status, due_at FROM webhook_deliveries")[0]) == ("failed", None)
    hooks.emit()
    assert hooks.rows("SELECT count(*) FROM webhook_deliveries")[0][0] == 1


def test_receiver_that_does_not_answer_times_out(hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    receiver.behave["/in"] = receiver.hang
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching(timeout_seconds=0.3):
        hooks.until(KIND, "timeout")
    assert hooks.rows(ATTEMPT)[0].http_status is None


def test_slow_body_after_a_good_head_is_success_and_ends_with_the_time(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"begun")
        receiver.let_go.wait(60)

    receiver.behave["/in"] = drip
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching(timeout_seconds=0.5):
        hooks.until("SELECT status FROM webhook_deliveries", "succeeded")
    assert tuple(hooks.rows(ATTEMPT)[0])[:4] == (None, 200, "begun", True)


def test_large_body_is_kept_to_four_kibibytes(hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    receiver.behave["/in"] = say(200, b"\0" + b"x" * 2_000_000)
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until("SELECT status FROM webhook_deliveries", "succeeded")
    kept = hooks.rows(ATTEMPT)[0]
    assert (len(kept.response_body), kept.response_body[:2], kept.response_truncated) == (4096, "\ufffdx", True)


def test_bytes_that_are_no_text_are_kept_as_something(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(400, b"\xff\xfe\0\x80", X_Odd="\x80\xff")
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until(KIND, "http")
    assert hooks.rows(ATTEMPT)[0].response_body


def test_name_that_does_not_exist_is_tried_again(hooks: Hooks, dispatching: Dispatching) -> None:
    hooks.endpoint("http://nowhere.example:9/in")
    hooks.emit()
    with dispatching(resolve=unreachable):
        hooks.until(KIND, "dns")
    assert tuple(hooks.rows("SELECT status, due_at > now() FROM webhook_deliveries")[0]) == ("pending", True)


def test_nobody_listening_is_a_connection_failure(hooks: Hooks, dispatching: Dispatching) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        hooks.endpoint(f"http://127.0.0.1:{taken.getsockname()[1]}/in")
        hooks.emit()
        with dispatching():
            hooks.until(KIND, "connect")


@contextmanager
def answering(raw: bytes) -> Iterator[int]:
    """A server that answers one connection with these bytes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(30)


@pytest.mark.parametrize(
    "raw",
    [b"SSH-2.0-OpenSSH_9\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"],
)
def test_what_is_not_http_is_named_so(raw: bytes, hooks: Hooks, dispatching: Dispatching) -> None:
    with answering(raw) as port:
        hooks.endpoint(f"http://127.0.0.1:{port}/in")
        hooks.emit()
        with dispatching():
            hooks.until(KIND, "protocol")


def test_certificate_that_nobody_vouches_for_is_refused(hooks: Hooks, dispatching: Dispatching, tmp_path: Path) -> None:
    server, _ = self_signed(tmp_path, "hooks.example.com")
    with receiving(server) as receiver:
        hooks.endpoint(receiver.url.replace("127.0.0.1", "hooks.example.com") + "/in")
        hooks.emit()
        with dispatching(resolve=loopback):
            hooks.until(KIND, "tls")
        assert receiver.received == []


def test_certificate_of_another_name_is_refused(hooks: Hooks, dispatching: Dispatching, tmp_path: Path) -> None:
    server, trusted = self_signed(tmp_path, "somebody-else.example.com")
    with receiving(server) as receiver:
        hooks.endpoint(receiver.url.replace("127.0.0.1", "hooks.example.com") + "/in")
        hooks.emit()
        with dispatching(resolve=loopback, tls=ssl.create_default_context(cafile=trusted)):
            hooks.until(KIND, "tls")
        assert receiver.received == []


def test_connection_is_made_to_the_checked_address_in_the_name_of_the_host(
    hooks: Hooks, dispatching: Dispatching, tmp_path: Path
) -> None:
    asked: list[Any] = []
    server, trusted = self_signed(tmp_path, "hooks.example.com")
    server.sni_callback = lambda _socket, name, _context: asked.append(name)  # type: ignore[assignment]
    with receiving(server) as receiver:
        port = receiver.url.rpartition(":")[2]
        hooks.endpoint(f"https://hooks.example.com:{port}/in")
        hooks.emit()
        with dispatching(resolve=loopback, tls=ssl.create_default_context(cafile=trusted)):
            (received,) = receiver.until(1)
            hooks.until("SELECT status FROM webhook_deliveries", "succeeded")
    assert received.headers["Host"] == f"hooks.example.com:{port}"
    assert asked == ["hooks.example.com"]


def test_warnings_come_on_the_way_to_being_disabled_and_enabling_starts_anew(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(500)
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    levels = []
    with capture_logs() as said, dispatching():
        for number, hours in enumerate((1, 61, 85, 109, 121), 1):
            hooks.change(
                "UPDATE webhook_endpoints SET failing_since = now() - :ago, last_failure_at = now() - interval '100 hours'",
                ago=timedelta(hours=hours),
            )
            hooks.change("UPDATE webhook_deliveries SET step = 0")
            hooks.hurry()
            hooks.until("SELECT max(number) FROM webhook_attempts", number)
            levels.append(hooks.rows("SELECT status FROM webhook_endpoints")[0][0])
    assert levels == ["enabled"] * 4 + ["auto_disabled"]
    assert [line["budget_used_percent"] for line in said if "budget_used_percent" in line] == [50, 70, 90]
    assert any(line["event"] == "webhook endpoint disabled" for line in said)
    assert hooks.rows("SELECT status_reason FROM webhook_endpoints")[0][0] == "failing"
    assert timedelta(hours=120) == BUDGET
    with hooks.worker_engine.begin() as connection:
        change_endpoint(connection, hooks.tenant, endpoint_id, {"enabled": True}, datetime.now(UTC))
    assert tuple(hooks.rows("SELECT status, status_reason, failing_since FROM webhook_endpoints")[0]) == (
        "enabled",
        None,
        None,
    )
    hooks.emit(1)
    with capture_logs() as said, dispatching():
        hooks.until("SELECT count(DISTINCT delivery_id) FROM webhook_attempts", 2)
        hooks.until("SELECT count(*) FROM webhook_endpoints WHERE failing_since > now() - interval '1 hour'", 1)
    assert hooks.rows("SELECT status FROM webhook_endpoints")[0][0] == "enabled"
    assert not [line for line in said if "budget_used_percent" in line]


def test_failed_test_event_does_not_count_against_the_endpoint(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(500)
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    hooks.change("UPDATE webhook_deliveries SET is_test = true")
    with dispatching():
        hooks.until("SELECT attempts FROM webhook_deliveries", 1)
    assert tuple(hooks.rows("SELECT failing_since, last_failure_at FROM webhook_endpoints")[0]) == (None, None)
