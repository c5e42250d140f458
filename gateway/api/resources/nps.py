"""One question to customers: how likely they are to recommend us. Whoever answered is left alone for a quarter."""

from __future__ import annotations

from flask import Response

from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.models import nps as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.domain.moments import rfc3339
from gateway.domain.nps import ask_again_at
from gateway.store import nps as store
from gateway.store.accounts import Account, get_user
from gateway.store.connections import Connection

api = blueprint("nps", __name__, "Account")


@api.get("/nps", responses=answers(models.NpsState))
def get_nps_state(query: NoParameters) -> Response:
    """Whether the person is to be asked how likely they are to recommend the platform"""
    with open_account(None) as (connection, _):
        return reply(_state(connection))


@api.post("/nps", responses=answers(models.NpsState, 409, 413, 415, created=True))
def answer_nps(query: NoParameters, body: models.NpsAnswer) -> Response:
    """Answer the question, or put it away; either way it comes back after a quarter"""
    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, lambda: _answer(connection, account, body))


def _answer(connection: Connection, account: Account, body: models.NpsAnswer) -> Response:
    person, now = principal().user_id, dependencies().now()
    store.lock(connection, person)
    last = store.last_answer(connection, account.tenant_id, person)
    if last is not None and now < (again := ask_again_at(last, last)):
        raise Problem(ProblemCode.CONFLICT, f"You were asked already; the question comes back at {rfc3339(again)}.")
    store.add_answer(connection, account.tenant_id, person, score=body.score, comment=body.comment, now=now)
    return reply(_state(connection), 201)


def _state(connection: Connection) -> models.NpsState:
    person = get_user(connection, principal().user_id)
    if person is None:
        raise Problem(ProblemCode.NOT_FOUND)
    again = ask_again_at(person.nps_answered_at, person.created_at)
    return models.NpsState(ask=again <= dependencies().now(), ask_again_at=again)
