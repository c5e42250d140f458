"""What holds for every answer: problems, request ids, headers, entity tags, documents, probes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine, event

from gateway.api.app import create_app, describe_only
from gateway.settings import GatewaySettings
from gateway.store.prepared import Direct, Prepared
from tests.integration.api.test_permissions import BEARER, PERIOD, call
from tests.support.api_calls import call_of, perform
from tests.support.api_world import World, random_messages

SUMMARY = "/v1/analytics/summary"


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "code", "errors", "requestId"}
    assert (answer.json["status"], answer.json["code"]) == (status, code)
    assert answer.json["requestId"] == answer.headers["X-Request-Id"]


def test_unknown_route_method_type_and_size_are_problems(world: World) -> None:
    client = world.client("owner")
    assert_problem(client.get("/v1/nowhere"), 404, "not_found")
    wrong_method = client.delete("/v1/messages")
    assert_problem(wrong_method, 405, "method_not_allowed")
    assert "GET" in wrong_method.headers["Allow"]
    assert_problem(client.patch("/v1/me", data="x=1"), 415, "unsupported_media_type")
    ingest = {"Authorization": "Bearer ingest-token-of-the-tests"}
    large = client.post("/v1/internal/messages", data=b" " * 5_000_000, headers=ingest, content_type="application/json")
    assert_problem(large, 413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b"7"])
def test_body_that_is_no_object_is_a_problem(world: World, body: bytes) -> None:
    answer = world.client("owner").patch("/v1/me", data=body, content_type="application/json")
    assert_problem(answer, 422, "validation_failed")


def test_all_fields_problems_come_at_once(world: World) -> None:
    query = {
        "from": "yesterday",
        "to": "2026-13-01",
        "metric": "x",
        "interval": "year",
        "groupBy": "y",
        "status": ["z"],
    }
    answer = world.get("owner", "/v1/analytics/timeseries", **query, surprise="1")
    assert_problem(answer, 422, "validation_failed")
    named = {problem["field"] for problem in answer.json["errors"]}
    assert named == {"from", "to", "metric", "interval", "groupBy", "status.0", "surprise"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-20", "to": "2026-11-19"}, "to"),
        ({"from": "2016-11-20", "to": "2026-11-20"}, "to"),
        ({"from": "1999-11-20", "to": "1999-11-20"}, "from"),
        ({"from": "2026-11-01", "to": "2026-11-15", "interval": "hour"}, "interval"),
        ({"from": "2026-11-01", "to": "2026-11-02", "interval": "hour", "metric": "latencyP50"}, "interval"),
        ({"from": "2026-11-01", "to": "2026-11-02", "interval": "hour", "groupBy": "country"}, "groupBy"),
        ({"from": "2026-11-01", "to": "2026-11-02", "metric": "deliveryRate", "groupBy": "status"}, "groupBy"),
        ({"from": "1700000000", "to": "2026-11-02"}, "from"),
        ({"to": "2026-11-02"}, "from"),
    ],
)
def test_hostile_period_is_refused_by_name(world: World, query: dict[str, str], field: str) -> None:
    answer = world.get("owner", "/v1/analytics/timeseries", **query)
    assert_problem(answer, 422, "validation_failed")
    assert field in {problem["field"] for problem in answer.json["errors"]}


def test_unforeseen_error_is_a_problem_without_its_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("gateway.api.resources.billing.get_balance", fail)
    with structlog.testing.capture_logs():
        answer = world.get("owner", "/v1/billing/balance")
    assert_problem(answer, 500, "internal")
    assert "secret" not in answer.text


def test_database_away_is_unavailable_with_retry_after(world: World, tmp_path: Any) -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    settings = GatewaySettings(
        data_dir=tmp_path, public_url="http://127.0.0.1:9", database_url="postgresql://x@127.0.0.1:1/x"
    )
    client = create_app(settings, nowhere, identity_engine=nowhere).test_client()
    answer = client.get("/ready")
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/health").json == {"status": "ok"}


@pytest.mark.parametrize(
    ("offered", "kept"),
    [("abc-123.DEF_4", True), ("short", False), ("x" * 129, False), ("with space", False), ('quote"quote', False)],
)
def test_request_id_is_kept_only_when_harmless(world: World, offered: str, kept: bool) -> None:
    answer = world.client("owner").get("/v1/account", headers={"X-Request-Id": offered})
    assert (answer.headers["X-Request-Id"] == offered) is kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,128}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["/v1/account", "/health", "/v1/nowhere", "/v1/docs", "/v1/openapi.json", "/metrics"])
def test_every_answer_carries_security_headers(world: World, path: str) -> None:
    headers = world.get("owner", path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Cache-Control" in headers


DOCUMENTED = describe_only()["paths"]
TAGGED = [
    route
    for method, route, rule in BEARER
    if method == "GET" and "304" in DOCUMENTED[route.replace("<", "{").replace(">", "}")]["get"]["responses"]
]


@pytest.mark.parametrize("route", TAGGED)
def test_single_read_is_revalidated_by_its_entity_tag(world: World, route: str) -> None:
    named = call_of("GET", route).make(world, "owner")
    tag = perform(world, "owner", "GET", route, named).headers["ETag"]
    answer = perform(world, "owner", "GET", route, named, **{"If-None-Match": f'"other", {tag}'})
    assert (answer.status_code, answer.data) == (304, b"")
    assert "ETag" in answer.headers


def _first_message(world: World) -> str:
    found: str = world.get("owner", "/v1/messages", limit=1).json["items"][0]["messageId"]
    return found


def test_entity_tag_changes_with_the_numbers_and_with_the_question(own_world: World) -> None:
    def tag(**query: str) -> str:
        found: str = own_world.get("owner", SUMMARY, **{**PERIOD, **query}).headers["ETag"]
        return found

    before = tag()
    assert tag() == before
    assert tag(operator="AWCC") != before
    revision = own_world.get("owner", "/v1/analytics/revision").json["revision"]
    own_world.add(random_messages(own_world.tenant, 3, seed=55))
    own_world.fold()
    assert tag() != before
    assert own_world.get("owner", "/v1/analytics/revision").json["revision"] > revision


def test_entity_tag_of_one_tenant_is_not_another_tenants(world: World) -> None:
    one = world.get("admin", SUMMARY, **PERIOD, tenantId=str(world.tenant)).headers["ETag"]
    client = world.client("stranger")
    client.environ_base["HTTP_IF_NONE_MATCH"] = one
    assert client.get(SUMMARY, query_string=PERIOD).status_code == 200


# Beside them stands one every five seconds: the lease of the limits (tests/integration/api/test_call_limits.py).
STATEMENTS = {
    "/v1/analytics/summary": 3,
    "/v1/analytics/timeseries": 3,
    "/v1/analytics/breakdown": 3,
    "/v1/analytics/heatmap": 2,
    "/v1/analytics/top": 2,
    "/v1/analytics/filters": 3,
    "/v1/analytics/revision": 1,
    "/v1/messages": 2,
    "/v1/messages/<messageId>": 4,
    "/v1/api-keys": 3,
    "/v1/api-keys/<keyId>": 3,
    "/v1/api-keys/<keyId>/usage": 3,
    "/v1/refused-calls": 2,
    "/v1/billing/balance": 2,
    "/v1/account": 1,
    "/v1/me": 2,
    "/v1/error-codes": 0,
}


@pytest.fixture
def counted(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the database is asked, by the driver and past it."""
    found: list[str] = []
    asked = Direct._asked

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "take_calls" not in statement:
            found.append(statement)

    def count_direct(self: Direct, prepared: Prepared, values: Any) -> Any:
        found.append(prepared.name.decode())
        return asked(self, prepared, values)

    monkeypatch.setattr(Direct, "_asked", count_direct)
    event.listen(world.api_engine, "before_cursor_execute", count)
    try:
        yield found
    finally:
        event.remove(world.api_engine, "before_cursor_execute", count)


