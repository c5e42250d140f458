"""Takes a connection away from the WSGI server that is answering on it, whose thread is free again a moment later.

gunicorn puts the connection's socket into the environment. What is left to the server under the same file descriptor is
one end of a pair whose other end we hold: whatever it writes (its own head, the last chunk), waits for (the next
request) and closes happens there, and none of it reaches the client. Nothing is patched.

Only a plain socket can be taken: a connection whose TLS ends in this process, or one of HTTP/2, stays where it is.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import formatdate
from typing import Any

from event_streams.framing import as_chunk

_PROTOCOLS = frozenset({"HTTP/1.0", "HTTP/1.1"})


def can_hand_over(environ: Mapping[str, Any]) -> bool:
    """Whether this request's connection can be taken from its server."""
    held = environ.get("gunicorn.socket")
    return type(held) is socket.socket and environ.get("SERVER_PROTOCOL") in _PROTOCOLS


def hand_over(
    environ: Mapping[str, Any],
    headers: Callable[[], Iterable[tuple[str, str]]],
    opening: bytes,
    adopt: Callable[[socket.socket, bool], None],
) -> tuple[Iterator[bytes], Callable[[], None]]:
    """The body of the response, and what to call when the server has closed it.

    When the server asks for the body the connection is taken; the head, with `headers()` of the application, and
    `opening` are sent; and `adopt(connection, chunked)` gets it: `chunked` says that what follows has to be framed for
    HTTP/1.1. The head is ours because it has to say that the connection ends with this answer, which no application can
    have a server say. Where the connection cannot be taken (no descriptor is left) the server sends an empty answer.
    """
    stand_ins: list[socket.socket] = []

    def body() -> Iterator[bytes]:
        taken = _take(environ["gunicorn.socket"], stand_ins)
        if taken is not None:
            chunked = environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
            try:
                taken.sendall(_head(environ, headers(), chunked) + (as_chunk(opening) if chunked else opening))
            except OSError:
                taken.close()
            else:
                adopt(taken, chunked)
        yield from ()

    def closed() -> None:
        for ours in stand_ins:
            ours.close()

    return body(), closed


def _take(held: socket.socket, stand_ins: list[socket.socket]) -> socket.socket | None:
    try:
        left, ours = socket.socketpair()
    except OSError:
        return None
    try:
        taken = socket.socket(fileno=os.dup(held.fileno()))
        os.dup2(left.fileno(), held.fileno(), inheritable=False)
    except OSError:
        ours.close()
        return None
    finally:
        left.close()
    stand_ins.append(ours)
    return taken


def _head(environ: Mapping[str, Any], headers: Iterable[tuple[str, str]], chunked: bool) -> bytes:
    own = [("Date", formatdate(usegmt=True)), ("Connection", "close")]
    if chunked:
        own.append(("Transfer-Encoding", "chunked"))
    lines = [f"{environ['SERVER_PROTOCOL']} 200 OK", *(f"{name}: {value}" for name, value in [*own, *headers])]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header is one line")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
