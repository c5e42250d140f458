"""What this process knows of tenants' revisions: told by one listener, looked at by all streams of browsers.

A number on it is as new as the platform's while the listener is connected, and forgotten when it is not: nothing that
was missed in between can look like the newest.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

Feed = Literal["away", "live", "absent"]

MOST_KNOWN = 20_000


class RevisionBoard:
    """Safe for threads. ``on_news(tenant_id)`` is called for every tenant of which something new became known, and with
    None when the listener came or went; neither from within a lock."""

    def __init__(self, on_news: Callable[[str | None], None] = lambda _tenant_id: None) -> None:
        self._on_news = on_news
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._known: OrderedDict[str, int | None] = OrderedDict()
        self._feed: Feed = "away"
        self._era = 0

    @property
    def feed(self) -> Feed:
        """``live`` while the listener is connected, ``away`` while it tries, ``absent`` where there is nothing to
        listen to."""
        return self._feed

    @property
    def era(self) -> int:
        """Another number after each time that the listener came or went."""
        return self._era

    def wait_until_settled(self, seconds: float) -> None:
        """Until it is known for the first time whether there is something to listen to; so many seconds at most."""
        self._settled.wait(seconds)

    def expect(self, tenant_id: str) -> tuple[int | None, int]:
        """From now on what is told about this tenant is kept. Returns what is known, and the era to give to
        ``learn``: ask the platform after this and not before, and nothing falls between the two."""
        with self._lock:
            known = self._known.setdefault(tenant_id, None)
            self._known.move_to_end(tenant_id)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            return (known if self._feed == "live" else None), self._era

    def learn(self, tenant_id: str, revision: int, era: int) -> None:
        """What the platform answered to who asked in ``era``; of an earlier one it may be old, and is left out."""
        self._note(tenant_id, revision, era)

    def told(self, tenant_id: str, revision: int) -> None:
        """What the listener heard. Of tenants that nobody asked about nothing is kept."""
        self._note(tenant_id, revision, None)

    def connected(self) -> None:
        self._become("live")

    def lost(self) -> None:
        self._become("away")

    def absent(self) -> None:
        self._become("absent")

    def _note(self, tenant_id: str, revision: int, era: int | None) -> None:
        with self._lock:
            if self._feed != "live" or tenant_id not in self._known or era not in (None, self._era):
                return
            known = self._known[tenant_id]
            if known is not None and known >= revision:
                return
            self._known[tenant_id] = revision
        self._on_news(tenant_id)

    def _become(self, feed: Feed) -> None:
        with self._lock:
            changed = self._feed != feed
            self._feed = feed
            # Also when it was live already: between two connections something may have been missed.
            self._era += 1
            for tenant_id in self._known:
                self._known[tenant_id] = None
        self._settled.set()
        if changed or feed == "live":
            self._on_news(None)
