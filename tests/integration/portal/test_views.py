"""The portal's saved views on the real gateway: what one side writes, the other reads."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, InvalidInput, NotFound
from portal.domain.message_filter import MessageFilter
from portal.services.views import ViewService
from portal.settings import PortalSettings
from portal.wiring import build_services
from tests.support.api_world import World, build_world
from tests.support.postgres import NewDatabase
from tests.support.served import HOST, free_port, served

# One of everything that an address can ask for.
EVERYTHING = MessageFilter.from_search(
    "startDate=2026-11-01&endDate=2026-11-20&status=failed&status=expired&operator=Roshan&senderId=فروش&errorCode=x"
    "&country=AF&destination=%2B9379&to=%2B9379*&weekday=5&hour=0&q=070"
    "&invoiceLineId=00000000-0000-7000-8000-000000000005"
)


@pytest.fixture(scope="module")
def world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("views"), messages=20) as built:
        yield built


@pytest.fixture(scope="module")
def views(world: World) -> Iterator[ViewService]:
    port = free_port()
    with served(world.app, port):
        url = f"http://{HOST}:{port}"
        yield build_services(cast(PortalSettings, SimpleNamespace(gateway_url=url, api_url=url))).views


def actor(world: World, who: str) -> Actor:
    person = world.people[who]
    tenant = str(person.tenant_id) if person.tenant_id else None
    kind = "internal" if person.internal else "customer"
    return Actor(str(person.user_id), tenant, kind, person.roles, who, f"{who}@tests.example", token=f"token-of-{who}")


def test_view_lives_its_life_for_its_owner_alone(world: World, views: ViewService) -> None:
    viewer, teammate = actor(world, "viewer"), actor(world, "owner")
    made = views.save("نوبت‌دهی", EVERYTHING, idempotency_key="one-key", actor=viewer)
    assert views.save("نوبت‌دهی", EVERYTHING, idempotency_key="one-key", actor=viewer) == made
    assert views.list(actor=viewer) == (made,)
    assert made.is_of(EVERYTHING)
    assert not made.wanted.problems
    assert views.list(actor=teammate) == ()
    for act in (
        lambda: views.show(made.view_id, actor=teammate),
        lambda: views.rename(made.view_id, "Theirs", actor=teammate),
        lambda: views.update(made.view_id, MessageFilter(), actor=teammate),
    ):
        with pytest.raises(NotFound):
            act()
    assert views.rename(made.view_id, "Appointments", actor=viewer).wanted == made.wanted
    narrower = MessageFilter.from_search("status=held")
    assert views.update(made.view_id, narrower, actor=viewer).name == "Appointments"
    assert views.show(made.view_id, actor=viewer).is_of(narrower)
    views.delete(made.view_id, actor=viewer)
    views.delete(made.view_id, actor=viewer)
    assert views.list(actor=viewer) == ()


def test_what_the_platform_refuses_is_said_of_the_name(world: World, views: ViewService) -> None:
    developer = actor(world, "developer")
    views.save("Failures", MessageFilter(), idempotency_key="first", actor=developer)
    other = views.save("Other", MessageFilter(), idempotency_key="other", actor=developer)
    for call in (
        lambda: views.save("failures", MessageFilter(), idempotency_key="again", actor=developer),
        lambda: views.rename(other.view_id, "FAILURES", actor=developer),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert caught.value.codes == {"name": "view_taken"}
    for number in range(48):
        views.save(f"View {number}", MessageFilter(), idempotency_key=f"n{number}", actor=developer)
    with pytest.raises(InvalidInput) as caught:
        views.save("One more", MessageFilter(), idempotency_key="more", actor=developer)
    assert caught.value.codes == {"name": "too_many_views"}
    assert len(views.list(actor=developer)) == 50


def test_internal_people_read_their_own_of_an_account_and_save_none(world: World, views: ViewService) -> None:
    tam = actor(world, "tam")
    assert views.list(str(world.tenant), actor=tam) == ()
    with pytest.raises(Forbidden):
        views.save("Mine", MessageFilter(), idempotency_key="tam", actor=tam)
