"""The storage that the settings choose."""

from __future__ import annotations

from gateway.settings import GatewaySettings
from gateway.storage.local import LocalFolder
from gateway.storage.port import Storage


def open_storage(settings: GatewaySettings) -> Storage:
    """Where reports are kept; nobody is asked yet. Raises SettingsError where it cannot be used at all."""
    if settings.reports.storage == "s3":
        from gateway.storage.s3 import S3Bucket

        return S3Bucket(settings.reports)
    return LocalFolder(settings.report_folder)
