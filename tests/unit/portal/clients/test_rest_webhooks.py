"""Webhooks on the platform's API, read from the published samples."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_messages import RestMessages
from portal.clients.rest_webhooks import RestWebhooks
from portal.clients.upstream import bound_key
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.errors import InvalidInput, NotFound, UpstreamUnavailable
from portal.domain.webhooks import DeliveryStatus, EndpointDraft, EndpointStatus
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
TENANT = "00000000-0000-7000-8000-000000000001"
SINCE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestWebhooks:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestWebhooks(platform.upstream())


def test_lists_are_read_as_published(platform: Platform) -> None:
    page = answer(platform, sample("webhooks")).list_endpoints(TENANT, limit=9, actor=actor(None, roles=("tam",)))
    assert platform.seen[-1][1] == f"/v1/webhooks?tenantId={TENANT}&limit=9"
    assert page.items[0].status is EndpointStatus.ENABLED
    assert len(page.items[0].hours) == 24
    types = answer(platform, sample("event_types")).list_event_types(actor=actor())
    assert json.loads(types[0].example)["type"] == types[0].name
    wanted = DeliveryFilter(status="failed", http_status="5xx", since=SINCE, cursor="c")
    found = answer(platform, sample("webhook_deliveries")).list_deliveries("e", wanted, limit=5, actor=actor())
    assert found.items[0].status in DeliveryStatus
    assert platform.seen[-1][1] == (
        "/v1/webhooks/e/deliveries?limit=5&status=failed&httpStatus=5xx&since=2026-11-20T09%3A00%3A00Z&cursor=c"
    )


def test_delivery_is_read_with_its_attempts(platform: Platform) -> None:
    detail = answer(platform, sample("webhook_delivery_detail")).get_delivery("e", "d", actor=actor())
    attempt = detail.attempts[0]
    assert json.loads(detail.payload)["type"] == detail.delivery.event_type
    assert (attempt.succeeded, attempt.by_hand, attempt.response_body) == (True, False, "ok")


def test_changes_send_what_was_chosen_with_their_keys(platform: Platform) -> None:
    draft = EndpointDraft("https://hooks.example.com/sms", ("message.sent",), "Till")
    asked = {"url": draft.url, "events": ["message.sent"], "description": "Till"}
    made = answer(platform, sample("webhook_created"), 201).create_endpoint(draft, idempotency_key="i", actor=actor())
    method, path, headers, body = platform.seen[-1]
    assert (method, path, json.loads(body)) == ("POST", "/v1/webhooks", asked)
    assert headers["Idempotency-Key"] == bound_key("i", "/v1/webhooks", json.loads(body))
    assert made.signing_secret.startswith("whsec_")
    assert made.signing_secret not in repr(made)
    answer(platform, sample("webhook")).change_endpoint("a/../b", draft, actor=actor())
    assert platform.seen[-1][:2] == ("PATCH", "/v1/webhooks/a%2F..%2Fb")
    assert json.loads(platform.seen[-1][3]) == asked
    answer(platform, sample("webhook")).change_endpoint("e", enabled=False, actor=actor())
    assert json.loads(platform.seen[-1][3]) == {"enabled": False}
    answer(platform, sample("webhook_rotated")).rotate_secret("e", 3600, idempotency_key="r", actor=actor())
    assert json.loads(platform.seen[-1][3]) == {"overlapSeconds": 3600}
    answer(platform, sample("webhook_delivery"), 201).send_test("e", "key.revoked", idempotency_key="t", actor=actor())
    assert json.loads(platform.seen[-1][3]) == {"eventType": "key.revoked"}
    answer(platform, sample("webhook_delivery")).resend("e", "d", idempotency_key="s", actor=actor())
    assert platform.seen[-1][1] == "/v1/webhooks/e/deliveries/d/resend"
    count = answer(platform, sample("webhook_recovered")).recover("e", SINCE, idempotency_key="v", actor=actor())
    assert json.loads(platform.seen[-1][3]) == {"since": SINCE.isoformat(), "status": "failed"}
    assert count == sample("webhook_recovered")["count"]


def test_id_that_cannot_be_one_names_nothing(platform: Platform) -> None:
    with pytest.raises(NotFound):
        answer(platform, {"code": "validation_failed"}, 422).get_endpoint("x", actor=actor())
    with pytest.raises(NotFound):
        answer(platform, {}).get_endpoint("", actor=actor())
    with pytest.raises(InvalidInput):
        answer(platform, {"code": "validation_failed"}, 422).list_deliveries("e", DeliveryFilter(), actor=actor())


def test_answer_without_its_fields_is_not_used(platform: Platform) -> None:
    with pytest.raises(UpstreamUnavailable):
        answer(platform, {"items": [{}]}).list_endpoints(actor=actor())


def test_refused_calls_and_attempts_of_a_message_are_read_as_published(platform: Platform) -> None:
    platform.answers = [reply(200, json.dumps(sample("refused_calls")).encode())]
    page = RestMessages(platform.upstream()).list_refused_calls(cursor="c", limit=7, actor=actor())
    assert platform.seen[-1][1] == "/v1/refused-calls?limit=7&cursor=c"
    assert (page.items[0].code, page.items[0].key_name) == ("address_not_allowed", "Core banking OTP")
    platform.answers = [reply(200, json.dumps(sample("message")).encode())]
    told = RestMessages(platform.upstream()).get_message("msg_1", actor=actor()).webhook_attempts
    assert [(each.number, each.http_status, each.event_type) for each in told] == [(1, 200, "message.delivered")]
