"""A person's view of keys, for tests: make them, call with them, and move the clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.api.context import EXTENSION, Dependencies
from tests.support.api_world import NOW, World


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Keys:
    """The calls about keys by one person of the world."""

    world: World
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        own: Dependencies = self.world.app.extensions[EXTENSION]
        self.world.app.extensions[EXTENSION] = replace(own, now=self.clock)

    @property
    def usage(self) -> Any:
        return self.world.app.extensions[EXTENSION].key_usage

    def create(self, who: str = "owner", **body: Any) -> Any:
        given = {"name": "A key", "scopes": ["sms:read"], **body}
        answer = self.world.client(who).post("/v1/api-keys", json=given)
        assert answer.status_code == 201, answer.json
        return answer.json

    def rotate(self, key: Any, seconds: int, who: str = "owner") -> Any:
        return self.world.client(who).post(f"/v1/api-keys/{key['keyId']}/rotate", json={"graceSeconds": seconds})

    def revoke(self, key: Any, who: str = "owner") -> Any:
        return self.world.client(who).delete(f"/v1/api-keys/{key['keyId']}")

    def show(self, key: Any) -> Any:
        return self.world.get("owner", f"/v1/api-keys/{key['keyId']}").json

    def call(self, raw_key: str, path: str = "/v1/messages", *, method: str = "GET", address: str = "127.0.0.1") -> Any:
        """A call with the key, as the address given."""
        return self.world.app.test_client().open(
            path,
            method=method,
            headers={"Authorization": f"Bearer {raw_key}"},
            environ_base={"REMOTE_ADDR": address},
            **({"json": {}} if method in {"POST", "PATCH"} else {}),
        )
