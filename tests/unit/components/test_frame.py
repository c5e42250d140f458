"""The frame: navigation from what pages register, and another look for internal users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dash
import pytest

from components.frame import FrameView, build_frame
from components.navigation import entries, is_current
from portal.domain.account import Account
from portal.i18n import SUPPORTED, Locale
from tests.support.fakes_analytics import actor
from tests.support.trees import links, nested_lists, nodes, text

TENANT = "00000000-0000-7000-8000-000000000001"
ACCOUNT = Account(TENANT, "Demo Bank", "Asia/Kabul", "AFN", "fa-AF", True)
REGISTRY: dict[str, dict[str, Any]] = {
    "b": {"path": "/messages", "nav": "messages.title", "icon": "chat", "audience": "tenant", "order": 30},
    "a": {"path": "/dashboard", "nav": "dashboard.title", "icon": "house", "audience": "tenant", "order": 10},
    "c": {"path": "/portfolio", "nav": "portfolio.title", "icon": "briefcase", "audience": "internal", "order": 10},
    "d": {"path": "/messages/none", "name": "message"},
    "e": {"path": "/refused-calls", "name": "refused_calls", "under": "/messages"},
}


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    kept = dict(dash.page_registry)
    dash.page_registry.clear()
    dash.page_registry.update(REGISTRY)
    yield
    dash.page_registry.clear()
    dash.page_registry.update(kept)


def navigation(frame: Any) -> list[Any]:
    return [node for node in nodes(frame) if "nav-entry" in str(getattr(node, "className", ""))]


def test_navigation_has_the_pages_that_want_to_be_there_in_order(reader: Locale) -> None:
    assert [entry.path for entry in entries()] == ["/dashboard", "/portfolio", "/messages"]


def test_frame_of_a_customer_has_no_internal_page(reader: Locale) -> None:
    frame = build_frame(FrameView(actor(), ACCOUNT, "/messages/msg_1"))
    assert [link.href for link in navigation(frame)] == ["/dashboard", "/messages"]
    assert [link.href for link in navigation(frame) if "current" in link.className] == ["/messages"]
    assert "/portfolio" not in links(frame)
    assert "Demo Bank" in text(frame)
    assert nested_lists(frame) == []


def test_page_that_is_under_another_marks_its_entry() -> None:
    frame = build_frame(FrameView(actor(), ACCOUNT, "/refused-calls"))
    assert [link.href for link in navigation(frame) if "current" in link.className] == ["/messages"]


def test_frame_of_an_internal_user_is_unmistakable() -> None:
    frame = build_frame(FrameView(actor(None, roles=("tam",)), None, "/portfolio"))
    assert getattr(frame, "data-audience") == "internal"
    first, *others = navigation(frame)
    assert first.href == "/portfolio"
    assert all("nav-hidden" in link.className for link in others)
    assert any("banner-internal" in str(getattr(node, "className", "")) for node in nodes(frame))


def test_frame_of_an_internal_user_keeps_the_tenant_in_every_link() -> None:
    frame = build_frame(FrameView(actor(None, roles=("tam",)), ACCOUNT, "/dashboard", f"tenantId={TENANT}"))
    of_tenant = [link for link in navigation(frame) if link.href != "/portfolio"]
    assert [link.href for link in of_tenant] == [f"/dashboard?tenantId={TENANT}", f"/messages?tenantId={TENANT}"]
    assert "Demo Bank" in text(frame)


def test_navigation_leaves_out_what_the_role_may_not_open() -> None:
    frame = build_frame(FrameView(actor(roles=("customer", "billing")), ACCOUNT, "/dashboard"))
    assert [link.href for link in navigation(frame)] == ["/dashboard"]


def test_frame_stands_without_the_account() -> None:
    assert navigation(build_frame(FrameView(actor())))


def test_frame_offers_every_language_in_its_own_name(reader: Locale) -> None:
    frame = build_frame(FrameView(actor(), ACCOUNT))
    offered = {node.value: node for node in nodes(frame) if getattr(node, "name", None) == "locale"}
    assert set(offered) == set(SUPPORTED)
    assert getattr(offered[reader.tag], "aria-current") == "true"
    assert [node.children[0].children for node in offered.values()] == [one.name for one in SUPPORTED.values()]


def test_frame_forms_lead_back_to_where_they_were_sent_from() -> None:
    frame = build_frame(FrameView(actor(), ACCOUNT, "/messages", "?status=failed"))
    backs = [node.value for node in nodes(frame) if getattr(node, "name", None) == "next"]
    assert backs == ["/messages?status=failed"] * 2


def test_frame_says_when_data_is_invented() -> None:
    real = Account(TENANT, "Bank", "Asia/Kabul", "AFN", "en", False)
    assert "banner-demo" in str(build_frame(FrameView(actor(), ACCOUNT)))
    assert "banner-demo" not in str(build_frame(FrameView(actor(), real)))


def test_frame_never_holds_the_token() -> None:
    assert actor().token not in str(build_frame(FrameView(actor(), ACCOUNT)).to_plotly_json())


@pytest.mark.parametrize(
    ("entry", "path", "current"),
    [
        ("/messages", "/messages", True),
        ("/messages", "/messages/msg_1", True),
        ("/messages", "/messages-old", False),
        ("/dashboard", "/", True),
        ("/messages", "/", False),
    ],
)
def test_page_is_current_for_itself_and_what_is_below(entry: str, path: str, current: bool) -> None:
    assert is_current(entry, path) is current
