"""The tenants an internal user looks after, each with its latest health score: one row of `health_current` each.

The database shows an internal user only what is theirs; `assigned_to` (None for a platform admin) says it once more.
Traffic and money are those of the 30 days behind the score. Rollups stay behind the tenant's own wall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

SORTS: Mapping[str, str] = {
    "name": "lower(t.name)",
    "score": "c.score",
    "change7d": "c.change_7d",
    "change30d": "c.change_30d",
    "messages": "coalesce(c.messages, 0)::numeric",
    "deliveryRate": "c.delivery_rate",
    "spend": "coalesce(c.spend, 0)",
    "spendChange": "c.spend_change",
    "openTickets": "c.open_tickets::numeric",
}
"""What the list can be sorted by → SQL. What has no value comes last, whichever way."""


BEGINNING = 400
"""How much of a tenant's last note is told, in characters."""


@dataclass(frozen=True, slots=True)
class TenantFilter:
    """Which tenants are meant; empty is no filter. `name` is part of it, in whatever capitals."""

    assigned_to: UUID | None
    name: str = ""
    bands: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """A tenant's latest score. `series` has 90 days up to `day`, None for days without a score."""

    day: date
    score: Decimal | None
    band: str
    known_weight: int
    driver: str | None
    driver_effect: Decimal
    change_7d: Decimal | None
    change_30d: Decimal | None
    series: list[Decimal | None]


