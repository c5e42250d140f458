"""Requests to callbacks that no page would send: one id of another tenant's among one's own, ids that were never drawn,
values of any kind, and shapes that are no callback's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.roles.aims import add_aim, aim_at
from tests.integration.roles.conftest import House
from tests.integration.roles.forging import Aim
from tests.integration.roles.table import TABLE
from tests.integration.roles.test_portal_callbacks import (
    READS,
    WRITES,
    forged,
    found_in,
    other_tenant,
    own_tenant,
    traces,
)
from tests.support.contents import contents, contents_of

HANDLERS = sorted(TABLE)
Body = dict[str, Any]


def entries(body: Body) -> list[dict[str, Any]]:
    """Every component that a request names as input or state."""
    parts = [*body["inputs"], *body["state"]]
    return [entry for part in parts for entry in (part if isinstance(part, list) else [part])]


# -- shapes ----------------------------------------------------------------------------------------------------


def add_state(body: Body) -> None:
    body["state"].append({"id": "tenant", "property": "data", "value": "x"})


def add_input(body: Body) -> None:
    body["inputs"].append({"id": "tenant", "property": "data", "value": "x"})


def rename_output(body: Body) -> None:
    body["output"] = "no-such-thing.data"


def rename_part(body: Body) -> None:
    entries(body)[0]["id"] = "tenant"


def change_property(body: Body) -> None:
    entries(body)[0]["property"] = "children"


def widen_pattern(body: Body) -> None:
    entries(body)[0]["id"] = {"type": "x", "tenantId": "y"}


def nest_id(body: Body) -> None:
    entries(body)[0]["id"] = [{"a": 1}]


def drop_inputs(body: Body) -> None:
    body["inputs"] = []


def drop_outputs(body: Body) -> None:
    del body["outputs"]


def outputs_of_another_kind(body: Body) -> None:
    body["outputs"] = ["x"] if isinstance(body["outputs"], list) else "x"


MISSHAPEN: tuple[Callable[[Body], None], ...] = (
    add_state, add_input, rename_output, rename_part, change_property, widen_pattern, nest_id, drop_inputs,
    drop_outputs, outputs_of_another_kind,
)  # fmt: skip


@pytest.mark.parametrize("misshape", MISSHAPEN, ids=lambda misshape: misshape.__name__)
def test_request_of_a_shape_that_is_no_callbacks_is_refused_before_anything_runs(
    house: House, misshape: Callable[[Body], None]
) -> None:
    aim = aim_at(house, house.world.tenant, "owner")
    before = contents(house.world)
    for handler in HANDLERS:
        body = forged(house, handler, aim).body
        misshape(body)
        assert house.post("owner", body)[0] == 400, handler
    assert contents(house.world) == before


@pytest.mark.parametrize("body", [[], 7, None, "x", {}, {"output": 7}, {"output": "_pages_content.children"}], ids=repr)
def test_request_that_is_no_callbacks_at_all_is_refused(house: House, body: Any) -> None:
    assert house.post("owner", body)[0] == 400


# -- one foreign id among one's own ----------------------------------------------------------------------------


def mixed(own: Aim, foreign: Aim) -> Iterator[tuple[str, Aim]]:
    """Aims at one's own things with one name of another tenant's, each such name in turn."""
    yield "tenant", replace(own, tenant_id=foreign.tenant_id)
    for name, value in own.ids.items():
        if "=" not in value:
            yield name, replace(own, ids={**own.ids, name: foreign.ids[name]})
            continue
        theirs = dict(parse_qsl(foreign.ids[name]))
        for part, held in theirs.items():
            yield (
                f"{name}:{part}",
                replace(own, ids={**own.ids, name: urlencode({**dict(parse_qsl(value)), part: held})}),
            )


def names_of(house: House, handler: str, own: Aim) -> set[str]:
    """Which of the aim's names a request of this callback holds."""
    marked = Aim("tenant-mark", {name: f"mark-of-{name}-" for name in own.ids})
    text = json.dumps(forged(house, handler, marked).body)
    named = {name for name in own.ids if f"mark-of-{name}-" in text}
    return named | ({"tenant"} if "tenant-mark" in text else set())


@pytest.mark.parametrize("who", ["owner", "viewer", "stranger", "tam", "unassigned_tam", "impostor"])
def test_one_id_of_another_tenant_among_ones_own_reaches_nothing_of_it(house: House, who: str) -> None:
    house.forgive()
    own_id, foreign_id = own_tenant(house, who), other_tenant(house, who)
    somebody = "owner" if who == "stranger" else "stranger"
    own, foreign = aim_at(house, own_id, who), add_aim(house, foreign_id, somebody)
    words = traces(house, foreign_id)
    tried = 0
    for handler in (*READS, *WRITES):
        names = names_of(house, handler, own)
        if handler in WRITES and names:
            own, foreign = aim_at(house, own_id, who), add_aim(house, foreign_id, somebody)
        before = contents_of(house.world, foreign_id) if handler in WRITES and names else {}
        for name, aim in mixed(own, foreign):
            if name.partition(":")[0] not in names:
                continue
            tried += 1
            status, text = house.post(who, forged(house, handler, aim).body)
            assert status in (200, 204, 403, 404), (handler, name, text)
            assert not found_in(text, words), (handler, name)
        if before:
            assert contents_of(house.world, foreign_id) == before, handler
    assert tried > 40, "the names of things are no longer found in what callbacks are asked"


# -- values and ids of any kind --------------------------------------------------------------------------------

ODD = (
    None, 7, -1, 1.5, True, "", "x", "../..", "\0", "a" * 3000, [], {}, ["x"], {"a": "b"}, [None], 10**30, "پیام",
    "?tenantId=&page=-1&cursor=%00", "NaN", "01890000-0000-7000-8000-000000000000", "' OR 1=1 --", "msg_0",
)  # fmt: skip


def test_values_of_any_kind_and_ids_that_were_never_drawn_reach_nothing(house: House) -> None:
    house.forgive()
    aims = {
        tenant: aim_at(house, tenant, somebody) if tenant == house.world.tenant else add_aim(house, tenant, somebody)
        for tenant, somebody in ((house.world.tenant, "owner"), (house.world.other, "stranger"))
    }
    words = {tenant: traces(house, tenant) for tenant in aims}
    before = contents_of(house.world, house.world.other)

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    @given(
        who=st.sampled_from(("owner", "viewer", "billing", "tam", "unassigned_tam", "impostor")),
        handler=st.sampled_from(HANDLERS),
        tenant=st.sampled_from(sorted(aims)),
        at=st.integers(0, 50),
        odd=st.sampled_from(ODD),
    )
    def one(who: str, handler: str, tenant: Any, at: int, odd: Any) -> None:
        body = forged(house, handler, aims[tenant]).body
        parts = entries(body)
        part = parts[at % len(parts)]
        if isinstance(part["id"], dict) and at % 2:
            part["id"][sorted(part["id"])[at % len(part["id"])]] = odd
        else:
            part["value"] = odd
        status, text = house.post(who, body)
        assert status in (200, 204, 400, 403, 404), (status, text)
        assert not found_in(text, words[house.world.other])
        if who == "unassigned_tam":
            assert not found_in(text, words[house.world.tenant])

    one()
    assert contents_of(house.world, house.world.other) == before
