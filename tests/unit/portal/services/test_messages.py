"""Use cases of the message log."""

from __future__ import annotations

import pytest

from portal.domain.analytics import FilterOptions
from portal.domain.errors import NotFound, Unauthenticated, UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import ErrorCode
from portal.services import MessageService
from tests.support.fakes import FakeMessages, message
from tests.support.fakes_analytics import FakeAnalytics, actor

WANTED = MessageFilter.from_search("status=failed")
OWNER, STRANGER, TAM = actor(), actor("tenant-2"), actor(None, roles=("tam",))


def test_open_log_shows_rows_and_choices() -> None:
    view = MessageService(FakeMessages(), FakeAnalytics()).open_log(WANTED, actor=OWNER)
    assert view.page.value is not None
    assert len(view.page.value.items) == 50
    assert view.options.operators


def test_open_log_without_choices_still_shows_rows() -> None:
    analytics = FakeAnalytics(failing={"filterOptions": UpstreamUnavailable()})
    view = MessageService(FakeMessages(), analytics).open_log(WANTED, actor=OWNER)
    assert view.page.value is not None
    assert view.options == FilterOptions()


def test_open_log_that_fails_keeps_the_error_for_its_card() -> None:
    error = UpstreamUnavailable("down", request_id="r")
    view = MessageService(FakeMessages(error=error), FakeAnalytics()).open_log(WANTED, actor=OWNER)
    assert view.page.error is error


def test_open_log_with_a_refused_token_concerns_the_whole_request() -> None:
    with pytest.raises(Unauthenticated):
        MessageService(FakeMessages(error=Unauthenticated()), FakeAnalytics()).open_log(WANTED, actor=OWNER)


def test_show_another_tenants_message_is_not_found() -> None:
    service = MessageService(FakeMessages(), FakeAnalytics())
    assert service.show(message(0).message_id, actor=OWNER).message == message(0)
    with pytest.raises(NotFound):
        service.show(message(0).message_id, actor=STRANGER)
    with pytest.raises(NotFound):
        service.show("msg_unknown", actor=OWNER)


def test_explain_error_is_none_when_nobody_can() -> None:
    known = ErrorCode("x", True, "T", "A")
    service = MessageService(FakeMessages(codes={"x": known}), FakeAnalytics())
    assert service.explain_error("x", "en", actor=OWNER) is known
    assert service.explain_error("y", "en", actor=OWNER) is None
    down = MessageService(FakeMessages(error=UpstreamUnavailable()), FakeAnalytics())
    assert down.explain_error("x", "en", actor=OWNER) is None