@pytest.mark.parametrize("route", STATEMENTS)
def test_call_stays_within_its_statements(world: World, counted: list[str], route: str) -> None:
    call(world, "owner", "GET", route)
    assert len(counted) == STATEMENTS[route], counted


def test_revalidation_of_a_chart_costs_one_statement(world: World, counted: list[str]) -> None:
    client = world.client("owner")
    client.environ_base["HTTP_IF_NONE_MATCH"] = client.get(SUMMARY, query_string=PERIOD).headers["ETag"]
    counted.clear()
    client.get(SUMMARY, query_string=PERIOD)
    assert len(counted) == 1, counted


def test_access_log_has_the_request_id_and_neither_token_nor_query(world: World) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = world.get("owner", "/v1/messages", to="+93700000141")
    line = next(item for item in lines if item["event"] == "request")
    assert (line["route"], line["status"]) == ("/v1/messages", 200)
    written = json.dumps(lines, default=str)
    assert "token-of" not in written
    assert "93700000141" not in written
    assert answer.headers["X-Request-Id"]


def test_metrics_count_by_route_template(world: World) -> None:
    world.get("owner", f"/v1/messages/{_first_message(world)}")
    text = world.get(None, "/metrics").text  # type: ignore[arg-type]
    assert 'gateway_http_requests_total{method="GET",route="/v1/messages/<messageId>",status="200"}' in text
    assert "gateway_http_request_seconds_bucket" in text
    assert "msg_" not in text


def test_guide_lists_every_call_and_loads_nothing_from_outside(world: World) -> None:
    page = world.get(None, "/v1/docs").text  # type: ignore[arg-type]
    for path in world.get(None, "/v1/openapi.json").json["paths"]:  # type: ignore[arg-type]
        assert path in page
    assert set(re.findall(r'(?:src|href)="(?!#)([^"]+)"', page)) == {"/v1/docs.css", "/v1/openapi.json"}
    assert "<script" not in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fa-AF", "fa-AF"),
        ("fa,en;q=0.5", "fa-AF"),
        ("ps-AF", "ps"),
        ("ar-EG", "ar"),
        ("de, ar;q=0.3", "ar"),
        ("xx", "en"),
        ("", "en"),
    ],
)
def test_error_codes_come_in_the_readers_language(world: World, accepted: str, language: str) -> None:
    answer = world.client("viewer").get("/v1/error-codes", headers={"Accept-Language": accepted})
    assert (answer.json["language"], answer.headers["Content-Language"]) == (language, language)
    english = world.client("viewer").get("/v1/error-codes", headers={"Accept-Language": "en"}).json["items"]
    assert [item["code"] for item in answer.json["items"]] == [item["code"] for item in english]
    assert all(item["title"] != item["code"] and item["advice"] != item["code"] for item in answer.json["items"])
    if language != "en":
        assert [item["title"] for item in answer.json["items"]] != [item["title"] for item in english]
