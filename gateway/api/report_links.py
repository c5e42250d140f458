"""Addresses by which the file of a report is fetched without a token: ours, or those that S3 signs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.api.access import principal
from gateway.api.context import dependencies
from gateway.api.links import LINK_LIFE, Purpose, link_to


def report_link(
    tenant_id: UUID, report_id: UUID, key: str, *, name: str, kept_until: datetime | None = None
) -> tuple[str, datetime]:
    """The address of the file under `key` of the storage, for some minutes and not beyond `kept_until`; until when.

    `name` is what it is saved as: ASCII letters, digits, `.`, `_` and `-`. Raises StorageUnavailable.
    """
    own = dependencies()
    until = min(own.now() + LINK_LIFE, kept_until or own.now() + LINK_LIFE).replace(microsecond=0)
    address = own.reports.address(key, name=name, until=until)
    if address is None:
        file = key.rpartition("/")[2]
        address = link_to(
            f"/v1/reports/files/{report_id}", Purpose.REPORT, signed_thing(report_id, file, name), tenant_id,
            principal().user_id, until, file=file, name=name,
        )  # fmt: skip
    return address, until


def signed_thing(report_id: UUID, file: str, name: str) -> str:
    """What an address of ours is signed for."""
    return f"{report_id}/{file}/{name}"
