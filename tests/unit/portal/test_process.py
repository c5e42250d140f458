"""What a process that serves people is set to."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from portal.process import LARGE

# What lies between large things keeps the heap from shrinking; the very large one, given back, is what makes the C library
# take more and more from there.
_HOLES = f"""
import sys
from portal import process

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

if sys.argv[1] == "settled":
    process.settle()
bytearray(16 * {LARGE})
between, large = [], []
for _ in range(1000):
    large.append(bytearray({LARGE} + 1))
    between.append(bytearray(2000))
full = resident()
large.clear()
print(full - resident())
"""


def _given_back(how: str) -> float:
    """The share of a thousand large things that the system has back; what was free in the heap before is filled first."""
    done = subprocess.run([sys.executable, "-c", _HOLES, how], capture_output=True, text=True, check=True)
    return int(done.stdout) / (1000 * LARGE)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has heaps of its own")
def test_memory_of_what_is_large_goes_back_to_the_system_at_once() -> None:
    assert _given_back("settled") > 0.6
    assert _given_back("as it is") < 0.3, "the C library does it by itself: the setting is not needed any more"
