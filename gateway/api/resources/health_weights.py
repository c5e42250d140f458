"""The weights of health scores: what holds, what another choice would do, and the choice."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import Response

from gateway.api.access import open_actor, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.health_views import as_number, run_told, weights_told
from gateway.api.models import health as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.api.resources.portfolio import band_counts
from gateway.domain.health import Input, Move, Weights, moves, spread
from gateway.store.accounts import get_user, names_of
from gateway.store.connections import Connection
from gateway.store.health import runs
from gateway.store.health import weights as store
from gateway.store.health.scores import latest_points

api = blueprint("health_weights", __name__, "Customer success")

MOST_VERSIONS = 20
MOST_MOVES = 10


@api.get("/internal/health/weights", responses=answers(models.HealthWeights))
def get_health_weights(query: NoParameters) -> Response:
    """The weights that hold, those the platform began with, and who changed them when"""
    with open_actor() as connection:
        return reply(weights_told(store.list_versions(connection, limit=MOST_VERSIONS)))


@api.post("/internal/health/weights/preview", responses=answers(models.WeightsPreview, 413, 415))
def preview_health_weights(query: NoParameters, body: models.WeightsPreviewRequest) -> Response:
    """What other weights would do to every tenant's latest score; nothing is stored"""
    with open_actor() as connection:
        now = store.current_version(connection).weights
        found = moves(latest_points(connection), now, Weights(0, _of(body)))
        largest = sorted(found, key=lambda move: (-abs(move.change), str(move.tenant)))[:MOST_MOVES]
        names = names_of(connection, [move.tenant for move in largest])
    return reply(
        models.WeightsPreview(
            before=band_counts(Counter(str(move.before.band) for move in found)),
            after=band_counts(Counter(str(move.after.band) for move in found)),
            distribution=models.Distribution(
                before=spread(move.before.score for move in found), after=spread(move.after.score for move in found)
            ),
            other_band=sum(move.before.band is not move.after.band for move in found),
            largest=[_move(move, names[move.tenant]) for move in largest if move.change],
        )
    )


@api.put("/internal/health/weights", responses=answers(models.WeightsChanged, 409, 413, 415))
def change_health_weights(query: NoParameters, body: models.WeightsChange) -> Response:
    """Have other weights hold from the latest scores on; scores of days before keep theirs"""
    with open_actor() as connection:
        store.lock(connection)
        held = store.current_version(connection).weights
        # Weights that hold already are no conflict: the answer to the first request may have been lost.
        if held.version != body.based_on and _of(body) != held.of:
            raise Problem(ProblemCode.CONFLICT, f"The weights were changed meanwhile: version {held.version} holds.")
        run = _save(connection, body) if _of(body) != held.of else None
        told = weights_told(store.list_versions(connection, limit=MOST_VERSIONS))
    return reply(models.WeightsChanged(weights=told, run=run_told(run) if run is not None else None))


def _save(connection: Connection, body: models.WeightsChange) -> runs.Run:
    person, now = principal().user_id, dependencies().now()
    user = get_user(connection, person)
    if user is None:
        raise Problem(ProblemCode.FORBIDDEN)
    store.add_version(connection, _of(body), now=now, person=person, name=user.name, reason=body.reason)
    return runs.ask(connection, None, 1, person=person, now=now)


def _of(body: models.WeightSet) -> dict[Input, int]:
    return {each: getattr(body, each) for each in Input}


def _move(move: Move[UUID], name: str) -> models.ScoreMove:
    return models.ScoreMove(
        tenant_id=str(move.tenant),
        name=name,
        before=as_number(move.before.score),
        after=as_number(move.after.score),
        band_before=move.before.band.value,
        band_after=move.after.band.value,
    )
