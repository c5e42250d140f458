"""API keys over REST."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.api_keys import ApiKey, CreatedKey, KeyDraft, KeyPage, KeyStatus, KeyWarning
from portal.domain.errors import NotFound

_KNOWN_WARNINGS = frozenset(KeyWarning)


class RestApiKeys:
    """:class:`portal.domain.ports.ApiKeysPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_keys(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 100, actor: Actor
    ) -> KeyPage:
        parameters = [*tenant_parameter(tenant_id, actor), ("limit", str(limit)), ("cursor", cursor or "")]
        body = self._upstream.get("/v1/api-keys", parameters, actor=actor)
        with decode.answer():
            return KeyPage(
                items=tuple(_key(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )

    def get_key(self, key_id: str, *, actor: Actor) -> ApiKey:
        body = self._upstream.get(_path(key_id), actor=actor)
        with decode.answer():
            return _key(body)

    def create_key(self, draft: KeyDraft, expires_at: str | None, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        asked = {
            "name": draft.name,
            "scopes": list(draft.scopes),
            "mode": draft.mode,
            "expiresAt": expires_at,
            "allowedIps": list(draft.allowed_ips),
        }
        body = self._upstream.post("/v1/api-keys", asked, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _created(body)

    def rotate_key(self, key_id: str, grace_seconds: int, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        body = self._upstream.post(
            f"{_path(key_id)}/rotate", {"graceSeconds": grace_seconds}, actor=actor, idempotency_key=idempotency_key
        )
        with decode.answer():
            return _created(body)

    def revoke_key(self, key_id: str, *, actor: Actor) -> None:
        self._upstream.delete(_path(key_id), actor=actor)


def _path(key_id: str) -> str:
    if not key_id or len(key_id) > 64:
        raise NotFound("api key")
    return f"/v1/api-keys/{quote(key_id, safe='')}"


def _created(body: Json) -> CreatedKey:
    return CreatedKey(_key(body), decode.text(body["rawKey"]))


def _key(body: Json) -> ApiKey:
    use = decode.mapping(body["recentUse"])
    return ApiKey(
        key_id=decode.text(body["keyId"]),
        name=decode.text(body["name"]),
        mode=decode.text(body["mode"]),
        scopes=tuple(decode.text(item) for item in decode.items(body["scopes"])),
        prefix=decode.text(body["prefix"]),
        last_four=decode.text(body["lastFour"]),
        status=KeyStatus(decode.text(body["status"])),
        warnings=tuple(KeyWarning(item) for item in decode.items(body["warnings"]) if item in _KNOWN_WARNINGS),
        allowed_ips=tuple(decode.text(item) for item in decode.items(body["allowedIps"])),
        created_by=decode.maybe_text(body.get("createdBy")),
        created_at=decode.instant(body["createdAt"]),
        expires_at=decode.maybe_instant(body.get("expiresAt")),
        revoked_at=decode.maybe_instant(body.get("revokedAt")),
        works_until=decode.maybe_instant(body.get("worksUntil")),
        last_used_at=decode.maybe_instant(body.get("lastUsedAt")),
        calls=tuple(decode.integer(item) for item in decode.items(use["calls"])),
        refused=sum(decode.integer(item) for item in decode.items(use["refused"])),
    )
