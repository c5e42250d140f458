"""An internal user who looks as a customer: what the role sees, nothing more, and nothing can be changed.

Every page and every callback, by each role, against a real gateway. What the gateway itself does with a preview:
tests/integration/api/test_role_preview.py.
"""

from __future__ import annotations

import pytest

from portal.domain.actor import Actor
from portal.domain.permissions import CUSTOMER_ROLES as IN_ORDER
from portal.domain.permissions import may, may_open
from portal.shell import dash_internals
from tests.integration.roles.aims import aim_at
from tests.integration.roles.conftest import House
from tests.integration.roles.forging import Aim
from tests.integration.roles.table import TABLE
from tests.integration.roles.test_portal_callbacks import READS, ROUTER, WRITES, forged, found_in, traces
from tests.support import api_calls
from tests.support.contents import contents


def previewer(house: House, role: str) -> Actor:
    return house.actor(f"tam as {role}")


@pytest.mark.parametrize("role", IN_ORDER)
def test_callbacks_in_a_preview_show_what_the_role_sees_and_change_nothing(house: House, role: str) -> None:
    who = f"tam as {role}"
    own, foreign = traces(house, house.world.tenant), traces(house, house.world.other)
    for tenant in (house.world.tenant, house.world.other):
        aim = aim_at(house, tenant, "owner" if tenant == house.world.tenant else "stranger")
        before = contents(house.world)
        for handler in (*READS, *WRITES):
            status, text = house.post(who, forged(house, handler, aim).body)
            assert status in (200, 204, 403, 404), (handler, text)
            assert not found_in(text, foreign), handler
            act = TABLE[handler].act
            if act is not None and not may(previewer(house, role), act):
                assert not found_in(text, own), f"{handler}: not for a {role}"
        assert contents(house.world) == before, "one of them changes something"


@pytest.mark.parametrize("role", IN_ORDER)
def test_pages_in_a_preview_are_those_of_the_role(house: House, role: str) -> None:
    who = f"tam as {role}"
    own, foreign = traces(house, house.world.tenant), traces(house, house.world.other)
    known = api_calls.known_delivery(house.world, "owner")
    shown = set()
    before = contents(house.world)
    for page in dash_internals.registered_pages():
        route = str(page["path_template"] or page["path"])
        path = route.replace("<message_id>", api_calls.message(house.world, "owner")["messageId"])
        path = path.replace("<endpoint_id>", known["endpointId"]).replace("<delivery_id>", known["deliveryId"])
        # Whichever account an address names: it is the one that the preview is of.
        body = forged(
            house, ROUTER, Aim(str(house.world.other), {}), pathname=path, search=f"?tenantId={house.world.other}"
        ).body
        status, text = house.post(who, body)
        assert status in (200, 404), (route, text)
        refused = "Your role does not include this page" in text
        assert refused is not may_open(previewer(house, role), route), route
        assert not found_in(text, foreign - {path.rpartition("/")[2]}), route
        if route == "/profile":
            assert "Not part of the preview" in text
        if refused:
            assert not found_in(text, own - {path.rpartition("/")[2]}), route
        elif found_in(text, own):
            shown.add(route)
    assert contents(house.world) == before
    assert ("/messages" in shown) is (role != "billing"), "there is something to see at all"
    assert ("/api-keys" in shown) is (role in ("owner", "developer"))