@dataclass(frozen=True, slots=True)
class LastNote:
    """The newest note about a tenant; `beginning` is at most `BEGINNING` characters of it, as it was written."""

    note_id: UUID
    beginning: str
    author_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ListedTenant:
    """`health` is None before the tenant's first night, `last_note` while nobody has written one. `sort_key` is where
    it stands in the list, as text."""

    tenant_id: UUID
    name: str
    is_demo: bool
    currency: str
    health: Health | None
    messages: int
    delivery_rate: Decimal | None
    spend: Decimal
    spend_change: Decimal | None
    open_tickets: int | None
    last_note: LastNote | None
    sort_key: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A tenant in the scatter of health against spend."""

    tenant_id: UUID
    name: str
    score: Decimal
    spend: Decimal
    messages: int
    currency: str


_FROM = """
    FROM tenants t LEFT JOIN health_current c ON c.tenant_id = t.tenant_id
    WHERE (CAST(:assigned_to AS uuid) IS NULL
           OR EXISTS (SELECT FROM tam_assignments a WHERE a.tenant_id = t.tenant_id AND a.user_id = :assigned_to))
      AND (:name = '' OR strpos(lower(t.name), lower(:name)) > 0)
      AND (CAST(:drivers AS text[]) IS NULL OR c.driver = ANY (:drivers))"""
_BANDS = "AND (CAST(:bands AS text[]) IS NULL OR coalesce(c.band, 'unknown') = ANY (:bands))"
_HEALTH = "c.day, c.score, c.band, c.known_weight, c.driver, c.driver_effect, c.change_7d, c.change_30d, c.series"


def list_tenants(
    connection: Connection,
    wanted: TenantFilter,
    *,
    sort: str,
    descending: bool,
    limit: int,
    after: tuple[str, UUID] | None = None,
    only: UUID | None = None,
) -> list[ListedTenant]:
    """One page in the order of `sort` (of SORTS), equal ones by id. `after` is (sort_key, id) of the one before it;
    `only` is the one tenant looked for."""
    expression, kind = SORTS[sort], "text" if sort == "name" else "numeric"
    if kind == "numeric":
        # What has no value is beyond every value.
        expression = f"coalesce({expression}, '{'-' if descending else ''}Infinity'::numeric)"
    after_key, after_id = after or (None, None)
    beyond, way = ("<", "DESC") if descending else (">", "ASC")
    # The notes of the page's tenants alone are looked for, each by its index.
    statement = text(f"""
        SELECT p.*, n.note_id, left(n.body, :beginning), n.author_name, n.created_at FROM (
        SELECT t.tenant_id, t.name, t.is_demo, t.currency, {_HEALTH}, coalesce(c.messages, 0), c.delivery_rate,
               coalesce(c.spend, 0), c.spend_change, c.open_tickets,
               ({expression})::text AS sort_key, {expression} AS place
        {_FROM} {_BANDS} {"" if only is None else "AND t.tenant_id = :only"}
          AND (CAST(:after_id AS uuid) IS NULL OR {expression} {beyond} CAST(:after_key AS {kind})
               OR ({expression} = CAST(:after_key AS {kind}) AND t.tenant_id > :after_id))
        ORDER BY {expression} {way}, t.tenant_id LIMIT :limit) p
        LEFT JOIN LATERAL (
            SELECT note_id, body, author_name, created_at FROM tenant_notes
            WHERE tenant_id = p.tenant_id AND deleted_at IS NULL ORDER BY note_id DESC LIMIT 1) n ON true
        ORDER BY p.place {way}, p.tenant_id""")  # noqa: S608 — of the constants above
    values = {**_values(wanted), "after_key": after_key, "after_id": after_id, "limit": limit, "beginning": BEGINNING}
    if only is not None:
        values["only"] = only
    return [_listed(row) for row in connection.execute(statement, values)]


def get_tenant(connection: Connection, tenant_id: UUID, *, assigned_to: UUID | None = None) -> ListedTenant | None:
    """One tenant as the list shows it; None when it is not there, or not in the care of `assigned_to`."""
    wanted = TenantFilter(assigned_to)
    found = list_tenants(connection, wanted, sort="name", descending=False, limit=1, only=tenant_id)
    return found[0] if found else None


_COUNT = text(f"SELECT coalesce(c.band, 'unknown') AS band, count(*) AS tenants {_FROM} GROUP BY 1")


def count_bands(connection: Connection, wanted: TenantFilter) -> dict[str, int]:
    """How many tenants lie in each band, whichever bands are asked for."""
    return {row.band: row.tenants for row in connection.execute(_COUNT, _values(wanted))}


_SCORED = f"SELECT t.tenant_id, t.name, c.score, c.spend, c.messages, t.currency, c.band {_FROM} {_BANDS} AND c.score IS NOT NULL"  # noqa: E501
_SUMS = text(f"""
    SELECT currency, count(*), count(*) FILTER (WHERE band = 'at_risk'),
           coalesce(sum(spend) FILTER (WHERE band = 'at_risk'), 0)
    FROM ({_SCORED}) AS fit GROUP BY currency ORDER BY count(*) DESC, currency DESC""")  # noqa: S608 — of the constants above
_CHOSEN = f"FROM ({_SCORED}) AS fit WHERE CAST(:currency AS text) IS NULL OR currency = :currency"
_COLUMNS = "tenant_id, name, score, spend, messages, currency"
_DOTS = text(f"SELECT {_COLUMNS} {_CHOSEN} ORDER BY messages DESC, tenant_id LIMIT :limit")
_SAMPLE = text(f"""
    SELECT {_COLUMNS} {_CHOSEN} ORDER BY (band = 'at_risk') DESC, spend DESC, tenant_id LIMIT :limit""")


@dataclass(frozen=True, slots=True)
class DotSums:
    """Of the tenants with a score that are charged in one currency: how many, how many at risk, what those spend."""

    currency: str
    tenants: int
    at_risk: int
    at_risk_spend: Decimal


def sum_dots(connection: Connection, wanted: TenantFilter) -> list[DotSums]:
    """By currency, the commonest first."""
    return [DotSums(*row) for row in connection.execute(_SUMS, _values(wanted))]


def list_dots(
    connection: Connection, wanted: TenantFilter, *, limit: int, currency: str | None = None, sample: bool = False
) -> list[Dot]:
    """The tenants with a score, those with most messages first. `sample`: those at risk first, and then those that
    spend most, which is what a picture with room for some has to show."""
    values = {**_values(wanted), "limit": limit, "currency": currency}
    return [Dot(*row) for row in connection.execute(_SAMPLE if sample else _DOTS, values)]


def _values(wanted: TenantFilter) -> dict[str, Any]:
    return {
        "assigned_to": wanted.assigned_to,
        "name": wanted.name,
        "bands": _given(wanted.bands),
        "drivers": _given(wanted.drivers),
    }


def _given(values: Sequence[str]) -> list[str] | None:
    return list(values) or None


def _listed(row: Any) -> ListedTenant:
    health = Health(*row[4:13]) if row[4] is not None else None
    tenant_id, name, is_demo, currency = row[:4]
    messages, delivery_rate, spend, spend_change, open_tickets, sort_key = row[13:19]
    note = LastNote(*row[20:24]) if row[20] is not None else None
    return ListedTenant(
        tenant_id,
        name,
        is_demo,
        currency,
        health,
        messages,
        delivery_rate,
        spend,
        spend_change,
        open_tickets,
        note,
        sort_key,
    )
