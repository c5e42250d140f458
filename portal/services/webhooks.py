"""Endpoints that are told of events: made, changed, watched, and sent again what they missed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.clock import now as _utc_now
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Act, require
from portal.domain.ports import WebhooksPort
from portal.domain.webhooks import (
    OVERLAPS,
    Delivery,
    DeliveryDetail,
    DeliveryPage,
    DeliveryStatus,
    Endpoint,
    EndpointDraft,
    EndpointPage,
    EventType,
    NewSecret,
)
from portal.services.concurrency import Outcome, ask_all

MOST_ENDPOINTS, PAGE_SIZE, MOST_COUNTED = 100, 50, 200


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint and some of its deliveries. ``version`` changes when anything in it does; ``busy``: an attempt is
    about to be made."""

    endpoint: Outcome[Endpoint]
    deliveries: Outcome[DeliveryPage]
    version: str
    busy: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery, in the same way."""

    detail: DeliveryDetail
    version: str
    busy: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """What sending again would do: how many failed since then. ``more``: these, and others that were not counted."""

    endpoint: Endpoint
    since: dt.datetime
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class WebhookService:
    """What people do with webhooks. Each change asks for the actor's permission before the platform is asked."""

    port: WebhooksPort
    now: Callable[[], dt.datetime] = _utc_now

    def list(self, tenant_id: str | None = None, *, actor: Actor) -> EndpointPage:
        """The account's endpoints, newest first, as many as a page shows."""
        require(actor, Act.SEE_WEBHOOKS)
        return self.port.list_endpoints(tenant_id, limit=MOST_ENDPOINTS, actor=actor)

    def event_types(self, *, actor: Actor) -> tuple[EventType, ...]:
        """What an endpoint can be told."""
        require(actor, Act.SEE_WEBHOOKS)
        return self.port.list_event_types(actor=actor)

    def open(
        self, endpoint_id: str, wanted: DeliveryFilter, tenant_id: str | None = None, *, actor: Actor
    ) -> EndpointView:
        """An endpoint with the newest deliveries of a filter."""
        require(actor, Act.SEE_WEBHOOKS)
        outcomes = ask_all(
            {
                "endpoint": lambda: self.port.get_endpoint(endpoint_id, tenant_id, actor=actor),
                "deliveries": lambda: self.port.list_deliveries(
                    endpoint_id, wanted, tenant_id, limit=PAGE_SIZE, actor=actor
                ),
            }
        )
        endpoint, deliveries = outcomes["endpoint"], outcomes["deliveries"]
        shown = deliveries.value.items if deliveries.value else ()
        now = self.now()
        return EndpointView(endpoint, deliveries, _version(outcomes), any(each.happens_now(now) for each in shown))

    def show(self, endpoint_id: str, *, actor: Actor) -> Endpoint:
        """One of the account's endpoints, for whoever may change it."""
        require(actor, Act.CHANGE_WEBHOOKS)
        return self.port.get_endpoint(endpoint_id, actor=actor)

    def create(self, draft: EndpointDraft, *, idempotency_key: str, actor: Actor) -> NewSecret:
        """A new endpoint; what it signs with is told once. Raises InvalidInput with everything wrong in the draft."""
        require(actor, Act.CHANGE_WEBHOOKS)
        _judge(draft)
        return self.port.create_endpoint(draft, idempotency_key=idempotency_key, actor=actor)

    def change(self, endpoint_id: str, draft: EndpointDraft, *, actor: Actor) -> Endpoint:
        """Another URL, description or choice of events. Raises InvalidInput like ``create``."""
        require(actor, Act.CHANGE_WEBHOOKS)
        _judge(draft)
        return self.port.change_endpoint(endpoint_id, draft, actor=actor)

    def enable(self, endpoint_id: str, *, enabled: bool, actor: Actor) -> Endpoint:
        """Begin or stop sending to an endpoint; repeating it changes nothing."""
        require(actor, Act.CHANGE_WEBHOOKS)
        return self.port.change_endpoint(endpoint_id, enabled=enabled, actor=actor)

    def delete(self, endpoint_id: str, *, actor: Actor) -> None:
        """Remove an endpoint with everything that was sent to it."""
        require(actor, Act.CHANGE_WEBHOOKS)
        self.port.delete_endpoint(endpoint_id, actor=actor)

    def rotate_secret(self, endpoint_id: str, overlap_seconds: int, *, idempotency_key: str, actor: Actor) -> NewSecret:
        """A new signing secret; the one before signs too for ``overlap_seconds``."""
        require(actor, Act.CHANGE_WEBHOOKS)
        if overlap_seconds not in OVERLAPS:
            raise InvalidInput(codes={"overlapSeconds": "invalid"})
        return self.port.rotate_secret(endpoint_id, overlap_seconds, idempotency_key=idempotency_key, actor=actor)

    def send_test(self, endpoint_id: str, event_type: str, *, idempotency_key: str, actor: Actor) -> Delivery:
        """Send an event that did not happen."""
        require(actor, Act.CHANGE_WEBHOOKS)
        return self.port.send_test(endpoint_id, event_type, idempotency_key=idempotency_key, actor=actor)

    def open_delivery(
        self, endpoint_id: str, delivery_id: str, tenant_id: str | None = None, *, actor: Actor
    ) -> DeliveryView:
        """One delivery with its attempts."""
        require(actor, Act.SEE_WEBHOOKS)
        detail = self.port.get_delivery(endpoint_id, delivery_id, tenant_id, actor=actor)
        return DeliveryView(detail, _version(detail), detail.delivery.happens_now(self.now()))

    def resend(self, endpoint_id: str, delivery_id: str, *, idempotency_key: str, actor: Actor) -> Delivery:
        """One more attempt, at once; the schedule of retries stays as it is."""
        require(actor, Act.CHANGE_WEBHOOKS)
        return self.port.resend(endpoint_id, delivery_id, idempotency_key=idempotency_key, actor=actor)

    def count_failures(self, endpoint_id: str, since: dt.datetime, *, actor: Actor) -> Recovery:
        """What ``recover`` would send again."""
        require(actor, Act.CHANGE_WEBHOOKS)
        wanted = DeliveryFilter(status=DeliveryStatus.FAILED, since=since)
        endpoint = self.port.get_endpoint(endpoint_id, actor=actor)
        page = self.port.list_deliveries(endpoint_id, wanted, limit=MOST_COUNTED, actor=actor)
        return Recovery(endpoint, since, len(page.items), page.next_cursor is not None)

    def recover(self, endpoint_id: str, since: dt.datetime, *, idempotency_key: str, actor: Actor) -> int:
        """Send all deliveries again that failed for good and were made since then; how many."""
        require(actor, Act.CHANGE_WEBHOOKS)
        return self.port.recover(endpoint_id, since, idempotency_key=idempotency_key, actor=actor)


def _judge(draft: EndpointDraft) -> None:
    if wrong := draft.problems():
        raise InvalidInput(codes=wrong)


def _version(shown: object) -> str:
    return hashlib.blake2b(repr(shown).encode(), digest_size=12).hexdigest()
