from __future__ import annotations

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.webhooks.queue import Demand
from gateway.webhooks.fairness import FIRST_WINDOW, LARGEST_WINDOW, Slots, around


def demand(tenant: int, endpoint: int, due: int = 64, *, failing: bool = False) -> Demand:
    return Demand(UUID(int=tenant), UUID(int=endpoint), due, failing)


def by_endpoint(shares: list[tuple[UUID, UUID, int]]) -> dict[int, int]:
    return {endpoint_id.int: many for _, endpoint_id, many in shares}


def test_tenants_get_the_same_however_many_endpoints_they_have() -> None:
    wanting = [(demand(1, number), 10) for number in range(10, 20)] + [(demand(2, 30), 10)]
    shares = around(wanting, 12)
    of_tenant: Counter[int] = Counter()
    for tenant_id, _, many in shares:
        of_tenant[tenant_id.int] += many
    assert of_tenant == {1: 6, 2: 6}


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30), st.integers(1, 9)), unique_by=lambda each: each[1]),
    st.integers(0, 60),
)
def test_deal_gives_all_that_is_free_and_nobody_more_than_they_have_room_for(
    given_: list[tuple[int, int, int]], free: int
) -> None:
    rooms = {endpoint: room for _, endpoint, room in given_}
    shares = by_endpoint(around([(demand(tenant, endpoint), room) for tenant, endpoint, room in given_], free))
    assert sum(shares.values()) == min(free, sum(rooms.values()))
    assert all(0 < many <= rooms[endpoint] for endpoint, many in shares.items())


def test_window_grows_with_success_and_shrinks_with_failure() -> None:
    slots, endpoint = Slots(500), UUID(int=9)
    slots.begin(endpoint)  # one stays under way, so the window is remembered
    assert by_endpoint(slots.share([demand(1, 9)])) == {9: FIRST_WINDOW - 1}
    for _ in range(200):
        slots.begin(endpoint)
        slots.end(endpoint, succeeded=True)
    assert by_endpoint(slots.share([demand(1, 9)])) == {9: LARGEST_WINDOW - 1}
    for _ in range(10):
        slots.begin(endpoint)
        slots.end(endpoint, succeeded=False)
    assert by_endpoint(slots.share([demand(1, 9)])) == {}


def test_endpoint_known_to_fail_starts_with_one() -> None:
    assert by_endpoint(Slots(100).share([demand(1, 9, failing=True)])) == {9: 1}


def test_failing_endpoints_never_hold_more_than_half() -> None:
    slots = Slots(20)
    shares = slots.share([demand(1, number, failing=True) for number in range(100, 140)])
    assert sum(by_endpoint(shares).values()) == 10
    for _, endpoint_id, _many in shares:
        slots.begin(endpoint_id)
    assert slots.share([demand(1, number, failing=True) for number in range(200, 240)]) == []
    assert by_endpoint(slots.share([demand(2, 9)])) == {9: FIRST_WINDOW}


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans()), max_size=80))
def test_books_are_balanced_whatever_happens(steps: list[tuple[int, bool, bool]]) -> None:
    slots, under_way = Slots(50), Counter[int]()
    for endpoint, starts, succeeded in steps:
        if starts:
            slots.begin(UUID(int=endpoint))
            under_way[endpoint] += 1
        elif under_way[endpoint]:
            slots.end(UUID(int=endpoint), succeeded=succeeded)
            under_way[endpoint] -= 1
    assert slots.free == 50 - under_way.total()
    for endpoint, many in under_way.items():
        for _ in range(many):
            slots.end(UUID(int=endpoint), succeeded=True)
    assert slots.free == 50
    assert slots._failing_under_way == 0
    assert slots._endpoints == {}
