"""Internal users' list of the tenants they look after."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import cast
from uuid import UUID

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_actor, principal
from gateway.api.documents import answers, blueprint
from gateway.api.models import portfolio as models
from gateway.api.models.shape import Money
from gateway.api.problems import invalid
from gateway.api.replies import reply
from gateway.store.portfolio import (
    Health,
    LastNote,
    ListedTenant,
    TenantFilter,
    count_bands,
    list_dots,
    list_tenants,
    sum_dots,
)

api = blueprint("portfolio", __name__, "Customer success")

MOST_DOTS = 10_000
_NUMBER = re.compile(r"-?(\d{1,40}(\.\d{1,40})?|Infinity)")


@api.get("/internal/tenants", responses=answers(models.Tenants))
def list_internal_tenants(query: models.TenantsQuery) -> Response:
    """Tenants with their latest health scores: a TAM's own, all for a platform admin"""
    wanted = _wanted(query)
    described = f"tenants:{principal().user_id}:{query.sort}:{query.order}:{wanted}"
    after = _after(query, described) if query.cursor else None
    with open_actor() as connection:
        found = list_tenants(
            connection,
            wanted,
            sort=query.sort,
            descending=query.order == "desc",
            limit=query.limit + 1,
            after=after,
        )
        bands = count_bands(connection, wanted)
    shown = found[: query.limit]
    last = shown[-1] if len(found) > query.limit else None
    return reply(
        models.Tenants(
            items=[item(tenant) for tenant in shown],
            next_cursor=cursors.from_name(last.sort_key, last.tenant_id, described) if last else None,
            bands=band_counts(bands),
        )
    )


@api.get("/internal/health/scatter", responses=answers(models.TenantDots))
def list_tenant_dots(query: models.DotsQuery) -> Response:
    """Health against spend and volume of the same tenants, as columns"""
    wanted, sampled = _wanted(query), query.sample is not None
    most = query.sample or MOST_DOTS
    with open_actor() as connection:
        sums = sum_dots(connection, wanted)
        commonest = sums[0].currency if sampled and sums else None
        shown = list_dots(connection, wanted, limit=most, currency=commonest, sample=sampled)
    return reply(
        models.TenantDots(
            tenant_id=[str(dot.tenant_id) for dot in shown],
            name=[dot.name for dot in shown],
            score=[float(dot.score) for dot in shown],
            spend_30d=[float(dot.spend) for dot in shown],
            currency=[dot.currency for dot in shown],
            messages_30d=[dot.messages for dot in shown],
            left_off=len(shown) < sum(each.tenants for each in sums),
            sums=[
                models.DotSums(
                    currency=each.currency,
                    tenants=each.tenants,
                    at_risk=each.at_risk,
                    at_risk_spend=float(each.at_risk_spend),
                )
                for each in sums
            ],
        )
    )


def band_counts(counted: dict[str, int]) -> models.BandCounts:
    return models.BandCounts(**{name: counted.get(name, 0) for name in models.BandCounts.model_fields})


def number(value: Decimal | None) -> float | None:
    return float(value) if value is not None else None


def _wanted(query: models.TenantsFilter) -> TenantFilter:
    return TenantFilter(
        principal().assignments_of, query.q.strip(), tuple(sorted(query.band)), tuple(sorted(query.driver))
    )


def _after(query: models.TenantsQuery, described: str) -> tuple[str, UUID]:
    key, tenant_id = cursors.to_name(query.cursor or "", described)
    if "\0" in key or (query.sort != "name" and not _NUMBER.fullmatch(key)):
        raise invalid("cursor", "cursor", "This cursor does not belong to this query; start again without it.")
    return key, tenant_id


def item(tenant: ListedTenant) -> models.TenantItem:
    """A tenant as lists show it."""
    return models.TenantItem(
        tenant_id=str(tenant.tenant_id),
        name=tenant.name,
        is_demo=tenant.is_demo,
        messages_30d=tenant.messages,
        delivery_rate_30d=number(tenant.delivery_rate),
        spend_30d=Money.of(tenant.spend, tenant.currency),
        spend_change=number(tenant.spend_change),
        open_tickets=tenant.open_tickets,
        health=_health(tenant.health) if tenant.health is not None else None,
        last_note=_note(tenant.last_note) if tenant.last_note is not None else None,
    )


def _note(note: LastNote) -> models.LastNote:
    return models.LastNote(
        note_id=str(note.note_id), beginning=note.beginning, author_name=note.author_name, at=note.at
    )


def _health(health: Health) -> models.TenantHealth:
    return models.TenantHealth(
        day=health.day,
        score=number(health.score),
        band=cast(models.BandName, health.band),
        known_weight=health.known_weight,
        driver=cast(models.InputName | None, health.driver),
        driver_effect=float(health.driver_effect),
        change_7d=number(health.change_7d),
        change_30d=number(health.change_30d),
        series=[number(score) for score in health.series],
    )
