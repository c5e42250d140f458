"""Every callback of the portal, forged by every role, against a real gateway: hiding a button protects nothing.

`tests.integration.roles.table` names each callback with the action it belongs to. One that changes something must change nothing for a role that
may not act so, nor anything of another tenant for anybody; no answer may hold another tenant's data.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.domain import ids
from portal.domain.permissions import Act, may, may_open
from portal.shell import dash_internals
from tests.integration.roles.aims import aim_at
from tests.integration.roles.conftest import House
from tests.integration.roles.forging import Aim, Forged, forge
from tests.integration.roles.table import TABLE
from tests.support import api_calls
from tests.support.contents import contents

PEOPLE = ("owner", "developer", "billing", "viewer", "stranger", "tam", "unassigned_tam", "admin", "impostor")
ROUTER = "portal.shell.app.show_page"


# Of accounts that one looks after, of which nobody's TAM has none.
OF_CARE = (Act.RECOMPUTE_SCORES, Act.WRITE_NOTES, Act.PRESENT_REVIEWS)
READS = sorted(name for name, entry in TABLE.items() if not entry.changes)
WRITES = sorted(name for name, entry in TABLE.items() if entry.changes)
# What platform admins do in every account: to them no account is somebody else's.
OF_EVERY_ACCOUNT = frozenset(name for name, entry in TABLE.items() if entry.act in {Act.WRITE_NOTES, Act.ASSIGN})


def forged(house: House, handler: str, aim: Aim, **properties: Any) -> Forged:
    names = dash_internals.handlers(house.app)
    callback = next(each for each in dash_internals.callbacks(house.app) if names.get(each["output"]) == handler)
    outputs = house.app.callback_map[callback["output"]]["output"]
    return forge(callback, outputs if isinstance(outputs, list) else [outputs], aim, **properties)


def permitted(house: House, handler: str, who: str) -> bool:
    """An impostor has no role that counts, and the platform lets them do nothing at all; nobody's TAM has no account to
    act on."""
    act = TABLE[handler].act
    assert act is not None
    nowhere = who == "unassigned_tam" and act in OF_CARE
    return may(house.actor(who), act) and who != "impostor" and not nowhere


def traces(house: House, tenant: Any) -> set[str]:
    """Words that only this tenant's data holds."""
    rows = house.world.sql("SELECT message_id, recipient FROM messages WHERE tenant_id = :tenant", tenant=tenant)
    names = {
        house.world.tenant: (
            "Made before",
            "Key of the bank",
            "hook-of-the-bank",
            "View of the bank",
            "Note of the bank",
        ),
        house.world.other: (
            "Other Shop",
            "Only of the other",
            "Key of the shop",
            "hook-of-the-shop",
            "View of the shop",
            "Note of the shop",
        ),
    }
    return {ids.encode(row[0]) for row in rows} | {str(row[1]) for row in rows} | set(names[tenant])


def own_tenant(house: House, who: str) -> Any:
    """The account a person is in; for internal people one they may look at."""
    return house.world.other if who == "stranger" else house.world.tenant


def other_tenant(house: House, who: str) -> Any:
    return house.world.tenant if who == "stranger" else house.world.other


def test_every_callback_is_in_the_table(house: House) -> None:
    handlers = set(dash_internals.handlers(house.app).values()) - {ROUTER}
    missing = sorted(handlers - set(TABLE))
    assert not missing, f"say in {__file__} which action these belong to, and whether they change something: {missing}"
    assert not set(TABLE) - handlers, "these are gone"


def test_every_change_belongs_to_an_action() -> None:
    assert all(TABLE[name].act is not None for name in WRITES)


@pytest.mark.parametrize(
    "handler",
    [
        "callbacks.messages.show_address",
        "callbacks.api_keys.show_keys",
        "callbacks.views.show_views",
        "callbacks.webhook_endpoint.show_endpoint",
    ],
)
def test_traces_are_found_where_they_should_be(house: House, handler: str) -> None:
    aim = aim_at(house, house.world.tenant, "owner")
    assert found_in(house.post("owner", forged(house, handler, aim).body)[1], traces(house, house.world.tenant))


@pytest.mark.parametrize("who", PEOPLE)
def test_change_forged_by_a_role_happens_where_it_may(house: House, who: str) -> None:
    for handler in WRITES:
        if not permitted(house, handler, who):
            continue
        house.forgive()
        aim = aim_at(house, own_tenant(house, who), who)
        before = contents(house.world)
        status, text = house.post(who, forged(house, handler, aim).body)
        assert status in (200, 204), (handler, text)
        assert contents(house.world) != before, f"{handler}: give its fields valid values, or see why it does not work"
        if who != "admin" or handler not in OF_EVERY_ACCOUNT:
            assert not found_in(text, traces(house, other_tenant(house, who))), handler


