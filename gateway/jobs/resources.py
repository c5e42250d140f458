"""What jobs work with, made once by the worker and found in each job's context."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from procrastinate import JobContext
from sqlalchemy import Engine

from gateway.exports.files import ExportFiles
from gateway.settings import GatewaySettings
from gateway.signing import Signer, open_signer
from gateway.storage import Storage, open_storage
from gateway.tickets.port import TicketSource
from gateway.tickets.sources import open_source


@dataclass(frozen=True)
class Resources:
    """`exports_kept` is how long an export's file can be fetched; `signer` signs reports, which are kept in `reports`;
    `tickets` is the support system, if there is one; messages are kept for `message_months`, 0 being for ever."""

    engine: Engine
    exports: ExportFiles
    exports_kept: timedelta
    signer: Signer
    reports: Storage
    tickets: TicketSource | None = None
    message_months: int = 0
    settings: GatewaySettings = field(default_factory=GatewaySettings, repr=False)

    @classmethod
    def of(cls, settings: GatewaySettings, engine: Engine) -> Resources:
        """Raises SettingsError where reports cannot be signed or kept as the settings say."""
        exports, kept = ExportFiles(settings.export_folder), timedelta(days=settings.export_days)
        return cls(
            engine,
            exports,
            kept,
            open_signer(settings),
            open_storage(settings),
            open_source(settings),
            settings.message_months,
            settings,
        )


def resources_of(context: JobContext) -> Resources:
    found = context.additional_context["resources"]
    if not isinstance(found, Resources):
        raise TypeError("the worker gave its tasks no resources")
    return found
