"""Webhooks as people of a world manage them over the API, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.support.api_world import NOW, World
from tests.support.webhook_rows import add_delivery, add_endpoint

HOOKS = "/v1/webhooks"
URL = "https://hooks.example.com/sms?key=of-theirs"


@dataclass
class Hooks:
    """The calls about webhooks by people of a world, and rows behind their back."""

    world: World

    def call(self, method: str, path: str = "", *, who: str = "owner", key: str | None = None, **options: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        headers |= options.pop("headers", {})
        return self.world.client(who).open(f"{HOOKS}{path}", method=method, headers=headers, **options)

    def create(self, who: str = "owner", **body: Any) -> Any:
        answer = self.call("POST", who=who, json={"url": URL, "events": ["message.delivered"], **body})
        assert answer.status_code == 201, answer.json
        return answer.json

    def endpoint(self, tenant: UUID | None = None, at: datetime = NOW) -> UUID:
        with self.world.worker_engine.begin() as connection:
            return add_endpoint(connection, tenant or self.world.tenant, at, sealer=self.world.sealer)

    def delivery(self, endpoint_id: UUID, at: datetime = NOW, tenant: UUID | None = None, **more: Any) -> UUID:
        with self.world.worker_engine.begin() as connection:
            return add_delivery(connection, tenant or self.world.tenant, endpoint_id, at, **more)

    def row(self, delivery_id: object) -> Any:
        return self.world.sql("SELECT * FROM webhook_deliveries WHERE delivery_id = :id", id=delivery_id)[0]

    def count(self, table: str) -> int:
        return int(self.world.sql(f"SELECT count(*) FROM {table}")[0][0])

    def pages(self, path: str, limit: int, **query: Any) -> list[Any]:
        found, cursor = [], None
        while True:
            given = {"limit": limit, **query, **({"cursor": cursor} if cursor else {})}
            answer = self.call("GET", path, query_string=given).json
            assert len(answer["items"]) <= limit
            found += answer["items"]
            if (cursor := answer["nextCursor"]) is None:
                return found
