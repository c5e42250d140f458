"""Keys and their use in the API's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from gateway.api.models import api_keys as models
from gateway.domain import api_keys as rules
from gateway.store.api_key_usage import DayOfUse
from gateway.store.api_keys import KeyRow


@dataclass(frozen=True, slots=True)
class UsageByKey:
    """The use of several keys over the same days; one that was not used has zeros."""

    first: date
    days: int
    found: dict[UUID, models.RecentUse]

    def of(self, key_id: UUID) -> models.RecentUse:
        empty = models.RecentUse(first_day=self.first, calls=[0] * self.days, refused=[0] * self.days)
        return self.found.get(key_id, empty)


def usage_by_key(found: Sequence[DayOfUse], first: date, last: date) -> UsageByKey:
    """Every day from `first` to `last`, both included."""
    by_key = UsageByKey(first, (last - first).days + 1, {})
    for item in found:
        use = by_key.found.setdefault(item.key_id, by_key.of(item.key_id))
        use.calls[(item.day - first).days] = item.calls
        use.refused[(item.day - first).days] = item.refused
    return by_key


def presented(row: KeyRow, use: models.RecentUse, now: datetime) -> models.ApiKey:
    """A key as it is shown at `now`."""
    status = rules.status_of(now, expires_at=row.expires_at, revoked_at=row.revoked_at, works_until=row.works_until)
    warnings = rules.warnings_of(
        now,
        status,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
    return models.ApiKey.model_validate(
        {
            "key_id": str(row.key_id),
            "name": row.name,
            "mode": row.mode,
            "scopes": list(row.scopes),
            "prefix": row.prefix,
            "last_four": row.last_four,
            "status": status.value,
            "warnings": [warning.value for warning in warnings],
            "allowed_ips": [str(each) for each in row.allowed_ips],
            "created_by": row.creator,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "revoked_at": row.revoked_at,
            "works_until": row.works_until,
            "rotated_from": str(row.rotated_from) if row.rotated_from else None,
            "successor_id": str(row.successor_id) if row.successor_id else None,
            "last_used_at": row.last_used_at,
            "recent_use": use,
        }
    )
