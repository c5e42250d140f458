"""What the message log does when its controls are used, as plain functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dash import no_update
from dash._callback_context import context_value
from dash._utils import AttributeDict

from callbacks import filters, messages
from callbacks.portfolio import load_portfolio
from callbacks.refused_calls import load_refused_calls
from components.filters import FilterIds
from components.message_detail import MessageDetailIds
from components.messages import MessagesIds
from components.portfolio import PortfolioIds
from components.refused_calls import RefusedCallsIds
from portal import context
from portal.domain.errors import Forbidden, NotFound, Unauthenticated, UpstreamUnavailable
from portal.domain.messages import LATER, SOON, ErrorCode
from tests.support.fakes import FakeMessages, detail, fake_services, message
from tests.support.fakes_analytics import actor
from tests.support.trees import links, nodes, text

TENANT = "00000000-0000-7000-8000-000000000001"


@contextmanager
def triggered(component_id: str) -> Iterator[None]:
    """As Dash calls a handler: which control was used."""
    token = context_value.set(AttributeDict(triggered_inputs=[{"prop_id": f"{component_id}.value"}]))
    try:
        yield
    finally:
        context_value.reset(token)


@contextmanager
def port(**settings: Any) -> Iterator[FakeMessages]:
    fake = FakeMessages(**settings)
    with context.use(actor=actor(), services=fake_services(fake)):
        yield fake


def follow(
    search: str,
    *,
    text: str = "",
    recipient: str = "",
    statuses: tuple[str, ...] = (),
    presses: int | None = None,
    days: tuple[str | None, str | None] = (None, None),
) -> Any:
    return messages.follow_controls(text, recipient, list(statuses), [], [], presses, *days, search)


def test_log_loads_rows_and_choices() -> None:
    with port() as fake:
        values = messages.load_log({"status": ["failed", "sent"]})
    assert len([node for node in nodes(values[MessagesIds.RESULT, "children"]) if type(node).__name__ == "Tr"]) == 51
    assert values[MessagesIds.OPERATORS, "options"]
    assert fake.asked[0][0].to_query_string() == "status=failed&status=sent"


def test_log_that_cannot_be_had_says_so_with_a_way_to_try_again() -> None:
    with port(error=UpstreamUnavailable(request_id="up-1")):
        card = messages.load_log({"status": "failed"})[MessagesIds.RESULT, "children"]
    assert "up-1" in text(card)
    assert links(card) == ["/messages?status=failed"]


def test_log_without_permission_has_no_retry() -> None:
    with port(error=Forbidden()):
        assert links(messages.load_log({})[MessagesIds.RESULT, "children"]) == []


@pytest.mark.parametrize(
    "call",
    [lambda: messages.load_log({}), lambda: messages.show_address(""), lambda: messages.append_rows(1, "50", "0", "")],
)
def test_refused_token_passes_through_to_sign_in(call: Any) -> None:
    with port(error=Unauthenticated()), pytest.raises(Unauthenticated):
        call()


def test_controls_write_what_they_say_and_keep_what_has_no_control() -> None:
    with triggered(MessagesIds.SEARCH):
        assert follow("hour=13&status=sent", text="۰۷۰", statuses=("failed",)) == "status=failed&hour=13&q=070"


def test_controls_that_say_what_the_address_says_change_nothing() -> None:
    with triggered(MessagesIds.STATUSES):
        assert follow("status=failed&hour=13", statuses=("failed",)) is no_update


def test_controls_that_say_nothing_empty_the_address() -> None:
    with triggered(MessagesIds.STATUSES):
        assert follow("status=failed") == ""


def test_apply_writes_the_days_in_order() -> None:
    with triggered(MessagesIds.APPLY):
        assert follow("", presses=1, days=("2026-11-05", "۱۴۰۵/۸/۱۰")) == "startDate=2026-11-01&endDate=2026-11-05"


def test_apply_that_was_only_drawn_anew_changes_nothing() -> None:
    with triggered(MessagesIds.APPLY):
        assert follow("", days=("2026-11-05", "2026-11-01")) is no_update


def test_apply_with_half_a_date_changes_nothing() -> None:
    with triggered(MessagesIds.APPLY):
        for half in ("", None, "2026-11-31"):
            assert follow("", presses=1, days=(half, "2026-11-01")) is no_update


def test_another_address_brings_other_rows() -> None:
    with port(count=3) as fake:
        values = dict(zip(messages.FOLLOWING, messages.show_address("?status=failed"), strict=True))
    assert "status=failed" in fake.asked[0][0].to_query_string()
    assert values[MessagesIds.SHOWN]
    assert len([node for node in nodes(values[MessagesIds.RESULT]) if type(node).__name__ == "Tr"]) == 4


def test_another_address_that_fails_says_so() -> None:
    with port(error=UpstreamUnavailable()):
        assert "again" in text(messages.show_address("")[-1])


def test_refresh_asks_for_the_same_address_once_more() -> None:
    with port(count=3) as fake:
        assert messages.refresh(None, "status=failed") is no_update
        rows = messages.refresh(1, "status=failed")
    assert [asked.to_query_string() for asked, _ in fake.asked] == ["status=failed"]
    assert len([node for node in nodes(rows) if type(node).__name__ == "Tr"]) == 4


def test_load_more_appends_the_next_page() -> None:
    with port(count=60) as fake:
        more, foot = messages.append_rows(1, "50", "50", "?status=failed")
    assert len(more) == 10
    assert fake.asked[0][1] == "50"
    assert "60" in text(foot)


def test_load_more_that_fails_keeps_rows_and_cursor() -> None:
    with port(error_after=UpstreamUnavailable(request_id="up-2")):
        rows, foot = messages.append_rows(1, "50", "50", "")
    assert rows is no_update
    assert "up-2" in text(foot)
    assert "50" in [getattr(node, "value", None) for node in nodes(foot)]


@pytest.mark.parametrize(("clicks", "cursor"), [(None, "50"), (0, "50"), (1, ""), (1, None)])
def test_load_more_that_was_not_pressed_asks_nobody(clicks: int | None, cursor: str | None) -> None:
    with port() as fake:
        rows, foot = messages.append_rows(clicks, cursor, "0", "")
    assert rows is no_update
    assert foot is no_update
    assert fake.asked == []


@pytest.mark.parametrize("shown", ["9" * 30, "²", "", None, "-1"])
def test_count_that_no_button_has_ever_carried_counts_as_none(shown: str | None) -> None:
    with port():
        rows, foot = messages.append_rows(1, "50", shown, "")
    assert len(rows) == 50
    assert "50" in text(foot)


def test_message_of_another_tenant_is_not_found() -> None:
    with port(tenant_id="tenant-2"), pytest.raises(NotFound):
        messages.load_message({"message_id": message(0).message_id})


def test_message_that_cannot_be_had_says_so() -> None:
    with port(error=UpstreamUnavailable(request_id="up-3")):
        values = messages.load_message({"message_id": message(0).message_id})
    assert "up-3" in text(values[MessageDetailIds.CONTENT, "children"])


@pytest.mark.parametrize(
    ("number", "since_last_step", "after"),
    [
        (2, dt.timedelta(seconds=119), SOON),  # sent
        (2, dt.timedelta(seconds=120), LATER),
        (0, dt.timedelta(seconds=59), SOON),  # delivered: endpoints are being told
        (0, dt.timedelta(seconds=60), None),
    ],
)
def test_message_is_looked_at_as_often_as_there_may_be_news(
    number: int, since_last_step: dt.timedelta, after: int | None
) -> None:
    shown = detail(number)
    assert shown.look_again_after(shown.timeline[-1].at + since_last_step) == after


def test_message_that_is_followed_is_drawn_anew_only_when_something_happened_to_it() -> None:
    sent, name = message(2), f"messageId={message(2).message_id}"
    with port():
        loaded = messages.load_message({"message_id": sent.message_id})
        seen = loaded[MessageDetailIds.SEEN, "data"]
        assert loaded[MessageDetailIds.WATCH, "disabled"] is False
        assert messages.follow_message(1, name, seen) == [no_update, no_update, LATER * 1000, False]
        content, version, *_ = messages.follow_message(1, name, "queued:1:0")
        assert (version, sent.recipient in text(content)) == (seen, True)
        ended = messages.load_message({"message_id": message(0).message_id})
        assert ended[MessageDetailIds.WATCH, "disabled"] is True
    with port(error=UpstreamUnavailable()):
        assert messages.follow_message(1, name, seen) == [no_update] * 4
    with port(error=Unauthenticated()), pytest.raises(Unauthenticated):
        messages.follow_message(1, name, seen)


def test_message_with_an_error_code_of_the_platforms_own_is_explained_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "has", lambda _key: False)
    monkeypatch.setattr("components.message_detail.has", lambda _key: False)
    with port(codes={"absent_subscriber": ErrorCode("absent_subscriber", False, "Telefon aus", "Später")}):
        values = messages.load_message({"message_id": message(3).message_id})
    assert "Telefon aus" in text(values[MessageDetailIds.CONTENT, "children"])


def test_refused_calls_say_why_in_words_and_lead_on() -> None:
    with port():
        shown = load_refused_calls({})[RefusedCallsIds.LIST, "children"]
    assert "From an address the key may not be used from" in text(shown)
    assert "of_tomorrow" in text(shown)
    assert links(shown) == ["/refused-calls?cursor=next"]
    with port():
        assert links(load_refused_calls({"cursor": "next"})[RefusedCallsIds.LIST, "children"]) == ["/refused-calls"]
    with port(error=UpstreamUnavailable(request_id="up-4")):
        assert "up-4" in text(load_refused_calls({})[RefusedCallsIds.LIST, "children"])


def test_analytic_controls_write_the_address() -> None:
    def follow_analytic(
        search: str, *, presses: int | None = None, interval: str = "auto", compare: bool = True
    ) -> Any:
        days = ("5/11/2026", "2026-11-01")
        return filters.follow_controls(compare, interval, ["AWCC"], [], [], presses, *days, search)

    with triggered(FilterIds.OPERATORS):
        assert follow_analytic("period=7d") == "period=7d&operator=AWCC"
        assert follow_analytic("period=7d&operator=AWCC") is no_update
        assert follow_analytic("period=7d", compare=False, interval="hour") == (
            "period=7d&compare=none&interval=hour&operator=AWCC"
        )
    with triggered(FilterIds.APPLY):
        assert follow_analytic("", presses=1) == "from=2026-11-01&to=2026-11-05&operator=AWCC"


def test_analytic_bar_shows_another_address() -> None:
    values = dict(zip(filters.SHOWN, filters.show_address("period=7d&operator=AWCC", "/analytics"), strict=True))
    assert all(href.startswith("/analytics") for href in links(values[FilterIds.SHOWN, "children"]))


def test_portfolio_is_for_internal_users() -> None:
    with context.use(actor=actor(None), services=fake_services()):
        shown = load_portfolio({})[PortfolioIds.CONTENT, "children"]
    assert f"/dashboard?tenantId={TENANT}" in links(shown)
    with context.use(actor=actor(), services=fake_services()):
        refused = load_portfolio({})[PortfolioIds.CONTENT, "children"]
    assert links(refused) == []
    assert "Demo Bank" not in text(refused)
