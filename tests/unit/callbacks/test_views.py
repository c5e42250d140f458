"""What the log's menu of views does when it is opened and its controls are used, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import no_update

from callbacks import messages, views
from components.forms import no_problems
from components.views import ViewsIds
from components.views_forms import NAME_FIELDS
from portal import context
from portal.domain.actor import Actor
from portal.domain.errors import RateLimited, Unauthenticated, UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_views import FakeViews, view
from tests.support.trees import links, nodes, text

OPEN = view(0).wanted.to_query_string()
CLICKED = f"{view(0).view_id} 1764178620000"  # as assets/js/views.js writes it


def on(port: FakeViews, call: Callable[[], Any], asker: Actor | None = None) -> Any:
    with context.use(actor=asker or actor(), services=fake_services(views=port)):
        return call()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What toasts were shown."""
    found: list[str] = []
    monkeypatch.setattr(views, "set_props", lambda _id, props: found.append(str(props)))
    return found


def acts(tree: Any) -> set[tuple[str, str]]:
    """What can be done, and with which view."""
    found = {(getattr(node, "data-view-act", ""), getattr(node, "data-view", "")) for node in nodes(tree)}
    return found - {("", "")}


def opened(port: FakeViews, search: str, before: Any = (), asker: Actor | None = None) -> Any:
    return on(port, lambda: views.show_views({"at": 1, "before": list(before)}, search), asker)


def active(tree: Any) -> list[str]:
    return [text(node) for node in nodes(tree) if "active" in str(getattr(node, "className", "")).split()]


def test_log_is_loaded_without_asking_for_views() -> None:
    port = FakeViews()
    on(port, lambda: messages.load_log({"status": "failed"}))
    assert port.calls == []


def test_menu_links_to_each_view_and_marks_the_one_that_is_open() -> None:
    port = FakeViews()
    shown = opened(port, f"?{OPEN}")
    addresses = {f"/messages?{each.wanted.to_query_string()}" for each in port.views}
    assert set(links(shown)) == addresses
    assert len(active(shown)) == 1
    assert view(0).name in active(shown)[0]
    assert port.calls == ["list"]


def test_internal_reader_keeps_the_account_in_every_link_and_changes_nothing() -> None:
    tenant = "tenantId=00000000-0000-7000-8000-000000000001"
    shown = opened(FakeViews(), f"?{tenant}&status=failed", asker=actor(None, roles=("tam",)))
    assert all(tenant in href for href in links(shown))
    assert len(links(shown)) == 6
    assert acts(shown) == set()


def test_view_that_was_changed_can_be_updated_and_a_new_one_saved() -> None:
    shown = opened(FakeViews(), f"?{OPEN}&q=070", [f"{OPEN}&q=07", OPEN, "q=1"])
    assert view(0).name in text(shown)
    assert {(ViewsIds.TO_UPDATE, view(0).view_id), (ViewsIds.TO_SAVE, "")} <= acts(shown)
    assert {(ViewsIds.TO_RENAME, view(3).view_id), (ViewsIds.TO_DELETE, view(3).view_id)} <= acts(shown)
    assert active(shown) == []
    fresh = opened(FakeViews(), "?q=070")
    assert ViewsIds.TO_UPDATE not in dict(acts(fresh))


def test_nothing_filtered_is_nothing_to_save() -> None:
    shown = opened(FakeViews(views=[]), "")
    assert acts(shown) == set()
    assert "No saved views yet" in text(shown)


@pytest.mark.parametrize("asked", [None, "?x", {"before": None}, {"before": []}, 3], ids=str)
def test_whatever_is_sent_as_history_shows_the_list(asked: Any) -> None:
    assert len(links(on(FakeViews(), lambda: views.show_views(asked, None)))) == 6


def test_list_that_cannot_be_had_says_so_and_can_be_asked_for_again() -> None:
    shown = opened(FakeViews(error=UpstreamUnavailable(request_id="up-1")), "")
    assert "up-1" in text(shown)
    retry = [node for node in nodes(shown) if hasattr(node, "data-views-retry")]
    assert len(retry) == 1


