"""What the page of exports and the log's dialog do when their controls are used, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import no_update

from callbacks import exports, messages
from components.exports import ExportsIds, seen_of
from components.forms import no_problems
from portal import context
from portal.domain.actor import Actor
from portal.domain.errors import RateLimited, Unauthenticated, UpstreamRefused, UpstreamUnavailable
from portal.domain.exports import ExportPage, ExportStatus
from portal.domain.message_filter import MessageFilter
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_exports import FakeExports, export
from tests.support.trees import links, nodes, text


def on(port: FakeExports, call: Callable[[], Any], asker: Actor | None = None) -> Any:
    with context.use(actor=asker or actor(), services=fake_services(exports=port)):
        return call()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What toasts were shown."""
    found: list[str] = []
    monkeypatch.setattr(exports, "set_props", lambda _id, props: found.append(text(list(props.values())) + str(props)))
    return found


def begin(search: str = "", key: str = "key", file_format: str = "csv", content: list[str] | None = None) -> Any:
    return exports.begin_export(1, key, search, file_format, content or [])


def test_list_is_followed_while_something_is_to_come_and_no_signed_address_is_in_it() -> None:
    shown = on(FakeExports(), lambda: exports.load_exports({}))
    assert shown[ExportsIds.LIVE, "disabled"] is False
    assert "signature" not in str(shown)
    files = [href for href in links(shown[ExportsIds.LIST, "children"]) if href.endswith("/file")]
    assert files == [f"/exports/{export(n).export_id}/file" for n in (2, 5)]
    done = on(FakeExports(exports=[export(2)]), lambda: exports.load_exports({}))
    assert done[ExportsIds.LIVE, "disabled"] is True


def test_empty_list_leads_to_the_log() -> None:
    shown = on(FakeExports(exports=[]), lambda: exports.load_exports({}))
    assert links(shown[ExportsIds.LIST, "children"]) == ["/messages"]


def test_list_that_cannot_be_had_says_so() -> None:
    shown = on(FakeExports(error=UpstreamUnavailable(request_id="up-1")), lambda: exports.load_exports({}))
    assert "up-1" in text(shown[ExportsIds.LIST, "children"])


def test_tick_draws_only_what_changed_and_tells_what_was_finished(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setattr(exports, "ctx", type("Ctx", (), {"triggered_id": ExportsIds.LIVE}))
    port = FakeExports(exports=[export(1), export(2)])
    seen = seen_of(ExportPage(tuple(port.exports), None))
    assert on(port, lambda: exports.follow_exports(1, None, seen)) == [no_update] * 3
    port.change(0, status=ExportStatus.READY, size_bytes=5)
    _, after, still = on(port, lambda: exports.follow_exports(2, None, seen))
    assert still is True
    assert len(told) == 1
    assert on(port, lambda: exports.follow_exports(3, None, after)) == [no_update] * 3
    port.error = UpstreamUnavailable()
    assert on(port, lambda: exports.follow_exports(4, None, {})) == [no_update] * 3


def test_export_is_of_the_filter_in_force_and_asked_for_once(told: list[str]) -> None:
    port = FakeExports(exports=[])
    search = "?status=failed&startDate=2026-11-01&endDate=2026-11-20"
    for _ in range(2):
        answer = on(port, lambda: begin(search, content=["text"]))
        assert answer == [False, None, *no_problems(exports.ASK_FIELDS)]
    assert [(each.wanted, each.include_text) for each in port.exports] == [(MessageFilter.from_search(search), True)]
    assert "/exports" in told[0]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RateLimited(retry_after=30), "30"),
        (UpstreamRefused("conflict", 409, request_id="up-2"), "delete"),
        (UpstreamUnavailable(request_id="up-3"), "up-3"),
    ],
    ids=["too many wait", "too many kept", "away"],
)
def test_what_kept_an_export_from_being_made_is_said_in_the_dialog(
    error: Exception, words: str, told: list[str]
) -> None:
    answer = on(FakeExports(failing={"create": error}), begin)  # type: ignore[dict-item]
    assert answer[:2] == [no_update, no_update]
    assert words in text(answer[2:]).lower()
    assert told == []


def test_unknown_format_is_refused_before_the_platform_is_asked() -> None:
    port = FakeExports(exports=[])
    assert on(port, lambda: begin(file_format="exe"))[0] is no_update
    assert port.exports == []


def test_deleting_closes_the_question_and_asks_for_the_list_anew(told: list[str]) -> None:
    port = FakeExports()
    first = port.exports[0].export_id
    closed, _, changed = on(port, lambda: exports.delete_export(1, first))
    assert closed is False
    assert changed
    assert first not in [each.export_id for each in port.exports]
    again = on(port, lambda: exports.delete_export(1, first))
    assert again[0] is False  # whoever deletes what is gone has what they wanted
    port.failing["delete"] = UpstreamUnavailable(request_id="up-4")
    assert on(port, lambda: exports.delete_export(1, port.exports[0].export_id)) == [no_update] * 3
    assert "up-4" in told[-1]


def test_controls_that_were_only_drawn_anew_do_nothing() -> None:
    port = FakeExports(error=AssertionError())  # type: ignore[arg-type]
    assert on(port, lambda: exports.begin_export(None, "k", "", "csv", [])) == [no_update] * 5
    assert on(port, lambda: exports.delete_export(None, export().export_id)) == [no_update] * 3
    assert on(port, lambda: exports.ask_about_end([None, None])) == (no_update, no_update)
    assert on(port, lambda: exports.ask_for_export(None, "")) == (no_update, no_update)


def test_expired_session_is_for_the_shell() -> None:
    port = FakeExports(error=Unauthenticated())
    for call in (lambda: exports.load_exports({}), begin, lambda: exports.delete_export(1, export().export_id)):
        with pytest.raises(Unauthenticated):
            on(port, call)


def test_log_offers_an_export_to_who_may_have_one() -> None:
    for asker, offered in ((actor(), True), (actor(roles=("billing",)), False)):
        shown = on(FakeExports(), lambda: messages.load_log({}), asker)
        found = [getattr(node, "id", None) for node in nodes(shown[ExportsIds.ACTIONS, "children"])]
        assert (ExportsIds.NEW in found) is offered
