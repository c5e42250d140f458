"""The account, and the signed-in person with their preferences."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager

from flask import Response

from gateway.api.access import open_account, open_actor, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.models import accounts as models
from gateway.api.models.filters import NoParameters, TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.own_account import judged
from gateway.api.problems import Problem
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.domain.nps import ask_again_at
from gateway.identity.own_account import own_account
from gateway.store.accounts import User, change_preferences, get_user
from gateway.store.connections import Connection
from gateway.store.tenancy import tenant_transaction

api = blueprint("account", __name__, "Account")


@api.get("/account", responses=answers(models.Account, etag=True))
def get_account(query: TenantQuery) -> Response:
    """The account: name, time zone, currency, language"""
    with open_account(query.tenant_id) as (_connection, account):
        answer = models.Account(
            tenant_id=str(account.tenant_id),
            name=account.name,
            time_zone=account.time_zone,
            currency=account.currency,
            locale=account.locale,
            is_demo=account.is_demo,
        )
    tag = _tag(answer.model_dump_json())
    return not_modified(tag) or reply(answer, etag=tag)


@api.get("/me", responses=answers(models.Me, etag=True))
def get_me(query: NoParameters) -> Response:
    """The signed-in person"""
    with _own_row() as connection:
        answer = _presented(get_user(connection, principal().user_id))
    tag = _tag(answer.model_dump_json())
    return not_modified(tag) or reply(answer, etag=tag)


@api.patch("/me", responses=answers(models.Me, 413, 415, 429))
def change_me(query: NoParameters, body: models.MeChange) -> Response:
    """Change one's own language, time zone, calendar, digits or e-mail address"""
    changes = body.model_dump(exclude_unset=True, by_alias=False)
    password, email = changes.pop("current_password", None), changes.pop("email", None)
    if email is not None:
        with judged():
            own_account().change_email(principal().user_id, email, password)
    with _own_row() as connection:
        answer = _presented(change_preferences(connection, principal().user_id, changes))
    return reply(answer)


def _own_row() -> AbstractContextManager[Connection]:
    """A transaction that may see the caller's own row: within their tenant, or as an internal user alone."""
    caller = principal()
    if caller.tenant_id is None:
        return open_actor()
    return tenant_transaction(dependencies().engine, caller.tenant_id, actor=str(caller.user_id))


def _presented(user: User | None) -> models.Me:
    if user is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return models.Me.model_validate(
        {
            "user_id": str(user.user_id),
            "email": user.email,
            "name": user.name,
            "user_type": user.user_type,
            "roles": sorted(user.roles),
            "tenant_id": str(user.tenant_id) if user.tenant_id else None,
            "locale": user.locale,
            "time_zone": user.time_zone,
            "calendar": user.calendar,
            "digits": user.digits,
            # Told with what every client asks anyway, so that the question costs none of its own.
            "nps_ask_at": ask_again_at(user.nps_answered_at, user.created_at) if user.tenant_id else None,
        }
    )


def _tag(content: str) -> str:
    return revision_tag(hashlib.sha256(content.encode()).hexdigest())
