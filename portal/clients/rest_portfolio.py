"""Internal users' accounts and their health over REST: ``/v1/internal/tenants``, ``/v1/internal/health``."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.ticket_answers import read_tickets
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import NotFound
from portal.domain.health import (
    Band,
    Health,
    HealthBasis,
    HealthInput,
    HealthPart,
    NpsComment,
    PartChange,
    TenantHealth,
    WeekChange,
)
from portal.domain.notes import LastNote
from portal.domain.params import as_uuid
from portal.domain.portfolio import DotSums, LatestHealth, PortfolioFilter, Tenant, TenantDot, TenantDots, TenantPage
from portal.domain.tenants import Arrears, IncidentKind, TenantIncident, TenantOverview
from portal.domain.tickets import Tickets

_TENANTS = "/v1/internal/tenants"
_DOTS = "/v1/internal/health/scatter"
# A band is a value in one place of the answers, and a name in this one.
_COUNTED = {Band.AT_RISK: "atRisk", Band.WATCH: "watch", Band.HEALTHY: "healthy", Band.UNKNOWN: "unknown"}
_COLUMNS = ("tenantId", "name", "score", "spend30d", "currency", "messages30d")


class RestPortfolio:
    """:class:`portal.domain.ports.PortfolioPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_tenants(
        self, wanted: PortfolioFilter, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> TenantPage:
        asked = [*wanted.narrowing(), ("sort", wanted.sort.value), ("order", wanted.order)]
        asked += [("limit", str(limit)), ("cursor", cursor or "")]
        body = self._upstream.get(_TENANTS, asked, actor=actor)
        with decode.answer():
            return TenantPage(
                items=tuple(_tenant(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
                bands=band_counts(body["bands"]),
            )

    def list_dots(self, wanted: PortfolioFilter, *, most: int, actor: Actor) -> TenantDots:
        body = self._upstream.get(_DOTS, [*wanted.narrowing(), ("sample", str(most))], actor=actor)
        with decode.answer():
            columns = [decode.items(body[name]) for name in _COLUMNS]
            return TenantDots(
                items=tuple(
                    TenantDot(
                        tenant_id=_tenant_id(tenant_id),
                        name=decode.text(name),
                        score=decode.number(score),
                        spend=decode.number(spend),
                        currency=decode.text(currency),
                        messages=decode.integer(messages),
                    )
                    for tenant_id, name, score, spend, currency, messages in zip(*columns, strict=True)
                ),
                sums=tuple(_sums(each) for each in decode.items(body["sums"])),
            )

    def get_tenant(self, tenant_id: str, *, actor: Actor) -> TenantOverview:
        body = self._upstream.get(_path(tenant_id), actor=actor)
        with decode.answer():
            arrears = body["arrears"]
            return TenantOverview(
                listed=_tenant(body),
                held_now=decode.integer(body["heldNow"]),
                arrears=None if arrears is None else _arrears(decode.mapping(arrears)),
                incidents=tuple(
                    _incident(each)
                    for each in decode.items(body["incidents"])
                    if decode.text(each["kind"]) in set(IncidentKind)
                ),
            )

    def list_tickets(self, tenant_id: str, *, actor: Actor) -> Tickets:
        body = self._upstream.get(f"{_path(tenant_id)}/tickets", actor=actor)
        with decode.answer():
            return read_tickets(body)

    def link_tickets(self, tenant_id: str, organisation: str | None, *, actor: Actor) -> None:
        path = f"{_path(tenant_id)}/ticket-organisation"
        self._upstream.put(path, {"organisation": organisation}, actor=actor)

    def start_preview(self, tenant_id: str, role: str, *, actor: Actor) -> None:
        self._upstream.post(f"{_path(tenant_id)}/preview", {"role": role}, actor=actor)

    def get_health(self, tenant_id: str, *, actor: Actor) -> TenantHealth:
        body = self._upstream.get(f"{_path(tenant_id)}/health", actor=actor)
        with decode.answer():
            found = body["health"]
            return TenantHealth(
                tenant_id=_tenant_id(body["tenantId"]),
                name=decode.text(body["name"]),
                is_demo=decode.flag(body["isDemo"]),
                health=None if found is None else _health(decode.mapping(found)),
                series=_scores(body["series"]),
            )


def _path(tenant_id: str) -> str:
    # Exactly the form the platform gives them: anything else names nothing, and is not worth a question.
    if as_uuid(tenant_id) != tenant_id:
        raise NotFound("tenant")
    return f"{_TENANTS}/{quote(tenant_id, safe='')}"


def _sums(body: Json) -> DotSums:
    return DotSums(
        currency=decode.text(body["currency"]),
        tenants=decode.integer(body["tenants"]),
        at_risk=decode.integer(body["atRisk"]),
        at_risk_spend=decode.number(body["atRiskSpend"]),
    )


def band_counts(body: object) -> dict[Band, int]:
    """``{"atRisk": 3, …}``."""
    counts = decode.mapping(body)
    return {band: decode.integer(counts[_COUNTED[band]]) for band in Band}


def _tenant_id(value: object) -> str:
    found = as_uuid(decode.text(value))
    if found is None:
        raise decode.Malformed("tenant's id expected")
    return found


def _scores(value: object) -> tuple[float | None, ...]:
    return tuple(decode.maybe_number(score) for score in decode.items(value))


def _tenant(body: Json) -> Tenant:
    health, note = body["health"], body.get("lastNote")
    return Tenant(
        tenant_id=_tenant_id(body["tenantId"]),
        name=decode.text(body["name"]),
        is_demo=decode.flag(body["isDemo"]),
        messages=decode.integer(body["messages30d"]),
        delivery_rate=decode.maybe_number(body.get("deliveryRate30d")),
        spend=decode.money(body["spend30d"]),
        spend_change=decode.maybe_number(body.get("spendChange")),
        open_tickets=_maybe_integer(body.get("openTickets")),
        health=None if health is None else _latest(decode.mapping(health)),
        last_note=None if note is None else _last_note(decode.mapping(note)),
    )


def _last_note(body: Json) -> LastNote:
    return LastNote(decode.text(body["beginning"]), decode.text(body["authorName"]), decode.instant(body["at"]))


def _arrears(body: Json) -> Arrears:
    return Arrears(invoices=decode.integer(body["invoices"]), due=decode.money(body["due"]))


def _incident(body: Json) -> TenantIncident:
    return TenantIncident(
        kind=IncidentKind(decode.text(body["kind"])),
        starts_at=decode.instant(body["startsAt"]),
        ends_at=decode.maybe_instant(body.get("endsAt")),
        about=decode.maybe_text(body.get("about")),
        about_id=decode.maybe_text(body.get("aboutId")),
        reason=decode.maybe_text(body.get("reason")),
    )


def _maybe_integer(value: object) -> int | None:
    return None if value is None else decode.integer(value)


def _latest(body: Json) -> LatestHealth:
    driver = decode.maybe_text(body.get("driver"))
    return LatestHealth(
        day=decode.day(body["day"]),
        score=decode.maybe_number(body.get("score")),
        band=Band(decode.text(body["band"])),
        known_weight=decode.integer(body["knownWeight"]),
        driver=None if driver is None else HealthInput(driver),
        driver_effect=decode.number(body["driverEffect"]),
        change_7d=decode.maybe_number(body.get("change7d")),
        change_30d=decode.maybe_number(body.get("change30d")),
        series=_scores(body["series"]),
    )


def _health(body: Json) -> Health:
    week = body["sinceLastWeek"]
    return Health(
        day=decode.day(body["day"]),
        start=decode.day(body["from"]),
        score=decode.maybe_number(body.get("score")),
        band=Band(decode.text(body["band"])),
        known_weight=decode.integer(body["knownWeight"]),
        weights_version=decode.integer(body["weightsVersion"]),
        computed_at=decode.instant(body["computedAt"]),
        parts=tuple(_part(part) for part in decode.items(body["parts"])),
        basis=_basis(decode.mapping(body["basis"])),
        since_last_week=None if week is None else _week(decode.mapping(week)),
        answers=tuple(_comment(answer) for answer in decode.items(body["answers"])),
        spend=decode.money(body["spend"]),
        spend_change=decode.maybe_number(body.get("spendChange")),
    )


def _part(body: Json) -> HealthPart:
    return HealthPart(
        name=HealthInput(decode.text(body["input"])),
        value=decode.maybe_number(body.get("value")),
        points=decode.maybe_number(body.get("points")),
        weight=decode.integer(body["weight"]),
        share=decode.number(body["share"]),
        effect=decode.number(body["effect"]),
    )


def _basis(body: Json) -> HealthBasis:
    return HealthBasis(
        messages=decode.integer(body["messages"]),
        delivered=decode.integer(body["delivered"]),
        rated=decode.integer(body["rated"]),
        withheld=decode.integer(body["withheld"]),
        late_days=decode.maybe_number(body.get("lateDays")),
        invoices=decode.integer(body["invoices"]),
        tickets=_maybe_integer(body.get("tickets")),
        open_tickets=_maybe_integer(body.get("openTickets")),
        promoters=decode.integer(body["promoters"]),
        detractors=decode.integer(body["detractors"]),
        answers=decode.integer(body["answers"]),
    )


def _week(body: Json) -> WeekChange:
    return WeekChange(
        day=decode.day(body["day"]),
        score=decode.number(body["score"]),
        change=decode.number(body["change"]),
        weights_changed=decode.flag(body["weightsChanged"]),
        parts=tuple(
            PartChange(
                name=HealthInput(decode.text(part["input"])),
                points_before=decode.maybe_number(part.get("pointsBefore")),
                points=decode.maybe_number(part.get("points")),
                change=decode.number(part["change"]),
            )
            for part in decode.items(body["parts"])
        ),
    )


def _comment(body: Json) -> NpsComment:
    return NpsComment(
        at=decode.instant(body["at"]), score=decode.integer(body["score"]), comment=decode.text(body["comment"])
    )