def test_filter_in_force_is_saved_once_under_the_name_as_trimmed(told: list[str]) -> None:
    port = FakeViews(views=[])
    for _ in range(2):
        closed, _, *rest = on(port, lambda: views.save_view(1, "key", "?status=failed", "  Failures "))
        assert (closed, rest) == (False, no_problems(NAME_FIELDS))
    assert [(each.name, each.wanted) for each in port.views] == [
        ("Failures", MessageFilter.from_search("status=failed"))
    ]
    assert "Failures" in told[0]


@pytest.mark.parametrize(
    ("name", "error", "beside", "words"),
    [
        (" ", None, True, "needed"),
        ("otp", None, True, "already"),
        ("New", RateLimited(retry_after=30), False, "30"),
        ("New", UpstreamUnavailable(request_id="up-3"), False, "up-3"),
    ],
    ids=["none", "taken", "too many wait", "away"],
)
@pytest.mark.parametrize("act", ["save", "rename"])
def test_what_kept_a_name_from_being_given_is_said_in_the_dialog(
    act: str, name: str, error: Any, beside: bool, words: str, told: list[str]
) -> None:
    port = FakeViews(failing={"create": error, "change": error} if error else {})
    if act == "save":
        answer = on(port, lambda: views.save_view(1, "key", "?q=1", name))
    else:
        answer = on(port, lambda: views.rename_view(1, view(0).view_id, name))
    assert answer[:2] == [no_update] * 2
    assert words in text(answer[3] if beside else answer[2])
    assert told == []


def test_renamed_updated_and_deleted_views_are_told_of_and_their_dialogs_close(told: list[str]) -> None:
    port = FakeViews()
    first = view(0).view_id
    assert on(port, lambda: views.rename_view(1, first, "Renamed"))[:2] == [False, None]
    assert on(port, lambda: views.update_view(CLICKED, "?q=1")) is no_update
    assert port.views[0] == view(0, name="Renamed", wanted=MessageFilter.from_search("q=1"))
    assert on(port, lambda: views.delete_view(1, first)) == [False, None]
    assert first not in [each.view_id for each in port.views]
    assert len(told) == 3


def test_view_that_is_gone_meanwhile_is_told_and_its_dialog_closes(told: list[str]) -> None:
    port = FakeViews(views=[])
    assert on(port, lambda: views.rename_view(1, view().view_id, "Renamed"))[0] is False
    assert on(port, lambda: views.ask_about_name(CLICKED)) == (no_update, no_update)
    on(port, lambda: views.update_view(CLICKED, "?q=1"))
    assert all("not there any more" in one for one in told)
    assert len(told) == 3
    assert on(port, lambda: views.delete_view(1, view().view_id))[0] is False


def test_failed_delete_keeps_the_question_and_is_told(told: list[str]) -> None:
    port = FakeViews(failing={"delete": UpstreamUnavailable(request_id="up-4")})
    shown, body = on(port, lambda: views.ask_about_end(CLICKED))
    assert shown
    assert view(0).name in text(body)
    assert on(port, lambda: views.delete_view(1, view().view_id)) == [no_update] * 2
    assert "up-4" in told[-1]


def test_controls_that_were_only_drawn_anew_do_nothing() -> None:
    port = FakeViews()
    on(port, lambda: views.save_view(None, "k", "", "x"))
    on(port, lambda: views.rename_view(None, view().view_id, "x"))
    on(port, lambda: views.delete_view(None, view().view_id))
    assert on(port, lambda: views.update_view(None, "")) is no_update
    assert on(port, lambda: views.ask_about_end(None)) == (no_update, no_update)
    assert on(port, lambda: views.ask_for_name(None, "")) == (no_update, no_update)
    assert port.calls == []


def test_expired_session_is_for_the_shell() -> None:
    port = FakeViews(error=Unauthenticated())
    for call in (
        lambda: views.show_views(None, ""),
        lambda: views.save_view(1, "k", "", "x"),
        lambda: views.rename_view(1, view().view_id, "x"),
        lambda: views.delete_view(1, view().view_id),
    ):
        with pytest.raises(Unauthenticated):
            on(port, call)
