"""What handlers need from outside, kept with the application: no module globals, so several can live in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import current_app

from gateway.api.turns import Turns
from gateway.identity.sealing import Sealer
from gateway.settings import GatewaySettings
from gateway.storage import Storage
from gateway.store.connections import Engine
from gateway.store.replica import Replica
from gateway.tickets.desk import Desk
from gateway.webhooks.addresses import Resolve, system_resolve

if TYPE_CHECKING:
    from gateway.api.access import Principal
    from gateway.api.call_leases import Leases
    from gateway.api.key_usage import KeyUsage

EXTENSION = "gateway-api"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Dependencies:
    """`verify` turns a bearer token into its caller, None when it cannot be believed; `sealer` seals what is kept for
    our eyes only; `key_usage` counts calls made with keys; `leases` has what may be answered within the limits;
    `reports` keeps their files; `now` is the clock (UTC); `resolve` asks for a name's addresses; `tickets` asks the
    support system; `replica` answers what it may, if there is one; `turns` are those of calls that send."""

    settings: GatewaySettings
    engine: Engine
    verify: Callable[[str], Principal | None] = field(repr=False)
    sealer: Sealer = field(repr=False)
    key_usage: KeyUsage = field(repr=False)
    leases: Leases = field(repr=False)
    reports: Storage = field(repr=False)
    now: Callable[[], datetime] = utc_now
    resolve: Resolve = system_resolve
    tickets: Desk = field(default_factory=lambda: Desk(None), repr=False)
    replica: Replica | None = field(default=None, repr=False)
    turns: Turns = field(default_factory=Turns, repr=False)


def dependencies() -> Dependencies:
    """Those of the current application."""
    found: Dependencies = current_app.extensions[EXTENSION]
    return found
