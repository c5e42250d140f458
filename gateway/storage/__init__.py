"""Where files that the platform makes are kept: in a folder, or in S3."""

from gateway.storage.choice import open_storage
from gateway.storage.local import LocalFolder
from gateway.storage.port import Storage, StorageUnavailable

__all__ = ["LocalFolder", "Storage", "StorageUnavailable", "open_storage"]
