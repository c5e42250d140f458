"""Limits of calls: who is counted with whom, what a refused call is told, and that nothing of it has happened."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from gateway.api.context import EXTENSION
from gateway.api.metrics import REGISTRY
from gateway.api.permissions import PERMISSIONS, Door
from tests.integration.api.limited import Limited, Told, limited_so_far, told_by, unknown_key
from tests.support.api_world import INGEST_TOKEN, World
from tests.support.contents import contents

MESSAGE = {"to": "0701234567", "from": "BANK", "body": "Hello"}
BEGUN: list[int] = []


@pytest.fixture
def limited(changing_world: World) -> Iterator[Limited]:
    """Each test is an hour after the one before: all buckets are full again."""
    BEGUN.append(1)
    made = Limited(changing_world)
    made.move(hours=len(BEGUN))
    yield made
    made.lift()


# -- who is counted with whom ----------------------------------------------------------------------------------------


def test_person_is_limited_and_others_of_the_account_are_not(limited: Limited) -> None:
    limited.to(person_reads=5)
    assert limited.statuses(7) == [200] * 5 + [429] * 2
    assert limited.statuses(5, "developer") == [200] * 5
    limited.move(seconds=11.9)
    assert limited.statuses(1) == [429]
    limited.move(seconds=0.1)
    assert limited.statuses(2) == [200, 429]


def test_account_is_limited_with_all_its_people_and_keys_and_no_other_account_is(limited: Limited) -> None:
    raw_key = limited.key()["rawKey"]
    limited.to(account_reads=6)
    assert limited.statuses(2, "owner") + limited.statuses(2, "developer") == [200] * 4
    assert [limited.bearing(raw_key).status_code for _ in range(3)] == [200, 200, 429]
    assert limited.statuses(1, "viewer") == [429]
    assert limited.statuses(6, "stranger") == [200] * 6


def test_each_key_has_its_own_limit(limited: Limited) -> None:
    one, other = limited.key()["rawKey"], limited.key()["rawKey"]
    limited.to(key_reads=3)
    assert [limited.bearing(one).status_code for _ in range(4)] == [200] * 3 + [429]
    assert [limited.bearing(other).status_code for _ in range(3)] == [200] * 3
    assert limited.statuses(1) == [200], "people are not counted with keys"


def test_reads_and_writes_are_counted_apart(limited: Limited) -> None:
    limited.to(person_reads=2, person_writes=3)
    assert limited.statuses(3) == [200, 200, 429]
    assert limited.world.client("owner").head("/v1/account").status_code == 429, "HEAD reads"
    assert [limited.post().status_code for _ in range(4)] == [200] * 3 + [429]


def test_internal_people_are_limited_as_persons_whatever_account_they_look_at(limited: Limited) -> None:
    limited.to(account_reads=1, person_reads=3)
    seen = str(limited.world.tenant)
    answers = [limited.get("admin", tenantId=seen) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429]
    assert set(told_by(answers[0])) == {"person-reads"}
    assert limited.statuses(1, "owner") == [200], "the account's own calls are all there"
    assert limited.get("tam", tenantId=seen).status_code == 200


def test_calls_that_are_refused_for_other_reasons_count(limited: Limited) -> None:
    limited.to(person_writes=2)
    codes = [limited.post("viewer", "/v1/messages", **MESSAGE).status_code for _ in range(3)]
    assert codes == [403, 403, 429]
    raw_key = limited.key(scopes=["sms:send"])["rawKey"]
    limited.to(key_reads=2)
    assert [limited.bearing(raw_key).status_code for _ in range(3)] == [403, 403, 429]


@pytest.mark.parametrize(("method", "route"), [key for key, rule in PERMISSIONS.items() if rule.door is Door.BEARER])
def test_every_call_of_a_known_caller_is_limited(limited: Limited, method: str, route: str) -> None:
    limited.to(person_reads=1, person_writes=1)
    path = route
    for name in ("messageId", "exportId", "viewId", "invoiceId", "keyId", "endpointId", "deliveryId", "sessionId"):
        path = path.replace(f"<{name}>", str(uuid.UUID(int=7)))
    client = limited.world.client("no_role")
    answers = [client.open(path, method=method, json={} if method != "GET" else None) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [403, 429]


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/metrics", "/v1/openapi.json", "/.well-known/openid-configuration", "/.well-known/jwks.json"]
)  # fmt: skip
def test_probes_documents_and_the_issuers_keys_have_no_limit(limited: Limited, path: str) -> None:
    limited.to(account_reads=1, person_reads=1, address_failures=1)
    for _ in range(4):
        answer = limited.get("owner", path)
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers
    assert not limited.statements


def test_limits_of_zero_are_none_and_ask_nobody(limited: Limited) -> None:
    limited.to()
    answers = [limited.get() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any("RateLimit" in answer.headers or "RateLimit-Policy" in answer.headers for answer in answers)
    assert not limited.statements


# -- what is told ----------------------------------------------------------------------------------------------------


def test_refusal_says_in_words_and_seconds_when_to_come_back(limited: Limited) -> None:
    limited.to(person_reads=3, account_reads=1_000)
    before = limited_so_far("person-reads")
    limited.statuses(3)
    answer = limited.get()
    assert answer.status_code == 429
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Retry-After"] == "20"
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    assert (body["type"], body["title"], body["code"]) == (
        "urn:problem:rate_limited", "Too many requests", "rate_limited",
    )  # fmt: skip
    assert body["detail"] == "You may read 3 times a minute. Ask again in 20 seconds."
    assert body["requestId"] == answer.headers["X-Request-Id"]
    assert limited_so_far("person-reads") - before == 1
    limited.move(seconds=15.6)
    assert limited.get().headers["Retry-After"] == "5", "whoever comes back then is not refused again"
    limited.move(seconds=3.9)
    answer = limited.get()
    assert (answer.headers["Retry-After"], answer.json["detail"][-22:]) == ("1", "Ask again in 1 second.")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (
            "account_writes",
            "This account may write 1 times a minute, with all its people and keys. Ask again in 60 seconds.",
        ),
        ("key_writes", "This key may write 1 times a minute. Ask again in 60 seconds."),
    ],
)
def test_refusal_names_the_limit_that_was_met(limited: Limited, limit: str, words: str) -> None:
    raw_key = limited.key()["rawKey"]
    limited.to(**{"account_writes": 100, "key_writes": 100, limit: 1})
    headers = {"Authorization": f"Bearer {raw_key}"}
    answers = [
        limited.world.app.test_client().post("/v1/messages/preview", json={"body": "x"}, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json["detail"] == words
    assert [name for name, told in told_by(answers[1]).items() if told.left is not None] == [limit.replace("_", "-")]


def test_headers_tell_every_limit_of_the_call_and_what_is_left(limited: Limited) -> None:
    limited.to(account_reads=600, person_reads=4, key_reads=5)
    assert told_by(limited.get()) == {
        "account-reads": Told(600, 60, 599, 60), "person-reads": Told(4, 60, 3, 45),
    }  # fmt: skip
    assert told_by(limited.get(path="/v1/messages/unknown"))["person-reads"] == Told(4, 60, 2, 30), "on a 404"
    assert told_by(limited.get(path="/v1/messages", limit="none"))["person-reads"] == Told(4, 60, 1, 15), "on a 422"
    assert told_by(limited.get())["person-reads"] == Told(4, 60, 0, 1)
    refused = limited.get()
    assert told_by(refused) == {"account-reads": Told(600, 60, None, None), "person-reads": Told(4, 60, 0, 15)}
    assert refused.headers["Retry-After"] == "15", "not before the end of the window told"
    raw_key = limited.key()["rawKey"]
    limited.to(account_reads=600, person_reads=4, key_reads=5)
    told = told_by(limited.bearing(raw_key))
    assert (told["account-reads"].left, told["key-reads"]) == (600 - 30 - 1, Told(5, 60, 4, 48))


def test_revalidated_answer_has_the_headers_too(limited: Limited) -> None:
    limited.to(person_reads=9)
    tag = limited.get().headers["ETag"]
    client = limited.world.client("owner")
    answer = client.get("/v1/account", headers={"If-None-Match": tag})
    assert (answer.status_code, told_by(answer)["person-reads"].left) == (304, 7)


# -- nothing has happened --------------------------------------------------------------------------------------------


def test_refused_message_leaves_nothing_and_its_key_is_unused(limited: Limited) -> None:
    limited.to(person_writes=1)
    assert limited.post("owner").status_code == 200
    before, headers = contents(limited.world), {"Idempotency-Key": str(uuid.uuid4())}
    client = limited.world.client("owner")
    answer = client.post("/v1/messages", json=MESSAGE, headers=headers)
    assert answer.status_code == 429
    assert contents(limited.world) == before
    limited.move(minutes=1)
    sent = client.post("/v1/messages", json={**MESSAGE, "body": "Changed meanwhile"}, headers=headers)
    assert sent.status_code == 202, "the key is as good as new, also for something else"
    assert "Idempotent-Replayed" not in sent.headers
    assert contents(limited.world) != before


def test_refused_call_of_a_key_is_counted_and_listed(limited: Limited) -> None:
    made = limited.key()
    limited.to(key_reads=1)
    assert [limited.bearing(made["rawKey"]).status_code for _ in range(2)] == [200, 429]
    limited.world.app.extensions[EXTENSION].key_usage.flush()
    limited.to()
    listed = limited.get(path="/v1/refused-calls").json["items"]
    [mine] = [item for item in listed if item["apiKeyId"] == made["keyId"]]
    assert (mine["status"], mine["code"]) == (429, "rate_limited")


# -- many messages in a call -------------------------------------------------------------------------------------------


def batch(limited: Limited, count: int, **headers: str) -> Any:
    body = {"messages": [MESSAGE] * count}
    return limited.world.client("owner").post("/v1/messages/batch", json=body, headers=headers)


def test_each_message_of_a_batch_counts(limited: Limited) -> None:
    limited.to(person_writes=100, account_writes=1_000)
    answer = batch(limited, 60)
    assert answer.status_code == 202
    assert {name: told.left for name, told in told_by(answer).items()} == {"person-writes": 40, "account-writes": 940}
    assert batch(limited, 40).status_code == 202
    assert limited.post().status_code == 429


def test_batch_that_does_not_fit_now_leaves_nothing_and_is_told_when_it_will(limited: Limited) -> None:
    limited.to(person_writes=60)
    assert batch(limited, 30).status_code == 202
    before, key = contents(limited.world), str(uuid.uuid4())
    refused = batch(limited, 41, **{"Idempotency-Key": key})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "11")
    assert contents(limited.world) == before
    assert batch(limited, 10).status_code == 202, "what fits goes through, and the refused one took its call alone"
    limited.move(seconds=22)
    assert batch(limited, 41, **{"Idempotency-Key": key}).status_code == 202


def test_single_calls_go_on_beside_a_batch_that_does_not_fit(limited: Limited) -> None:
    limited.to(person_writes=50)
    assert batch(limited, 45).status_code == 202
    assert batch(limited, 10).status_code == 429
    assert [limited.post().status_code for _ in range(5)] == [200] * 4 + [429]


def test_batch_that_never_fits_is_told_how_many_do(limited: Limited) -> None:
    limited.to(person_writes=20, account_writes=1_000)
    before = contents(limited.world)
    answer = batch(limited, 21)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "messages")
    assert answer.json["errors"][0]["code"] == "more_than_limit"
    assert "At most 20 fit" in answer.json["errors"][0]["detail"]
    assert contents(limited.world) == before
    limited.move(seconds=3)
    assert batch(limited, 20).status_code == 202


# -- who does not say who they are -----------------------------------------------------------------------------------


def test_address_that_keeps_failing_is_told_to_wait_and_whoever_is_known_is_not(limited: Limited) -> None:
    raw_key = limited.key()["rawKey"]
    limited.to(address_failures=6)
    wrong = ["no.real.token", unknown_key(), "gsk_live_mistyped", "", "no.real.token", unknown_key()]
    assert [limited.bearing(token).status_code for token in wrong] == [401] * 6
    refused = limited.bearing("no.real.token")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert refused.json["detail"] == (
        "Calls from this address may fail to say who they are 6 times a minute. Ask again in 10 seconds."
    )
    assert told_by(refused) == {"address-failures": Told(6, 60, 0, 10)}
    assert limited.bearing(unknown_key()).status_code == 429
    assert limited.world.app.test_client().post("/v1/internal/messages", json={}).status_code == 429
    assert limited.bearing(raw_key).status_code == 200, "the portal's people come from one address"
    assert limited.statuses(1) == [200]
    ingested = limited.world.app.test_client().post(
        "/v1/internal/messages",
        json={"tenantId": str(limited.world.tenant)},
        headers={"Authorization": f"Bearer {INGEST_TOKEN}"},
    )
    assert ingested.status_code == 200
    assert limited.bearing("no.real.token", address="203.0.113.9").status_code == 401


def test_one_line_counts_as_one_address(limited: Limited) -> None:
    limited.to(address_failures=2)
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:3::", "2001:db8:1:2::9", "2001:db8:1:3::1"]
    assert [limited.bearing("x", address=each).status_code for each in addresses] == [401, 401, 429, 401]


def test_key_that_stopped_or_comes_from_elsewhere_uses_up_nobody_elses_calls(limited: Limited) -> None:
    revoked, elsewhere = limited.key(), limited.key(allowedIps=["203.0.113.0/24"])
    limited.to()
    limited.world.client("owner").delete(f"/v1/api-keys/{revoked['keyId']}")
    limited.to(account_reads=2, key_reads=2, address_failures=3)
    codes = [limited.bearing(made["rawKey"]).status_code for made in (revoked, elsewhere, revoked, elsewhere, revoked)]
    assert codes == [401, 403, 401, 429, 429]
    assert limited.statuses(2) == [200, 200]


# -- buckets that cannot be had --------------------------------------------------------------------------------------


def test_calls_go_through_when_the_buckets_cannot_be_had(limited: Limited) -> None:
    limited.to(person_reads=1)
    limited.broken = True
    before = REGISTRY.get_sample_value("gateway_calls_uncounted_total") or 0
    with structlog.testing.capture_logs() as lines:
        answers = [limited.get() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert not any("RateLimit" in answer.headers for answer in answers)
    assert limited.statements == 1
    assert (REGISTRY.get_sample_value("gateway_calls_uncounted_total") or 0) - before == 4
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["calls_not_counted"]
    limited.broken = False
    limited.move(seconds=1)
    assert limited.statuses(2) == [200, 429]


def test_database_that_refuses_the_statement_is_no_outage(own_world: World) -> None:
    """As after a restore without the function: the statement fails in the real application, and only it."""
    own = own_world.app.extensions[EXTENSION]
    limits = replace(own.settings, limit_person_reads=1, limit_account_reads=1)
    own_world.app.extensions[EXTENSION] = replace(own, settings=limits)
    assert [own_world.get("owner", "/v1/account").status_code for _ in range(2)] == [200, 429]
    with own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE gateway_owner")
        connection.exec_driver_sql("ALTER FUNCTION take_calls RENAME TO taken_away")
    answer = own_world.get("developer", "/v1/account")
    assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


# -- what it costs ---------------------------------------------------------------------------------------------------


def test_one_statement_is_for_many_calls(limited: Limited) -> None:
    limited.to(account_reads=30_000, person_reads=12_000)
    assert limited.statuses(100) == [200] * 100
    assert limited.statements == 1
    limited.move(seconds=5)
    answer = limited.get()
    assert limited.statements == 2
    assert told_by(answer)["person-reads"].left == 12_000 - 1, "what was leased and not used was given back"
