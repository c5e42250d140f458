"""The profile page's handlers: what they ask for, what they show, and that no answer holds a password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from dash import no_update

import callbacks.profile as handlers
from components.profile import ProfileIds
from portal import context
from portal.domain.errors import Forbidden, NotFound, RateLimited, Unauthenticated, UpstreamUnavailable
from portal.i18n import use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount, actor
from tests.support.fakes_own_account import FakeOwnAccount, session
from tests.support.trees import nodes, text


@pytest.fixture
def own() -> FakeOwnAccount:
    return FakeOwnAccount()


@pytest.fixture(autouse=True)
def signed_in(own: FakeOwnAccount) -> Iterator[None]:
    with use("en"), context.use(actor=actor(roles=("customer", "viewer")), services=fake_services(own_account=own)):
        yield


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the handlers say beside their answers."""
    kept: list[Any] = []
    monkeypatch.setattr(handlers, "set_props", lambda place, props: kept.append((place, props)))
    return kept


def shown(part: str, **params: str) -> Any:
    return handlers.load_profile(params)[part, "children"]


def fields(tree: Any) -> dict[str, Any]:
    return {node.id["field"]: node for node in nodes(tree) if isinstance(getattr(node, "id", None), dict)}


def test_profile_shows_the_person_their_sessions_and_choices() -> None:
    assert "Viewer" in text(shown(ProfileIds.PERSON))
    assert "person@example.org" in text(shown(ProfileIds.PERSON))
    assert "Firefox on" in text(shown(ProfileIds.SESSIONS)).replace("\u2066", "").replace("\u2069", "")
    assert "This device" in text(shown(ProfileIds.SESSIONS))
    assert "Solar Hijri" in str(shown(ProfileIds.PREFERENCES))


def test_password_fields_are_known_to_password_managers() -> None:
    found = {
        node.id["field"]: node.autoComplete
        for node in nodes(shown(ProfileIds.PASSWORD_PLACE))
        if isinstance(getattr(node, "id", None), dict) and node.id["type"] == "form-field"
    }
    assert found == {"currentPassword": "current-password", "newPassword": "new-password"}


@pytest.mark.parametrize("error", [NotFound("no"), Forbidden("no")])
def test_platform_without_own_sign_in_says_so_instead_of_offering_forms(own: FakeOwnAccount, error: Any) -> None:
    own.error = error
    for part in (ProfileIds.EMAIL_PLACE, ProfileIds.PASSWORD_PLACE, ProfileIds.SESSIONS):
        assert "Kept by your sign-in service" in text(shown(part))
    assert "Solar Hijri" in str(shown(ProfileIds.PREFERENCES)), "what it does offer goes on working"


def test_sessions_that_cannot_be_had_leave_the_rest_of_the_page(own: FakeOwnAccount) -> None:
    own.error = UpstreamUnavailable(request_id="req-1")
    assert "req-1" in text(shown(ProfileIds.SESSIONS))
    assert fields(shown(ProfileIds.PASSWORD_PLACE))


def test_profile_that_cannot_be_had_offers_no_choices_that_would_overwrite_it(own: FakeOwnAccount) -> None:
    class Away(FakeAccount):
        def get_profile(self, *, actor: Any) -> Any:
            raise UpstreamUnavailable

    with context.use(actor=actor(), services=fake_services(account=Away(), own_account=own)):
        assert "Solar Hijri" not in str(shown(ProfileIds.PREFERENCES))


@pytest.mark.parametrize(
    ("query", "words"), [({"problem": "time_zone"}, "no such time zone"), ({"kept": "1"}, "Kept.")]
)
def test_form_of_choices_says_how_it_went(query: dict[str, str], words: str) -> None:
    assert words in text(shown(ProfileIds.PREFERENCES, **query))


def test_problem_that_nobody_knows_is_not_shown() -> None:
    assert "<b>" not in text(shown(ProfileIds.PREFERENCES, problem="<b>x"))


def test_password_change_empties_the_fields_and_shows_sessions_anew(own: FakeOwnAccount, said: list[Any]) -> None:
    answer = handlers.change_password(1, own.password, "a sentence only I know")
    assert answer[:2] == ["", ""]
    assert answer[2] is not no_update
    assert own.password == "a sentence only I know"
    assert "changed" in said[0][1]["data"]["text"]
    assert "a sentence only I know" not in str((answer, said))


def test_wrong_passwords_are_told_beside_their_fields_and_nothing_is_lost(own: FakeOwnAccount) -> None:
    answer = handlers.change_password(1, "not it", "a sentence only I know")
    assert answer[:3] == [no_update] * 3
    assert answer[4] == "This is not your current password."
    assert own.password == "the current one"


def test_empty_fields_are_all_named_before_anything_is_asked(own: FakeOwnAccount) -> None:
    own.error = UpstreamUnavailable()
    assert handlers.change_password(1, None, "")[4:] == ["This is needed.", "This is needed."]
    assert handlers.change_email(1, " ", None)[3:] == ["This is needed.", "This is needed."]


def test_throttled_change_says_for_how_long(own: FakeOwnAccount) -> None:
    own.error = RateLimited(retry_after=240)
    assert "240" in text(handlers.change_password(1, "x", "y")[3])


def test_session_that_is_refused_goes_to_sign_in(own: FakeOwnAccount) -> None:
    own.error = Unauthenticated()
    for act in (
        lambda: handlers.change_password(1, "x", "y"),
        lambda: handlers.change_email(1, "x@y", "y"),
        lambda: handlers.end_others(1),
        lambda: handlers.show_sessions("1"),
    ):
        with pytest.raises(Unauthenticated):
            act()


def test_email_change_shows_the_address_as_the_platform_keeps_it(own: FakeOwnAccount, said: list[Any]) -> None:
    answer = handlers.change_email(1, " New@Bank.example ", own.password)
    assert answer[:2] == ["new@bank.example", ""]
    assert own.changed == ["New@Bank.example"]


def test_session_is_ended_and_one_that_has_ended_already_is_as_good(own: FakeOwnAccount, said: list[Any]) -> None:
    ended = session(1).session_id
    for _ in range(2):
        assert handlers.end_session(1, ended)[:2] == [False, None]
    assert [each.session_id for each in own.sessions] == [session(0).session_id, session(2).session_id]


def test_failure_to_end_sessions_is_told_and_the_question_stays(own: FakeOwnAccount, said: list[Any]) -> None:
    own.error = UpstreamUnavailable(request_id="req-2")
    assert handlers.end_others(1) == [no_update] * 3
    assert "req-2" in said[0][1]["data"]["text"]


def test_drawing_the_list_anew_uses_no_button() -> None:
    assert handlers.ask_about_session([None, None]) == (no_update, no_update)
    assert handlers.ask_about_others([None]) == (no_update, no_update)
    assert handlers.end_session(None, "x") == [no_update] * 3


def test_question_about_the_others_says_how_many_they_are() -> None:
    opened, body = handlers.ask_about_others([1])
    assert opened is True
    assert "2 other sessions end" in text(body)
