"""What the pages of webhooks do when their controls are used, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import no_update

from callbacks import webhook_delivery, webhook_endpoint, webhooks
from components.webhook_delivery import WebhookDeliveryIds
from components.webhook_endpoint import WebhookEndpointIds
from components.webhooks import WebhooksIds
from portal import context
from portal.domain.errors import NotFound, Unauthenticated, UpstreamUnavailable
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_webhooks import FakeWebhooks, delivery, endpoint_id
from tests.support.trees import links, text

FIRST = endpoint_id(0)
ENTERED = ("https://hooks.example.com/sms", "Till", ["message.sent"])
TENANT = "00000000-0000-7000-8000-000000000001"
PATH = {"endpoint_id": FIRST, "delivery_id": delivery(3).delivery_id}


def on(port: FakeWebhooks, call: Callable[[], Any], **asker: Any) -> Any:
    with context.use(actor=actor(**asker), services=fake_services(webhooks=port)):
        return call()


def test_pages_offer_changes_to_who_may_make_them() -> None:
    for who, offered in (({}, True), ({"tenant": None, "roles": ("tam",)}, False)):
        shown = on(FakeWebhooks(), lambda: webhooks.load_endpoints({"tenantId": TENANT}), **who)
        assert (shown[WebhooksIds.ACTIONS, "children"] is not None) is offered
        shown = on(FakeWebhooks(), lambda: webhook_endpoint.load_endpoint({**PATH, "tenantId": TENANT}), **who)
        assert (shown[WebhookEndpointIds.ACTIONS, "children"] is not None) is offered
        assert ("Rotate secret" in text(shown[WebhookEndpointIds.HEAD, "children"])) is offered
        shown = on(FakeWebhooks(), lambda: webhook_delivery.load_delivery({**PATH, "tenantId": TENANT}), **who)
        assert (shown[WebhookDeliveryIds.ACTIONS, "children"] is not None) is offered


def test_links_keep_the_tenant() -> None:
    tam: dict[str, Any] = {"tenant": None, "roles": ("tam",)}
    params = {**PATH, "tenantId": TENANT}
    for load in (webhooks.load_endpoints, webhook_endpoint.load_endpoint, webhook_delivery.load_delivery):
        shown = on(FakeWebhooks(), lambda: load(params), **tam)  # noqa: B023
        found = [href for value in shown.values() for href in links(value)]
        assert found
        assert [href for href in found if f"tenantId={TENANT}" not in href] == []


def test_unknown_endpoint_and_delivery_are_pages_that_do_not_exist() -> None:
    for load in (webhook_endpoint.load_endpoint, webhook_delivery.load_delivery):
        with pytest.raises(NotFound):
            on(FakeWebhooks(), lambda: load({"endpoint_id": "x", "delivery_id": "x"}))  # noqa: B023


def test_deliveries_that_cannot_be_had_leave_the_endpoint() -> None:
    port = FakeWebhooks(failing={"deliveries": UpstreamUnavailable(request_id="up-1")})
    shown = on(port, lambda: webhook_endpoint.load_endpoint({**PATH, "status": "failed"}))
    assert "Last success" in text(shown[WebhookEndpointIds.HEAD, "children"])
    assert "up-1" in text(shown[WebhookEndpointIds.DELIVERIES, "children"])
    assert links(shown[WebhookEndpointIds.DELIVERIES, "children"]) == [f"/webhooks/{FIRST}?status=failed"]


def test_secret_is_in_the_one_dialog() -> None:
    for answer, place in (
        (on(FakeWebhooks(), lambda: webhooks.create_endpoint(1, "k", *ENTERED)), 3),
        (on(FakeWebhooks(), lambda: webhook_endpoint.rotate_secret(1, "k", FIRST, "0")), 3),
    ):
        assert "whsec_" in text(answer[place])
        assert all("whsec_" not in str(part) for part in (*answer[:place], *answer[place + 1 :]))


CHANGES: dict[str, Callable[[Any], Any]] = {
    "create": lambda clicks: webhooks.create_endpoint(clicks, "k", *ENTERED),
    "change": lambda clicks: webhook_endpoint.change_endpoint(clicks, FIRST, *ENTERED),
    "test": lambda clicks: webhook_endpoint.send_test(clicks, "k", FIRST, "message.sent"),
    "rotate": lambda clicks: webhook_endpoint.rotate_secret(clicks, "k", FIRST, "0"),
    "count": lambda clicks: webhook_endpoint.count_failures(clicks, FIRST, "2026-11-01T00:00:00+00:00"),
    "recover": lambda clicks: webhook_endpoint.send_failures(clicks, "k", FIRST, "2026-11-01T00:00:00+00:00"),
    "disable": lambda clicks: webhook_endpoint.disable_endpoint(clicks, FIRST),
    "delete": lambda clicks: webhook_endpoint.delete_endpoint(clicks, FIRST),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_control_that_was_only_drawn_anew_changes_nothing(name: str) -> None:
    port = FakeWebhooks()
    before = list(port.endpoints)
    assert set(on(port, lambda: CHANGES[name](None))) == {no_update}
    assert (port.endpoints, port.done) == (before, {})


@pytest.mark.parametrize("name", ["create", "change", "test", "rotate", "count"])
def test_failure_leaves_the_form_as_it_is(name: str) -> None:
    answer = on(FakeWebhooks(error=UpstreamUnavailable(request_id="up-2")), lambda: CHANGES[name](1))
    assert len(answer) == len(on(FakeWebhooks(), lambda: CHANGES[name](None)))
    assert answer[0] is no_update
    assert "up-2" in text(answer)


@pytest.mark.parametrize("name", list(CHANGES))
def test_refused_token_passes_through_to_sign_in(name: str) -> None:
    with pytest.raises(Unauthenticated):
        on(FakeWebhooks(error=Unauthenticated()), lambda: CHANGES[name](1))
