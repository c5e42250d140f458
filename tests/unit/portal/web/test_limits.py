"""Who is counted as whom, and what becomes of requests when nobody can count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Response
from limits.errors import StorageError
from limits.storage import Storage
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from portal.domain.actor import Actor
from portal.settings import PortalSettings
from portal.web.limit_store import SharedFile
from portal.web.limits import REST_SECONDS, Limits, TooMany, network_of
from tests.support.portal import KEYS


def settings(**changes: Any) -> PortalSettings:
    return PortalSettings("http://localhost", "http://gateway", "http://issuer", "portal", "secret", KEYS, **changes)


def person(user_id: str, tenant_id: str | None = "t") -> Actor:
    return Actor(user_id, tenant_id, "customer" if tenant_id else "internal", frozenset({"owner"}), "", "", "token")


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"customer_portal_{name}_total", labels) or 0.0


@pytest.fixture
def limits(tmp_path: Path) -> Callable[..., Limits]:
    """``limits(limit_user=3)``, for whom it is always half a minute past."""
    store = SharedFile(f"shared-file://{tmp_path}/limits", clock=lambda: 1_800_000_030.0)
    return lambda **changes: Limits(store, settings(**changes))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "192.0.2.7:51234"),
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:2::1", "[2001:db8:1:2::9]:443"),
        ("nonsense" * 20, "nonsense" * 30),
        ("", ""),
    ],
)
def test_addresses_of_one_line_are_one(one: str, other: str) -> None:
    assert network_of(one) == network_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.7", "192.0.2.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("", "192.0.2.7"), ("[", "]")],
)
def test_addresses_of_two_lines_are_two(one: str, other: str) -> None:
    assert network_of(one) != network_of(other)


def test_what_one_person_may_not_is_not_counted_for_the_account(limits: Callable[..., Limits]) -> None:
    counts = limits(limit_user=3, limit_tenant=5)
    met = [counts.of_person(person("a")) for _ in range(20)]
    assert [one and one.limit for one in met] == [None] * 3 + ["user"] * 17
    assert [counts.of_person(person("b")) for _ in range(2)] == [None, None]
    refused = counts.of_person(person("b"))
    assert refused is not None
    assert (refused.limit, refused.a_minute) == ("tenant", 5)
    assert counts.of_person(person("c", "another")) is None
    assert counts.of_person(person("internal", None)) is None


def test_limit_of_nought_is_none(limits: Callable[..., Limits]) -> None:
    counts = limits(limit_user=0, limit_tenant=0, limit_sign_in=0)
    assert [counts.of_person(person("a")) for _ in range(50)] == [None] * 50
    assert [counts.of_stranger("192.0.2.1") for _ in range(50)] == [None] * 50


def test_refusal_is_counted_by_its_limit_and_says_when_to_come_again(limits: Callable[..., Limits]) -> None:
    counts = limits(limit_sign_in=2)
    before = counted("limited", limit="address")
    met = [counts.of_stranger("2001:db8::1"), counts.of_stranger("2001:db8::2"), counts.of_stranger("2001:db8::3")][-1]
    assert counted("limited", limit="address") == before + 1
    assert met is not None
    assert met.seconds == 30
    headers = met.mark(Response()).headers
    assert headers["Retry-After"] == "30"
    assert headers["RateLimit-Policy"] == '"address";q=2;w=60'
    assert headers["RateLimit"] == '"address";r=0;t=30'


class Broken:
    """A store that fails when it is told to, and knows how often it was asked."""

    def __init__(self) -> None:
        self.fails = True
        self.asked = 0

    def acquire_sliding_window_entry(self, *_: object) -> bool:
        self.asked += 1
        if self.fails:
            raise StorageError(ConnectionError("nobody there"))
        return False

    def get_sliding_window(self, *_: object) -> tuple[int, float, int, float]:
        return 0, 30.0, 5, 30.0


def test_store_that_fails_lets_through_is_left_alone_for_a_while_and_is_told_of_once() -> None:
    now, broken = [100.0], Broken()
    Storage.register(Broken)
    counts = Limits(cast(Storage, broken), settings(), clock=lambda: now[0])
    before = counted("limits_uncounted")
    with capture_logs() as logged:
        assert [counts.of_stranger("192.0.2.1") for _ in range(10)] == [None] * 10
        assert broken.asked == 1, "the others did not wait for it"
        now[0] += REST_SECONDS
        assert counts.of_stranger("192.0.2.1") is None
        assert broken.asked == 2
    assert counted("limits_uncounted") == before + 11
    assert [(entry["event"], entry["error"]) for entry in logged] == [("limits_not_counted", "ConnectionError")]
    broken.fails = False
    assert counts.of_stranger("192.0.2.1") is None, "its rest is not over"
    now[0] += REST_SECONDS
    with capture_logs() as logged:
        assert [counts.of_stranger("192.0.2.1") for _ in range(2)] == [TooMany("address", 300, 30)] * 2
    assert [entry["event"] for entry in logged] == ["limits_counted_again"]


def test_reports_have_a_limit_for_each_sender_and_one_for_all(limits: Callable[..., Limits]) -> None:
    counts = limits()
    for number in range(5):
        met = [counts.of_report(f"192.0.2.{number}") for _ in range(61)]
        assert [one and one.limit for one in met] == [None] * 60 + ["report"]
    refused = counts.of_report("192.0.2.200")
    assert refused is not None
    assert refused.limit == "reports"
