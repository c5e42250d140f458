"""What a storage does. Files are whole or not there, and known by a key: `<tenant>/<name>`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

_KEY = re.compile(r"[0-9a-z][0-9a-z-]{0,63}/[0-9a-z][0-9a-z-]*(\.[0-9a-z]+)*")
_MADE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-z-]+\.[0-9]+\.[a-z]+(\.part)?")


class StorageUnavailable(RuntimeError):
    """It cannot be stored, or removed, now: worth trying again."""


class Storage(Protocol):
    """Each call raises StorageUnavailable where the storage does not answer, or refuses."""

    def put(self, key: str, content: bytes) -> None:
        """Keep a PDF under `key`, in place of what may be there."""
        ...

    def remove(self, key: str) -> None:
        """Forget what is under `key`; nothing there is fine."""
        ...

    def sweep(self, wanted: Callable[[], Iterable[str]]) -> int:
        """Remove every file of a tenant's attempt (`may_sweep`) that `wanted` does not name; how many. What there is is
        listed before `wanted` is asked, so that what appears meanwhile is left alone."""
        ...

    def address(self, key: str, *, name: str, until: datetime) -> str | None:
        """An address by which anybody fetches the file as `name` until then; None where the API hands it out itself."""
        ...


def checked(key: str) -> str:
    """`key`, when it is one. Raises ValueError: nothing that leads elsewhere is ever a key."""
    if not _KEY.fullmatch(key) or len(key) > 200:
        raise ValueError("a key is <tenant>/<name>, of small letters, digits, dashes and single dots")
    return key


def may_sweep(key: str) -> bool:
    """Whether a file has a name that only the platform gives: `<tenant's id>/<id>.<attempt>.<format>`, or is a draft of
    one. A folder or a prefix may hold other things, which are nobody's to remove here."""
    return _MADE.fullmatch(key) is not None
