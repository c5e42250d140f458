"""What the page of keys does when its controls are used, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import no_update

from callbacks import api_keys
from components.api_keys import ApiKeysIds
from portal import context
from portal.domain.errors import PortalError, Unauthenticated, UpstreamUnavailable
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_api_keys import FakeApiKeys
from tests.support.trees import links, text

ENTERED = ("Night job", ["sms:send"], "live", "90", "")


def on(port: FakeApiKeys, call: Callable[[], Any], **asker: Any) -> Any:
    with context.use(actor=actor(**asker), services=fake_services(api_keys=port)):
        return call()


def test_list_offers_changes_to_who_may_make_them() -> None:
    shown = on(FakeApiKeys(), lambda: api_keys.load_keys({}))
    assert shown[ApiKeysIds.ACTIONS, "children"].id == ApiKeysIds.NEW
    assert "Rotate" in text(shown[ApiKeysIds.LIST, "children"])
    shown = on(FakeApiKeys(), lambda: api_keys.load_keys({"tenantId": "x"}), tenant=None, roles=("tam",))
    assert shown[ApiKeysIds.ACTIONS, "children"] is None
    assert "Rotate" not in text(shown[ApiKeysIds.LIST, "children"])


def test_list_that_cannot_be_had_keeps_the_tenant_in_its_retry() -> None:
    tenant = "00000000-0000-7000-8000-000000000001"
    port = FakeApiKeys(error=UpstreamUnavailable(request_id="up-1"))
    shown = on(port, lambda: api_keys.show_keys("x", f"?tenantId={tenant}"), tenant=None, roles=("tam",))
    assert links(shown) == [f"/api-keys?tenantId={tenant}"]


def test_created_key_is_in_the_one_dialog_and_the_list_is_told() -> None:
    port = FakeApiKeys()
    answer = on(port, lambda: api_keys.create_key(1, "k", *ENTERED))
    raw = port.made["k"].raw_key
    assert answer[:3] == [False, None, True]
    assert raw in text(answer[3])
    assert all(raw not in str(part) for part in (*answer[:3], *answer[4:]))
    assert answer[4] not in (None, no_update)


def test_controls_that_were_only_drawn_anew_change_nothing() -> None:
    port = FakeApiKeys()
    before = list(port.keys)
    for call in (
        lambda: api_keys.create_key(None, "k", *ENTERED),
        lambda: api_keys.rotate_key(None, "k", port.keys[0].key_id, "0"),
        lambda: api_keys.revoke_key(None, port.keys[0].key_id),
        lambda: api_keys.ask_about_rotation([None, None]),
        lambda: api_keys.ask_for_key(None),
    ):
        assert set(on(port, call)) == {no_update}
    assert port.keys == before


@pytest.mark.parametrize("error", [UpstreamUnavailable(request_id="up-2"), PortalError()])
def test_failure_leaves_the_form_as_it_is(error: PortalError) -> None:
    answer = on(FakeApiKeys(failing={"create": error}), lambda: api_keys.create_key(1, "k", *ENTERED))
    assert answer[:5] == [no_update] * 5
    assert text(answer[5][1])


def test_refused_token_passes_through_to_sign_in() -> None:
    port = FakeApiKeys(error=Unauthenticated())
    for call in (
        lambda: api_keys.load_keys({}),
        lambda: api_keys.create_key(1, "k", *ENTERED),
        lambda: api_keys.rotate_key(1, "k", "x", "0"),
        lambda: api_keys.revoke_key(1, "x"),
    ):
        with pytest.raises(Unauthenticated):
            on(port, call)


def test_number_of_outputs_is_the_same_in_every_case() -> None:
    good, bad = FakeApiKeys(), FakeApiKeys(error=UpstreamUnavailable())
    first = good.keys[0].key_id
    for call in (
        lambda clicks: api_keys.create_key(clicks, "k", *ENTERED),
        lambda clicks: api_keys.rotate_key(clicks, "k2", first, "900"),
    ):
        lengths = {len(on(good, lambda: call(None))), len(on(good, lambda: call(1))), len(on(bad, lambda: call(1)))}  # noqa: B023
        assert len(lengths) == 1
