"""Weights of health scores, and runs that make scores, over REST: ``/v1/internal/health``."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.rest_portfolio import band_counts
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import NotFound
from portal.domain.health import Band, HealthInput
from portal.domain.params import as_uuid
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

_WEIGHTS = "/v1/internal/health/weights"
_RUNS = "/v1/internal/health/runs"


class RestHealth:
    """:class:`portal.domain.ports.HealthPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def get_weights(self, *, actor: Actor) -> HealthWeights:
        body = self._upstream.get(_WEIGHTS, actor=actor)
        with decode.answer():
            return _weights(body)

    def preview_weights(self, weights: Weights, *, actor: Actor) -> WeightsPreview:
        body = self._upstream.post(f"{_WEIGHTS}/preview", _asked(weights), actor=actor)
        with decode.answer():
            spread = decode.mapping(body["distribution"])
            return WeightsPreview(
                before=band_counts(body["before"]),
                after=band_counts(body["after"]),
                spread_before=tuple(decode.integer(count) for count in decode.items(spread["before"])),
                spread_after=tuple(decode.integer(count) for count in decode.items(spread["after"])),
                other_band=decode.integer(body["otherBand"]),
                largest=tuple(_move(move) for move in decode.items(body["largest"])),
            )

    def change_weights(self, weights: Weights, reason: str, *, based_on: int, actor: Actor) -> HealthWeights:
        asked = {**_asked(weights), "reason": reason, "basedOn": based_on}
        body = self._upstream.put(_WEIGHTS, asked, actor=actor)
        with decode.answer():
            return _weights(decode.mapping(body["weights"]))

    def ask_run(self, tenant_id: str | None, days: int, *, actor: Actor) -> HealthRun:
        path = "/v1/internal/health/recompute"
        if tenant_id is not None:
            path = f"/v1/internal/tenants/{_known(tenant_id)}/health/recompute"
        body = self._upstream.post(path, {"days": days}, actor=actor)
        with decode.answer():
            return _run(body)

    def list_runs(self, tenant_id: str | None, *, actor: Actor) -> tuple[HealthRun, ...]:
        query = [] if tenant_id is None else [("tenantId", _known(tenant_id))]
        body = self._upstream.get(_RUNS, query, actor=actor)
        with decode.answer():
            return tuple(_run(item) for item in decode.items(body["items"]))


def _known(tenant_id: str) -> str:
    # Exactly the form the platform gives them: anything else names nothing, and is not worth a question.
    if as_uuid(tenant_id) != tenant_id:
        raise NotFound("tenant")
    return quote(tenant_id, safe="")


def _asked(weights: Weights) -> dict[str, object]:
    return {name.value: weight for name, weight in weights.items()}


def _weights(body: Json) -> HealthWeights:
    curves = decode.mapping(body["curves"])
    return HealthWeights(
        current=_version(decode.mapping(body["current"])),
        defaults=_of(decode.mapping(body["defaults"])),
        history=tuple(_version(item) for item in decode.items(body["history"])),
        curves={name: tuple(_corner(corner) for corner in decode.items(curves[name.value])) for name in HealthInput},
    )


def _version(body: Json) -> WeightsVersion:
    return WeightsVersion(
        version=decode.integer(body["version"]),
        of=_of(body),
        changed_at=decode.instant(body["changedAt"]),
        changed_by=decode.maybe_text(body.get("changedByName")),
        reason=decode.maybe_text(body.get("reason")) or "",
    )


def _of(body: Json) -> dict[HealthInput, int]:
    return {name: decode.integer(body[name.value]) for name in HealthInput}


def _corner(body: Json) -> CurvePoint:
    return CurvePoint(decode.number(body["value"]), decode.number(body["points"]))


def _move(body: Json) -> ScoreMove:
    return ScoreMove(
        tenant_id=decode.text(body["tenantId"]),
        name=decode.text(body["name"]),
        before=decode.maybe_number(body.get("before")),
        after=decode.maybe_number(body.get("after")),
        band_before=Band(decode.text(body["bandBefore"])),
        band_after=Band(decode.text(body["bandAfter"])),
    )


def _run(body: Json) -> HealthRun:
    return HealthRun(
        run_id=decode.text(body["runId"]),
        tenant_id=decode.maybe_text(body.get("tenantId")),
        status=RunStatus(decode.text(body["status"])),
        days=decode.integer(body["days"]),
        done_days=decode.integer(body["doneDays"]),
        scores=decode.integer(body["scores"]),
        asked_at=decode.instant(body["askedAt"]),
        finished_at=decode.maybe_instant(body.get("finishedAt")),
    )
