"""Weights and runs in memory: a version that others may have replaced, a preview that moves some accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, PortalError, UpstreamRefused
from portal.domain.health import Band, HealthInput
from portal.domain.weights import (
    CurvePoint,
    HealthRun,
    HealthWeights,
    RunStatus,
    ScoreMove,
    Weights,
    WeightsPreview,
    WeightsVersion,
)
from tests.support.fakes_portfolio import name, tenant_id

NOW = dt.datetime(2026, 11, 20, 9, 13, tzinfo=dt.UTC)
DEFAULTS: Weights = dict(zip(HealthInput, (35, 15, 20, 15, 15), strict=True))
CURVES: Mapping[HealthInput, tuple[tuple[float, float], ...]] = {
    HealthInput.DELIVERY: ((0.7, 0), (0.85, 40), (0.9, 60), (0.95, 85), (0.98, 100)),
    HealthInput.HOLDS: ((0, 100), (0.005, 90), (0.01, 75), (0.02, 50), (0.05, 0)),
    HealthInput.PAYMENTS: ((0, 100), (5, 85), (15, 60), (30, 30), (60, 0)),
    HealthInput.TICKETS: ((0, 100), (2, 90), (5, 70), (10, 40), (20, 0)),
    HealthInput.NPS: ((-100, 0), (0, 50), (30, 80), (70, 100)),
}


def version(number: int = 1, of: Weights = DEFAULTS, by: str | None = None, reason: str = "") -> WeightsVersion:
    return WeightsVersion(number, of, NOW - dt.timedelta(days=30 - number), by, reason)


def run(tenant: str | None = None, **changes: object) -> HealthRun:
    asked = HealthRun("00000000-0000-7000-9000-000000000001", tenant, RunStatus.QUEUED, 7, 0, 0, NOW, None)
    return replace(asked, **changes)  # type: ignore[arg-type]


@dataclass
class FakeHealth:
    """``error`` is raised by every call, ``no_preview`` by that alone; ``history`` is newest first; ``runs`` are answered as they stand."""

    error: PortalError | None = None
    no_preview: PortalError | None = None
    history: list[WeightsVersion] = field(
        default_factory=lambda: [
            version(2, {**DEFAULTS, HealthInput.DELIVERY: 40, HealthInput.NPS: 10}, "نرگس احمدی", "شمار پاسخ‌ها کم است"),
            version(1),
        ]
    )
    runs: list[HealthRun] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)

    def get_weights(self, *, actor: Actor) -> HealthWeights:
        self._fail()
        curves = {each: tuple(CurvePoint(*corner) for corner in corners) for each, corners in CURVES.items()}
        return HealthWeights(self.history[0], DEFAULTS, tuple(self.history), curves)

    def preview_weights(self, weights: Weights, *, actor: Actor) -> WeightsPreview:
        self._fail(self.no_preview)
        self.asked.append(dict(weights))
        before = dict(zip(Band, (19, 12, 20, 9), strict=True))
        moved = dict(weights) != dict(self.history[0].of)
        spread = (0, 0, 4, 6, 5, 4, 6, 6, 12, 8)
        return WeightsPreview(
            before,
            {**before, Band.AT_RISK: 21, Band.WATCH: 10} if moved else before,
            spread,
            (0, 0, 5, 7, 5, 4, 5, 5, 12, 8) if moved else spread,
            2 if moved else 0,
            tuple(ScoreMove(tenant_id(at), name(at), 62.4 - at, 58.1 - at, Band.WATCH, Band.AT_RISK) for at in range(3))
            if moved
            else (),
        )

    def change_weights(self, weights: Weights, reason: str, *, based_on: int, actor: Actor) -> HealthWeights:
        self._fail()
        if based_on != self.history[0].version:
            raise UpstreamRefused("conflict", 409, request_id="up-409")
        self.history.insert(0, version(based_on + 1, dict(weights), actor.name, reason))
        self.runs.insert(0, run())
        return self.get_weights(actor=actor)

    def ask_run(self, tenant_id: str | None, days: int, *, actor: Actor) -> HealthRun:
        self._fail()
        self.asked.append((tenant_id, days))
        waiting = next((each for each in self.runs if each.tenant_id == tenant_id and each.unfinished), None)
        if waiting is None:
            self.runs.insert(0, waiting := run(tenant_id))
        return waiting

    def list_runs(self, tenant_id: str | None, *, actor: Actor) -> tuple[HealthRun, ...]:
        self._fail()
        if not actor.internal:
            raise Forbidden
        return tuple(each for each in self.runs if each.tenant_id == tenant_id)

    def _fail(self, more: PortalError | None = None) -> None:
        failure = self.error or more
        if failure is not None:
            raise failure
