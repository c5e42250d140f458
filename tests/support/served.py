"""A WSGI application served from this process on a port of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from launcher import ports

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: applications log their own requests."""


def free_port() -> int:
    return ports.any_free(HOST)


@contextmanager
def served(application: Callable[..., Any], port: int, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Serve ``application``, with a thread for each connection, while the block runs; over TLS with a context for it."""
    server = make_server(HOST, port, application, threaded=True, request_handler=_Quiet, ssl_context=tls)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
