"""What a process that serves people is set to, once everything stands."""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Final

#: Heaps that threads take their memory from. Left to itself the C library opens eight for each processor, and what one
#: thread gives back stays with that heap. There are some forty threads here, which answer now and then.
ARENAS: Final = 2
_M_ARENA_MAX: Final = -8
#: Bytes from which on something large (a page, what compresses it) is taken from the system by itself, and given back
#: to it when it is not used any more. Left to itself the C library takes ever larger things from its heaps, where they
#: leave holes.
LARGE: Final = 128 * 1024
_M_MMAP_THRESHOLD: Final = -3


def settle() -> None:
    """Call it when all that stays has been made, before requests are answered."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has none
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, ARENAS)
            mallopt(_M_MMAP_THRESHOLD, LARGE)
    # All that stands by now never becomes garbage; each full search through it made somebody's page slow.
    gc.collect()
    gc.freeze()
