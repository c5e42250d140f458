"""Connections that look at the time budget before each wait.

A socket's own time-out begins anew with every byte, and an answer is read until it is whole: an upstream that sends one
byte a second would hold a page for as long as it likes, already in the first line of its answer.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from portal.clients import budget


class _Bounded:
    """For classes of sockets: no single wait is longer than what is left. Raises TimeoutError when nothing is."""

    def recv_into(self, *args: Any, **options: Any) -> int:
        left = budget.remaining()
        if left <= 0:
            raise TimeoutError("no time left")
        given = self.gettimeout()  # type: ignore[attr-defined]
        if left < (given if given is not None else float("inf")):
            self.settimeout(left)  # type: ignore[attr-defined]
        return int(super().recv_into(*args, **options))  # type: ignore[misc]


class BoundedSocket(_Bounded, socket.socket):
    """A plain connection."""


class BoundedTlsSocket(_Bounded, ssl.SSLSocket):
    """The same inside TLS."""


class _OpensBounded:
    """For classes of connections."""

    timeout: Any

    def _new_conn(self) -> socket.socket:
        left = budget.remaining()
        if isinstance(self.timeout, (int, float)) and left < self.timeout:
            self.timeout = max(left, 0.001)
        plain: socket.socket = super()._new_conn()  # type: ignore[misc]
        seconds = plain.gettimeout()
        bounded = BoundedSocket(fileno=plain.detach())
        bounded.settimeout(seconds)
        return bounded


class _Connection(_OpensBounded, HTTPConnection):
    pass


class _TlsConnection(_OpensBounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class BoundedAdapter(HTTPAdapter):
    """requests' adapter on such connections. Certificates are checked as requests checks them."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        context = create_urllib3_context()  # type: ignore[no-untyped-call, unused-ignore]
        context.sslsocket_class = BoundedTlsSocket
        super().init_poolmanager(*args, ssl_context=context, **options)  # type: ignore[no-untyped-call, unused-ignore]
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
