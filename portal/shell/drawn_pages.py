"""Pages, and parts of the frame around them, that were drawn a moment ago, for whoever is shown the very same.

A page is kept under what it was made of (compared by identity: the answers of one account for those who may see the
same), the reader's locale, and all else that its loader says it depends on. Nothing of a person is in it: a page with a
form of its own, which carries the session's token, is drawn for each reader.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from portal.shell.pieces import Drawn

#: Bytes of all kept pages together, before compression: some thirty dashboards.
LARGEST: Final = 8 * 1024 * 1024
LARGEST_PARTS: Final = 4 * 1024 * 1024

Key = tuple[Hashable, ...]


class DrawnPages:
    """The last pages, least recently shown first out. Safe for threads."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Drawn] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Drawn | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Key, drawn: Drawn) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += drawn.size - (before.size if before is not None else 0)
            self._kept[key] = drawn
            while self._size > self._largest and self._kept:
                self._size -= self._kept.popitem(last=False)[1].size

    def once(self, key: Key, draw: Callable[[], Drawn | None]) -> Drawn | None:
        """The page of ``key``, drawn if it is not there. None from ``draw`` is not kept."""
        found = self.get(key)
        if found is None and (found := draw()) is not None:
            self.put(key, found)
        return found
