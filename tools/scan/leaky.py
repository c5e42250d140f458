"""A page that has every fault the crawler is to find, and does no harm: before the product is judged, the judge is.

Nothing here runs commands, reads files or asks a database; it answers as if it did. Only the address it is told to ask
it really asks, and nowhere but on this machine.
"""

from __future__ import annotations

import contextlib
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

USERS = "root:x:0:0:root:/root:/bin/bash\n"
PATHS = ("search?q=x", "row?id=1", "run?name=x", "file?name=x", "go?to=x", "head?name=x", "fetch?url=x", "xml?doc=x",
         "book", "fall?over=x")  # fmt: skip
FORM = '<form method="post" action="/book"><input name="name" value="x"><input type="submit"></form>'
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _row(value: str) -> str:
    broken = "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"
    return broken if "'" in value or '"' in value else "one row"


def _fetch(value: str) -> str:
    if urlsplit(value).hostname == "127.0.0.1":
        with contextlib.suppress(OSError, ValueError, HTTPException):
            _direct.open(value, timeout=5).close()
    return "fetched"


ANSWERS: dict[str, Callable[[str], str]] = {
    "/search": lambda value: f"<p>Nothing was found for {value}</p>",
    "/row": _row,
    "/run": lambda value: "PATH=/usr/bin\nPWD=/\n" if "env" in value else "ran",
    "/file": lambda value: USERS if "etc/passwd" in value else "no such file",
    "/xml": lambda value: USERS if "<!ENTITY" in value and "etc/passwd" in value else "read",
    "/fetch": _fetch,
}


@contextmanager
def leaking() -> Iterator[str]:
    """Its address, on a free port of the loopback interface."""
    book: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            value = unquote(next(iter(parse_qs(parts.query, keep_blank_values=True).values()), [""])[0])
            if parts.path == "/go":
                return self.say(
                    "", 302, f"Location: {value if value.startswith('http') and value.isprintable() else '/'}"
                )
            if parts.path == "/head":
                return self.say("named", 200, f"X-Name: {value}")
            if parts.path == "/fall":
                return self.say("Traceback (most recent call last):\n", 500)
            if parts.path == "/book":
                return self.say("".join(f"<p>{entry}</p>" for entry in book) + FORM)
            if parts.path not in ("/", *ANSWERS):
                return self.say("", 404)
            links = "".join(f'<a href="/{path}">{path}</a>' for path in PATHS)
            return self.say(ANSWERS[parts.path](value) if parts.path in ANSWERS else links)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
            book.append(parse_qs(sent).get("name", [""])[0])
            self.say(f"{FORM}kept")

        def say(self, text: str, status: int = 200, *headers: str) -> None:
            body = f"<!doctype html><title>Leaky</title>{text}".encode()
            lines = (f"HTTP/1.1 {status} X", "Content-Type: text/html", f"Content-Length: {len(body)}", *headers)
            # By hand: no library would let a line break into a header.
            self.wfile.write("\r\n".join((*lines, "", "")).encode(errors="replace") + body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
