"""Drawing a thing once: a view that is looked at again, by the same person or the next, costs nothing anew.

What is remembered lives as long as the thing itself, which is compared by identity, so nobody can be given another's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

Thing = TypeVar("Thing")
Drawing = TypeVar("Drawing")


def once(draw: Callable[[Thing], Drawing]) -> Callable[[Thing], Drawing]:
    """``draw`` with its results kept. They are shared: whoever gets one must not change it."""
    kept: WeakKeyDictionary[Thing, Drawing] = WeakKeyDictionary()

    @wraps(draw)
    def drawn(thing: Thing) -> Drawing:
        found = kept.get(thing)
        if found is None:
            found = kept[thing] = draw(thing)
        return found

    return drawn
