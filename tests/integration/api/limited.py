"""The API with limits that a test chooses, and a clock of the buckets that stands until it is moved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from gateway.api.call_leases import Leases
from gateway.api.context import EXTENSION, Dependencies
from gateway.api.metrics import REGISTRY
from gateway.domain.api_keys import new_raw_key
from gateway.settings import GatewaySettings
from gateway.store.call_limits import Lease, Wanted, take_calls
from tests.support.api_world import NOW, World

OFF = {name: 0 for name in GatewaySettings.__dataclass_fields__ if name.startswith("limit_")}
_ITEM = re.compile(r'"([a-z-]+)"((?:;[a-z]+=\d+)*)')


class Told(NamedTuple):
    """What the headers say of one policy."""

    quota: int
    window: int
    left: int | None
    seconds: int | None


def told_by(answer: Any) -> dict[str, Told]:
    """The two headers, read as the structured fields that they are: lists of strings with whole numbers as parameters."""
    policies, states = (_items(answer.headers.get(name, "")) for name in ("RateLimit-Policy", "RateLimit"))
    assert set(states) <= set(policies)
    return {
        name: Told(item["q"], item["w"], states.get(name, {}).get("r"), states.get(name, {}).get("t"))
        for name, item in policies.items()
    }


def _items(field_value: str) -> dict[str, dict[str, int]]:
    found = {}
    for member in field_value.split(", ") if field_value else ():
        matched = _ITEM.fullmatch(member)
        assert matched, field_value
        parameters = (parameter.split("=") for parameter in matched[2].split(";")[1:])
        found[matched[1]] = {name: int(value) for name, value in parameters}
    return found


@dataclass
class Limited:
    """A world under limits. `statements` counts how often the buckets were asked; `broken` makes asking fail."""

    world: World
    now: datetime = NOW
    statements: int = 0
    broken: bool = False
    _own: Dependencies = field(init=False)

    def __post_init__(self) -> None:
        self._own = self.world.app.extensions[EXTENSION]

    def to(self, **limits: int) -> None:
        """These limits and no others, with nothing leased."""
        settings = replace(self._own.settings, **{**OFF, **{f"limit_{name}": limit for name, limit in limits.items()}})  # type: ignore[arg-type]
        self.world.app.extensions[EXTENSION] = replace(
            self._own, settings=settings, leases=Leases(self._take, monotonic=lambda: self.now.timestamp())
        )

    def lift(self) -> None:
        """The world's own limits again, whose clock is the server's."""
        self.world.app.extensions[EXTENSION] = self._own

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)

    def _take(self, account: UUID, wanted: Sequence[Wanted]) -> list[Lease]:
        self.statements += 1
        if self.broken:
            raise RuntimeError("no database")
        return take_calls(self.world.api_engine, account, wanted, at=self.now)

    # -- calls ---------------------------------------------------------------------------------------------------

    def get(self, who: str = "owner", path: str = "/v1/account", **query: str) -> Any:
        return self.world.get(who, path, **query)

    def post(self, who: str = "owner", path: str = "/v1/messages/preview", **body: str) -> Any:
        return self.world.client(who).post(path, json=body or {"body": "Hello"})

    def statuses(self, calls: int, who: str = "owner", path: str = "/v1/account") -> list[int]:
        return [self.get(who, path).status_code for _ in range(calls)]

    def bearing(self, token: str, path: str = "/v1/messages", address: str = "127.0.0.1") -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.world.app.test_client().get(path, headers=headers, environ_base={"REMOTE_ADDR": address})

    def key(self, **chosen: Any) -> Any:
        """A new key of the owner's, made without a limit."""
        during = self.world.app.extensions[EXTENSION]
        self.to()
        answer = self.world.client("owner").post(
            "/v1/api-keys", json={"name": "Limited", "scopes": ["sms:read", "sms:send"], **chosen}
        )
        self.world.app.extensions[EXTENSION] = during
        assert answer.status_code == 201, answer.json
        return answer.json


def limited_so_far(limit: str) -> float:
    return REGISTRY.get_sample_value("gateway_limited_total", {"limit": limit}) or 0.0


def unknown_key() -> str:
    return new_raw_key("live")
