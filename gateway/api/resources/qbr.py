"""A business review: the preview, and what a manager writes into it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from gateway.api import reads
from gateway.api.access import open_account, principal
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.models import qbr as models
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem, invalid
from gateway.api.replies import reply
from gateway.domain.quarters import Review
from gateway.reports.content import comments_told, content_of, review_of
from gateway.store.accounts import Account, get_user
from gateway.store.connections import Connection
from gateway.store.qbr import comments as store

api = blueprint("qbr", __name__, "Customer success")


@api.get("/internal/tenants/<tenantId>/qbr-preview", responses=answers(models.QbrPreview))
def get_qbr_preview(path: models.QbrTenantPath, query: models.QbrQuery) -> Response:
    """A quarter of a tenant in numbers: all that its report holds, of one moment"""
    with open_account(path.tenant_id, steady=True) as (connection, account):
        review = begun_review(account, query.period)
        told = content_of(connection, account, review, dependencies().now())
        reads.about(period=query.period)
    return reply(told)


@api.get("/internal/tenants/<tenantId>/qbr-comments", responses=answers(models.QbrComments))
def get_qbr_comments(path: models.QbrTenantPath, query: models.QbrQuery) -> Response:
    """What was written into a tenant's review of a quarter"""
    with open_account(path.tenant_id) as (connection, account):
        return reply(comments_told(store.get_comments(connection, account.tenant_id, query.period)))


@api.put("/internal/tenants/<tenantId>/qbr-comments", responses=answers(models.QbrComments, 409, 413, 415))
def write_qbr_comments(path: models.QbrTenantPath, query: models.QbrQuery, body: models.QbrCommentsChange) -> Response:
    """Write into a tenant's review of a quarter; refused when somebody else has done so meanwhile"""
    with open_account(path.tenant_id) as (connection, account):
        begun_review(account, query.period)
        store.lock(connection, account.tenant_id, query.period)
        held = store.get_comments(connection, account.tenant_id, query.period)
        texts = {name: text for name in models.COMMENT_SECTIONS if (text := getattr(body.texts, name))}
        if texts == dict(held.texts):
            return reply(comments_told(held))  # also to whoever sends the same again
        if held.version != body.based_on:
            raise Problem(ProblemCode.CONFLICT, f"Somebody else wrote meanwhile: version {held.version} holds.")
        return reply(comments_told(_save(connection, account, query.period, held.version, texts)))


def begun_review(account: Account, period: str) -> Review:
    """The quarter as it is told of now. Raises the 422 for one that has not begun where the tenant is."""
    try:
        return review_of(account, period, dependencies().now())
    except ValueError:
        raise invalid("period", "period_future", "The quarter has not begun yet.") from None


def _save(
    connection: Connection, account: Account, period: str, based_on: int, texts: Mapping[str, str]
) -> store.Comments:
    own = principal()
    user = get_user(connection, own.user_id)
    if user is None:
        raise Problem(ProblemCode.FORBIDDEN)
    saved = store.add_version(
        connection, account.tenant_id, period, texts,
        based_on=based_on, now=dependencies().now(), person=own.user_id, name=user.name,
    )  # fmt: skip
    audit(connection, account, "qbr.commented", account.tenant_id, period=period, version=saved.version)
    return saved
