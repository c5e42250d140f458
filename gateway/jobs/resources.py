"""What jobs work with, made once by the worker and found in each job's context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from procrastinate import JobContext
from sqlalchemy import Engine

from gateway.exports.files import ExportFiles
from gateway.settings import GatewaySettings
from gateway.tickets.port import TicketSource
from gateway.tickets.sources import open_source


@dataclass(frozen=True)
class Resources:
    """`exports_kept` is how long an export's file can be fetched; `tickets` is the support system, if there is one."""

    engine: Engine
    exports: ExportFiles
    exports_kept: timedelta
    tickets: TicketSource | None = None

    @classmethod
    def of(cls, settings: GatewaySettings, engine: Engine) -> Resources:
        kept = timedelta(days=settings.export_days)
        return cls(engine, ExportFiles(settings.export_folder), kept, open_source(settings))


def resources_of(context: JobContext) -> Resources:
    found = context.additional_context["resources"]
    if not isinstance(found, Resources):
        raise TypeError("the worker gave its tasks no resources")
    return found
