"""Calls with an API key that the platform refused. Instants are aware, in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """One call: with which key, what was asked, and why it was refused. ``code`` is stable and machine-readable."""

    call_id: str
    at: dt.datetime
    key_name: str
    method: str
    route: str
    status: int
    code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class RefusedCallPage:
    """Some calls, newest first; ``next_cursor`` None: there are no more."""

    items: tuple[RefusedCall, ...]
    next_cursor: str | None
