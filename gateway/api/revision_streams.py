"""Portals that listen for tenants' revisions: one thread hears them from the database, one writes them to all.

Both begin with the first portal. When the database cannot be heard all streams end, and a portal that comes back knows
that it may have missed something: it is told `ready` when nothing more can be missed.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from functools import partial
from typing import ClassVar

import structlog

from event_streams import Stream, StreamLoop, event
from gateway.store.connections import Engine
from gateway.store.revision_notices import Unheard, listen

MOST_STREAMS = 256
MOST_WAITING_BYTES = 512 * 1024
"""Of what one portal has not taken yet; beyond it its stream ends, since none of it may be left out."""
LIFE_SECONDS = (6 * 3600.0, 8 * 3600.0)
RETRY_SECONDS = (1.0, 3.0)
_log = structlog.get_logger("gateway.revisions")


class RevisionStreams:
    """All portals that listen to this process. Safe for threads."""

    EXTENSION: ClassVar[str] = "gateway-revisions"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = StreamLoop()
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._listener: threading.Thread | None = None
        # On the loop's thread only, so that whoever comes while the first notice is told hears `ready` once.
        self._greeted: set[Stream] = set()
        self._ready = False

    @property
    def full(self) -> bool:
        return len(self._streams) >= MOST_STREAMS

    def join(self, connection: socket.socket, chunked: bool) -> None:
        """Tell this portal from now on."""
        ends_at = time.monotonic() + random.uniform(*LIFE_SECONDS)  # noqa: S311 - spread
        stream = Stream(connection, chunked, ends_at, self._leave, keeps=MOST_WAITING_BYTES)
        with self._lock:
            self._streams.add(stream)
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="revisions", daemon=True)
                self._listener.start()
        self._loop.adopt(stream, lambda: self._greet(stream))

    @property
    def _wanted(self) -> bool:
        with self._lock:
            return bool(self._streams)

    def _listen(self) -> None:
        """Until nobody wants to know any more."""
        while True:
            with self._lock:
                if not self._streams:
                    self._listener = None
                    return
            try:
                for revisions in listen(self._engine):
                    self._loop.call(partial(self._write, revisions))
                    if not self._wanted:
                        break
            except Unheard as error:
                _log.warning("revisions_unheard", reason=str(error))
            self._loop.call(self._lose)
            time.sleep(random.uniform(*RETRY_SECONDS))  # noqa: S311
            # Whoever came in the meantime has been told nothing, and will be when it is heard again.

    # ------------------------------------------------------------------------------------- all below: the loop's thread
    def _greet(self, stream: Stream) -> bytes | None:
        self._greeted.add(stream)
        return _READY if self._ready else None

    def _leave(self, stream: Stream) -> None:
        self._greeted.discard(stream)
        with self._lock:
            self._streams.discard(stream)

    def _write(self, revisions: dict[str, int]) -> None:
        if not self._ready:
            self._ready = True
            self._loop.write(tuple(self._greeted), _READY)
        if revisions:
            told = event("revisions", json.dumps(revisions, separators=(",", ":")))
            self._loop.write(tuple(self._greeted), told)

    def _lose(self) -> None:
        self._ready = False
        self._loop.end(self._greeted)


_READY = event("ready", "")
