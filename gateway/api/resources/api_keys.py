"""API keys: made, changed, rotated and revoked by people; the key itself is in one answer only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, principal
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.key_door import hash_of
from gateway.api.key_views import presented, usage_by_key
from gateway.api.models import api_keys as models
from gateway.api.models.filters import TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.domain import api_keys as rules
from gateway.domain.api_keys import KeyStatus
from gateway.store import api_key_usage as usage_store
from gateway.store import api_keys as store
from gateway.store.accounts import Account
from gateway.store.api_keys import KeyRow, NewKey
from gateway.store.connections import Connection
from gateway.store.events import emit
from gateway.store.positions import Position

api = blueprint("api_keys", __name__, "API keys")


@api.get("/api-keys", responses=answers(models.ApiKeys))
def list_api_keys(query: models.KeysQuery) -> Response:
    """The account's keys, newest first, with what to look at"""
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}:api-keys"
        after = cursors.to_position(query.cursor, described) if query.cursor else None
        rows = store.list_keys(connection, account.tenant_id, limit=query.limit + 1, after=after)
        shown = rows[: query.limit]
        last = shown[-1] if len(rows) > query.limit else None
        return reply(
            models.ApiKeys(
                items=_presented(connection, account, shown),
                next_cursor=cursors.from_position(Position(last.created_at, last.key_id), described) if last else None,
            )
        )


@api.get("/api-keys/<keyId>", responses=answers(models.ApiKey, etag=True))
def get_api_key(path: models.KeyPath, query: TenantQuery) -> Response:
    """One key"""
    with open_account(query.tenant_id) as (connection, account):
        row = store.get_key(connection, account.tenant_id, _key_id(path))
        if row is None:
            raise Problem(ProblemCode.NOT_FOUND)
        answer = _presented(connection, account, [row])[0]
    tag = revision_tag(hashlib.sha256(answer.model_dump_json().encode()).hexdigest())
    return not_modified(tag) or reply(answer, etag=tag)


@api.post("/api-keys", responses=answers(models.CreatedApiKey, 413, 415, created=True))
def create_api_key(query: TenantQuery, body: models.NewKeyBody) -> Response:
    """Make a key

    `rawKey` is in this answer and never again. With `Idempotency-Key` a repeated request gets the same answer for 24
    hours.
    """
    with open_account(None) as (connection, account):

        def make() -> Response:
            new, raw_key = _new_key(
                body.name, body.mode, body.scopes, allowed_ips=body.allowed_ips, expires_at=body.expires_at
            )
            key_id = store.create_key(connection, account.tenant_id, new)
            audit(connection, account, "api_key.created", key_id, name=new.name, scopes=new.scopes, mode=new.mode)
            return _created(connection, account, key_id, raw_key)

        return once(connection, account.tenant_id, make)


@api.patch("/api-keys/<keyId>", responses=answers(models.ApiKey, 409, 413, 415))
def change_api_key(path: models.KeyPath, query: TenantQuery, body: models.KeyChange) -> Response:
    """Change a key's name, expiry or allowed addresses"""
    changes = body.model_dump(exclude_unset=True, by_alias=False)
    for needed in ("name", "allowed_ips"):
        if changes.get(needed, ...) is None:
            del changes[needed]
    with _held(path) as (connection, account, row):
        _require_status(row, KeyStatus.ACTIVE, KeyStatus.EXPIRING, KeyStatus.EXPIRED, KeyStatus.GRACE)
        store.change_key(connection, account.tenant_id, row.key_id, changes)
        if changes:
            audit(connection, account, "api_key.changed", row.key_id, name=row.name, changed=sorted(changes))
        return _answer(connection, account, row.key_id)


@api.post("/api-keys/<keyId>/rotate", responses=answers(models.CreatedApiKey, 409, 413, 415, created=True))
def rotate_api_key(path: models.KeyPath, query: TenantQuery, body: models.RotateBody) -> Response:
    """Replace a key

    The new one has the same name, scopes, mode and allowed addresses, and lives as long as the old one was made for.
    The old one goes on working for exactly `graceSeconds`. 409 for a key that does not work any more, or was rotated
    already.
    """
    with _held(path) as (connection, account, row):

        def replace() -> Response:
            _require_status(row, KeyStatus.ACTIVE, KeyStatus.EXPIRING)
            now = dependencies().now()
            new, raw_key = _new_key(
                row.name,
                row.mode,
                row.scopes,
                allowed_ips=[str(each) for each in row.allowed_ips],
                expires_at=rules.rotated_expiry(now, row.created_at, row.expires_at),
                rotated_from=row.key_id,
            )
            key_id = store.create_key(connection, account.tenant_id, new)
            works_until, ended = now + timedelta(seconds=body.grace_seconds), body.grace_seconds == 0
            store.succeed_key(connection, account.tenant_id, row.key_id, key_id, works_until=works_until, ended=ended)
            audit(
                connection, account, "api_key.rotated", row.key_id,
                name=row.name, successorId=str(key_id), graceSeconds=body.grace_seconds,
            )  # fmt: skip
            if ended:
                _tell_revoked(connection, account, row, "rotated")
            return _created(connection, account, key_id, raw_key)

        return once(connection, account.tenant_id, replace)


@api.delete("/api-keys/<keyId>", responses=answers(models.ApiKey))
def revoke_api_key(path: models.KeyPath, query: TenantQuery) -> Response:
    """Stop a key, now and for ever; repeating it changes nothing"""
    with _held(path) as (connection, account, row):
        if store.revoke_key(connection, account.tenant_id, row.key_id, dependencies().now()):
            audit(connection, account, "api_key.revoked", row.key_id, name=row.name)
            _tell_revoked(connection, account, row, "revoked")
        return _answer(connection, account, row.key_id)


