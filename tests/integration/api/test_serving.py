"""The API as a process: real tokens, several workers, a clean end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psycopg
import pytest

from gateway.domain.api_keys import new_raw_key
from gateway.identity.sealing import Sealer, read_or_create_secret
from tests.integration.api.serving import fetch, gateway


@pytest.fixture
def served(fresh_database: str, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    with gateway(fresh_database, tmp_path) as running:
        yield running


def test_serve_answers_sums_metrics_over_workers_and_ends_cleanly_on_sigterm(
    served: tuple[str, subprocess.Popen[bytes], Path],
) -> None:
    url, process, log = served
    for _ in range(20):
        assert fetch(f"{url}/health") == (200, '{"status":"ok"}')
    # Connections go to whichever worker is free; the sum must not depend on which one is asked.
    counted = {
        line for line in fetch(f"{url}/metrics")[1].splitlines() if 'route="/health"' in line and "_total" in line
    }
    assert counted == {'gateway_http_requests_total{method="GET",route="/health",status="200"} 20.0'}
    assert fetch(f"{url}/v1/account", Authorization="Bearer no.real.token")[0] == 401
    assert json.loads(fetch(f"{url}/.well-known/openid-configuration")[1])["issuer"] == url
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert any(line.get("route") == "/v1/account" and line["status"] == 401 for line in lines)
    assert "no.real.token" not in log.read_text()


def test_key_is_refused_by_every_worker_once_revoked_and_its_use_survives_the_end(
    served: tuple[str, subprocess.Popen[bytes], Path], fresh_database: str
) -> None:
    url, process, log = served
    raw_key = new_raw_key("live")
    hashed = Sealer(read_or_create_secret(log.parent / "identity.secret")).keyed_digest("api-key", raw_key)
    with psycopg.connect(fresh_database, autocommit=True) as database:
        database.execute("INSERT INTO tenants (slug, name) VALUES ('acme', 'Acme')")
        database.execute(
            "INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash)"
            " SELECT tenant_id, 'k', 'live', '{sms:read}', 'gsk_live_aaaa', 'aaaa', %s FROM tenants",
            (hashed,),
        )
        for _ in range(12):
            assert fetch(f"{url}/v1/messages", Authorization=f"Bearer {raw_key}")[0] == 200
        database.execute("UPDATE api_keys SET revoked_at = now()")
        # Whichever worker takes the call: none remembers.
        for _ in range(8):
            assert fetch(f"{url}/v1/messages", Authorization=f"Bearer {raw_key}")[0] == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        counted = database.execute("SELECT sum(calls), sum(refused) FROM api_key_usage").fetchone()
        used = database.execute("SELECT last_used_at IS NOT NULL FROM api_keys").fetchone()
    assert (counted, used) == ((20, 8), (True,))
    assert raw_key[13:-4] not in log.read_text()


def test_one_connection_is_answered_again_and_again(served: tuple[str, subprocess.Popen[bytes], Path]) -> None:
    host, port = served[0].removeprefix("http://").split(":")
    once = b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        answers = connection.makefile("rb")
        for _ in range(5):
            connection.sendall(once)
            assert _answer(answers)[0].startswith("HTTP/1.1 200")
        connection.sendall(3 * once)  # before any of them is answered
        for _ in range(3):
            assert _answer(answers)[-1] == '{"status":"ok"}'


def _answer(answers: BinaryIO) -> list[str]:
    """The lines of an answer's head, then its body."""
    lines, length = [], 0
    while line := answers.readline().decode().strip():
        lines.append(line)
        name, _, value = line.partition(":")
        length = int(value) if name.lower() == "content-length" else length
    return [*lines, answers.read(length).decode()]


def raw(url: str, request: bytes) -> int:
    """The status of an answer to bytes as they are written here; 0 when the connection is closed without one."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent: the answer is there
            connection.sendall(request)
        try:
            answer = connection.recv(64)
        except ConnectionResetError:
            return 0
    return int(answer.split()[1]) if answer else 0


def test_request_lines_headers_and_bodies_in_pieces_have_an_end(
    served: tuple[str, subprocess.Popen[bytes], Path],
) -> None:
    url = served[0]
    head = b"GET /v1/messages HTTP/1.1\r\nHost: x\r\n"
    assert raw(url, head + b"Connection: close\r\n\r\n") == 401
    assert raw(url, b"GET /v1/messages?q=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") == 414
    assert raw(url, head + b"X-Long: " + b"a" * 9000 + b"\r\n\r\n") == 431
    assert raw(url, head + b"".join(b"X-%d: a\r\n" % number for number in range(150)) + b"\r\n") == 431
    # A body that does not say beforehand how long it is: no more is read than the limit, and what is left is no request.
    form = b"POST /v1/auth/oidc/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    piece = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    assert raw(url, form + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 80 + b"0\r\n\r\n") in (400, 413)
    # Two lengths, or a length beside pieces: what one program takes for a body, another takes for a request.
    for lengths in (b"Content-Length: 3\r\nContent-Length: 4", b"Content-Length: 3\r\nTransfer-Encoding: chunked"):
        assert raw(url, form + lengths + b"\r\n\r\na=1") in (0, 400)
    assert fetch(f"{url}/health")[0] == 200
