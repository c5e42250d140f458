"""A tenant's tickets over the API: asked once a minute for everybody, and said in words whatever the other system does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.api.context import EXTENSION
from gateway.jobs.tickets import count_due
from gateway.tickets.desk import Desk
from gateway.tickets.port import TicketSource
from tests.support.api_world import NOW, World
from tests.support.support_systems import EXTERNAL, SupportSystem, speaking, written
from tests.unit.gateway.tickets.test_adapters import source_of


@dataclass
class Scene:
    """A world with a Zendesk, and a clock that can be moved."""

    world: World
    system: SupportSystem
    source: TicketSource
    now: datetime = NOW

    def __post_init__(self) -> None:
        own = self.world.app.extensions[EXTENSION]
        # As in another process: nothing but the database is shared.
        self.world.app.extensions[EXTENSION] = replace(own, tickets=Desk(self.source), now=lambda: self.now)

    def restart(self) -> None:
        self.source = source_of("zendesk", self.system)
        self.__post_init__()

    def later(self, **ago: float) -> None:
        self.now += timedelta(**ago)

    def link(self, organisation: str | None = EXTERNAL) -> None:
        path = f"/v1/internal/tenants/{self.world.tenant}/ticket-organisation"
        answer = self.world.client("admin").put(path, json={"organisation": organisation})
        assert (answer.status_code, answer.json["organisation"]) == (200, organisation)

    def told(self, who: str = "tam") -> dict[str, Any]:
        answer = self.world.get(who, f"/v1/internal/tenants/{self.world.tenant}/tickets")
        assert answer.status_code == 200, answer.json
        found: dict[str, Any] = answer.json
        return found


@pytest.fixture
def scene(own_world: World) -> Iterator[Scene]:
    own = own_world.app.extensions[EXTENSION]
    with speaking("zendesk") as system:
        system.tickets = written(12)
        yield Scene(own_world, system, source_of("zendesk", system))
    own_world.app.extensions[EXTENSION] = own


def state(found: dict[str, Any]) -> tuple[Any, ...]:
    return found["state"], found["problem"], len(found["items"])


def test_ten_latest_are_told_and_asked_for_once_a_minute_by_all_processes(scene: Scene) -> None:
    assert state(scene.told()) == ("not_linked", None, 0)
    scene.link()
    first = scene.told()
    assert state(first) == ("known", None, 10)
    assert (first["source"], first["organisation"]) == ("zendesk", EXTERNAL)
    assert first["items"][0]["url"] == f"{scene.system.url}/agent/tickets/12"
    calls = len(scene.system.seen)
    scene.later(seconds=59)
    scene.restart()
    assert scene.told("admin") == first
    assert len(scene.system.seen) == calls
    scene.system.tickets += written(1, "new", first=99)
    scene.later(seconds=1)
    assert [item["ticketId"] for item in scene.told()["items"]][:1] != [first["items"][0]["ticketId"]]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [(500, "unreachable"), (401, "refused"), (429, "rate_limited"), ("html", "malformed"), ("lacking", "malformed")],
)
def test_fault_is_said_with_what_was_known_and_its_age(scene: Scene, fault: int | str, problem: str) -> None:
    scene.link()
    known = scene.told()
    scene.later(minutes=5)
    scene.system.fault = fault
    found = scene.told()
    assert state(found) == ("unavailable", problem, 10)
    assert (found["items"], found["asOf"]) == (known["items"], known["asOf"])
    calls = len(scene.system.seen)
    assert scene.told() == found, "asked again at once"
    assert len(scene.system.seen) == calls
    scene.system.fault = None
    scene.later(hours=2)
    scene.restart()
    assert state(scene.told()) == ("known", None, 10)


def test_silent_system_never_known_is_said_in_time(scene: Scene) -> None:
    scene.link()
    scene.system.fault = "silent"
    own = scene.world.app.extensions[EXTENSION]
    scene.world.app.extensions[EXTENSION] = replace(own, tickets=Desk(scene.source, seconds=0.2))
    found = scene.told()
    assert state(found) == ("unavailable", "slow", 0)
    assert found["asOf"] is None


def test_other_organisation_forgets_what_was_known_and_is_audited(scene: Scene) -> None:
    scene.link()
    scene.told()
    scene.link("nobody")
    assert state(scene.told()) == ("unavailable", "unknown_organisation", 0)
    scene.link(None)
    scene.link(None)
    assert state(scene.told()) == ("not_linked", None, 0)
    rows = scene.world.sql(
        "SELECT details->>'organisation' FROM audit_events WHERE action = 'tickets.linked' ORDER BY audit_id"
    )
    assert [row[0] for row in rows] == [EXTERNAL, "nobody", None]


def test_without_a_system_only_the_demo_has_tickets_as_many_as_its_days_say(own_world: World) -> None:
    def told(tenant: Any) -> dict[str, Any]:
        found: dict[str, Any] = own_world.get("admin", f"/v1/internal/tenants/{tenant}/tickets").json
        return found

    assert state(told(own_world.other)) == ("not_configured", None, 0)
    demo = told(own_world.tenant)
    assert (demo["state"], demo["source"]) == ("known", "demo")
    assert demo == told(own_world.tenant)
    opened = own_world.sql("SELECT sum(opened) FROM ticket_days WHERE tenant_id = :t", t=own_world.tenant)[0][0]
    assert len(demo["items"]) == min(10, opened)
    assert {item["url"] for item in demo["items"]} == {None}
    still = [item for item in demo["items"] if item["status"] in ("new", "open", "pending", "on_hold")]
    latest = "SELECT still_open FROM ticket_days WHERE tenant_id = :t ORDER BY day DESC LIMIT 1"
    assert len(still) == own_world.sql(latest, t=own_world.tenant)[0][0]


# ------------------------------------------------------------------------------------------------------------ counting


def days(scene: Scene) -> dict[str, tuple[int, int]]:
    rows = scene.world.sql(
        "SELECT day::text, opened, still_open FROM ticket_days WHERE tenant_id = :t", t=scene.world.tenant
    )
    return {row[0]: (row[1], row[2]) for row in rows}


@pytest.fixture
def counting(scene: Scene) -> Scene:
    with scene.world.worker_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ticket_days")
    scene.link()
    return scene


def count(scene: Scene) -> int:
    return count_due(scene.world.worker_engine, scene.source, scene.now)


def test_counting_gives_each_local_day_its_tickets_and_is_the_same_again(counting: Scene) -> None:
    scene = counting
    scene.system.tickets = written(40, "open", hours=13)
    for each in scene.system.tickets[10:]:
        each.status = "closed"
    assert count(scene) == 1
    first = days(scene)
    assert len(first) == 35, "days without a ticket have a row that says none"
    assert sum(opened for opened, _ in first.values()) == 40
    assert (first["2026-11-20"], first["2026-11-19"][0]) == ((1, 10), 2), "23:30 in Kabul is still the day before"
    assert count(scene) == 0, "not before an hour is over"
    scene.later(minutes=56)
    assert count(scene) == 1
    assert days(scene) == first


def test_days_before_keep_how_many_were_open_when_they_were_today(counting: Scene) -> None:
    scene = counting
    scene.system.tickets = written(3)
    count(scene)
    for each in scene.system.tickets:
        each.status = "solved"
    scene.later(days=1)
    count(scene)
    assert days(scene)["2026-11-20"][1] == 3
    assert days(scene)["2026-11-21"] == (0, 0)


@pytest.mark.parametrize("fault", [500, 429, 401, "html"])
def test_system_that_is_away_leaves_days_unknown_and_not_zero(counting: Scene, fault: int | str) -> None:
    scene = counting
    scene.system.fault = fault
    assert count(scene) == 0
    assert days(scene) == {}
    scene.system.fault = None
    scene.restart()
    scene.later(hours=1)
    assert count(scene) == 1
    assert len(days(scene)) == 35
