"""The demo's API keys, one for each thing that can be seen about keys. How they read nobody knows: what is stored as
their hash is drawn at random, so none of them can be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import numpy as np

from gateway.demo.plan import ZONE
from gateway.store.demo import DemoKey, DemoKeyUse, DemoRefusal

TENANT, CREATOR = "demo-bank", "developer@demo.example"
_USE_DAYS = 60
_WEEKDAY_WEIGHTS = (1.0, 1.05, 1.1, 0.8, 0.45, 0.95, 1.0)  # Monday first: the weekend is Thursday and Friday
_ALL = ("sms:send", "sms:read", "billing:read")


@dataclass(frozen=True)
class _Key:
    """A key: ages are days before now, `expires_in` days after it, `daily` the calls of an ordinary day."""

    name: str
    scopes: tuple[str, ...]
    age: int
    daily: int = 0
    used: float | None = None
    mode: str = "live"
    expires_in: int | None = None
    revoked: int | None = None
    allowed_ips: tuple[str, ...] = ()
    refusals: tuple[str, int, int] | None = None
    """Code, status and how many, spread over the last days."""


_KEYS = (
    _Key("Core banking OTP", ("sms:send",), 110, 420, 0.0006, expires_in=255, allowed_ips=("203.0.113.0/28",),
         refusals=("address_not_allowed", 403, 6)),
    _Key("Branch alerts", ("sms:send", "sms:read"), 200, 150, 0.02),
    _Key("Finance reports", ("billing:read",), 75, 4, 0.3, expires_in=290),
    _Key("Integration tests", ("sms:send", "sms:read"), 81, 35, 0.9, mode="test", expires_in=9),
    _Key("Old CRM", _ALL, 320, 0, 131),
    _Key("Partner portal", _ALL, 12, expires_in=353),
    _Key("Loan reminders (leaked)", ("sms:send",), 160, 90, 20.1, revoked=20, refusals=("key_revoked", 401, 9)),
)  # fmt: skip


def keys(tenant_id: UUID, creator: UUID, now: datetime) -> Iterator[DemoKey]:
    """All keys of the account."""
    for number, key in enumerate(_KEYS):
        yield DemoKey(
            tenant_id,
            _key_id(tenant_id, number),
            key.name,
            key.mode,
            list(key.scopes),
            f"gsk_{key.mode}_{os.urandom(2).hex()}",
            os.urandom(2).hex(),
            os.urandom(32),
            list(key.allowed_ips),
            creator,
            now - timedelta(days=key.age),
            now + timedelta(days=key.expires_in) if key.expires_in is not None else None,
            now - timedelta(days=key.revoked) if key.revoked is not None else None,
            now - timedelta(days=key.used) if key.used is not None else None,
        )


def use(tenant_id: UUID, now: datetime, seed: int) -> Iterator[DemoKeyUse]:
    """Calls by day, until the last one the key shows."""
    draw, today = np.random.default_rng([seed, 7]), now.astimezone(ZONE)
    for number, key in enumerate(_KEYS):
        for ago in range(min(_USE_DAYS, key.age), -1, -1):
            day = (today - timedelta(days=ago)).date()
            calls = int(draw.poisson(key.daily * _WEEKDAY_WEIGHTS[day.weekday()]))
            if ago == 0:
                calls = round(calls * (today.hour * 60 + today.minute) / 1440)
            if calls and key.used is not None and ago >= int(key.used):
                yield DemoKeyUse(tenant_id, _key_id(tenant_id, number), day, calls, 0)


def refusals(tenant_id: UUID, now: datetime) -> Iterator[DemoRefusal]:
    """Calls that were refused, some hours apart."""
    for number, key in enumerate(_KEYS):
        if key.refusals is None:
            continue
        code, status, count = key.refusals
        for step in range(count):
            at = now - timedelta(hours=7 * step + number, minutes=11 * step + 4)
            yield DemoRefusal(
                tenant_id,
                at,
                _key_id(tenant_id, number),
                at.astimezone(ZONE).date(),
                "POST",
                "/v1/messages",
                status,
                code,
                f"req_{os.urandom(12).hex()}",
            )


def _key_id(tenant_id: UUID, number: int) -> UUID:
    return uuid5(tenant_id, f"api-key/{number}")
