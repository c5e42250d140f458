"""What browsers report is counted and logged; what anybody else posts does no harm."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from portal.web import violations
from portal.web.limits import TooMany
from portal.web.violations import Malformed

OLD = {
    "csp-report": {
        "document-uri": "https://portal.example/messages?to=%2B93700000000",
        "effective-directive": "script-src-elem",
        "violated-directive": "script-src-elem",
        "disposition": "enforce",
        "blocked-uri": "https://someone:pw@evil.example/x.js?phone=93700000000",
        "source-file": "https://portal.example/dashboard",
        "line-number": 7,
        "script-sample": "alert(1)",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "age": 3,
        "url": "https://portal.example/messages?to=%2B93700000000",
        "user_agent": "x",
        "body": {
            "documentURL": "https://portal.example/messages?to=%2B93700000000",
            "effectiveDirective": "img-src",
            "disposition": "report",
            "blockedURL": "data",
            "lineNumber": 3,
            "sample": "",
        },
    },
    {"type": "integrity-violation", "url": "x", "body": {"blockedURL": "https://portal.example/a.js", "reportOnly": False}},
    {"type": "deprecation", "url": "x", "body": {"id": "y"}},
]  # fmt: skip


def make_client(too_many: Callable[[str], TooMany | None] = lambda _address: None) -> FlaskClient:
    server = Flask("violations")
    server.config.update(PROPAGATE_EXCEPTIONS=False)
    violations.register(server, too_many)
    return server.test_client()


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return make_client()


def post(client: FlaskClient, body: Any, content_type: str = "application/csp-report") -> int:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return client.post("/csp-report", data=data, content_type=content_type).status_code


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"customer_portal_{name}_total", labels) or 0.0


def test_report_of_either_format_is_counted_and_logged_without_queries(client: FlaskClient) -> None:
    asked = [("script-src-elem", "enforce"), ("img-src", "report"), ("integrity-policy", "enforce")]
    before = [counted("policy_violations", directive=d, disposition=p) for d, p in asked]
    with capture_logs() as logged:
        assert post(client, OLD) == 204
        assert post(client, NEW, "application/reports+json; charset=utf-8") == 204
    assert [counted("policy_violations", directive=d, disposition=p) for d, p in asked] == [n + 1 for n in before]
    assert [(entry["event"], entry["directive"], entry["blocked"]) for entry in logged] == [
        ("policy_violation", "script-src-elem", "https://evil.example/x.js"),
        ("policy_violation", "img-src", "data"),
        ("policy_violation", "integrity-policy", "https://portal.example/a.js"),
    ]
    assert "937" not in str(logged)
    assert "pw" not in str(logged)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"7", b'"x"', b"{}", b"[7]", b"[[]]", b'{"csp-report": []}', b'{"csp-report": "x"}', b"\xff\xfe",
        b'[{"type": "csp-violation"}]', b'[{"type": 1, "body": {}}]', b'[{"body": {}}]', b"[" * 60_000, b'{"a":' * 10_000,
        b'{"csp-report": {"line-number": 1e999}}', b'{"csp-report": {"blocked-uri": "\\ud800"}}',
    ],
    ids=range(18),
)  # fmt: skip
def test_what_is_no_report_is_refused(client: FlaskClient, body: bytes) -> None:
    before = counted("policy_reports_refused", reason="malformed")
    assert post(client, body) == 400
    assert counted("policy_reports_refused", reason="malformed") == before + 1


def test_other_content_is_refused_unread(client: FlaskClient) -> None:
    assert post(client, OLD, "text/plain") == 415


@pytest.mark.parametrize("said", [True, False], ids=["length said", "in pieces"])
def test_report_that_is_too_large_is_refused(client: FlaskClient, said: bool) -> None:
    body = json.dumps({"csp-report": {"blocked-uri": "x" * violations.LARGEST_BODY_BYTES}}).encode()
    if said:
        assert post(client, body) == 413
    else:  # as a server hands on a body that came in pieces
        answer = client.post(
            "/csp-report",
            input_stream=io.BytesIO(body),
            content_type="application/csp-report",
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )
        assert answer.status_code == 413


def test_one_body_holds_only_so_many(client: FlaskClient) -> None:
    with capture_logs() as logged:
        assert post(client, NEW[:1] * 100, "application/reports+json") == 204
    assert len(logged) == violations.MOST_IN_ONE_BODY


def test_sender_who_is_held_back_is_not_read_and_told_when_to_come_again() -> None:
    senders: list[str] = []

    def too_many(address: str) -> TooMany | None:
        senders.append(address)
        return TooMany("report", 1, 30) if len(senders) > 1 else None

    client = make_client(too_many)
    before = counted("policy_reports_refused", reason="rate")
    with capture_logs() as logged:
        answers = [client.post("/csp-report", json=OLD, environ_base={"REMOTE_ADDR": "192.0.2.1"}) for _ in range(3)]
    assert [(one.status_code, one.headers.get("Retry-After")) for one in answers] == [
        (204, None), (429, "30"), (429, "30")
    ]  # fmt: skip
    assert senders == ["192.0.2.1"] * 3
    assert len(logged) == 1
    assert counted("policy_reports_refused", reason="rate") == before + 2


HOSTILE = st.text(max_size=400) | st.sampled_from(
    ["a\nb", "a\r\n{\"event\": \"forged\"}", "\x1b[2J", "\u202eevil", "\u2028", "x" * 1_000, "http://[", "http://a\x00b/\x07"]
)  # fmt: skip
VALUES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | HOSTILE | st.lists(HOSTILE, max_size=3)
)
NAMES = st.sampled_from([*OLD["csp-report"], *NEW[0]["body"], "sourceFile", "reportOnly"]) | st.text(max_size=20)
REPORTS = st.dictionaries(NAMES, VALUES, max_size=12)
BODIES = (
    st.fixed_dictionaries({"csp-report": REPORTS})
    | st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["csp-violation", "integrity-violation", "other"]), "body": REPORTS}
        ),
        max_size=30,
    )
    | st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
)


@given(body=BODIES)
def test_whatever_is_posted_gives_short_printable_lines_and_known_labels(body: Any) -> None:
    try:
        raw = json.dumps(body).encode()
        found = violations.read(raw)
    except Malformed:
        return
    assert len(found) <= violations.MOST_IN_ONE_BODY
    for one in found:
        assert one.directive in violations.DIRECTIVES | {"other"}
        assert one.disposition in violations.DISPOSITIONS | {"other"}
        assert 0 <= one.line < 10_000_000
        for text in (one.blocked, one.source, one.sample, one.page):
            assert len(text) <= violations.LONGEST_VALUE
            assert text.isprintable()


@given(body=st.binary(max_size=300))
def test_whatever_bytes_are_posted_are_taken_or_malformed(body: bytes) -> None:
    try:
        violations.read(body)
    except Malformed:
        return
    orjson.loads(body)
