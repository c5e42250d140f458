"""One upstream: whatever it answers, the caller gets an object or an error of the domain, in bounded time."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from portal.clients import budget
from portal.clients.circuit import Circuit
from portal.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    PortalError,
    PreviewIsReadOnly,
    RateLimited,
    Unauthenticated,
    UpstreamRefused,
    UpstreamUnavailable,
)
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

ACTOR = actor()


def problem(status: int, code: str, errors: list[dict[str, str]] | None = None) -> bytes:
    return json.dumps({"status": status, "code": code, "errors": errors or [], "title": "x"}).encode()


def test_answer_that_is_an_object_is_returned(platform: Platform) -> None:
    platform.answers = [reply(body=b'{"a": 1}')]
    assert platform.upstream().get("/v1/x", [("q", "۷ &"), ("empty", "")], actor=ACTOR) == {"a": 1}
    method, path, headers, _ = platform.seen[0]
    assert (method, path) == ("GET", "/v1/x?q=%DB%B7+%26")
    assert headers["Authorization"] == f"Bearer {ACTOR.token}"


def test_headers_of_the_request_being_served_are_passed_on(platform: Platform) -> None:
    passed = {"X-Request-Id": "req-7", "traceparent": "00-1-2-01"}
    platform.upstream(headers=lambda: passed).get("/v1/x", actor=ACTOR, language="ps")
    headers = platform.seen[0][2]
    assert (headers["X-Request-Id"], headers["traceparent"]) == ("req-7", "00-1-2-01")
    assert headers["Accept-Language"] == "ps"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Unauthenticated),
        (403, Forbidden),
        (404, NotFound),
        (410, NotFound),
        (422, InvalidInput),
        (429, RateLimited),
        (409, UpstreamRefused),
        (500, UpstreamUnavailable),
        (302, UpstreamUnavailable),
    ],
)
def test_refusal_becomes_the_domains_error_with_its_request_id(
    platform: Platform, status: int, kind: type[PortalError]
) -> None:
    headers = {
        "Content-Type": "application/problem+json",
        "X-Request-Id": "up-1",
        "Location": "https://elsewhere.example",
    }
    platform.answers = [reply(status, problem(status, "some_code"), headers)]
    with pytest.raises(kind) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert type(caught.value) is kind
    assert caught.value.request_id == "up-1"
    assert len(platform.seen) == 1


def test_refusal_names_the_fields_that_are_wrong(platform: Platform) -> None:
    body = problem(422, "validation_failed", [{"field": "from", "code": "date", "detail": "Give a date."}])
    platform.answers = [reply(422, body, {"Content-Type": "application/problem+json"})]
    with pytest.raises(InvalidInput) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert caught.value.fields == {"from": "Give a date."}


def test_refusal_of_an_unknown_kind_carries_its_code(platform: Platform) -> None:
    platform.answers = [reply(409, problem(409, "already_used"), {"Content-Type": "application/problem+json"})]
    with pytest.raises(UpstreamRefused) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert (caught.value.code, caught.value.status) == ("already_used", 409)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>Bad gateway</html>", "text/html"),
        (b"{not json", "application/json"),
        (b"[1, 2]", "application/json"),
        (b"null", "application/json"),
        (b"", "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"a": 1}', ""),
    ],
)
def test_answer_that_is_no_json_object_counts_as_unavailable(platform: Platform, body: bytes, kind: str) -> None:
    platform.answers = [reply(200, body, {"Content-Type": kind})]
    with pytest.raises(UpstreamUnavailable):
        platform.upstream().get("/v1/x", actor=ACTOR)


def test_answer_that_is_huge_is_given_up(platform: Platform) -> None:
    platform.answers = [reply(body=b'{"a": "' + b"x" * 300_000 + b'"}')]
    with pytest.raises(UpstreamUnavailable, match="too long"):
        platform.upstream(max_bytes=100_000).get("/v1/x", actor=ACTOR)


def test_answer_that_breaks_off_counts_as_unavailable(platform: Platform) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"a": ')
        handler.close_connection = True

    platform.answers = [cut]
    with pytest.raises(UpstreamUnavailable):
        platform.upstream().get("/v1/x", actor=ACTOR)


def test_answer_that_does_not_come_is_not_waited_for_twice(platform: Platform) -> None:
    finished = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        finished.wait(30)

    platform.answers = [silent]
    with pytest.raises(UpstreamUnavailable):
        platform.upstream(read_seconds=0.05).get("/v1/x", actor=ACTOR)
    finished.set()
    assert len(platform.seen) == 1


def test_answer_that_trickles_is_given_up_at_the_deadline(platform: Platform) -> None:
    stop = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        try:
            while not stop.wait(0.01):
                handler.wfile.write(b" " * 70_000)
        except OSError:
            return

    platform.answers = [trickle]
    with budget.limited_to(0.3), pytest.raises(UpstreamUnavailable, match="too slow"):
        platform.upstream(max_bytes=10**9).get("/v1/x", actor=ACTOR)
    stop.set()


def test_read_after_a_passing_503_is_repeated(platform: Platform) -> None:
    platform.answers = [reply(503, headers={"Retry-After": "0"}), reply(body=b'{"a": 2}')]
    assert platform.upstream().get("/v1/x", actor=ACTOR) == {"a": 2}
    assert len(platform.seen) == 2


def test_read_that_should_wait_longer_than_anybody_would_is_not_repeated(platform: Platform) -> None:
    platform.answers = [reply(503, headers={"Retry-After": "30"})]
    with pytest.raises(UpstreamUnavailable) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert caught.value.resets_in == 30
    assert len(platform.seen) == 1


def test_too_many_requests_says_how_long_to_wait(platform: Platform) -> None:
    platform.answers = [reply(429, headers={"Retry-After": "17"})]
    with pytest.raises(RateLimited) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert caught.value.retry_after == 17


def test_read_beyond_a_limit_is_repeated_when_the_wait_is_short(platform: Platform) -> None:
    platform.answers = [reply(429, headers={"Retry-After": "0"}), reply(body=b'{"a": 2}')]
    assert platform.upstream().get("/v1/x", actor=ACTOR) == {"a": 2}
    assert len(platform.seen) == 2


def test_read_beyond_a_limit_that_says_no_time_is_not_repeated(platform: Platform) -> None:
    platform.answers = [reply(429)]
    with pytest.raises(RateLimited) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert caught.value.retry_after is None
    assert len(platform.seen) == 1


def test_read_is_not_repeated_when_nobody_waits_that_long(platform: Platform) -> None:
    platform.answers = [reply(429, headers={"Retry-After": "1"})]
    with budget.limited_to(0.9), pytest.raises(RateLimited) as caught:
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert caught.value.retry_after == 1
    assert len(platform.seen) == 1


def test_write_beyond_a_limit_is_left_to_the_person(platform: Platform) -> None:
    """Nothing of it has happened, but how long they wait for it is theirs to say."""
    platform.answers = [reply(429, headers={"Retry-After": "0"})]
    with pytest.raises(RateLimited) as caught:
        platform.upstream().post("/v1/messages", {"to": "x"}, actor=ACTOR, idempotency_key="k")
    assert caught.value.retry_after == 0
    assert len(platform.seen) == 1


def test_limits_do_not_open_the_circuit(platform: Platform) -> None:
    platform.answers = [reply(429, headers={"Retry-After": "7"})]
    upstream = platform.upstream(circuit=Circuit("test", failures=2, seconds=60))
    for _ in range(5):
        with pytest.raises(RateLimited):
            upstream.get("/v1/x", actor=ACTOR)
    assert len(platform.seen) == 5


def test_key_is_of_what_is_sent_under_it(platform: Platform) -> None:
    """The same again is the same request; what was changed after a lost answer is another, and not a misused key."""
    keys = []
    for key, path, body in (
        ("k", "/v1/x", {"a": 1, "b": [2]}),
        ("k", "/v1/x", {"b": [2], "a": 1}),
        ("k", "/v1/x", {"a": 1, "b": [3]}),
        ("l", "/v1/x", {"a": 1, "b": [2]}),
        ("k", "/v1/y", {"a": 1, "b": [2]}),
    ):
        platform.upstream().post(path, body, actor=actor(), idempotency_key=key)
        keys.append(platform.seen[-1][2]["Idempotency-Key"])
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
    platform.upstream().post("/v1/x", {}, actor=actor())
    assert "Idempotency-Key" not in platform.seen[-1][2]


def test_write_is_sent_once_only(platform: Platform) -> None:
    platform.answers = [reply(503, headers={"Retry-After": "0"})]
    with pytest.raises(UpstreamUnavailable):
        platform.upstream().patch("/v1/me", {"locale": "ps"}, actor=ACTOR)
    assert [(method, json.loads(body)) for method, _, _, body in platform.seen] == [("PATCH", {"locale": "ps"})]


def test_nobody_listening_counts_as_unavailable(platform: Platform) -> None:
    platform.url = "http://127.0.0.1:1"
    with pytest.raises(UpstreamUnavailable):
        platform.upstream().get("/v1/x", actor=ACTOR)


def test_request_whose_time_is_used_up_asks_nobody(platform: Platform) -> None:
    with budget.limited_to(0), pytest.raises(UpstreamUnavailable, match="no time left"):
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert platform.seen == []


def test_repeated_failure_opens_the_circuit_and_says_for_how_long(platform: Platform) -> None:
    platform.answers = [reply(500)]
    upstream = platform.upstream(circuit=Circuit("test", failures=3, seconds=60))
    for _ in range(3):
        with pytest.raises(UpstreamUnavailable, match="status 500"):
            upstream.get("/v1/x", actor=ACTOR)
    with pytest.raises(UpstreamUnavailable, match="circuit open") as caught:
        upstream.get("/v1/x", actor=ACTOR)
    assert caught.value.resets_in is not None
    assert 0 < caught.value.resets_in <= 60
    assert len(platform.seen) == 3


def test_refusals_do_not_open_the_circuit(platform: Platform) -> None:
    platform.answers = [reply(404)]
    upstream = platform.upstream(circuit=Circuit("test", failures=2, seconds=60))
    for _ in range(5):
        with pytest.raises(NotFound):
            upstream.get("/v1/x", actor=ACTOR)
    assert len(platform.seen) == 5


def test_token_is_in_no_log_line_and_no_error(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    platform.answers = [reply(500), reply(404), reply(200, b"garbage"), reply()]
    upstream = platform.upstream()
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            with pytest.raises(PortalError) as caught:
                upstream.get("/v1/x", actor=ACTOR)
            assert ACTOR.token not in repr(caught.value)
        upstream.get("/v1/x", actor=ACTOR)
    assert caplog.records
    assert all(ACTOR.token not in str(record.__dict__) for record in caplog.records)


def test_token_is_not_carried_to_where_a_redirect_points(platform: Platform) -> None:
    platform.answers = [reply(307, headers={"Location": f"{platform.url}/elsewhere"})]
    with pytest.raises(UpstreamUnavailable):
        platform.upstream().get("/v1/x", actor=ACTOR)
    assert [path for _, path, _, _ in platform.seen] == ["/v1/x"]


def test_preview_names_its_role_and_account_and_changes_nothing(platform: Platform) -> None:
    looking = replace(actor("tenant-1"), preview_role="viewer")
    platform.answers = [reply(200, b"{}")] * 2
    upstream = platform.upstream()
    upstream.get("/v1/messages", [("tenantId", "another"), ("limit", "1")], actor=looking)
    assert platform.seen[-1][1] == "/v1/messages?limit=1&tenantId=tenant-1"
    assert platform.seen[-1][2]["X-Preview-Role"] == "viewer"
    upstream.get("/v1/me", actor=looking)
    assert platform.seen[-1][1] == "/v1/me"
    asked = len(platform.seen)
    for change in (
        lambda: upstream.post("/v1/messages", {}, actor=looking),
        lambda: upstream.put("/v1/billing/low-balance", {}, actor=looking),
        lambda: upstream.patch("/v1/me", {}, actor=looking),
        lambda: upstream.delete("/v1/views/x", actor=looking),
    ):
        with pytest.raises(PreviewIsReadOnly):
            change()
    assert len(platform.seen) == asked, "not even asked"
