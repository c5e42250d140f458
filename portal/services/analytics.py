"""Seeing how traffic is doing."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.ports import AccountPort, AnalyticsPort


@dataclass(frozen=True, slots=True)
class AnalyticsService:
    """What people ask about their traffic."""

    port: AnalyticsPort
    account: AccountPort
