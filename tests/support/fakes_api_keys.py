"""API keys in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from portal.domain.actor import Actor
from portal.domain.api_keys import ApiKey, CreatedKey, KeyDraft, KeyPage, KeyStatus, KeyWarning
from portal.domain.errors import NotFound, PortalError, UpstreamRefused

NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)


def key(number: int = 0, **changes: object) -> ApiKey:
    """The ``number``-th key; what each looks like follows from its number."""
    kinds = (
        (KeyStatus.ACTIVE, "Core banking OTP", ("sms:send",), ()),
        (
            KeyStatus.ACTIVE,
            "نوبت‌دهی شفاخانه",
            ("sms:send", "sms:read", "billing:read"),
            (KeyWarning.NEVER_EXPIRES, KeyWarning.STALE),
        ),
        (KeyStatus.EXPIRING, "Integration tests", ("sms:read",), ()),
        (KeyStatus.GRACE, "Till", ("sms:send",), ()),
        (
            KeyStatus.REVOKED,
            "A name that is as long as a name may be, so that one sees where it goes on: 80 chars.",
            ("sms:send",),
            (),
        ),
        (KeyStatus.EXPIRED, "Old CRM", ("sms:send",), ()),
    )
    status, name, scopes, warnings = kinds[number % len(kinds)]
    made = ApiKey(
        key_id=f"00000000-0000-7000-8000-{number:012d}",
        name=name,
        mode="test" if number % 6 == 2 else "live",
        scopes=scopes,
        prefix=f"gsk_{'test' if number % 6 == 2 else 'live'}_9fK{number}",
        last_four=f"x0Q{number}",
        status=status,
        warnings=warnings,
        allowed_ips=("203.0.113.0/24", "2001:db8::7/128") if number % 3 == 0 else (),
        created_by="Omid Rahimi" if number % 2 == 0 else None,
        created_at=NOW - dt.timedelta(days=40 + number),
        expires_at=None if KeyWarning.NEVER_EXPIRES in warnings else NOW + dt.timedelta(days=9),
        revoked_at=NOW if status is KeyStatus.REVOKED else None,
        works_until=NOW + dt.timedelta(hours=1) if status is KeyStatus.GRACE else None,
        last_used_at=None if number % 3 == 1 else NOW - dt.timedelta(minutes=3),
        calls=tuple((day * 7 + number) % 40 for day in range(30)) if number % 3 != 1 else (0,) * 30,
        refused=2 if number == 0 else 0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeApiKeys:
    """``keys`` of one account. ``error`` is raised by every call, ``failing`` by the calls it names. What was made is in
    ``made`` by idempotency key."""

    keys: list[ApiKey] = field(default_factory=lambda: [key(number) for number in range(6)])
    error: PortalError | None = None
    failing: dict[str, PortalError] = field(default_factory=dict)
    made: dict[str, CreatedKey] = field(default_factory=dict)
    drafts: list[tuple[KeyDraft, str | None]] = field(default_factory=list)
    graces: list[int] = field(default_factory=list)

    def list_keys(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 100, actor: Actor
    ) -> KeyPage:
        self._fail("list")
        return KeyPage(tuple(self.keys[:limit]), None)

    def get_key(self, key_id: str, *, actor: Actor) -> ApiKey:
        self._fail("get")
        return self._find(key_id)

    def create_key(self, draft: KeyDraft, expires_at: str | None, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        self._fail("create")
        self.drafts.append((draft, expires_at))
        fresh = replace(key(len(self.keys) * 6), name=draft.name, mode=draft.mode, scopes=draft.scopes)
        return self._make(fresh, idempotency_key)

    def rotate_key(self, key_id: str, grace_seconds: int, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        self._fail("rotate")
        old = self._find(key_id)
        if idempotency_key not in self.made and not old.status.rotatable:
            raise UpstreamRefused("conflict", 409)
        self.graces.append(grace_seconds)
        self._replace(replace(old, status=KeyStatus.GRACE, works_until=NOW + dt.timedelta(seconds=grace_seconds)))
        return self._make(replace(old, key_id=key(len(self.keys)).key_id), idempotency_key)

    def revoke_key(self, key_id: str, *, actor: Actor) -> None:
        self._fail("revoke")
        self._replace(replace(self._find(key_id), status=KeyStatus.REVOKED, revoked_at=NOW))

    def _make(self, fresh: ApiKey, idempotency_key: str) -> CreatedKey:
        if idempotency_key not in self.made:
            self.keys.insert(0, fresh)
            self.made[idempotency_key] = CreatedKey(fresh, f"{fresh.prefix}-only-here-{len(self.made)}-{'x' * 30}")
        return self.made[idempotency_key]

    def _replace(self, changed: ApiKey) -> None:
        self.keys = [changed if each.key_id == changed.key_id else each for each in self.keys]

    def _find(self, key_id: str) -> ApiKey:
        for each in self.keys:
            if each.key_id == key_id:
                return each
        raise NotFound("api key")

    def _fail(self, call: str) -> None:
        failure = self.error or self.failing.get(call)
        if failure is not None:
            raise failure
