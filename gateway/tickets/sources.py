"""Which support system it is."""

from __future__ import annotations

from gateway.settings import GatewaySettings
from gateway.tickets import help_scout, zendesk
from gateway.tickets.port import TicketSource


def open_source(settings: GatewaySettings) -> TicketSource | None:
    """The system that the settings name; None where there is none."""
    if settings.tickets == zendesk.NAME:
        return zendesk.Zendesk.from_settings(settings)
    if settings.tickets == help_scout.NAME:
        return help_scout.HelpScout.from_settings(settings)
    return None