@api.get("/api-keys/<keyId>/usage", responses=answers(models.ApiKeyUsage))
def get_api_key_usage(path: models.KeyPath, query: models.UsageQuery) -> Response:
    """A key's calls by local day"""
    with open_account(query.tenant_id) as (connection, account):
        row = store.get_key(connection, account.tenant_id, _key_id(path))
        if row is None:
            raise Problem(ProblemCode.NOT_FOUND)
        last = _today(account)
        first = last - timedelta(days=query.days - 1)
        found = usage_store.list_usage(connection, account.tenant_id, [row.key_id], first, last)
    use = usage_by_key(found, first, last).of(row.key_id)
    days = [first + timedelta(days=number) for number in range(query.days)]
    return reply(
        models.ApiKeyUsage(
            key_id=str(row.key_id),
            items=[
                models.DayOfUse(day=day, calls=calls, refused=refused)
                for day, calls, refused in zip(days, use.calls, use.refused, strict=True)
            ],
            calls=sum(use.calls),
            refused=sum(use.refused),
        )
    )


@api.get("/refused-calls", responses=answers(models.RefusedCalls))
def list_refused_calls(query: models.RefusedCallsQuery) -> Response:
    """Calls with the account's keys that were refused, newest first

    Kept for 30 days; of each account 60 a minute are listed, all are counted.
    """
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}:refused-calls:{query.api_key_id}"
        after = cursors.to_position(query.cursor, described) if query.cursor else None
        rows = usage_store.list_refused_calls(
            connection, account.tenant_id, key_id=query.api_key_id, limit=query.limit + 1, after=after
        )
    shown = rows[: query.limit]
    last = shown[-1] if len(rows) > query.limit else None
    return reply(
        models.RefusedCalls(
            items=[
                models.RefusedCall(
                    call_id=str(row.call_id),
                    at=row.at,
                    api_key_id=str(row.key_id),
                    api_key_name=row.key_name,
                    method=row.method,
                    route=row.route,
                    status=row.status,
                    code=row.code,
                    request_id=row.request_id,
                )
                for row in shown
            ],
            next_cursor=cursors.from_position(Position(last.at, last.call_id), described) if last else None,
        )
    )


@contextmanager
def _held(path: models.KeyPath) -> Iterator[tuple[Connection, Account, KeyRow]]:
    """The key of the path, nobody else's to change until the transaction ends. 404 when it is not the account's."""
    with open_account(None) as (connection, account):
        row = store.lock_key(connection, account.tenant_id, _key_id(path))
        if row is None:
            raise Problem(ProblemCode.NOT_FOUND)
        yield connection, account, row


def _key_id(path: models.KeyPath) -> UUID:
    try:
        return UUID(path.key_id)
    except ValueError:
        raise Problem(ProblemCode.NOT_FOUND) from None


def _require_status(row: KeyRow, *wanted: KeyStatus) -> None:
    status = rules.status_of(
        dependencies().now(), expires_at=row.expires_at, revoked_at=row.revoked_at, works_until=row.works_until
    )
    if status not in wanted:
        words = {
            KeyStatus.REVOKED: "This key was revoked.",
            KeyStatus.EXPIRED: "This key has expired.",
            KeyStatus.GRACE: "This key was rotated already.",
        }
        raise Problem(ProblemCode.CONFLICT, words[status])


def _new_key(
    name: str,
    mode: str,
    scopes: Sequence[str],
    *,
    allowed_ips: Sequence[str],
    expires_at: datetime | None,
    rotated_from: UUID | None = None,
) -> tuple[NewKey, str]:
    """A key to store, and the raw key, which is not."""
    raw_key = rules.new_raw_key(mode)
    new = NewKey(
        name=name,
        mode=mode,
        scopes=scopes,
        allowed_ips=allowed_ips,
        expires_at=expires_at,
        prefix=rules.prefix_of(raw_key),
        last_four=rules.last_four_of(raw_key),
        key_hash=hash_of(raw_key),
        created_by=principal().user_id,
        created_at=dependencies().now(),
        rotated_from=rotated_from,
    )
    return new, raw_key


def _created(connection: Connection, account: Account, key_id: UUID, raw_key: str) -> Response:
    row = store.get_key(connection, account.tenant_id, key_id)
    if row is None:
        raise Problem(ProblemCode.INTERNAL)
    shown = _presented(connection, account, [row])[0]
    return reply(models.CreatedApiKey(**dict(shown), raw_key=raw_key), 201)


def _answer(connection: Connection, account: Account, key_id: UUID) -> Response:
    row = store.get_key(connection, account.tenant_id, key_id)
    if row is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return reply(_presented(connection, account, [row])[0])


def _presented(connection: Connection, account: Account, rows: list[KeyRow]) -> list[models.ApiKey]:
    last = _today(account)
    first = last - timedelta(days=models.USAGE_DAYS - 1)
    ids = [row.key_id for row in rows]
    use = usage_by_key(usage_store.list_usage(connection, account.tenant_id, ids, first, last), first, last)
    return [presented(row, use.of(row.key_id), dependencies().now()) for row in rows]


def _today(account: Account) -> date:
    return dependencies().now().astimezone(ZoneInfo(account.time_zone)).date()


def _tell_revoked(connection: Connection, account: Account, row: KeyRow, reason: str) -> None:
    emit(
        connection,
        account.tenant_id,
        "key.revoked",
        {"keyId": str(row.key_id), "name": row.name, "reason": reason},
    )
