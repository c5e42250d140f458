"""Internal users' accounts in memory: in every band, with and without scores, with everything known and with little."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from portal.domain.actor import Actor
from portal.domain.errors import NotFound, PortalError
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
from portal.domain.money import Money
from portal.domain.notes import LastNote
from portal.domain.portfolio import DotSums, LatestHealth, PortfolioFilter, Tenant, TenantDot, TenantDots, TenantPage
from portal.domain.tenants import Arrears, IncidentKind, TenantIncident, TenantOverview
from portal.domain.tickets import Ticket, TicketPriority, Tickets, TicketsState, TicketStatus

DAY = dt.date(2026, 11, 19)
NAMES = ("Demo Bank", "روزنامه هشت صبح", "Kabul Mart", "شرکت ترانسپورت پامیر", "Ariana Clinics")
DRIVERS = (HealthInput.DELIVERY, HealthInput.PAYMENTS, None, HealthInput.HOLDS, HealthInput.TICKETS)
NOTES = ("Called **Farid**: the [sender](https://bank.example/) waits", "فردا دوباره تماس", "# Prices\n" + "long " * 60)
NOTED = dt.datetime(2026, 11, 18, 9, 0, tzinfo=dt.UTC)
#: What each input of the explained score takes, and what it has to do with the change.
EFFECTS = (
    (HealthInput.DELIVERY, 0.871, 48.4, 35, -21.3, -9.1),
    (HealthInput.HOLDS, 0.0123, 69.3, 15, -5.4, 1.2),
    (HealthInput.PAYMENTS, 12.5, 66.3, 20, -7.9, 0.0),
    (HealthInput.TICKETS, None, None, 15, 0.0, 0.0),
    (HealthInput.NPS, -20.0, 40.0, 15, -10.6, -2.2),
)


def tenant_id(number: int = 0) -> str:
    return f"00000000-0000-7000-8000-{number + 1:012d}"


_FIRST = tenant_id(0)
_THEN = dt.datetime(2026, 11, 17, 6, 30, tzinfo=dt.UTC)
#: One of each kind, as the first account has them.
INCIDENTS = (
    TenantIncident(
        IncidentKind.WEBHOOK_DISABLED, _THEN, about="https://hooks.azizbank.example/sms/status",
        about_id="00000000-0000-7000-9000-000000000000", reason="gone",
    ),
    TenantIncident(IncidentKind.KEY_REVOKED, _THEN, about="Core banking OTP", about_id="00000000-0000-7000-9000-000000000001"),
    TenantIncident(IncidentKind.BALANCE_LOW, _THEN),
    TenantIncident(
        IncidentKind.PLATFORM, _THEN, _THEN + dt.timedelta(hours=5), about="Roshan", reason="incident.operator_outage"
    ),
    TenantIncident(IncidentKind.INVOICES_OVERDUE, _THEN - dt.timedelta(days=40)),
)  # fmt: skip


def tickets(state: TicketsState = TicketsState.KNOWN, **changes: Any) -> Tickets:
    """One of each status and priority, the latest first; the last one opens nowhere and has no subject."""
    statuses, priorities = list(TicketStatus), [*TicketPriority, None]
    made = tuple(
        Ticket(
            str(9_001 - place),
            ("Codes arrive late on Roshan", "کد تأیید به بعضی مشتریان نمی‌رسد", "")[place % 3],
            status,
            priorities[place % len(priorities)],
            _THEN - dt.timedelta(hours=31 * place),
            None if place == 2 else f"https://acme.zendesk.com/agent/tickets/{9_001 - place}",
        )
        for place, status in enumerate(statuses)
    )
    return replace(Tickets(state, "zendesk", None, _THEN, "acme", made), **changes)


def score(number: int) -> float | None:
    """Every ninth account has none; the others rise with their number."""
    return None if number % 9 == 8 else round(min(99.9, 21.5 + number * 1.7), 1)


def band(number: int) -> Band:
    found = score(number)
    if found is None:
        return Band.UNKNOWN
    return Band.AT_RISK if found < 60 else Band.WATCH if found < 80 else Band.HEALTHY


def name(number: int) -> str:
    return NAMES[number] if number < len(NAMES) else f"{NAMES[number % len(NAMES)]} {number}"


def tenant(number: int = 0) -> Tenant:
    """The ``number``-th account; the one before the last of each nine has not had a night yet."""
    found = score(number)
    change = None if found is None else round(math.sin(number) * 12, 1)
    course = tuple(
        None if found is None or at < 20 else round(found + 8 * math.sin((at - 89) / 9), 1) for at in range(90)
    )
    driver = DRIVERS[number % len(DRIVERS)]
    latest = LatestHealth(DAY, found, band(number), 85, driver, -18.2 if driver else 0.0, change, change, course)
    return Tenant(
        tenant_id(number),
        name(number),
        number == 0,
        123_456 * (number % 7),
        None if number % 7 == 0 else 0.9412,
        Money(Decimal(1_000 * (number + 1) ** 2), "EUR" if number % 11 == 10 else "AFN"),
        None if number % 5 == 4 else 0.25 - 0.1 * (number % 5),
        None if number % 3 == 2 else number % 4,
        None if number % 9 == 7 else latest,
        None if number % 4 == 3 else LastNote(NOTES[number % 3], "Nadia Rahimi", NOTED),
    )


def health() -> Health:
    """A score of which the tickets are not known, and which fell since a week before."""
    total = round(100 + sum(effect for *_, effect, _ in EFFECTS), 1)
    change = round(sum(moved for *_, moved in EFFECTS), 1)
    return Health(
        day=DAY,
        start=DAY - dt.timedelta(days=29),
        score=total,
        band=Band.AT_RISK,
        known_weight=85,
        weights_version=3,
        computed_at=dt.datetime(2026, 11, 20, 9, 13, tzinfo=dt.UTC),
        parts=tuple(
            HealthPart(which, value, points, weight, weight / 85 if points is not None else 0.0, effect)
            for which, value, points, weight, effect, _ in EFFECTS
        ),
        basis=HealthBasis(14_140, 8_930, 10_252, 174, 12.5, 3, None, None, 1, 2, 5),
        since_last_week=WeekChange(
            day=DAY - dt.timedelta(days=7),
            score=round(total - change, 1),
            change=change,
            weights_changed=True,
            parts=tuple(PartChange(which, points, points, moved) for which, _, points, _, _, moved in EFFECTS),
        ),
        answers=(
            NpsComment(dt.datetime(2026, 11, 3, 9, tzinfo=dt.UTC), 3, "پیام‌ها دیر می‌رسند"),
            NpsComment(dt.datetime(2026, 10, 11, 9, tzinfo=dt.UTC), 9, "Well done"),
        ),
        spend=Money(Decimal("126692.5"), "AFN"),
        spend_change=-0.124,
    )


@dataclass
class FakePortfolio:
    """``count`` accounts. ``error`` is raised by every call, ``error_after`` by pages after the first, ``no_dots`` in
    place of the picture. An account's explained score is :func:`health`'s, or none for those without one."""

    count: int = 60
    error: PortalError | None = None
    error_after: PortalError | None = None
    no_dots: PortalError | None = None
    no_overview: PortalError | None = None
    no_tickets: PortalError | None = None
    tickets: Tickets | None = None
    no_link: PortalError | None = None
    told: list[str] = field(default_factory=list)
    previews: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[PortfolioFilter, str | None]] = field(default_factory=list)

    def list_tenants(
        self, wanted: PortfolioFilter, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> TenantPage:
        self.asked.append((wanted, cursor))
        failure = self.error or (self.error_after if cursor else None)
        if failure is not None:
            raise failure
        named = self._named(wanted)
        fit = [each for each in named if not wanted.bands or _band(each) in wanted.bands]
        start = int(cursor or 0)
        end = min(start + limit, len(fit))
        counted = Counter(map(_band, named))
        return TenantPage(
            tuple(fit[start:end]), str(end) if end < len(fit) else None, {each: counted[each] for each in Band}
        )

    def list_dots(self, wanted: PortfolioFilter, *, most: int, actor: Actor) -> TenantDots:
        failure = self.error or self.no_dots
        if failure is not None:
            raise failure
        found = [
            TenantDot(each.tenant_id, each.name, score, float(each.spend.amount), each.spend.currency, each.messages)
            for each in self._named(wanted)
            if each.health is not None
            and (score := each.health.score) is not None
            and (not wanted.bands or _band(each) in wanted.bands)
        ]
        counted = Counter(dot.currency for dot in found)
        codes = sorted(counted, key=lambda code: (-counted[code], code))
        alike = [dot for dot in found if dot.currency == codes[0]] if codes else []
        alike.sort(key=lambda dot: dot.score >= 60)
        return TenantDots(tuple(alike[:most]), tuple(_sums(code, found) for code in codes))

    def get_tenant(self, tenant_id: str, *, actor: Actor) -> TenantOverview:
        self.told.append(tenant_id)
        failure = self.error or self.no_overview
        if failure is not None:
            raise failure
        found = next((each for each in self._all() if each.tenant_id == tenant_id), None)
        if found is None:
            raise NotFound("tenant")
        troubled = found.tenant_id == _FIRST
        return (
            TenantOverview(found, 12, Arrears(2, Money(Decimal("81654.70"), "AFN")), INCIDENTS)
            if troubled
            else TenantOverview(found, 0, None, ())
        )

    def list_tickets(self, tenant_id: str, *, actor: Actor) -> Tickets:
        self.told.append(tenant_id)
        failure = self.error or self.no_tickets
        if failure is not None:
            raise failure
        return self.tickets or tickets()

    def link_tickets(self, tenant_id: str, organisation: str | None, *, actor: Actor) -> None:
        if self.no_link is not None:
            raise self.no_link
        state = TicketsState.KNOWN if organisation else TicketsState.NOT_LINKED
        self.tickets = tickets(state, organisation=organisation, items=tickets().items if organisation else ())

    def start_preview(self, tenant_id: str, role: str, *, actor: Actor) -> None:
        if self.error is not None:
            raise self.error
        if tenant_id not in {each.tenant_id for each in self._all()}:
            raise NotFound("tenant")
        self.previews.append((tenant_id, role))

    def get_health(self, tenant_id: str, *, actor: Actor) -> TenantHealth:
        if self.error is not None:
            raise self.error
        found = next((each for each in self._all() if each.tenant_id == tenant_id), None)
        if found is None:
            raise NotFound("tenant")
        known = found.health is not None
        series = found.health.series if found.health is not None else ()
        return TenantHealth(found.tenant_id, found.name, found.is_demo, health() if known else None, series)

    def _named(self, wanted: PortfolioFilter) -> list[Tenant]:
        return [each for each in self._all() if wanted.text.casefold() in each.name.casefold()]

    def _all(self) -> list[Tenant]:
        return [tenant(number) for number in range(self.count)]


def _band(each: Tenant) -> Band:
    return each.health.band if each.health is not None else Band.UNKNOWN


def _sums(currency: str, dots: list[TenantDot]) -> DotSums:
    alike = [dot for dot in dots if dot.currency == currency]
    risky = [dot.spend for dot in alike if dot.score < 60]
    return DotSums(currency, len(alike), len(risky), sum(risky))
