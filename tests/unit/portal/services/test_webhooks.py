from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.errors import Forbidden, InvalidInput, NotFound, UpstreamUnavailable
from portal.domain.webhooks import DeliveryStatus, EndpointDraft
from portal.services.webhooks import MOST_COUNTED, WebhookService
from tests.support.fakes_analytics import actor
from tests.support.fakes_webhooks import NOW, FakeWebhooks, delivery, endpoint_id

FIRST = endpoint_id(0)
DRAFT = EndpointDraft("https://hooks.example.com/sms", ("message.sent",), "")
CHANGES: dict[str, Callable[[WebhookService, Any], object]] = {
    "show": lambda service, who: service.show(FIRST, actor=who),
    "create": lambda service, who: service.create(DRAFT, idempotency_key="k", actor=who),
    "change": lambda service, who: service.change(FIRST, DRAFT, actor=who),
    "enable": lambda service, who: service.enable(FIRST, enabled=False, actor=who),
    "delete": lambda service, who: service.delete(FIRST, actor=who),
    "rotate": lambda service, who: service.rotate_secret(FIRST, 0, idempotency_key="k", actor=who),
    "test": lambda service, who: service.send_test(FIRST, "message.sent", idempotency_key="k", actor=who),
    "resend": lambda service, who: service.resend(FIRST, delivery().delivery_id, idempotency_key="k", actor=who),
    "count": lambda service, who: service.count_failures(FIRST, NOW, actor=who),
    "recover": lambda service, who: service.recover(FIRST, NOW, idempotency_key="k", actor=who),
}


@pytest.fixture
def port() -> FakeWebhooks:
    return FakeWebhooks()


@pytest.fixture
def service(port: FakeWebhooks) -> WebhookService:
    return WebhookService(port, now=lambda: NOW)


@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("role", ["billing", "viewer", "", "tam", "platform_admin"])
def test_change_by_somebody_who_may_not_asks_the_platform_nothing(port: FakeWebhooks, change: str, role: str) -> None:
    who = actor(None if role in ("tam", "platform_admin") else "tenant-1", roles=(role,) if role else ())
    port.error = NotFound()  # what it would raise if it were asked
    with pytest.raises(Forbidden):
        CHANGES[change](WebhookService(port), who)


@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("role", ["owner", "developer"])
def test_change_by_who_builds_is_done(service: WebhookService, change: str, role: str) -> None:
    CHANGES[change](service, actor(roles=(role,)))


def test_draft_with_problems_is_not_sent(service: WebhookService, port: FakeWebhooks) -> None:
    for call in (
        lambda draft: service.create(draft, idempotency_key="k", actor=actor()),
        lambda draft: service.change(FIRST, draft, actor=actor()),
    ):
        with pytest.raises(InvalidInput) as raised:
            call(EndpointDraft("", (), "x" * 201))
        assert raised.value.codes == {"url": "missing", "events": "too_short", "description": "string_too_long"}
    assert port.done == {}


def test_overlap_of_ones_own_choosing_is_refused(service: WebhookService, port: FakeWebhooks) -> None:
    with pytest.raises(InvalidInput):
        service.rotate_secret(FIRST, 5, idempotency_key="k", actor=actor())
    assert port.done == {}


def test_endpoint_and_deliveries_fail_apart(service: WebhookService, port: FakeWebhooks) -> None:
    port.failing["deliveries"] = UpstreamUnavailable()
    view = service.open(FIRST, DeliveryFilter(), actor=actor())
    assert view.endpoint.value is not None
    assert view.deliveries.error is not None
    assert not view.busy


@pytest.mark.parametrize(
    ("seconds", "busy"), [(0, True), (60, True), (90, False), (-30, True), (-90, False), (None, False)]
)
def test_page_is_watched_only_while_an_attempt_is_about_to_be_made(
    service: WebhookService, port: FakeWebhooks, seconds: int | None, busy: bool
) -> None:
    due = NOW + dt.timedelta(seconds=seconds) if seconds is not None else None
    port.deliveries = [delivery(0, next_attempt_at=due)]
    assert service.open(FIRST, DeliveryFilter(), actor=actor()).busy is busy
    assert service.open_delivery(FIRST, delivery().delivery_id, actor=actor()).busy is busy


def test_version_changes_with_what_is_shown_and_with_nothing_else(service: WebhookService, port: FakeWebhooks) -> None:
    first = service.open(FIRST, DeliveryFilter(), actor=actor()).version
    assert service.open(FIRST, DeliveryFilter(), actor=actor()).version == first
    port.deliveries[0] = replace(port.deliveries[0], attempts=7)
    assert service.open(FIRST, DeliveryFilter(), actor=actor()).version != first


def test_failures_are_counted_as_they_would_be_sent(service: WebhookService, port: FakeWebhooks) -> None:
    port.deliveries = [delivery(number, status=DeliveryStatus.FAILED, created_at=NOW) for number in range(3)]
    found = service.count_failures(FIRST, NOW, actor=actor())
    assert (found.count, found.more) == (3, False)
    assert found.count == service.recover(FIRST, NOW, idempotency_key="k", actor=actor())
    port.deliveries *= MOST_COUNTED
    assert service.count_failures(FIRST, NOW, actor=actor()).more
