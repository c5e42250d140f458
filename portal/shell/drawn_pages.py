"""Pages, parts of the frame around them and answers of callbacks that were drawn a moment ago, for whoever is shown the
very same.

What is drawn is kept under what it was made of (compared by identity: the answers of one account for those who may see
the same), the reader's locale, and all else that its loader says it depends on. Nothing of a person is in it: a page
with a form of its own, which carries the session's token, is drawn for each reader.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Final, Generic, Protocol, TypeVar
from weakref import ref

from portal.flights import Flights
from portal.shell.pieces import Drawn

#: Bytes of all kept pages together, as they are kept: some two hundred dashboards.
LARGEST: Final = 8 * 1024 * 1024
LARGEST_PARTS: Final = 4 * 1024 * 1024


class Sized(Protocol):
    """What knows how many bytes it takes to keep."""

    @property
    def size(self) -> int: ...


Thing = TypeVar("Thing", bound=Sized)
Key = tuple[Hashable, ...]
_Whole = tuple[Key, "ref[object] | None"]


class Room(Generic[Thing]):
    """The last things drawn, least recently shown first out. Safe for threads.

    ``of`` is what a thing was made of. It is not kept alive by it: numbers that newer ones have replaced go, and what
    was drawn of them goes with them.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Whole, tuple[Thing, ref[object] | None]] = OrderedDict()
        #: Keys of what is gone, which may be at any moment, also within the lock: whoever comes next takes them out.
        self._gone: deque[_Whole] = deque()
        self._size = 0
        self._flights = Flights()

    def get(self, key: Key, of: object = None) -> Thing | None:
        whole = _whole(key, of)
        with self._lock:
            found = self._kept.get(whole)
            if found is None:
                return None
            self._kept.move_to_end(whole)
            return found[0]

    def put(self, key: Key, thing: Thing, of: object = None) -> None:
        whole = _whole(key, of)
        watch = None if of is None else ref(of, lambda _: self._gone.append(whole))
        with self._lock:
            while self._gone:
                self._drop(self._gone.popleft())
            self._drop(whole)
            self._size += thing.size
            self._kept[whole] = thing, watch
            while self._size > self._largest and self._kept:
                self._drop(next(iter(self._kept)))

    def once(self, key: Key, draw: Callable[[], Thing | None], of: object = None) -> Thing | None:
        """What is kept for ``key`` and ``of``, drawn if it is not there: by the first who wants it, for all who want it
        before it is done. None from ``draw`` is not kept, and the others then draw for themselves."""
        led = False

        def lead() -> Thing | None:
            nonlocal led
            led = True
            drawn = self.get(key, of)
            if drawn is None and (drawn := draw()) is not None:
                self.put(key, drawn, of)
            return drawn

        found = self.get(key, of)
        if found is None:
            found = self._flights.ask(_whole(key, of), lead)
        return draw() if found is None and not led else found

    def _drop(self, whole: _Whole) -> None:
        before = self._kept.pop(whole, None)
        if before is not None:
            self._size -= before[0].size


def _whole(key: Key, of: object) -> _Whole:
    return key, None if of is None else ref(of)


class DrawnPages(Room[Drawn]):
    """Pages, or parts of them."""

    def __init__(self, largest: int = LARGEST) -> None:
        super().__init__(largest)
