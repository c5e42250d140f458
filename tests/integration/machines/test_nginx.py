"""The nginx configuration that is shipped: what it asks again elsewhere, and what it never may."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from launcher import ports
from tests.support.certificates import self_signed
from tests.support.machines import NGINX, SHIPPED, running_nginx


@dataclass
class Upstream:
    """A program behind nginx. One that `falls` takes a request and dies without an answer."""

    falls: bool = False
    status: int = 200
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""

    def start(self) -> ThreadingHTTPServer:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                upstream.seen.append((self.command, self.headers["X-Forwarded-For"], body.decode()))
                if upstream.falls:
                    self.connection.close()
                    self.close_connection = True
                    return
                self.send_response(upstream.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(b"ok")

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.address = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server


@dataclass
class House:
    """nginx before a machine that stands and others that do not."""

    url: str
    upstreams: list[Upstream]

    def ask(self, method: str, path: str = "/") -> int:
        return requests.request(method, f"{self.url}{path}", data="x", timeout=60, allow_redirects=False).status_code

    @property
    def seen(self) -> list[str]:
        return [method for upstream in self.upstreams for method, _, _ in upstream.seen]


def _house(folder: Path, upstreams: list[Upstream], *more: str) -> Iterator[House]:
    servers = [upstream.start() for upstream in upstreams]
    addresses = [*(upstream.address for upstream in upstreams), *more]
    port, other = ports.any_free("127.0.0.1"), ports.any_free("127.0.0.1")
    try:
        with running_nginx(folder / "nginx", addresses, addresses, other, port):
            yield House(f"http://127.0.0.1:{port}", upstreams)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def falling(tmp_path: Path) -> Iterator[House]:
    """All machines take a request and die."""
    yield from _house(tmp_path, [Upstream(falls=True), Upstream(falls=True), Upstream(falls=True)])


@pytest.fixture
def half(tmp_path: Path) -> Iterator[House]:
    """One machine stands, one was never there."""
    yield from _house(tmp_path, [Upstream()], f"127.0.0.1:{ports.any_free('127.0.0.1')}")


@pytest.mark.parametrize(
    ("method", "times"), [("GET", 3), ("HEAD", 3), ("PUT", 3), ("DELETE", 3), ("POST", 1), ("PATCH", 1)]
)
def test_only_what_can_do_no_harm_is_asked_again(falling: House, method: str, times: int) -> None:
    assert falling.ask(method) == 502
    assert falling.seen == [method] * times


def test_what_was_not_sent_is_asked_of_another_machine(half: House) -> None:
    assert [half.ask(method) for method in ("POST", "GET", "POST", "PATCH", "POST")] == [200] * 5
    assert half.seen == ["POST", "GET", "POST", "PATCH", "POST"]


def test_an_answer_that_says_later_is_the_answer(tmp_path: Path) -> None:
    for house in _house(tmp_path, [Upstream(status=503), Upstream(status=503)]):
        assert house.ask("GET") == 503
        assert house.seen == ["GET"]


def test_metrics_are_nobodys_outside(half: House) -> None:
    assert half.ask("GET", "/metrics") == 404
    assert half.seen == []


def test_the_callers_address_is_added_and_not_believed(half: House) -> None:
    requests.get(half.url, headers={"X-Forwarded-For": "203.0.113.9"}, timeout=60)
    assert half.upstreams[0].seen[0][1] == "203.0.113.9, 127.0.0.1"


def test_what_is_shipped_is_accepted_as_it_is(tmp_path: Path) -> None:
    """With its own ports, names and addresses; only certificates are put in their places."""
    if not Path(NGINX).exists():
        pytest.skip(f"{NGINX} is absent: make nginx")
    for file in SHIPPED.iterdir():
        shutil.copy(file, tmp_path)
    self_signed(tmp_path, "example.com")
    for name in ("portal.listen", "gateway.listen"):
        lines = (tmp_path / name).read_text().splitlines()
        put = {"ssl_certificate": f"ssl_certificate {tmp_path}/example.com.pem;",
               "ssl_certificate_key": f"ssl_certificate_key {tmp_path}/example.com.key;"}  # fmt: skip
        (tmp_path / name).write_text("\n".join(put.get(line.split()[0], line) for line in lines))
    command = [NGINX, "-t", "-p", f"{tmp_path}/", "-c", "nginx.conf", "-e", "stderr"]
    tested = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
