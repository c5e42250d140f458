"""Who is calling, and about which tenant: decided here for every route before anything else happens.

The tenant of a customer is the one in the verified token, that of a program the one its API key belongs to. An
internal user names it, and sees it only when the platform lets them; everything else is 404, as if the tenant did not
exist.

An API key opens the routes whose rule has a `scope` and no others. What is called with it is done by the key: it has no
roles, and `api_key_id` says which one it was. **`Principal.mode`** is "test" for a key of mode test and "live" for
everybody else: whoever sends messages for a principal whose mode is "test" hands them to the simulator alone, whatever
carrier is configured, and charges nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from flask import Flask, g, request
from werkzeug.exceptions import MethodNotAllowed

from gateway.api import key_door, late_reads, limits, reads
from gateway.api.context import dependencies
from gateway.api.models.problem import ProblemCode
from gateway.api.permissions import CUSTOMER_ROLES, Door, Rule, methods_of, permitted, rule_for
from gateway.api.problems import Problem, invalid
from gateway.identity.tokens import InvalidToken, verify_client_token
from gateway.store.accounts import Account, enter_account, get_account
from gateway.store.connections import Connection
from gateway.store.replica import position_of
from gateway.store.tenancy import actor_transaction, tenant_transaction, transaction

PREVIEW_HEADER = "X-Preview-Role"
_READING = frozenset({"GET", "HEAD"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller. `tenant_id` is None for internal users; `session_id` is there where somebody signed in.

    For a call made with an API key `user_type` is "api_key", there are no roles, and the key itself is the actor:
    `user_id` and `api_key_id` are its id.

    `preview_role`: an internal user looks at what a customer of this role sees, and reads no more than that.
    """

    user_id: UUID
    tenant_id: UUID | None
    user_type: str
    roles: frozenset[str]
    session_id: UUID | None = None
    api_key_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    mode: Literal["live", "test"] = "live"
    preview_role: str | None = None

    @property
    def internal(self) -> bool:
        return self.user_type == "internal"

    @property
    def assignments_of(self) -> UUID | None:
        """Whose assignments limit the tenants seen; None for a platform admin, who sees all."""
        return None if self.internal and "platform_admin" in self.roles else self.user_id


