"""The same thing wanted by several at the same time, found once.

A key names all that the thing depends on, and first of all whose it is, so nobody is ever given what was found for
somebody who may see something else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")

#: Longer than a page may take; who has waited this long finds it themselves and fails in their own words.
WAIT_SECONDS: Final = 5.0


class Flights:
    """What is being found. Safe for threads."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[Any]] = {}

    def ask(self, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` gives, run by the first who asks and given to all who ask before it is done.

        A failure is the first one's own (their token may be refused, their time may be up): the others then ask for
        themselves.
        """
        with self._lock:
            flight = self._under_way.get(key)
            leads = flight is None
            if flight is None:
                flight = self._under_way[key] = Future()
        if not leads:
            try:
                return cast(T, flight.result(self._wait_seconds))
            except Exception:
                return find()
        try:
            found = find()
        except BaseException as error:
            self._land(key)
            flight.set_exception(error)
            raise
        self._land(key)
        flight.set_result(found)
        return found

    def _land(self, key: Hashable) -> None:
        """Whoever asks from now on asks anew: what is on its way may be older than what they know of."""
        with self._lock:
            self._under_way.pop(key, None)