@pytest.mark.parametrize("who", PEOPLE)
def test_change_forged_by_a_role_that_may_not_changes_nothing(house: House, who: str) -> None:
    house.forgive()
    aim = aim_at(house, own_tenant(house, who), who)
    foreign = traces(house, other_tenant(house, who))
    before = contents(house.world)
    for handler in WRITES:
        if permitted(house, handler, who):
            continue
        status, text = house.post(who, forged(house, handler, aim).body)
        assert status in (200, 204, 403), (handler, text)
        assert not found_in(text, foreign), handler
    assert contents(house.world) == before, "one of them is refused and changes something all the same"


@pytest.mark.parametrize("who", PEOPLE)
def test_change_aimed_at_somebody_elses_things_changes_nothing(house: House, who: str) -> None:
    house.forgive()
    aim = aim_at(house, other_tenant(house, who), "owner" if who == "stranger" else "stranger")
    foreign = traces(house, other_tenant(house, who))
    before = contents(house.world)
    for handler in WRITES:
        request = forged(house, handler, aim)
        if who == "admin" and handler in OF_EVERY_ACCOUNT:
            continue
        if not request.aimed:
            continue  # it names nothing, so it can be about the asker alone: the tests above
        if who == "admin" and TABLE[handler].act is Act.PRESENT_REVIEWS:  # every account is theirs
            continue
        status, text = house.post(who, request.body)
        assert status in (200, 204, 403, 404), (handler, text)
        assert not found_in(text, foreign), handler
    assert contents(house.world) == before, "one of them changes what is somebody else's"


@pytest.mark.parametrize("who", PEOPLE)
def test_reading_callbacks_show_a_role_what_it_may_see_and_nothing_of_another_tenant(house: House, who: str) -> None:
    own, other = own_tenant(house, who), other_tenant(house, who)
    words = {tenant: traces(house, tenant) for tenant in (own, other)}
    for tenant in (own, other):
        aim = aim_at(house, tenant, who if tenant == own else ("owner" if who == "stranger" else "stranger"))
        before = contents(house.world)
        for handler in READS:
            status, text = house.post(who, forged(house, handler, aim).body)
            assert status in (200, 204, 403, 404), (handler, text)
            if who != "admin":
                assert not found_in(text, words[other]), f"{handler}, asked about {tenant}"
            act = TABLE[handler].act
            if (act is not None and not may(house.actor(who), act)) or who == "unassigned_tam":
                assert not found_in(text, words[own]), f"{handler}: not for this role"
        assert contents(house.world) == before, "one of them reads, and changes something all the same"


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_by_link_are_for_the_roles_of_the_table(house: House, who: str) -> None:
    own, foreign = traces(house, own_tenant(house, who)), traces(house, other_tenant(house, who))
    for page in dash_internals.registered_pages():
        route = str(page["path_template"] or page["path"])
        path = route.replace("<message_id>", api_calls.message(house.world, who)["messageId"])
        known = api_calls.known_delivery(house.world, who)
        path = path.replace("<endpoint_id>", known["endpointId"]).replace("<delivery_id>", known["deliveryId"])
        for tenant in (own_tenant(house, who), other_tenant(house, who)):
            aim = Aim(str(tenant), {})
            body = forged(house, ROUTER, aim, pathname=path, search=f"?tenantId={tenant}").body
            status, text = house.post(who, body)
            assert status in (200, 403, 404), (route, text)
            refused = "Your role does not include this page" in text
            assert refused is not may_open(house.actor(who), route), route
            if who != "admin":
                assert not found_in(text, foreign - {path.rpartition("/")[2]}), route
            if refused or who in ("unassigned_tam", "impostor"):
                assert not found_in(text, own - {path.rpartition("/")[2]}), route


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_by_address_are_for_the_roles_of_the_table(house: House, who: str) -> None:
    foreign = traces(house, other_tenant(house, who))
    for page in dash_internals.registered_pages():
        route = str(page["path_template"] or page["path"])
        if "<" in route:
            continue
        house.asker = who
        answer = house.client.get(f"{route}?tenantId={other_tenant(house, who)}")
        assert (answer.status_code == 403) is not may_open(house.actor(who), route), route
        if who != "admin":
            assert not found_in(answer.get_data(as_text=True), foreign), route


def found_in(text: str, words: set[str]) -> list[str]:
    """Which of the words are in the text, by whatever marks of direction or spaces they are set apart."""
    plain = re.sub(r"[\u2066-\u2069\s]|\\u206[6-9]", "", text)
    return sorted(word for word in words if word.replace(" ", "") in plain)
