"""Whose turn it is: a process accepts a few messages' calls at once, in the order in which they came.

Accepting keeps processors busy, here and in the database. Without turns whoever sends over twenty connections has
twenty times the share of somebody who looks at a page, and nobody's message is accepted sooner for it: the processors
are no more. Reading takes no turns, and so comes first.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

PLACES = max(2, os.cpu_count() or 1)
"""Of a process. One call computes here while another waits for the database or its disk."""

LARGE = 20
"""Messages of a call from which on it takes all places: it keeps a processor busy by itself."""


class Turns:
    """So many places, given in the order in which they are asked for. Threads wait without being woken in vain."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, threading.Lock]] = deque()

    @property
    def waiting(self) -> int:
        """How many calls have no place yet."""
        with self._lock:
            return len(self._waiting)

    @contextmanager
    def turn(self, messages: int) -> Iterator[None]:
        """The block is run when it is the turn of a call with so many messages."""
        wanted = self._places if messages >= LARGE else 1
        self._take(wanted)
        try:
            yield
        finally:
            self._give_back(wanted)

    def _take(self, wanted: int) -> None:
        with self._lock:
            if not self._waiting and wanted <= self._free:
                self._free -= wanted
                return
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append((wanted, gate))
        # Opened by whoever gives back, who has taken the places in our name by then.
        gate.acquire()

    def _give_back(self, places: int) -> None:
        with self._lock:
            self._free += places
            while self._waiting and self._waiting[0][0] <= self._free:
                wanted, gate = self._waiting.popleft()
                self._free -= wanted
                gate.release()
