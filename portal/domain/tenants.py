"""One account as an internal user needs it at a glance: how it does, what is held and owed, and what went wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.portfolio import Tenant


class IncidentKind(StrEnum):
    """What can have gone wrong, as the platform writes it down."""

    PLATFORM = "platform"
    WEBHOOK_DISABLED = "webhook_disabled"
    INVOICES_OVERDUE = "invoices_overdue"
    BALANCE_LOW = "balance_low"
    KEY_REVOKED = "key_revoked"


@dataclass(frozen=True, slots=True)
class TenantIncident:
    """``about`` is an operator, an endpoint's address or a key's name, ``about_id`` that endpoint's or key's id.

    ``reason`` is why an endpoint is no longer called (``gone``, ``failing``), or the key of an incident's title.
    """

    kind: IncidentKind
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None
    about: str | None = None
    about_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Arrears:
    """Everything that is overdue, together."""

    invoices: int
    due: Money


@dataclass(frozen=True, slots=True)
class TenantOverview:
    """An account as lists show it (``listed``), and what else is to be known at once.

    ``held_now`` are messages of whatever day that wait to be let go or blocked. ``incidents``: the latest first; those
    of a kind this portal does not know are left out.
    """

    listed: Tenant
    held_now: int
    arrears: Arrears | None
    incidents: tuple[TenantIncident, ...]
