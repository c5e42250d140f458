"""API keys on the platform's API, read from the published samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_api_keys import RestApiKeys
from portal.clients.upstream import bound_key
from portal.domain.api_keys import KeyDraft, KeyStatus, KeyWarning
from portal.domain.errors import NotFound, UpstreamRefused, UpstreamUnavailable
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
TENANT = "00000000-0000-7000-8000-000000000001"
DRAFT = KeyDraft("Night job", ("sms:send",), "live", "90", ("10.0.0.0/8",))


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestApiKeys:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestApiKeys(platform.upstream())


def test_list_is_read_as_published(platform: Platform) -> None:
    page = answer(platform, sample("api_keys")).list_keys(TENANT, limit=200, actor=actor(None, roles=("tam",)))
    key = page.items[0]
    assert platform.seen[-1][1] == f"/v1/api-keys?tenantId={TENANT}&limit=200"
    assert (key.status, key.warnings, key.shown) == (
        KeyStatus.ACTIVE,
        (KeyWarning.NEVER_EXPIRES,),
        "gsk_live_9fKc…x0Qa",
    )
    assert (len(key.calls), key.refused, key.expires_at) == (30, 2, None)


def test_warning_of_a_newer_platform_is_left_out(platform: Platform) -> None:
    body = {**sample("api_key"), "warnings": ["stale", "of_tomorrow"]}
    assert answer(platform, body).get_key("k", actor=actor()).warnings == (KeyWarning.STALE,)


def test_create_sends_what_was_chosen_once_with_its_key(platform: Platform) -> None:
    keys = answer(platform, sample("api_key_created"), 201)
    created = keys.create_key(DRAFT, "2027-02-20T00:00:00+00:00", idempotency_key="idem-1", actor=actor())
    method, path, headers, body = platform.seen[-1]
    assert (method, path) == ("POST", "/v1/api-keys")
    assert headers["Idempotency-Key"] == bound_key("idem-1", "/v1/api-keys", json.loads(body))
    assert json.loads(body) == {
        "name": "Night job",
        "scopes": ["sms:send"],
        "mode": "live",
        "expiresAt": "2027-02-20T00:00:00+00:00",
        "allowedIps": ["10.0.0.0/8"],
    }
    assert created.raw_key == "gsk_live_9fKc…x0Qa"


def test_rotate_and_revoke_name_the_key_safely(platform: Platform) -> None:
    keys = answer(platform, sample("api_key_created"), 201)
    keys.rotate_key("a/../b", 900, idempotency_key="i", actor=actor())
    assert platform.seen[-1][1] == "/v1/api-keys/a%2F..%2Fb/rotate"
    assert json.loads(platform.seen[-1][3]) == {"graceSeconds": 900}
    answer(platform, sample("api_key")).revoke_key("k", actor=actor())
    assert platform.seen[-1][:2] == ("DELETE", "/v1/api-keys/k")
    with pytest.raises(NotFound):
        keys.revoke_key("", actor=actor())


def test_conflict_is_a_refusal_with_its_code(platform: Platform) -> None:
    keys = answer(platform, {"code": "conflict"}, 409)
    with pytest.raises(UpstreamRefused) as raised:
        keys.rotate_key("k", 0, idempotency_key="i", actor=actor())
    assert raised.value.code == "conflict"


def test_answer_without_its_fields_is_not_used(platform: Platform) -> None:
    with pytest.raises(UpstreamUnavailable):
        answer(platform, {"items": [{}]}).list_keys(actor=actor())
