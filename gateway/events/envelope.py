"""How an event is written: CloudEvents 1.0, structured mode, JSON."""

from __future__ import annotations

import orjson

from gateway.domain.moments import rfc3339
from gateway.store.outbox import Owed

MEDIA_TYPE = "application/cloudevents+json"
SOURCE = "urn:customer-portal:gateway"
QBR_EXPORTED = "customer-portal.qbr.exported.v1"


def envelope(event: Owed, source: str = SOURCE) -> bytes:
    """The same bytes each time it is told. `source` is this installation: ids are unique within it."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(event.event_id),
            "source": source,
            "type": event.event_type,
            "subject": event.subject,
            "time": rfc3339(event.at),
            "datacontenttype": "application/json",
            "tenantid": str(event.tenant_id),
            "data": event.data,
        }
    )
