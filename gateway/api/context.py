"""What handlers need from outside, kept with the application: no module globals, so several can live in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import current_app

from gateway.settings import GatewaySettings
from gateway.store.connections import Engine

if TYPE_CHECKING:
    from gateway.api.access import Principal

EXTENSION = "gateway-api"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Dependencies:
    """`verify` turns a bearer token into its caller, None when it cannot be believed; `now` is the clock (UTC)."""

    settings: GatewaySettings
    engine: Engine
    verify: Callable[[str], Principal | None] = field(repr=False)
    now: Callable[[], datetime] = utc_now


def dependencies() -> Dependencies:
    """Those of the current application."""
    found: Dependencies = current_app.extensions[EXTENSION]
    return found
