from __future__ import annotations

from typing import Any

from dash import no_update

from components.dialogs import build_confirmation, build_secret
from components.forms import build_form, invalid, new_key, no_problems, problems
from components.toasts import failure_toast, toast
from portal.domain.errors import InvalidInput, RateLimited, UpstreamUnavailable
from tests.support.trees import text


def shown(values: list[Any]) -> list[str | None]:
    return [None if value is None else text(value) for value in values]


def test_problems_each_field_has_its_own_and_the_summary_counts_them() -> None:
    error = InvalidInput(codes={"name": "missing", "scopes.0": "taken"})
    summary, name, scopes, other = shown(problems(("name", "scopes", "other"), error))
    assert (name, scopes, other) == ("This is needed.", "This is already in use.", None)
    assert summary == "Check the 2 marked fields."


def test_problems_unknown_code_still_says_that_the_field_is_wrong() -> None:
    assert shown(problems(("name",), invalid(name="no_such_code")))[1] == "This is not valid."


def test_problems_of_no_field_of_the_form_stand_in_the_summary() -> None:
    summary, name = shown(problems(("name",), InvalidInput(codes={"hidden": "taken"})))
    assert (summary, name) == ("This is already in use.", None)


def test_problems_refusals_are_told_with_seconds_and_request() -> None:
    assert "12" in str(shown(problems((), RateLimited(retry_after=12)))[0])
    assert "req-1" in str(shown(problems((), UpstreamUnavailable(request_id="req-1"), "req-2"))[0])


def test_no_problems_leaves_a_form_alone_that_goes_away() -> None:
    assert no_problems(("name",)) == [no_update, no_update]
    assert no_problems(("name",), stays=True) == [None, None]


def test_each_form_has_an_idempotency_key_of_its_own() -> None:
    first, second = (build_form("thing", [], "Go") for _ in range(2))
    keys = {str(form.children[-1].children[-1].value) for form in (first, second)}
    assert len(keys) == 2
    assert new_key() not in keys


def test_dialog_bodies_name_what_they_do() -> None:
    assert "Delete it" in text(build_confirmation("d", "f", "It will be gone.", "Delete it"))
    assert "s3cret" in text(build_secret("d", "s3cret", "Key", "Only once"))


def test_toasts_are_told_apart_even_with_the_same_text() -> None:
    assert toast("Done")["data"]["id"] != toast("Done")["data"]["id"]
    assert "req-9" in failure_toast(UpstreamUnavailable(request_id="req-9"))["data"]["text"]