def register(app: Flask) -> None:
    @app.before_request
    def guard() -> None:
        if request.url_rule is None or request.method == "OPTIONS":
            return  # 404, 405 and the list of methods need no caller
        if request.view_args and (methods := methods_of(request.path)):
            # `/v1/messages/preview` is a route of its own, and no message's id, whatever the method.
            raise MethodNotAllowed(valid_methods=sorted(methods))
        rule = rule_for(request.method, request.url_rule.rule, request.blueprint)
        if rule is None:
            raise Problem(ProblemCode.FORBIDDEN)
        try:
            if rule.door is Door.BEARER:
                g.principal = _authenticated(rule)
            elif rule.door is Door.INGEST:
                _require_ingest_token()
            elif rule.door is Door.CLIENT:
                _require_client_token()
        except Problem as refusal:
            if refusal.code is ProblemCode.UNAUTHENTICATED:
                limits.count_failure()
            raise
        if rule.door in {Door.BEARER, Door.INGEST} and request.method in _WITH_BODY and not _is_of(rule.media):
            raise Problem(ProblemCode.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {rule.media}.")


def principal() -> Principal:
    """The caller of the current request, on routes with the door BEARER."""
    found: Principal = g.principal
    return found


@contextmanager
def open_account(named: UUID | None, *, steady: bool = False) -> Iterator[tuple[Connection, Account]]:
    """A transaction that sees one tenant, and that tenant.

    `named` is the query's `tenantId`: ignored for customers, needed from internal users (422). 404 when there is no
    such tenant or it is not the caller's to see. `steady`: all that is read is of one moment.

    What internal users read is in the tenant's audit log by the time it is answered: it is written last, so that calls
    of one page do not wait for each other's lines.
    """
    caller = principal()
    tenant_id = named if caller.internal else caller.tenant_id
    if tenant_id is None:
        if caller.internal:
            raise invalid("tenantId", "missing", "Internal users name the account they look at.")
        raise Problem(ProblemCode.FORBIDDEN)
    g.tenant_id = tenant_id
    late = late_reads.replica()
    if late is not None:
        with _open(tenant_id) as (connection, _):
            position = position_of(connection)
        with late.transaction(position, tenant_id, actor=str(caller.user_id), steady=steady) as there:
            if there is not None:
                yield there, _account(there, tenant_id)
        if there is not None:
            _write_down(tenant_id)
            return
    with _open(tenant_id, steady=steady) as (connection, account):
        yield connection, account
        if caller.internal and not steady:
            reads.write_down(connection, tenant_id, caller.user_id)
    if steady:
        # What is counted beside others cannot be counted as of the moment that was read.
        _write_down(tenant_id)


@contextmanager
def _open(tenant_id: UUID, *, steady: bool = False) -> Iterator[tuple[Connection, Account]]:
    caller = principal()
    with transaction(dependencies().engine, steady=steady) as connection:
        account = enter_account(connection, tenant_id, actor=str(caller.user_id), assigned_to=_assigned_to(caller))
        if account is None:
            raise Problem(ProblemCode.NOT_FOUND)
        yield connection, account


def _account(connection: Connection, tenant_id: UUID) -> Account:
    account = get_account(connection, tenant_id, assigned_to=_assigned_to(principal()))
    if account is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return account


def _assigned_to(caller: Principal) -> UUID | None:
    """Whose assignments the tenant has to be among."""
    return caller.assignments_of if caller.internal else None


def _write_down(tenant_id: UUID) -> None:
    caller = principal()
    if caller.internal:
        with tenant_transaction(dependencies().engine, tenant_id, actor=str(caller.user_id)) as connection:
            reads.write_down(connection, tenant_id, caller.user_id)


@contextmanager
def open_actor() -> Iterator[Connection]:
    """A transaction that belongs to the caller alone and sees no tenant's traffic."""
    actor, late = str(principal().user_id), late_reads.replica()
    if late is not None:
        with actor_transaction(dependencies().engine, actor) as connection:
            position = position_of(connection)
        with late.transaction(position, None, actor=actor) as there:
            if there is not None:
                yield there
        if there is not None:
            return
    with actor_transaction(dependencies().engine, actor) as connection:
        yield connection


def _is_of(media: str) -> bool:
    return request.is_json if media == "application/json" else request.mimetype == media


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _authenticated(rule: Rule) -> Principal:
    token = _bearer()
    if token is None:
        raise Problem(ProblemCode.UNAUTHENTICATED)
    if key_door.is_key(token):
        return _program(token, rule)
    caller = dependencies().verify(token)
    if caller is None:
        raise Problem(ProblemCode.UNAUTHENTICATED, challenge='Bearer realm="platform", error="invalid_token"')
    limits.count_call(caller.tenant_id, person=caller.user_id)
    if not permitted(rule, caller.user_type, caller.roles):
        raise Problem(ProblemCode.FORBIDDEN)
    return _previewing(caller, rule)


def _previewing(caller: Principal, rule: Rule) -> Principal:
    """The caller, limited to what a customer's role may read when the request says so. It takes away and never gives:
    what internal users may not do, no header lets them do."""
    role = request.headers.get(PREVIEW_HEADER)
    if role is None:
        return caller
    if not caller.internal or role not in CUSTOMER_ROLES & rule.roles or request.method not in _READING:
        raise Problem(ProblemCode.FORBIDDEN)
    return replace(caller, preview_role=role)


def _program(raw_key: str, rule: Rule) -> Principal:
    key = key_door.admit(raw_key, rule.scope)
    mode: Literal["live", "test"] = "test" if key.mode == "test" else "live"
    return Principal(
        key.key_id, key.tenant_id, "api_key", frozenset(), api_key_id=key.key_id, scopes=key.scopes, mode=mode
    )


def _require_ingest_token() -> None:
    expected, token = dependencies().settings.ingest_token, _bearer()
    if token is None:
        raise Problem(ProblemCode.UNAUTHENTICATED)
    # Compared as bytes and in constant time; without a configured token nobody gets in.
    if not expected or not hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode()):
        raise Problem(ProblemCode.UNAUTHENTICATED, challenge='Bearer realm="ingestion", error="invalid_token"')


def _require_client_token() -> None:
    token = _bearer()
    if token is None:
        raise Problem(ProblemCode.UNAUTHENTICATED)
    try:
        verify_client_token(token)
    except InvalidToken:
        raise Problem(ProblemCode.UNAUTHENTICATED, challenge='Bearer realm="platform", error="invalid_token"') from None
