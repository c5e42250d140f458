"""Waiting until others wait."""

from __future__ import annotations

import threading
from collections.abc import Hashable

import pytest

from portal.flights import Flights


def wait_for_company(flights: Flights, key: Hashable, count: int) -> None:
    """Until so many threads wait for what is being found under ``key``."""
    condition = flights._under_way[key]._condition
    end = threading.Event()
    for _ in range(3000):
        with condition:
            if len(condition._waiters) >= count:  # type: ignore[attr-defined]
                return
        end.wait(0.01)
    pytest.fail("nobody joined")
