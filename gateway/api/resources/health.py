"""One tenant's health score taken apart, and making scores on demand."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Response

from gateway.api.access import open_account, open_actor, principal
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.health_views import as_number, explained, run_told
from gateway.api.models import health as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.store.accounts import Account
from gateway.store.connections import Connection
from gateway.store.health import runs
from gateway.store.health.scores import get_score, list_series
from gateway.store.health.weights import weights_by_version
from gateway.store.nps import list_comments

api = blueprint("health", __name__, "Customer success")

WEEK = timedelta(days=7)
MOST_COMMENTS = 5
MOST_RUNS = 5


@api.get("/internal/tenants/<tenantId>/health", responses=answers(models.TenantHealthAnswer))
def get_tenant_health(path: models.TenantPath, query: models.HealthQuery) -> Response:
    """A tenant's score: its parts, what changed since last week, the scores of the days before"""
    with open_account(path.tenant_id) as (connection, account):
        answer = _told(connection, account, query.days)
    return reply(answer)


@api.post("/internal/tenants/<tenantId>/health/recompute", responses=answers(models.HealthRun, 413, 415, accepted=True))
def recompute_tenant_health(path: models.TenantPath, query: NoParameters, body: models.RunRequest) -> Response:
    """Have a tenant's latest scores made anew; a run that waits already is answered instead of another"""
    with open_account(path.tenant_id) as (connection, account):
        run = _ask(connection, account.tenant_id, body)
        audit(connection, account, "health.recompute_asked", run.run_id, days=run.days)
    return reply(run_told(run), 202)


@api.post("/internal/health/recompute", responses=answers(models.HealthRun, 413, 415, accepted=True))
def recompute_all_health(query: NoParameters, body: models.RunRequest) -> Response:
    """Have every tenant's latest scores made anew"""
    with open_actor() as connection:
        run = _ask(connection, None, body)
    return reply(run_told(run), 202)


@api.get("/internal/health/runs", responses=answers(models.HealthRuns))
def list_health_runs(query: models.RunsQuery) -> Response:
    """The latest runs that somebody asked for: of a tenant, or over all tenants for platform admins"""
    if query.tenant_id is not None:
        with open_account(query.tenant_id) as (connection, account):
            found = runs.list_latest(connection, account.tenant_id, limit=MOST_RUNS)
    else:
        with open_actor() as connection:
            found = runs.list_latest(connection, None, limit=MOST_RUNS)
    return reply(models.HealthRuns(items=[run_told(run) for run in found]))


@api.get("/internal/health/runs/<runId>", responses=answers(models.HealthRun))
def get_health_run(path: models.RunPath, query: NoParameters) -> Response:
    """How far a run is: of a tenant for whoever looks after it, of all tenants for platform admins"""
    with open_actor() as connection:
        run = runs.get_run(connection, path.run_id)
    if run is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return reply(run_told(run))


def _ask(connection: Connection, tenant_id: UUID | None, body: models.RunRequest) -> runs.Run:
    return runs.ask(connection, tenant_id, body.days, person=principal().user_id, now=dependencies().now())


def _told(connection: Connection, account: Account, days: int) -> models.TenantHealthAnswer:
    score = get_score(connection, account.tenant_id)
    health, series = None, []
    if score is not None:
        before = get_score(connection, account.tenant_id, score.day - WEEK)
        comments = list_comments(connection, account.tenant_id, score.day, account.time_zone, limit=MOST_COMMENTS)
        health = explained(score, before, weights_by_version(connection), account.currency, comments)
        series = [as_number(each) for each in list_series(connection, account.tenant_id, score.day, days)]
    return models.TenantHealthAnswer(
        tenant_id=str(account.tenant_id),
        name=account.name,
        time_zone=account.time_zone,
        is_demo=account.is_demo,
        health=health,
        series=series,
    )
