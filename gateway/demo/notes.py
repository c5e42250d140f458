"""What the demo's manager wrote about some accounts; one note was changed afterwards, so that this is seen too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from gateway.store.connections import Connection
from gateway.store.notes import Writer, create_note, edit_note

_CALLED = """Called Maryam (operations):

- codes arrive late since the campaign began
- offers are blocked, nobody told them why"""
# Slug → how many days before the end, what was written, and what it was changed into a day later.
_WRITTEN: Mapping[str, tuple[tuple[int, str, str], ...]] = {
    "spinghar-wallet": (
        (30, "Moved their codes to us from their bank's sender. **Watch delivery** in the first weeks.", ""),
        (
            9,
            _CALLED,
            f"{_CALLED}\n\n> They look at another provider.\n\nNext: separate senders for codes and offers.",
        ),
    ),
    "demo-bank": ((21, "Their new core system goes live after Nawruz; *expect twice the codes*.", ""),),
    "pamir-pay": ((44, "پرداخت‌ها همیشه به‌موقع است. برای شهرهای شمال نرخ تازه می‌خواهند.", ""),),
}


def write(connection: Connection, tenants: Mapping[str, UUID], author: tuple[UUID, str], until: datetime) -> None:
    """Write those about accounts that were made (worker's connection)."""
    for slug, written in _WRITTEN.items():
        if slug not in tenants:
            continue
        for back, body, later in written:
            at = until - timedelta(days=back)
            note = create_note(connection, tenants[slug], body, Writer(*author, at))
            if later:
                edit_note(connection, tenants[slug], note, later, Writer(*author, at + timedelta(days=1)))
