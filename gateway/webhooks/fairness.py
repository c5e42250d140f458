"""Who goes first: no endpoint can take the slots that others need, however slow it is or however much it is owed.

Each endpoint has a window of attempts under way, which grows while it answers well and shrinks when it fails. Endpoints
that fail share half of all slots; the other half is never theirs. Free slots go around the tenants, and around the
endpoints of each, one at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from gateway.store.webhooks.queue import Demand

FIRST_WINDOW = 4
LARGEST_WINDOW = 64


@dataclass(slots=True)
class _Endpoint:
    window: int = FIRST_WINDOW
    under_way: int = 0
    failing: bool = False


class Slots:
    """`most` attempts under way at once, shared fairly. Used from one thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._endpoints: dict[UUID, _Endpoint] = {}
        self._under_way = 0
        self._failing_under_way = 0

    @property
    def free(self) -> int:
        return self._most - self._under_way

    def share(self, demands: Iterable[Demand]) -> list[tuple[UUID, UUID, int]]:
        """How many deliveries to take now, by (tenant, endpoint)."""
        steady: list[tuple[Demand, int]] = []
        failing: list[tuple[Demand, int]] = []
        for demand in demands:
            known = self._endpoints.get(demand.endpoint_id)
            if known is None:
                known = self._endpoints[demand.endpoint_id] = _Endpoint(
                    window=1 if demand.failing else FIRST_WINDOW, failing=demand.failing
                )
            room = min(known.window - known.under_way, demand.due)
            if room > 0:
                (failing if known.failing else steady).append((demand, room))
        shares = around(steady, self.free)
        taken = sum(many for _, _, many in shares)
        left = min(self.free - taken, self._most // 2 - self._failing_under_way)
        return shares + around(failing, left)

    def begin(self, endpoint_id: UUID) -> None:
        """An attempt starts."""
        endpoint = self._endpoints.setdefault(endpoint_id, _Endpoint())
        endpoint.under_way += 1
        self._under_way += 1
        self._failing_under_way += endpoint.failing

    def end(self, endpoint_id: UUID, *, succeeded: bool) -> None:
        """An attempt is over, well or not."""
        endpoint = self._endpoints[endpoint_id]
        self._under_way -= 1
        self._failing_under_way -= endpoint.failing
        endpoint.under_way -= 1
        if endpoint.failing == succeeded:
            # Its other attempts change sides with it.
            self._failing_under_way += endpoint.under_way if not succeeded else -endpoint.under_way
            endpoint.failing = not succeeded
        endpoint.window = min(endpoint.window + 1, LARGEST_WINDOW) if succeeded else max(endpoint.window // 2, 1)
        if endpoint.under_way == 0:
            # Forgotten while idle, else every endpoint that ever was would be remembered; the database knows who fails.
            del self._endpoints[endpoint_id]


def around(wanting: Iterable[tuple[Demand, int]], free: int) -> list[tuple[UUID, UUID, int]]:
    """Deal `free` slots one at a time: around the tenants, and for each around its endpoints, up to each one's room."""
    rooms: dict[UUID, int] = {}
    queues: dict[UUID, deque[UUID]] = defaultdict(deque)
    dealt: Counter[tuple[UUID, UUID]] = Counter()
    for demand, room in wanting:
        rooms[demand.endpoint_id] = room
        queues[demand.tenant_id].append(demand.endpoint_id)
    turn = deque(queues)
    while free > 0 and turn:
        tenant_id = turn.popleft()
        endpoint_id = queues[tenant_id].popleft()
        dealt[tenant_id, endpoint_id] += 1
        free -= 1
        if dealt[tenant_id, endpoint_id] < rooms[endpoint_id]:
            queues[tenant_id].append(endpoint_id)
        if queues[tenant_id]:
            turn.append(tenant_id)
    return [(tenant_id, endpoint_id, many) for (tenant_id, endpoint_id), many in dealt.items()]
