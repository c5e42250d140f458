"""The door by which a crawler gets in: it passes requests on as somebody signed in sends them, and looks at every answer.

A crawler keeps cookies as it likes, does not know that the loopback counts as secure, and would be turned away as another
site's page: all it found would be the refusal. So the door brings the session, the token of its forms, and what a
browser says of itself. What a crawler would take for just another page is seen here: errors of the server, and traces
of programs in answers.
"""

from __future__ import annotations

import http.client
import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date", "host", "accept-encoding"}
_INSIDES = re.compile(rb"Traceback \(most recent call last\)|psycopg\.|sqlalchemy\.|/site-packages/|Werkzeug Debugger")
_SECONDS = 30
_SHOWN = 300

Bring = Callable[[str], Mapping[str, str]]
"""The headers that a request for a path gets."""


@dataclass
class Door:
    """Where the crawler knocks, and what was seen there."""

    upstream: str
    bring: Bring
    closed: frozenset[str] = frozenset()
    url: str = ""
    statuses: Counter[int] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    def saw(self, request: str, status: int, body: bytes) -> None:
        """Count an answer. Nothing that is sent may make the server fail, or show its insides."""
        with self._lock:
            self.statuses[status] += 1
            if status >= 500:
                self.troubles.append(f"{status} to {request[:_SHOWN]}")
            elif found := _INSIDES.search(body):
                self.troubles.append(f"{found[0].decode()!r} in the answer to {request[:_SHOWN]}")

    def broke(self, request: str, error: Exception) -> None:
        """No answer at all."""
        with self._lock:
            self.troubles.append(f"{type(error).__name__} instead of an answer to {request[:_SHOWN]}")


def addresses() -> Iterator[str]:
    """Another caller's address each time (RFC 2544's): who tries to sign in with anything is not to be throttled."""
    for number in itertools.count():
        yield f"198.18.{number // 256 % 256}.{number % 256}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Crawlers break off whenever they like."""


@contextmanager
def opened(upstream: str, bring: Bring, closed: frozenset[str] = frozenset()) -> Iterator[Door]:
    """A door to ``upstream`` on a free port of the loopback interface. ``closed``: paths that end the session."""
    door, address = Door(upstream, bring, closed), urlsplit(upstream).netloc
    held = threading.local()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave at once, or the second waits for the first to be acknowledged

        def finish(self) -> None:
            super().finish()
            if (connection := getattr(held, "connection", None)) is not None:
                connection.close()

        def handle_one_request(self) -> None:
            # Any method, however it is called: http.server looks for do_<METHOD>.
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self.pass_on()
            self.wfile.flush()

        def pass_on(self) -> None:
            request = f"{self.command} {self.path}"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if urlsplit(self.path).path in door.closed:
                self.send_response_only(403)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            headers |= {"Host": address, "Accept-Encoding": "identity", **door.bring(self.path)}
            try:
                answer, got = self.ask(body, headers)
            except (OSError, http.client.HTTPException, ValueError, UnicodeError) as error:
                door.broke(request, error)
                self.close_connection = True
                return
            door.saw(f"{request} {body[:_SHOWN].decode(errors='replace')}", answer.status, got)
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, value.replace(door.upstream, door.url))
            self.send_header("Content-Length", str(len(got)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(got)

        def ask(self, body: bytes, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
            """One connection for each of the crawler's, made anew where the server has ended it."""
            for attempt in (1, 2):
                connection = getattr(held, "connection", None) or http.client.HTTPConnection(address, timeout=_SECONDS)
                held.connection = connection
                try:
                    connection.request(self.command, self.path, body or None, headers)
                    answer = connection.getresponse()
                    return answer, answer.read()
                except (OSError, http.client.HTTPException) as error:
                    connection.close()
                    held.connection = None
                    if attempt == 2 or isinstance(error, TimeoutError):
                        raise
            raise AssertionError

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    door.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
